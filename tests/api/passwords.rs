//! Passwords.

mod validation;
