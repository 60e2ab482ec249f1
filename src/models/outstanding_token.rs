//! Refresh tokens that were issued, as simplejwt's `OutstandingToken`; never the token
//! itself. A session keeps its first and its newest ones.

use chrono::{NaiveDateTime, TimeDelta};
use diesel::prelude::*;

use crate::clock::Moment;
use crate::db::{AnyConnection, last_key};
use crate::schema::{blacklisted_tokens, outstanding_tokens, sessions};

/// How many of a session's first tokens, and how many of its newest, keep their rows.
pub const KEPT: i64 = 32;

/// A row of `outstanding_tokens`: all that is needed to make the token's bytes again.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = outstanding_tokens)]
pub struct OutstandingToken {
    /// Primary key, never reused.
    pub id: i64,
    /// Whose it is.
    pub user_id: i64,
    /// The `jti` claim.
    pub jti: String,
    /// 0 for the log-in's token, then one more for each rotation.
    pub sequence: i64,
    /// Claims beside the standard ones, as JSON.
    pub profile: String,
    /// `iat`, in whole seconds.
    pub created_at: NaiveDateTime,
    /// `exp`, in whole seconds.
    pub expires_at: NaiveDateTime,
    /// When it was rotated away.
    pub used_at: Option<NaiveDateTime>,
    /// From which address that was.
    pub used_ip: Option<String>,
    /// By which browser that was.
    pub used_user_agent: Option<String>,
}

/// A refresh token to be noted.
#[derive(Clone, Debug)]
pub struct NewOutstandingToken<'a> {
    /// Whose it is.
    pub user_id: i64,
    /// Which session's.
    pub session_id: i64,
    /// The `jti` claim.
    pub jti: &'a str,
    /// The token that it succeeds.
    pub parent_id: Option<i64>,
    /// Its place in the session.
    pub sequence: i64,
    /// Claims beside the standard ones, as JSON.
    pub profile: &'a str,
    /// `iat`.
    pub created_at: Moment,
    /// `exp`.
    pub expires_at: Moment,
}

impl NewOutstandingToken<'_> {
    /// Stores the row.
    pub fn insert(&self, connection: &mut AnyConnection) -> QueryResult<()> {
        let inserted = diesel::insert_into(outstanding_tokens::table)
            .values((
                outstanding_tokens::user_id.eq(self.user_id),
                outstanding_tokens::session_id.eq(self.session_id),
                outstanding_tokens::jti.eq(self.jti),
                outstanding_tokens::parent_id.eq(self.parent_id),
                outstanding_tokens::sequence.eq(self.sequence),
                outstanding_tokens::profile.eq(self.profile),
                outstanding_tokens::created_at.eq(self.created_at.naive_utc()),
                outstanding_tokens::expires_at.eq(self.expires_at.naive_utc()),
            ))
            .execute(connection)?;
        if inserted == 1 {
            Ok(())
        } else {
            Err(diesel::NotFound)
        }
    }
}

impl OutstandingToken {
    /// Whether there is or ever was a token; those that expire are purged.
    pub fn any_ever(connection: &mut AnyConnection) -> QueryResult<bool> {
        Ok(last_key(connection, "outstanding_tokens")? > 0)
    }

    /// The row of this `jti` in this session.
    pub fn find(
        connection: &mut AnyConnection,
        session_id: i64,
        jti: &str,
    ) -> QueryResult<Option<Self>> {
        outstanding_tokens::table
            .filter(outstanding_tokens::session_id.eq(session_id))
            .filter(outstanding_tokens::jti.eq(jti))
            .select(Self::as_select())
            .first(connection)
            .optional()
    }

    /// The tokens of a session from one place in it to another, in their order.
    pub fn between(
        connection: &mut AnyConnection,
        session_id: i64,
        first: i64,
        last: i64,
    ) -> QueryResult<Vec<Self>> {
        outstanding_tokens::table
            .filter(outstanding_tokens::session_id.eq(session_id))
            .filter(outstanding_tokens::sequence.between(first, last))
            .order(outstanding_tokens::sequence)
            .select(Self::as_select())
            .load(connection)
    }

    /// The `sid` of the session that a token of this user and `jti` belongs to: the way to
    /// the session for tokens that simplejwt issued, which do not name it.
    pub fn sid(
        connection: &mut AnyConnection,
        jti: &str,
        user_id: i64,
    ) -> QueryResult<Option<String>> {
        outstanding_tokens::table
            .inner_join(sessions::table)
            .filter(outstanding_tokens::jti.eq(jti))
            .filter(outstanding_tokens::user_id.eq(user_id))
            .select(sessions::sid)
            .first(connection)
            .optional()
    }

    /// Notes when and by whom the token was rotated away; says whether it was the first
    /// time.
    pub fn use_up(
        &self,
        connection: &mut AnyConnection,
        ip: Option<&str>,
        user_agent: &str,
        now: Moment,
    ) -> QueryResult<bool> {
        let unused = outstanding_tokens::table.filter(
            outstanding_tokens::id
                .eq(self.id)
                .and(outstanding_tokens::used_at.is_null()),
        );
        diesel::update(unused)
            .set((
                outstanding_tokens::used_at.eq(now.naive_utc()),
                outstanding_tokens::used_ip.eq(ip),
                outstanding_tokens::used_user_agent.eq(user_agent),
            ))
            .execute(connection)
            .map(|changed| changed == 1)
    }

    /// Removes what lies between the first and the newest [`KEPT`] tokens of a session and
    /// can be no honest retry any more, so that a session costs a bounded number of rows.
    pub fn thin_out(
        connection: &mut AnyConnection,
        session_id: i64,
        newest: i64,
        grace: TimeDelta,
        now: Moment,
    ) -> QueryResult<usize> {
        if newest < 2 * KEPT {
            return Ok(0);
        }
        let between = outstanding_tokens::table
            .filter(outstanding_tokens::session_id.eq(session_id))
            .filter(outstanding_tokens::sequence.ge(KEPT))
            .filter(outstanding_tokens::sequence.le(newest - KEPT))
            .filter(outstanding_tokens::used_at.le((now - grace).naive_utc()));
        diesel::delete(between).execute(connection)
    }
}

/// A refresh token as an operator looks at it: when it was used, from where and by what.
#[derive(Clone, Debug, Queryable)]
#[expect(
    missing_docs,
    reason = "the columns of `outstanding_tokens`; the migration documents them"
)]
pub struct TokenUse {
    pub sequence: i64,
    pub jti: String,
    pub created_at: NaiveDateTime,
    pub expires_at: NaiveDateTime,
    pub used_at: Option<NaiveDateTime>,
    pub used_ip: Option<String>,
    pub used_user_agent: Option<String>,
    /// Why it no longer refreshes, where it does not.
    pub blacklisted: Option<String>,
}

impl TokenUse {
    /// The tokens of a session that are still remembered, the oldest first.
    pub fn of_session(connection: &mut AnyConnection, session_id: i64) -> QueryResult<Vec<Self>> {
        outstanding_tokens::table
            .left_join(blacklisted_tokens::table)
            .filter(outstanding_tokens::session_id.eq(session_id))
            .order(outstanding_tokens::sequence)
            .select((
                outstanding_tokens::sequence,
                outstanding_tokens::jti,
                outstanding_tokens::created_at,
                outstanding_tokens::expires_at,
                outstanding_tokens::used_at,
                outstanding_tokens::used_ip,
                outstanding_tokens::used_user_agent,
                blacklisted_tokens::reason.nullable(),
            ))
            .load(connection)
    }
}
