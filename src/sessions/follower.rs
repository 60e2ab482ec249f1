//! The alarm that two hold a session: its successors are claimed from two places.
//!
//! A thief of a refresh token who keeps up with its owner, or the owner with the
//! thief, gets the current token by the grace. That bounds the damage and shows nobody; the
//! places of the two do. A person whose address has just changed looks the same, so that
//! nothing ends.
//!
//! One who sits at the owner's address and says the owner's user agent is shown by keeping
//! on: each of [`IN_A_ROW`] rotations, one after the other, was repeated.

use diesel::QueryResult;
use serde::Serialize;

use super::Change;
use crate::db::AnyConnection;
use crate::models::event::{Event, EventKind, NewEvent};
use crate::models::outstanding_token::OutstandingToken;
use crate::models::session::Session;

/// The most alarms of one session: user agents that somebody makes up fill no table.
pub const MOST_ALARMS: usize = 16;

/// How many rotations in a row must be repeated for an alarm: more than an honest browser repeats. A lost answer
/// makes one repeat, and were three answers of ten lost, ten in a row would be lost once in
/// 170,000 times. Tabs with our client refresh once for all. Tabs without it that refresh at
/// the same moment are there before the rotation ([`super::RepeatedToken::at_once`]) and do
/// not count. At the default lifetimes ten rotations take two hours.
pub const IN_A_ROW: i64 = 10;
/// How many of a session's newest events are looked at. More within [`IN_A_ROW`] rotations
/// are a flood that hides repeats, and count as those.
const EVENTS_LOOKED_AT: usize = 5_000;

/// Where a request came from.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Place<'a> {
    ip: Option<&'a str>,
    user_agent: &'a str,
}

/// What the event says.
#[derive(Debug, Serialize)]
struct Places<'a> {
    rotated_from: Place<'a>,
    repeated_from: Place<'a>,
    /// How many rotations in a row were repeated, where that is the alarm.
    #[serde(skip_serializing_if = "Option::is_none")]
    in_a_row: Option<i64>,
}

/// A session whose newest rotations may all have been repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowedSession {
    /// Its primary key.
    pub session_id: i64,
    /// Its random identity.
    pub sid: String,
    /// The place of its newest token that was repeated.
    pub newest: i64,
}

/// Notes an alarm when `superseded`, a token that is being answered within the grace, was
/// rotated away by another address or another user agent than the one that now presents it.
/// Once for each pair of places, and [`MOST_ALARMS`] times at most; returns whether it was
/// noted. The session's row is locked.
pub(super) fn note_follower(
    change: &mut Change<'_>,
    session: &Session,
    superseded: &OutstandingToken,
) -> QueryResult<bool> {
    let client = change.client();
    let places = Places {
        rotated_from: Place {
            ip: superseded.used_ip.as_deref(),
            user_agent: superseded.used_user_agent.as_deref().unwrap_or_default(),
        },
        repeated_from: Place {
            ip: client.ip.as_deref(),
            user_agent: &client.user_agent,
        },
        in_a_row: None,
    };
    if places.rotated_from == places.repeated_from {
        return Ok(false);
    }
    note(change, session, superseded, &places)
}

/// Whether each of the [`IN_A_ROW`] rotations up to `session.newest` was repeated, and not at
/// once, and no alarm has told so yet.
pub fn are_rotations_followed(
    connection: &mut AnyConnection,
    session: &FollowedSession,
) -> QueryResult<bool> {
    if was_told(&Event::follower_details(connection, &session.sid)?) {
        return Ok(false);
    }
    let rotated = newest_rotated(connection, session)?;
    let Some(since) = rotated.first().and_then(|first| first.used_at) else {
        return Ok(false);
    };
    let events = Event::repeats_of_session(connection, &session.sid, EVENTS_LOOKED_AT)?;
    let flooded =
        events.len() == EVENTS_LOOKED_AT && events.last().is_some_and(|event| event.at > since);
    let repeated = |token: &OutstandingToken| {
        flooded
            || events
                .iter()
                .any(|event| event.jti.as_deref() == Some(&token.jti))
    };
    Ok(
        rotated.len() == usize::try_from(IN_A_ROW).unwrap_or(usize::MAX)
            && rotated.iter().all(repeated),
    )
}

/// Notes an alarm that each of the newest rotations of a live session was repeated: once for
/// each session. Returns whether it was noted.
pub fn note_rotations_followed(
    change: &mut Change<'_>,
    followed: &FollowedSession,
) -> QueryResult<bool> {
    let session = Session::lock(change.connection, &followed.sid)?;
    let rotated = newest_rotated(change.connection, followed)?;
    let (Some(session), Some(last)) = (session, rotated.last()) else {
        return Ok(false);
    };
    let known = Event::follower_details(change.connection, &session.sid)?;
    if session.ended_at.is_some() || was_told(&known) {
        return Ok(false);
    }
    let repeat = Event::repeats_of_session(change.connection, &session.sid, 1)?.pop();
    let rotated_from = (last.used_ip.as_deref(), last.used_user_agent.as_deref());
    // What was too much for one event has no place.
    let repeat = repeat.as_ref().filter(|repeat| repeat.jti.is_some());
    let repeated_from = repeat.map_or(rotated_from, |repeat| {
        (repeat.ip.as_deref(), repeat.user_agent.as_deref())
    });
    let place = |(ip, user_agent): (_, Option<_>)| Place {
        ip,
        user_agent: user_agent.unwrap_or_default(),
    };
    let places = Places {
        rotated_from: place(rotated_from),
        repeated_from: place(repeated_from),
        in_a_row: Some(IN_A_ROW),
    };
    note(change, &session, last, &places)
}

/// Whether one of these details of alarms tells of rotations in a row.
fn was_told(details: &[String]) -> bool {
    details
        .iter()
        .any(|detail| detail.contains("\"in_a_row\":"))
}

fn newest_rotated(
    connection: &mut AnyConnection,
    session: &FollowedSession,
) -> QueryResult<Vec<OutstandingToken>> {
    let first = session.newest + 1 - IN_A_ROW;
    OutstandingToken::between(connection, session.session_id, first, session.newest)
}

/// Notes the alarm, unless the same was noted before, or there were too many; returns whether
/// it was.
fn note(
    change: &mut Change<'_>,
    session: &Session,
    superseded: &OutstandingToken,
    places: &Places<'_>,
) -> QueryResult<bool> {
    let detail = serde_json::to_string(&places)
        .map_err(|error| diesel::result::Error::SerializationError(error.into()))?;
    let known = Event::follower_details(change.connection, &session.sid)?;
    if known.len() >= MOST_ALARMS || known.contains(&detail) {
        return Ok(false);
    }
    change.note(&NewEvent {
        kind: EventKind::FollowerSuspected,
        user_id: Some(session.user_id),
        sid: Some(&session.sid),
        jti: Some(&superseded.jti),
        ip: places.repeated_from.ip,
        user_agent: Some(places.repeated_from.user_agent),
        detail: Some(&detail),
        ..NewEvent::default()
    })?;
    Ok(true)
}
