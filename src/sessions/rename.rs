//! An operator gives a user another address.

use serde_json::json;

use super::{AddressError, AddressHolds, Change, change_address};
use crate::models::event::{EventKind, NewEvent};
use crate::models::user::User;

/// Gives a user another address, as [`change_address`] does: all of their sessions end.
/// Returns how many.
///
/// # Errors
/// [`AddressError::Held`] when the address is kept for another user, [`diesel::NotFound`] when
/// there is no such user, and a unique violation when the address is another user's.
pub fn rename(
    change: &mut Change<'_>,
    holds: Option<&AddressHolds>,
    user_id: i64,
    email: &str,
) -> Result<usize, AddressError> {
    let before = User::find(change.connection, user_id)?.ok_or(diesel::NotFound)?;
    let after = User {
        email: email.to_owned(),
        ..before.clone()
    };
    let ended = change_address(change, holds, (&before, &after), None)?;
    let detail = json!({ "changed": ["email"], "old_email": before.email }).to_string();
    change.note(&NewEvent {
        user_id: Some(user_id),
        detail: Some(&detail),
        ..change.event(EventKind::ProfileChanged)
    })?;
    Ok(ended)
}
