//! The administrators' pages.

mod account;
mod filters;
mod sign_in;
mod users;
