//! The administrators' pages.

mod sessions;
mod sign_in;
