//! The audit log: every kind of event, the common ones often, one after the other.

use std::fmt::Write;

use diesel::prelude::*;

use super::facts::{facts, jti};
use super::{ADMINISTRATOR, SPAN, Size, scattered};
use crate::db::{AnyConnection, Dialect};
use crate::models::event::EventKind;

/// How many of a thousand events are of a kind that is common; what is left of them is a
/// log-in.
const COMMON: [(EventKind, i64); 9] = [
    (EventKind::SessionEnded, 300),
    (EventKind::LogInFailed, 120),
    (EventKind::RefreshRepeated, 80),
    (EventKind::SignedUp, 40),
    (EventKind::PasswordChanged, 20),
    (EventKind::ReuseDetected, 10),
    (EventKind::ProfileChanged, 10),
    (EventKind::Deactivated, 3),
    (EventKind::Activated, 2),
];

/// Makes the events from `first` to `last`, evenly over the time. Each tells of the session
/// that was opened about then, and of its user.
pub fn insert_events(
    connection: &mut AnyConnection,
    size: &Size,
    (first, last): (i64, i64),
) -> QueryResult<usize> {
    let dialect = Dialect::of(connection);
    let session = |event: i64| 1 + (event - 1) * size.sessions / size.events;
    let facts = facts(dialect, size, (session(first), session(last)));
    let at = format!(
        "{} + (n.i - 1) * {SPAN} / {}",
        size.start_seconds(),
        size.events
    );
    diesel::sql_query(format!(
        "INSERT INTO events (at, kind, user_id, actor_id, sid, jti, ip, user_agent, reason, detail) {facts} \
         SELECT {at}, kind, CASE WHEN kind IN ('superuser_created', 'admin_signed_in', 'admin_signed_out') THEN {ADMINISTRATOR} WHEN kind NOT IN ('everything_revoked', 'job_queued', 'many_sessions_ended', 'key_revoked', 'database_refused') THEN user_id END, \
         CASE WHEN by_operator THEN {ADMINISTRATOR} END, CASE WHEN of_session THEN sid END, \
         CASE WHEN of_session THEN jti END, CASE WHEN by_operator THEN '198.18.0.1' ELSE last_ip END, agent, \
         CASE WHEN kind = 'session_ended' THEN reason END, {detail} FROM \
         (SELECT *, kind IN ('logged_in', 'session_ended', 'refresh_repeated', 'reuse_detected') AS of_session, \
         kind IN ('deactivated', 'activated', 'user_deleted', 'reset_link_made', 'job_queued', 'many_sessions_ended', 'everything_revoked', 'key_revoked') AS by_operator FROM \
         (SELECT n.i AS event, {happened} AS at, CASE WHEN kind = 'session_ended' AND ended IS NULL THEN 'logged_in' ELSE kind END AS kind, \
         user_id, last_ip, agent, reason, {sid} AS sid, {jti} AS jti \
         FROM (SELECT i, {kind} AS kind FROM {numbers}) AS n \
         JOIN facts ON facts.i = 1 + (n.i - 1) * {sessions} / {events}) AS told) AS log ORDER BY event",
        at = dialect.moment("at"),
        happened = at,
        detail = detail(),
        sid = dialect.identity("-facts.i"),
        jti = jti(dialect, "tokens - 1"),
        kind = kind(),
        numbers = dialect.numbers("n", first, last),
        sessions = size.sessions,
        events = size.events,
    ))
    .execute(connection)
}

/// The kind of the event `i`: first one of each.
fn kind() -> String {
    let mut sql = String::from("CASE");
    for (place, kind) in EventKind::ALL.iter().enumerate() {
        // Writing to a text cannot fail.
        let _ = write!(sql, " WHEN i = {} THEN '{}'", place + 1, kind.as_str());
    }
    let number = scattered("i", 12, "1000");
    let mut below = 0;
    for (kind, share) in COMMON {
        below += share;
        let _ = write!(sql, " WHEN {number} < {below} THEN '{}'", kind.as_str());
    }
    sql + " ELSE '" + EventKind::LoggedIn.as_str() + "' END"
}

/// What else such an event says.
fn detail() -> &'static str {
    r#"CASE kind WHEN 'log_in_failed' THEN '{"count":' || (1 + event % 9) || ',"seconds":1}'
       WHEN 'profile_changed' THEN '{"changed":["first_name"]}'
       WHEN 'everything_revoked' THEN '{"generation":0}'
       WHEN 'job_queued' THEN '{"job":1,"filter":{}}'
       WHEN 'many_sessions_ended' THEN '{"job":1,"sessions":0,"filter":{}}'
       WHEN 'key_revoked' THEN '{"kid":"secret-00000000"}' ELSE '{}' END"#
}
