//! The administrators' pages.

mod events;
mod named;
mod sign_in;
mod tokens;
