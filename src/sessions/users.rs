//! What happens to a user as a whole, and to all of their sessions with it.

use diesel::QueryResult;

use super::end_all::end_all_but_anew;
use super::{AddressHolds, By, EndedAll, end_all};
use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::models::bulk_end;
use crate::models::event::{EventKind, NewEvent};
use crate::models::one_time_token::{OneTimeToken, Purpose};
use crate::models::user::User;
use crate::rotation::EndReason;

/// How a user comes to a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordChange<'a> {
    /// By the old one, in the session of this `sid`.
    OldPassword(&'a str),
    /// By a link that works once.
    ResetLink,
    /// An operator sets it.
    Operator,
}

/// Stores a new password and ends every session of the user; links to reset the old one
/// stop working. The session of the browser that knew the old one ends as replaced: it is
/// about to get a new one, and a late tab must not delete the new cookies.
///
/// # Errors
/// [`diesel::NotFound`] when there is no such user.
pub fn change_password(
    connection: &mut AnyConnection,
    user_id: i64,
    hash: &str,
    change: PasswordChange<'_>,
    by: By<'_>,
    now: Moment,
) -> QueryResult<EndedAll> {
    let generation = User::set_password(connection, user_id, hash)?.ok_or(diesel::NotFound)?;
    OneTimeToken::void(connection, user_id, Purpose::PasswordReset, now)?;
    let (own, reason) = match change {
        PasswordChange::OldPassword(sid) => (Some(sid), None),
        PasswordChange::ResetLink => (None, Some("reset_link")),
        PasswordChange::Operator => (None, None),
    };
    NewEvent {
        user_id: Some(user_id),
        sid: own,
        reason,
        ..by.event(EventKind::PasswordChanged)
    }
    .insert(connection, now)?;
    let reason = EndReason::PasswordChanged;
    end_all_but_anew(connection, user_id, own, generation, reason, by, now)
}

/// Lets a user log in no more, and ends every session; links that the user made as an
/// operator stop working. A user who was inactive already may have sessions all the same,
/// from before: they end too, and only that is noted.
///
/// # Errors
/// [`diesel::NotFound`] when there is no such user.
pub fn deactivate(
    connection: &mut AnyConnection,
    user_id: i64,
    by: By<'_>,
    now: Moment,
) -> QueryResult<EndedAll> {
    // A link that was made before must not work once the user is active again.
    OneTimeToken::void(connection, user_id, Purpose::PasswordReset, now)?;
    OneTimeToken::void_made_by(connection, user_id, now)?;
    if User::set_active(connection, user_id, false)? {
        note(connection, EventKind::Deactivated, user_id, by, now)?;
    }
    end_all(connection, user_id, EndReason::Deactivated, by, now)
}

/// Lets a user log in again; `false` when it was active already. No session comes back.
///
/// # Errors
/// [`diesel::NotFound`] when there is no such user.
pub fn activate(
    connection: &mut AnyConnection,
    user_id: i64,
    by: By<'_>,
    now: Moment,
) -> QueryResult<bool> {
    if User::set_active(connection, user_id, true)? {
        note(connection, EventKind::Activated, user_id, by, now)?;
        return Ok(true);
    }
    if User::lock(connection, user_id)? {
        Ok(false)
    } else {
        Err(diesel::NotFound)
    }
}

/// Ends every session of a user, and then deletes the user with all that hangs on it. The
/// revocation and the events stay: they refer to nobody. Links that the user made as an
/// operator stop working. The address is free at once without `holds`.
///
/// # Errors
/// [`diesel::NotFound`] when there is no such user.
pub fn delete_user(
    connection: &mut AnyConnection,
    user_id: i64,
    holds: Option<&AddressHolds>,
    by: By<'_>,
    now: Moment,
) -> QueryResult<EndedAll> {
    let ended = end_all(connection, user_id, EndReason::Deleted, by, now)?;
    OneTimeToken::void_made_by(connection, user_id, now)?;
    note(connection, EventKind::UserDeleted, user_id, by, now)?;
    if let (Some(holds), Some(user)) = (holds, User::find(connection, user_id)?) {
        holds.keep_deleted(connection, &user, now)?;
    }
    // They would go with the user, but all in one statement.
    let removed = bulk_end::remove_of_user(connection, user_id)?;
    tracing::debug!(
        user_id,
        sessions = removed,
        "the sessions of a deleted user are gone"
    );
    if User::delete(connection, user_id)? {
        Ok(ended)
    } else {
        Err(diesel::NotFound)
    }
}

fn note(
    connection: &mut AnyConnection,
    kind: EventKind,
    user_id: i64,
    by: By<'_>,
    now: Moment,
) -> QueryResult<()> {
    NewEvent {
        user_id: Some(user_id),
        ..by.event(kind)
    }
    .insert(connection, now)
}
