//! The session that a request speaks for, and the person behind it.
//!
//! **Whose data it is.** A number in a token proves nothing about a row: after a restore it
//! may be another person's, and on another node the session may have ended a moment ago. So
//! what reads or writes a person's data in the database on behalf of an access token asks
//! [`find_own`] or [`lock_own`] for that person, and takes nobody by the token's `user_id`.
//! Both give the person only when the session of the token is there, has not ended, is this
//! person's, and when token, session and person are of one generation that nothing refuses.
//! `GET ""` reads no row: it repeats what the token says, for as long as the token lives.

use diesel::QueryResult;

use super::Change;
use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::models::revocation::Standing;
use crate::models::session::Session;
use crate::models::user::User;
use crate::rotation::State;
use crate::tokens::AccessToken;

/// The person for whom a verified access token speaks, as the database has them now; `None`
/// when it speaks for nobody.
pub fn find_own(
    connection: &mut AnyConnection,
    token: &AccessToken,
    now: Moment,
) -> QueryResult<Option<User>> {
    let Some((session, user)) = Session::find_with_user(connection, &sid(token))? else {
        return Ok(None);
    };
    let standing = Standing::read(connection)?;
    Ok(is_own(token, &session, &user, &standing, now).then_some(user))
}

/// As [`lock_own`]; where the user is a superuser, all of them are locked with it. Locking
/// them afterwards could wait for ever for somebody who has locked one and waits for the user.
pub fn lock_own_with_superusers(
    change: &mut Change<'_>,
    token: &AccessToken,
) -> QueryResult<Option<User>> {
    let user = User::find(change.connection, token.user_id)?;
    if user.is_some_and(|user| user.is_superuser) {
        User::lock_with_superusers(change.connection, token.user_id)?;
    }
    lock_own(change, token)
}

/// As [`find_own`], and locks the user and then the session until the transaction ends: what
/// is revoked must not change anything.
pub fn lock_own(change: &mut Change<'_>, token: &AccessToken) -> QueryResult<Option<User>> {
    if !User::lock(change.connection, token.user_id)? {
        return Ok(None);
    }
    let Some(session) = Session::lock(change.connection, &sid(token))? else {
        return Ok(None);
    };
    let now = change.read_clock();
    let standing = Standing::read(change.connection)?;
    let user = User::find(change.connection, token.user_id)?;
    Ok(user.filter(|user| is_own(token, &session, user, &standing, now)))
}

/// Whether the token speaks for this user by this session.
fn is_own(
    token: &AccessToken,
    session: &Session,
    user: &User,
    standing: &Standing,
    now: Moment,
) -> bool {
    user.id == token.user_id
        && session.generation == token.generation
        && session.life(Some(user), standing, None).state(now) == State::Live
}

fn sid(token: &AccessToken) -> String {
    token.sid.simple().to_string()
}
