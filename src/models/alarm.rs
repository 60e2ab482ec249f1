//! The events that somebody should look at, and those that count in the figures.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use diesel::prelude::*;

use crate::db::AnyConnection;
use crate::models::activity;
use crate::models::event::{Event, EventKind};
use crate::schema::events;

/// Who can cause an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Anybody who can reach the server: reuse, followers, guessing.
    Anybody,
    /// Operators alone: what refuses everybody, who may do more than before, and which servers run.
    Operators,
}

/// The kinds that are an alarm.
const ALARMS: [(EventKind, Cause); 9] = [
    (EventKind::ReuseDetected, Cause::Anybody),
    (EventKind::FollowerSuspected, Cause::Anybody),
    (EventKind::GuessingSuspected, Cause::Anybody),
    (EventKind::EverythingRevoked, Cause::Operators),
    (EventKind::KeyRevoked, Cause::Operators),
    (EventKind::DatabaseRefused, Cause::Operators),
    (EventKind::StaffGranted, Cause::Operators),
    (EventKind::SuperuserGranted, Cause::Operators),
    (EventKind::SuperuserCreated, Cause::Operators),
];
/// How many events of each kind that anybody can cause are looked at.
const LOOKED_AT: usize = 200;

/// Who can cause an alarm of this kind; `None` where the kind is no alarm.
#[must_use]
pub fn cause(kind: EventKind) -> Option<Cause> {
    let found = ALARMS.iter().find(|(known, _)| *known == kind);
    found.map(|(_, cause)| *cause)
}

/// As what an event of this kind counts in the figures, once for each row.
#[must_use]
pub fn counted_as(kind: EventKind) -> Option<activity::Kind> {
    use EventKind as E;
    match kind {
        E::SignedUp => Some(activity::Kind::SignedUp),
        E::LoggedIn => Some(activity::Kind::LoggedIn),
        E::SessionEnded => Some(activity::Kind::SessionEnded),
        E::ReuseDetected => Some(activity::Kind::ReuseDetected),
        E::FollowerSuspected => Some(activity::Kind::FollowerSuspected),
        E::GuessingSuspected => Some(activity::Kind::GuessingSuspected),
        // Of the first two one row stands for many: they are counted when they happen.
        E::LogInFailed
        | E::RefreshRepeated
        | E::PasswordChanged
        | E::ResetLinkMade
        | E::ProfileChanged
        | E::Deactivated
        | E::Activated
        | E::UserDeleted
        | E::StaffGranted
        | E::StaffRemoved
        | E::SuperuserGranted
        | E::SuperuserRemoved
        | E::ClaimsChanged
        | E::SuperuserCreated
        | E::EverythingRevoked
        | E::JobQueued
        | E::ManySessionsEnded
        | E::KeyRevoked
        | E::EventsExported
        | E::AdminSignedIn
        | E::AdminSignedOut
        | E::AdminSessionEnded
        | E::DatabaseRefused => None,
    }
}

/// The newest alarms, `limit` at most, the newest first. What anybody can cause is there once
/// for each kind, user (or address) and hour, and leaves half of the places to what only
/// operators cause.
pub fn latest(connection: &mut AnyConnection, limit: usize) -> QueryResult<Vec<Event>> {
    let (mut operators, mut anybody) = (Vec::new(), Vec::new());
    for (kind, cause) in ALARMS {
        match cause {
            Cause::Operators => operators.append(&mut newest(connection, kind, limit)?),
            Cause::Anybody => anybody.append(&mut newest(connection, kind, LOOKED_AT)?),
        }
    }
    sort(&mut operators);
    sort(&mut anybody);
    let mut seen = BTreeSet::new();
    anybody.retain(|event| {
        let ip = event.ip.clone().filter(|_| event.user_id.is_none());
        let hour = event.at.and_utc().timestamp().div_euclid(3600);
        seen.insert((event.kind.clone(), event.user_id, ip, hour))
    });
    anybody.truncate(limit - operators.len().min(limit / 2));
    operators.append(&mut anybody);
    sort(&mut operators);
    operators.truncate(limit);
    Ok(operators)
}

fn sort(events: &mut [Event]) {
    events.sort_by_key(|event| Reverse((event.at, event.id)));
}

/// By the index over kind, time and primary key.
fn newest(
    connection: &mut AnyConnection,
    kind: EventKind,
    limit: usize,
) -> QueryResult<Vec<Event>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    events::table
        .filter(events::kind.eq(kind.as_str()))
        .order((events::at.desc(), events::id.desc()))
        .limit(limit)
        .select(Event::as_select())
        .load(connection)
}
