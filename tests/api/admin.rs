//! The administrators' pages.

mod form;
mod gate;
mod parameters;
mod parts;
mod sessions;
mod setup;
mod sign_in;
mod staff;
