//! The administrators' pages.

mod chart;
mod form;
mod gate;
mod overview;
mod parameters;
mod parts;
mod setup;
mod sign_in;
mod staff;
