//! The rows of ending many sessions, of one user or of all: as those of ending them one by one,
//! a thousand in a statement. `sessions::Change` alone writes them, with what follows from it.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamp};

use crate::clock::Moment;
use crate::db::{self, AnyConnection};
use crate::models::event::NewEvent;
use crate::models::revocation::{Revocation, kept_until};
use crate::rotation::EndReason;
use crate::schema::sessions;

/// How many sessions one statement is about.
const BATCH: usize = 1000;

/// A session that was just ended.
#[derive(Clone, Debug, Queryable)]
pub(crate) struct Ended {
    /// Its primary key.
    pub(crate) id: i64,
    /// The greatest `exp` of its access tokens.
    pub(crate) access_until: NaiveDateTime,
}

/// Ends every live session of a user, but for `kept`. The transaction has locked the user, so
/// that no other one opens meanwhile. A thousand in a statement: however many there are, none
/// takes longer than statements may.
pub(crate) fn end_of_user(
    connection: &mut AnyConnection,
    user_id: i64,
    kept: Option<&str>,
    reason: EndReason,
    actor_id: Option<i64>,
    now: Moment,
) -> QueryResult<Vec<Ended>> {
    let mut ended = Vec::new();
    let mut after = 0;
    loop {
        let ids = db::lock_live_sessions_of(connection, user_id, kept, after, BATCH)?;
        let Some(last) = ids.last() else {
            return Ok(ended);
        };
        after = *last;
        ended.extend(end(connection, &ids, reason, actor_id, now)?);
    }
}

/// Ends a batch of live sessions of a generation below `generation`, those after the
/// primary key `after`, but for those that another transaction has locked.
pub(crate) fn end_below(
    connection: &mut AnyConnection,
    generation: i64,
    after: i64,
    reason: EndReason,
    actor_id: Option<i64>,
    now: Moment,
) -> QueryResult<Vec<Ended>> {
    let most = connection.pace().rows;
    let ids = db::lock_live_sessions_below(connection, generation, after, most)?;
    end(connection, &ids, reason, actor_id, now)
}

/// Ends live sessions that this transaction has locked.
pub(crate) fn end(
    connection: &mut AnyConnection,
    ids: &[i64],
    reason: EndReason,
    actor_id: Option<i64>,
    now: Moment,
) -> QueryResult<Vec<Ended>> {
    let live = sessions::table.filter(sessions::id.eq_any(ids).and(sessions::ended_at.is_null()));
    let ended: Vec<Ended> = diesel::update(live)
        .set((
            sessions::ended_at.eq(now.naive_utc()),
            sessions::end_reason.eq(reason.as_str()),
            sessions::ended_by.eq(actor_id),
        ))
        .returning((sessions::id, sessions::access_until))
        .get_results(connection)?;
    all_of(ids.len(), ended.len())?;
    Ok(ended)
}

/// Blacklists the current token of each session, where it is not blacklisted yet. That is
/// left to the index: to look for it first would be planned by statistics that know nothing
/// of the rows of this transaction.
pub(crate) fn blacklist(
    connection: &mut AnyConnection,
    ended: &[Ended],
    reason: EndReason,
    now: Moment,
) -> QueryResult<()> {
    for ids in batches(ended) {
        diesel::sql_query(format!(
            "INSERT INTO blacklisted_tokens (token_id, blacklisted_at, reason) \
             SELECT t.id, $1, $2 FROM sessions s \
             JOIN outstanding_tokens t ON t.session_id = s.id AND t.jti = s.current_jti \
             WHERE s.id IN ({ids}) ON CONFLICT (token_id) DO NOTHING"
        ))
        .bind::<Timestamp, _>(now.naive_utc())
        .bind::<Text, _>(reason.as_str())
        .execute(connection)?;
    }
    Ok(())
}

/// Appends an event for each session: `event`, with the session's user, `sid` and current
/// `jti`.
pub(crate) fn note(
    connection: &mut AnyConnection,
    ended: &[Ended],
    event: &NewEvent<'_>,
    now: Moment,
) -> QueryResult<()> {
    for ids in batches(ended) {
        let noted = diesel::sql_query(format!(
            "INSERT INTO events (at, kind, user_id, actor_id, sid, jti, ip, user_agent, reason) \
             SELECT $1, $2, user_id, $3, sid, current_jti, $4, $5, $6 FROM sessions \
             WHERE id IN ({ids}) ORDER BY id"
        ))
        .bind::<Timestamp, _>(now.naive_utc())
        .bind::<Text, _>(event.kind.as_str())
        .bind::<Nullable<BigInt>, _>(event.actor_id)
        .bind::<Nullable<Text>, _>(event.ip)
        .bind::<Nullable<Text>, _>(event.user_agent)
        .bind::<Nullable<Text>, _>(event.reason)
        .execute(connection)?;
        all_of(ids.split(',').count(), noted)?;
    }
    Ok(())
}

/// Revokes each session, all of them until the same moment; returns the revocations.
pub(crate) fn revoke(
    connection: &mut AnyConnection,
    ended: &[Ended],
    until: Moment,
    reason: EndReason,
    now: Moment,
) -> QueryResult<Vec<Revocation>> {
    let mut revocations = Vec::new();
    for ids in batches(ended) {
        let revoked: Vec<Revocation> = diesel::sql_query(format!(
            "INSERT INTO revocations (kind, subject, generation, reason, revoked_at, until) \
             SELECT 'session', sid, 0, $1, $2, $3 FROM sessions WHERE id IN ({ids}) ORDER BY id \
             RETURNING id, kind, subject, generation, until"
        ))
        .bind::<Text, _>(reason.as_str())
        .bind::<Timestamp, _>(now.naive_utc())
        .bind::<Timestamp, _>(until.naive_utc())
        .load(connection)?;
        all_of(ids.split(',').count(), revoked.len())?;
        revocations.extend(revoked);
    }
    Ok(revocations)
}

/// Revokes those of the sessions whose access tokens may still live, all of them until the
/// same moment; returns the revocations. What could concern no token is not written: the
/// purge would remove it at once.
pub(crate) fn revoke_living(
    connection: &mut AnyConnection,
    ended: &[Ended],
    reason: EndReason,
    now: Moment,
) -> QueryResult<Vec<Revocation>> {
    let kept = |session: &&Ended| kept_until(session.access_until.and_utc()) > now;
    let living: Vec<Ended> = ended.iter().filter(kept).cloned().collect();
    let until = living.iter().map(|session| session.access_until).max();
    let until = until.map_or(now, |until| kept_until(until.and_utc()));
    revoke(connection, &living, until, reason, now)
}

/// Primary keys, a batch at a time, as SQL writes a list. They are numbers of ours: nothing
/// has to be quoted, and SQLite's limit on bound values does not matter.
fn batches(ended: &[Ended]) -> impl Iterator<Item = String> {
    ended.chunks(BATCH).map(|batch| {
        let ids: Vec<_> = batch.iter().map(|session| session.id.to_string()).collect();
        ids.join(",")
    })
}

fn all_of(wanted: usize, changed: usize) -> QueryResult<()> {
    if wanted == changed {
        Ok(())
    } else {
        Err(diesel::NotFound)
    }
}
