//! The alarm that two hold a session: its successors are claimed from two places.
//!
//! Whoever has stolen a refresh token and keeps up with its owner, or the owner with the
//! thief, gets the current token by the grace. That bounds the damage and shows nobody; the
//! places of the two do. A person whose address has just changed looks the same, so that
//! nothing ends.

use diesel::QueryResult;
use serde::Serialize;

use super::Client;
use crate::alarms::Alarm;
use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::models::event::{Event, EventKind, NewEvent};
use crate::models::outstanding_token::OutstandingToken;
use crate::models::session::Session;

/// The most alarms of one session: whoever makes up user agents fills no table.
pub const MOST_ALARMS: usize = 16;

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
}

/// Notes an alarm when `superseded`, a token that is being answered within the grace, was
/// rotated away by another address or another user agent than the one that now presents it.
/// Answers the alarm: once for each pair of places, and [`MOST_ALARMS`] times at
/// most. The session's row is locked.
pub(super) fn note_follower(
    connection: &mut AnyConnection,
    session: &Session,
    superseded: &OutstandingToken,
    client: &Client,
    now: Moment,
) -> QueryResult<Option<Alarm>> {
    let places = Places {
        rotated_from: Place {
            ip: superseded.used_ip.as_deref(),
            user_agent: superseded.used_user_agent.as_deref().unwrap_or_default(),
        },
        repeated_from: Place {
            ip: client.ip.as_deref(),
            user_agent: &client.user_agent,
        },
    };
    if places.rotated_from == places.repeated_from {
        return Ok(None);
    }
    let detail = serde_json::to_string(&places)
        .map_err(|error| diesel::result::Error::SerializationError(error.into()))?;
    let known = Event::follower_details(connection, &session.sid)?;
    if known.len() >= MOST_ALARMS || known.contains(&detail) {
        return Ok(None);
    }
    let event = NewEvent {
        kind: EventKind::FollowerSuspected,
        user_id: Some(session.user_id),
        sid: Some(&session.sid),
        jti: Some(&superseded.jti),
        ip: client.ip.as_deref(),
        user_agent: Some(&client.user_agent),
        detail: Some(&detail),
        ..NewEvent::default()
    };
    event.insert(connection, now)?;
    Ok(Alarm::of(&event, now))
}
