//! The user endpoints, one file a view.

mod create_user;
mod info;
mod log_in;
mod log_out;
mod refresh;
