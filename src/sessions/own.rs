//! The session that a request speaks for, held still while something is changed with it.

use diesel::QueryResult;

use crate::db::AnyConnection;
use crate::models::revocation::Standing;
use crate::models::session::Session;
use crate::models::user::User;
use crate::tokens::AccessToken;

/// As [`lock_own`]; where the user is a superuser, all of them are locked with it. Locking
/// them afterwards could wait for ever for somebody who has locked one and waits for the user.
pub fn lock_own_with_superusers(
    connection: &mut AnyConnection,
    token: &AccessToken,
) -> QueryResult<Option<User>> {
    let user = User::find(connection, token.user_id)?;
    if user.is_some_and(|user| user.is_superuser) {
        User::lock_with_superusers(connection, token.user_id)?;
    }
    lock_own(connection, token)
}

/// Locks the user of a verified access token and then its session, and reads the user.
/// `None` when the session does not live: another node may have ended it a moment ago, and
/// what is revoked must not change anything.
pub fn lock_own(connection: &mut AnyConnection, token: &AccessToken) -> QueryResult<Option<User>> {
    if !User::lock(connection, token.user_id)? {
        return Ok(None);
    }
    let sid = token.sid.simple().to_string();
    let Some(session) = Session::lock(connection, &sid)? else {
        return Ok(None);
    };
    let standing = Standing::read(connection)?;
    let user = User::find(connection, token.user_id)?;
    // No access token outlives its session, so only what ends one early is looked at.
    Ok(user.filter(|user| {
        session.user_id == user.id
            && session.ended_at.is_none()
            && session.generation == user.generation
            && session.generation >= standing.floor
            && user.is_active
    }))
}
