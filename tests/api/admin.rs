//! The administrators' pages.

mod sign_in;
