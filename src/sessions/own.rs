//! The session that a request speaks for: locked, and known to live by the database and not
//! by the token alone.

use diesel::QueryResult;

use super::{EndedSession, Policy, mint};
use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::models::revocation::{Revocation, Standing};
use crate::models::session::Session;
use crate::models::user::User;
use crate::tokens::{AccessClaims, AccessToken};

/// A user and one of their live sessions, both rows locked until the transaction ends.
#[derive(Clone, Debug)]
pub struct Own {
    /// The user as it is now.
    pub user: User,
    /// The session as it is now.
    pub session: Session,
}

/// Locks the user and the session of a verified access token. `None` when either may no
/// longer act; what this node has not heard of yet is added to `revocations`.
pub fn lock_own(
    connection: &mut AnyConnection,
    policy: &Policy,
    token: &AccessToken,
    revocations: &mut Vec<Revocation>,
) -> QueryResult<Option<Own>> {
    // The user first, as everybody does who ends all of their sessions.
    if !User::lock(connection, token.user_id)? {
        return Ok(None);
    }
    let sid = token.sid.simple().to_string();
    let (Some(user), Some(session)) = (
        User::find(connection, token.user_id)?,
        Session::lock(connection, &sid)?,
    ) else {
        return Ok(None);
    };
    if session.ended_at.is_some() {
        revocations.push(EndedSession::before(&session).revocation);
        return Ok(None);
    }
    let standing = Standing::read(connection)?;
    let may_act = session.user_id == user.id
        && user.is_active
        && user.generation == session.generation
        && session.generation >= standing.floor
        && !standing.keys.contains(&policy.key_id);
    Ok(may_act.then_some(Own { user, session }))
}

impl Own {
    /// The claims of a fresh access token for the same session, which say of the user what
    /// `user` says. Nothing rotates.
    ///
    /// # Errors
    /// [`diesel::NotFound`] when the session is no longer as it was locked.
    pub fn renew_access(
        &self,
        connection: &mut AnyConnection,
        policy: &Policy,
        user: &User,
        now: Moment,
    ) -> QueryResult<AccessClaims> {
        let Session {
            sid, generation, ..
        } = &self.session;
        let expiry = mint::access_expiry(policy, self.session.expires_at.and_utc(), now);
        if !self.session.hand_out_access(connection, expiry, now)? {
            return Err(diesel::NotFound);
        }
        Ok(mint::access_claims(
            policy,
            user,
            sid,
            *generation,
            expiry,
            now,
        ))
    }
}
