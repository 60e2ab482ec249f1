//! The user endpoints, one file a view.

mod address_holds;
mod change_password;
mod confirm_reset;
mod create_user;
mod delete_account;
mod end_session;
mod info;
mod log_in;
mod log_out;
mod log_out_all;
mod profile;
mod refresh;
mod sessions;
mod user_fields;
mod whose_data;
