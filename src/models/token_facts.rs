//! One refresh token as an operator looks at it: all that is known of it and of its place in
//! its session.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::AnyConnection;
use crate::schema::{blacklisted_tokens, outstanding_tokens, sessions, users};

/// An outstanding token, its user and its session.
#[derive(Clone, Debug, Queryable)]
pub struct TokenFacts {
    /// Its `jti` claim.
    pub jti: String,
    /// The primary key of the token that it succeeds.
    pub parent_id: Option<i64>,
    /// 0 for the log-in's token, then one more for each rotation.
    pub sequence: i64,
    /// When it was issued.
    pub created_at: NaiveDateTime,
    /// When it expires.
    pub expires_at: NaiveDateTime,
    /// When it was rotated away.
    pub used_at: Option<NaiveDateTime>,
    /// From which address.
    pub used_ip: Option<String>,
    /// By which browser.
    pub used_user_agent: Option<String>,
    /// Whose it is.
    pub user_id: i64,
    /// The address of that user.
    pub email: String,
    /// The primary key of its session.
    pub session_id: i64,
    /// The session that it belongs to.
    pub sid: String,
    /// The one live token of that session.
    pub current_jti: String,
    /// When it was blacklisted.
    pub blacklisted_at: Option<NaiveDateTime>,
    /// Why.
    pub reason: Option<String>,
}

impl TokenFacts {
    /// The token of this `jti`.
    pub fn find(connection: &mut AnyConnection, jti: &str) -> QueryResult<Option<Self>> {
        outstanding_tokens::table
            .inner_join(users::table)
            .inner_join(sessions::table)
            .left_join(blacklisted_tokens::table)
            .filter(outstanding_tokens::jti.eq(jti))
            .select((
                outstanding_tokens::jti,
                outstanding_tokens::parent_id,
                outstanding_tokens::sequence,
                outstanding_tokens::created_at,
                outstanding_tokens::expires_at,
                outstanding_tokens::used_at,
                outstanding_tokens::used_ip,
                outstanding_tokens::used_user_agent,
                outstanding_tokens::user_id,
                users::email,
                outstanding_tokens::session_id,
                sessions::sid,
                sessions::current_jti,
                blacklisted_tokens::blacklisted_at.nullable(),
                blacklisted_tokens::reason.nullable(),
            ))
            .first(connection)
            .optional()
    }

    /// The `jti` of the token that this one succeeds, while its row is there.
    pub fn parent(&self, connection: &mut AnyConnection) -> QueryResult<Option<String>> {
        let Some(id) = self.parent_id else {
            return Ok(None);
        };
        outstanding_tokens::table
            .filter(outstanding_tokens::id.eq(id))
            .select(outstanding_tokens::jti)
            .first(connection)
            .optional()
    }

    /// The `jti` of the token that succeeds this one, while its row is there.
    pub fn successor(&self, connection: &mut AnyConnection) -> QueryResult<Option<String>> {
        outstanding_tokens::table
            .filter(outstanding_tokens::session_id.eq(self.session_id))
            .filter(outstanding_tokens::sequence.eq(self.sequence + 1))
            .select(outstanding_tokens::jti)
            .first(connection)
            .optional()
    }
}
