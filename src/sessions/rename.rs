//! An operator gives a user another address.

use diesel::QueryResult;
use serde_json::json;

use super::{By, EndedAll, end_all};
use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::models::event::{EventKind, NewEvent};
use crate::models::one_time_token::{OneTimeToken, Purpose};
use crate::models::user::User;
use crate::rotation::EndReason;

/// Gives a user another address and ends all of their sessions, for their tokens say the old
/// one; links to reset a password that were sent there stop working.
///
/// # Errors
/// [`diesel::NotFound`] when there is no such user; a unique violation when the address is
/// another user's.
pub fn rename(
    connection: &mut AnyConnection,
    user_id: i64,
    email: &str,
    by: By<'_>,
    now: Moment,
) -> QueryResult<EndedAll> {
    let before = User::find(connection, user_id)?.ok_or(diesel::NotFound)?;
    let after = User {
        email: email.to_owned(),
        ..before.clone()
    };
    if !after.store_address(connection)? {
        return Err(diesel::NotFound);
    }
    OneTimeToken::void(connection, user_id, Purpose::PasswordReset, now)?;
    let detail = json!({ "changed": ["email"], "old_email": before.email }).to_string();
    NewEvent {
        user_id: Some(user_id),
        detail: Some(&detail),
        ..by.event(EventKind::ProfileChanged)
    }
    .insert(connection, now)?;
    end_all(connection, user_id, EndReason::AddressChanged, by, now)
}
