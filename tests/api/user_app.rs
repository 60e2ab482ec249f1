//! The user endpoints, one file a view.

mod create_user;
