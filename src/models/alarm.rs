//! The events that somebody should look at.

use std::cmp::Reverse;

use diesel::prelude::*;
use serde::Deserialize;

use crate::db::AnyConnection;
use crate::models::event::{Event, EventKind};
use crate::schema::events;

/// From how many failures in one event on it is an alarm.
pub const MANY_FAILURES: u64 = 100;
/// How many of the newest `log_in_failed` are looked at: no index knows their counts.
pub const LOOKED_AT: i64 = 1000;

/// Kinds that are an alarm whatever else they say.
const ALWAYS: [EventKind; 4] = [
    EventKind::ReuseDetected,
    EventKind::FollowerSuspected,
    EventKind::EverythingRevoked,
    EventKind::KeyRevoked,
];

#[derive(Deserialize)]
struct Failures {
    count: u64,
}

/// Whether an event of this kind and `detail` is an alarm.
#[must_use]
pub fn is_alarm(kind: EventKind, detail: &str) -> bool {
    ALWAYS.contains(&kind) || (kind == EventKind::LogInFailed && are_many(detail))
}

fn are_many(detail: &str) -> bool {
    serde_json::from_str(detail).is_ok_and(|Failures { count }| count >= MANY_FAILURES)
}

/// The newest `limit` alarms, the newest first: reuse, followers, revocations of everything
/// or of a key, and [`MANY_FAILURES`] failed log-ins in one event, among the newest
/// [`LOOKED_AT`] of those.
pub fn latest(connection: &mut AnyConnection, limit: usize) -> QueryResult<Vec<Event>> {
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut found = newest(connection, EventKind::LogInFailed, LOOKED_AT)?;
    found.retain(|event| are_many(&event.detail));
    for kind in ALWAYS {
        found.append(&mut newest(connection, kind, most)?);
    }
    found.sort_by_key(|event| Reverse((event.at, event.id)));
    found.truncate(limit);
    Ok(found)
}

/// By the index over kind, time and primary key.
fn newest(connection: &mut AnyConnection, kind: EventKind, limit: i64) -> QueryResult<Vec<Event>> {
    events::table
        .filter(events::kind.eq(kind.as_str()))
        .order((events::at.desc(), events::id.desc()))
        .limit(limit)
        .select(Event::as_select())
        .load(connection)
}
