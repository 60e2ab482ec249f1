//! The administrators' pages.

mod account;
mod chart;
mod cookie;
mod door;
mod end_many;
mod events;
mod form;
mod gate;
mod hostile;
mod named;
mod next;
mod overview;
mod parameters;
mod parts;
mod races;
mod sessions;
mod setup;
mod sign_in;
mod staff;
mod tokens;
mod users;
