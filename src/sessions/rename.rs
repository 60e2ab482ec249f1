//! An operator gives a user another address.

use serde_json::json;

use super::{AddressError, AddressHolds, By, EndedAll, change_address};
use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::models::event::{EventKind, NewEvent};
use crate::models::user::User;

/// Gives a user another address, as [`change_address`] does: all of their sessions end.
///
/// # Errors
/// [`AddressError::Held`] when the address is kept for another user, [`diesel::NotFound`] when
/// there is no such user, and a unique violation when the address is another user's.
pub fn rename(
    connection: &mut AnyConnection,
    holds: Option<&AddressHolds>,
    user_id: i64,
    email: &str,
    by: By<'_>,
    now: Moment,
) -> Result<EndedAll, AddressError> {
    let before = User::find(connection, user_id)?.ok_or(diesel::NotFound)?;
    let after = User {
        email: email.to_owned(),
        ..before.clone()
    };
    let ended = change_address(connection, holds, (&before, &after), None, by, now)?;
    let detail = json!({ "changed": ["email"], "old_email": before.email }).to_string();
    NewEvent {
        user_id: Some(user_id),
        detail: Some(&detail),
        ..by.event(EventKind::ProfileChanged)
    }
    .insert(connection, now)?;
    Ok(ended)
}
