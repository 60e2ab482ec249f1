//! The user endpoints, one file a view.

mod confirm_reset;
mod create_user;
mod delete_account;
mod info;
mod log_in;
mod log_out;
mod profile;
mod refresh;
