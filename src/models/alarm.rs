//! The events that somebody should look at.

use std::cmp::Reverse;

use diesel::prelude::*;

use crate::db::AnyConnection;
use crate::models::event::{Event, EventKind};
use crate::schema::events;

/// The kinds that are an alarm: reuse, followers, guessing, whatever refuses everybody, and
/// whoever may do more than before.
const ALARMS: [EventKind; 8] = [
    EventKind::ReuseDetected,
    EventKind::FollowerSuspected,
    EventKind::EverythingRevoked,
    EventKind::KeyRevoked,
    EventKind::GuessingSuspected,
    EventKind::StaffGranted,
    EventKind::SuperuserGranted,
    EventKind::SuperuserCreated,
];

/// Whether an event of this kind is an alarm.
#[must_use]
pub fn is_alarm(kind: EventKind) -> bool {
    ALARMS.contains(&kind)
}

/// The newest `limit` alarms, the newest first.
pub fn latest(connection: &mut AnyConnection, limit: usize) -> QueryResult<Vec<Event>> {
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut found = Vec::new();
    for kind in ALARMS {
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
