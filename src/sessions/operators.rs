//! Operators: how one is made where there is none, and their way into the admin.

use diesel::QueryResult;

use super::Change;
use crate::models::event::{EventKind, NewEvent};
use crate::models::revocation::Standing;
use crate::models::user::{NewUser, User};

/// Makes a superuser who is staff too, under this address and with this password, which is
/// encoded.
///
/// # Errors
/// A unique violation when the address is another user's.
pub fn create_superuser(
    change: &mut Change<'_>,
    email: &str,
    password: String,
) -> QueryResult<User> {
    let new = NewUser {
        email: email.to_owned(),
        password,
        first_name: String::new(),
        last_name: String::new(),
        is_staff: true,
        is_superuser: true,
    };
    let now = change.now();
    let user = new.insert(change.connection, now)?;
    note(change, EventKind::SuperuserCreated, user.id)?;
    Ok(user)
}

/// Lets a user into the admin whose password was just verified, and notes it. A `new_hash` takes
/// the place of a stale one. Returns the user with the generation of the admin's session, or
/// `None`, and nothing changes, when the user has changed since.
pub fn sign_in_operator(
    change: &mut Change<'_>,
    user: &User,
    new_hash: Option<&str>,
) -> QueryResult<Option<User>> {
    let (now, connection) = (change.now(), &mut *change.connection);
    if !user.record_log_in(connection, new_hash, now)? {
        return Ok(None);
    }
    let floor = Standing::read(connection)?.floor;
    let generation = user.lift_generation(connection, floor)?;
    note_sign_in(change, user.id)?;
    Ok(Some(User {
        generation,
        ..user.clone()
    }))
}

/// Notes that somebody is let into the admin.
pub fn note_sign_in(change: &mut Change<'_>, user_id: i64) -> QueryResult<()> {
    note(change, EventKind::AdminSignedIn, user_id)
}

fn note(change: &mut Change<'_>, kind: EventKind, user_id: i64) -> QueryResult<()> {
    change.note(&NewEvent {
        user_id: Some(user_id),
        ..change.event(kind)
    })
}
