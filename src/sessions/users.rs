//! What happens to a user as a whole, and to all of their sessions with it.

use diesel::QueryResult;

use super::{AddressHolds, Change};
use crate::models::event::{EventKind, NewEvent};
use crate::models::one_time_token::{OneTimeToken, Purpose};
use crate::models::session::Session;
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
/// about to get a new one, and a late tab must not delete the new cookies. Returns how many
/// sessions ended.
///
/// # Errors
/// [`diesel::NotFound`] when there is no such user.
pub fn change_password(
    change: &mut Change<'_>,
    user_id: i64,
    hash: &str,
    how: PasswordChange<'_>,
) -> QueryResult<usize> {
    let generation = User::set_password(change.connection, user_id, hash)?;
    let generation = generation.ok_or(diesel::NotFound)?;
    let now = change.now();
    OneTimeToken::void(change.connection, user_id, Purpose::PasswordReset, now)?;
    let (own, reason) = match how {
        PasswordChange::OldPassword(sid) => (Some(sid), None),
        PasswordChange::ResetLink => (None, Some("reset_link")),
        PasswordChange::Operator => (None, None),
    };
    change.note(&NewEvent {
        user_id: Some(user_id),
        sid: own,
        reason,
        ..change.event(EventKind::PasswordChanged)
    })?;
    change.end_all_but_anew(user_id, own, generation, EndReason::PasswordChanged)
}

/// Keeps a user from logging in, and ends every session; links that the user made as an
/// operator stop working. A user who was inactive already may have sessions all the same,
/// from before: they end too, and only that is noted. Returns how many ended.
///
/// # Errors
/// [`diesel::NotFound`] when there is no such user.
pub fn deactivate(change: &mut Change<'_>, user_id: i64) -> QueryResult<usize> {
    let now = change.now();
    // A link that was made before must not work once the user is active again.
    OneTimeToken::void(change.connection, user_id, Purpose::PasswordReset, now)?;
    OneTimeToken::void_made_by(change.connection, user_id, now)?;
    if User::set_active(change.connection, user_id, false)? {
        note(change, EventKind::Deactivated, user_id)?;
    }
    change.end_all(user_id, EndReason::Deactivated)
}

/// Lets a user log in again; returns `false` when the user was active already. No session
/// comes back.
///
/// # Errors
/// [`diesel::NotFound`] when there is no such user.
pub fn activate(change: &mut Change<'_>, user_id: i64) -> QueryResult<bool> {
    if User::set_active(change.connection, user_id, true)? {
        note(change, EventKind::Activated, user_id)?;
        return Ok(true);
    }
    if User::lock(change.connection, user_id)? {
        Ok(false)
    } else {
        Err(diesel::NotFound)
    }
}

/// Ends every session of a user, and then deletes the user with all that hangs on it. The
/// revocation and the events stay: they refer to nobody. Links that the user made as an
/// operator stop working. The address is free at once without `holds`. Returns how many
/// sessions ended.
///
/// # Errors
/// [`diesel::NotFound`] when there is no such user.
pub fn delete_user(
    change: &mut Change<'_>,
    user_id: i64,
    holds: Option<&AddressHolds>,
) -> QueryResult<usize> {
    let ended = change.end_all(user_id, EndReason::Deleted)?;
    let now = change.now();
    OneTimeToken::void_made_by(change.connection, user_id, now)?;
    note(change, EventKind::UserDeleted, user_id)?;
    let connection = &mut *change.connection;
    if let (Some(holds), Some(user)) = (holds, User::find(connection, user_id)?) {
        holds.keep_deleted(connection, &user, now)?;
    }
    // They would go with the user, but all in one statement.
    let removed = Session::remove_of_user(connection, user_id)?;
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

fn note(change: &mut Change<'_>, kind: EventKind, user_id: i64) -> QueryResult<()> {
    change.note(&NewEvent {
        user_id: Some(user_id),
        ..change.event(kind)
    })
}
