//! The user endpoints, one file a view.

mod change_password;
mod create_user;
mod end_session;
mod info;
mod log_in;
mod log_out;
mod log_out_all;
mod refresh;
mod sessions;
