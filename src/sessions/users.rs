//! What happens to a user as a whole, and to all of their sessions with it.

use diesel::QueryResult;

use super::{By, EndedAll, end_all};
use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::models::bulk_end;
use crate::models::event::{EventKind, NewEvent};
use crate::models::user::User;
use crate::rotation::EndReason;

/// Lets a user log in no more, and ends every session. A user who was inactive already may
/// have sessions all the same, from before: they end too, and only that is noted.
///
/// # Errors
/// [`diesel::NotFound`] when there is no such user.
pub fn deactivate(
    connection: &mut AnyConnection,
    user_id: i64,
    by: By<'_>,
    now: Moment,
) -> QueryResult<EndedAll> {
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
/// revocation and the events stay: they refer to nobody.
///
/// # Errors
/// [`diesel::NotFound`] when there is no such user.
pub fn delete_user(
    connection: &mut AnyConnection,
    user_id: i64,
    by: By<'_>,
    now: Moment,
) -> QueryResult<EndedAll> {
    let ended = end_all(connection, user_id, EndReason::Deleted, by, now)?;
    note(connection, EventKind::UserDeleted, user_id, by, now)?;
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
        kind,
        user_id: Some(user_id),
        actor_id: by.actor_id,
        ip: by.client.ip.as_deref(),
        user_agent: Some(&by.client.user_agent),
        ..NewEvent::default()
    }
    .insert(connection, now)
}
