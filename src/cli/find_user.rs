//! Whom a command is about.

use std::error::Error;

use crate::db::AnyConnection;
use crate::models::user::User;
use crate::visible::visible;

/// The user of an address, however its letters are cased.
pub(super) fn by_email(
    connection: &mut AnyConnection,
    given: &str,
) -> Result<User, Box<dyn Error>> {
    let given = given.trim();
    User::find_by_email(connection, given)?.ok_or_else(|| unknown(given))
}

/// The user of an address or of a number.
pub(super) fn by_email_or_id(
    connection: &mut AnyConnection,
    given: &str,
) -> Result<User, Box<dyn Error>> {
    let given = given.trim();
    if given.contains('@') {
        return by_email(connection, given);
    }
    let id = given.parse().map_err(|_| {
        let given = visible(given);
        format!("{given:?} is neither an e-mail address nor a user's number")
    })?;
    User::find(connection, id)?.ok_or_else(|| unknown(given))
}

fn unknown(given: &str) -> Box<dyn Error> {
    let given = visible(given);
    format!("there is no user {given}: `frontgate users list` shows them").into()
}
