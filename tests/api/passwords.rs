//! Passwords.

mod encoding;
mod validation;
