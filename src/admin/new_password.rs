//! A new password in a form, typed twice.

use super::parameters::Parameters;
use crate::models::user::User;
use crate::passwords::validation::{self, Attributes};

/// What is wrong with the fields `password` and `password_again`, as a new password of this
/// user; nothing when it may be stored.
#[must_use]
pub fn judge(fields: &Parameters, user: &User) -> Vec<String> {
    let password = fields.exact("password").unwrap_or_default();
    let attributes = Attributes {
        email: &user.email,
        first_name: &user.first_name,
        last_name: &user.last_name,
    };
    let mut complaints = validation::validate(password, &attributes);
    if fields.exact("password_again") != Some(password) {
        complaints.push("The two passwords are not the same.".to_owned());
    }
    complaints
}
