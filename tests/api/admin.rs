//! The administrators' pages.

mod form;
mod gate;
mod parameters;
mod parts;
mod setup;
mod sign_in;
mod staff;
