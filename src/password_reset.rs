//! Setting a password by a link that works once. Whoever has the link has the account, so
//! the database keeps its hash alone.

mod handout;

use chrono::TimeDelta;
use diesel::QueryResult;

use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::link_token::LinkToken;
use crate::models::event::{EventKind, NewEvent};
use crate::models::one_time_token::{NewOneTimeToken, OneTimeToken, Purpose};
use crate::models::user::User;
use crate::sessions::{self, Change, PasswordChange};

pub use handout::Handout;

/// Makes a link for this user, which works until `lifetime` from now. `None`, and nothing is
/// stored, when there is no such user or it may not log in.
pub fn make(
    change: &mut Change<'_>,
    user_id: i64,
    lifetime: TimeDelta,
) -> QueryResult<Option<LinkToken>> {
    let (created_by, now) = (change.by().actor_id, change.now());
    let connection = &mut *change.connection;
    User::lock(connection, user_id)?;
    if !User::find(connection, user_id)?.is_some_and(|user| user.is_active) {
        return Ok(None);
    }
    let token = LinkToken::random();
    NewOneTimeToken {
        hash: &token.hash(),
        purpose: Purpose::PasswordReset,
        user_id: Some(user_id),
        created_by,
        expires_at: now + lifetime,
    }
    .insert(connection, now)?;
    change.note(&NewEvent {
        user_id: Some(user_id),
        ..change.event(EventKind::ResetLinkMade)
    })?;
    Ok(Some(token))
}

/// A link that works, and whose it is.
#[derive(Clone, Debug)]
pub struct Link {
    token: OneTimeToken,
    /// Who sets a password with it.
    pub user: User,
}

impl Link {
    /// The link that carries `token`. `None` when it does not work: unknown, used, expired,
    /// or of a user who may not log in.
    pub fn find(
        connection: &mut AnyConnection,
        token: &LinkToken,
        now: Moment,
    ) -> QueryResult<Option<Self>> {
        let purpose = Purpose::PasswordReset;
        let Some(token) = OneTimeToken::find(connection, &token.hash(), purpose, now)? else {
            return Ok(None);
        };
        let user = match token.user_id {
            Some(user_id) => User::find(connection, user_id)?,
            None => None,
        };
        Ok(user
            .filter(|user| user.is_active)
            .map(|user| Self { token, user }))
    }

    /// Uses the link up for a new password: every session of the user ends, and other links
    /// of theirs stop working. Returns `false`, and nothing changes, when it no longer works; of
    /// two who come at once, one wins.
    pub fn set_password(&self, change: &mut Change<'_>, hash: &str) -> QueryResult<bool> {
        let (now, connection) = (change.now(), &mut *change.connection);
        // The user first, as every change of a password does.
        User::lock(connection, self.user.id)?;
        let user = User::find(connection, self.user.id)?;
        if !user.is_some_and(|user| user.is_active) || !self.token.use_up(connection, now)? {
            return Ok(false);
        }
        sessions::change_password(change, self.user.id, hash, PasswordChange::ResetLink)?;
        Ok(true)
    }
}
