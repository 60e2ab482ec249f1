//! Removing what has expired, a small batch at a time: simplejwt's `flushexpiredtokens`.

use chrono::TimeDelta;
use diesel::prelude::*;

use crate::clock::Moment;
use crate::db::{self, AnyConnection};
use crate::models::activity::Resolution;
use crate::schema::{
    activity, address_holds, admin_sessions, events, nodes, one_time_tokens, outstanding_tokens,
    revocations, sessions, throttles,
};

/// Rows that one batch removes of each table at most; short enough that a log-in which
/// waits for the lock does not notice.
pub const BATCH: i64 = 500;
/// How much longer than a token that they concern revocations stay: a clock that was ahead and
/// is set back by less gives life to no token that was revoked.
const REVOCATIONS_KEPT_FOR: TimeDelta = TimeDelta::days(1);
/// How long a server that says nothing any more is remembered.
const NODE_KEPT_FOR: TimeDelta = TimeDelta::days(1);

/// What one batch, or many, removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Expired sessions; their tokens went with them.
    pub sessions: usize,
    /// Expired refresh tokens of sessions that live on.
    pub tokens: usize,
    /// Events older than they are kept.
    pub events: usize,
    /// Everything else: revocations, one-time links, admin sessions, held addresses, used-up throttles, old
    /// figures, servers that are gone.
    pub others: usize,
}

impl Purged {
    /// Rows in all.
    #[must_use]
    pub fn total(&self) -> usize {
        self.sessions + self.tokens + self.events + self.others
    }

    /// The sum of two.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            sessions: self.sessions + other.sessions,
            tokens: self.tokens + other.tokens,
            events: self.events + other.events,
            others: self.others + other.others,
        }
    }
}

/// Removes up to [`BATCH`] rows of `$table` whose `$column` is past. The keys are read
/// first: a delete cannot ask its own table on both backends.
macro_rules! remove_expired {
    ($connection:expr, $table:ident.$column:ident, $now:expr) => {{
        let past = ($now).naive_utc();
        let ids: Vec<i64> = $table::table
            .filter($table::$column.le(past))
            .select($table::id)
            .order($table::$column)
            .limit(BATCH)
            .load($connection)?;
        if ids.is_empty() {
            0
        } else {
            // Asked again: on PostgreSQL a row may have been renewed since.
            let expired = $table::table
                .filter($table::id.eq_any(ids))
                .filter($table::$column.le(past));
            diesel::delete(expired).execute($connection)?
        }
    }};
}

/// Removes sessions whose tokens, refresh and access, have all expired: a row is needed for
/// as long as there may be something to revoke.
fn remove_expired_sessions(connection: &mut AnyConnection, now: Moment) -> QueryResult<usize> {
    let now = now.naive_utc();
    let expired = sessions::table
        .filter(sessions::expires_at.le(now))
        .filter(sessions::access_until.le(now));
    let ids: Vec<i64> = expired
        .select(sessions::id)
        .order(sessions::expires_at)
        .limit(BATCH)
        .load(connection)?;
    if ids.is_empty() {
        return Ok(0);
    }
    let ids = db::lock_sessions(connection, ids)?;
    diesel::delete(
        sessions::table
            .filter(sessions::id.eq_any(ids))
            .filter(sessions::expires_at.le(now))
            .filter(sessions::access_until.le(now)),
    )
    .execute(connection)
}

/// Removes figures that are older than their resolution is kept.
fn remove_old_activity(
    connection: &mut AnyConnection,
    resolution: Resolution,
    now: Moment,
) -> QueryResult<usize> {
    let ids: Vec<i64> = activity::table
        .filter(activity::resolution.eq(resolution.as_str()))
        .filter(activity::starts_at.le((now - resolution.kept_for()).naive_utc()))
        .select(activity::id)
        .order(activity::starts_at)
        .limit(BATCH)
        .load(connection)?;
    if ids.is_empty() {
        return Ok(0);
    }
    diesel::delete(activity::table.filter(activity::id.eq_any(ids))).execute(connection)
}

/// Removes one batch of every kind; nothing removed means that nothing is left. Events are
/// kept for `event_retention`.
pub fn purge_batch(
    connection: &mut AnyConnection,
    event_retention: TimeDelta,
    now: Moment,
) -> QueryResult<Purged> {
    let sessions = remove_expired_sessions(connection, now)?;
    // While expired sessions are left, expired tokens may be theirs and go with them.
    let tokens = if i64::try_from(sessions).is_ok_and(|removed| removed < BATCH) {
        remove_expired!(connection, outstanding_tokens.expires_at, now)
    } else {
        0
    };
    Ok(Purged {
        sessions,
        tokens,
        events: remove_expired!(connection, events.at, now - event_retention),
        others: remove_expired!(connection, revocations.until, now - REVOCATIONS_KEPT_FOR)
            + remove_expired!(connection, one_time_tokens.expires_at, now)
            + remove_expired!(connection, admin_sessions.expires_at, now)
            + remove_expired!(connection, address_holds.until, now)
            + remove_expired!(connection, throttles.resets_at, now)
            + remove_expired!(connection, nodes.last_seen_at, now - NODE_KEPT_FOR)
            + remove_old_activity(connection, Resolution::Minute, now)?
            + remove_old_activity(connection, Resolution::Hour, now)?,
    })
}
