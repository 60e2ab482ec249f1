//! Noticing that somebody guesses passwords: many log-ins of one user, or from one network
//! (an IPv4 address, the /64 of an IPv6 address), that fail within an hour.
//!
//! Each server counts its own failures in memory; a failure costs no statement. One alarm is
//! raised for each user or address and hour, by whichever server notices first.

mod recent;
mod subject;

use diesel::QueryResult;
use parking_lot::Mutex;
use serde_json::json;

use crate::alarms::Alarm;
use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::failed_log_ins::Failure;
use crate::models::event::{Event, EventKind, NewEvent};
use crate::models::failure_count::network_text;
use crate::sessions::Client;

use recent::Seen;
use subject::hour;

pub use subject::{MANY, MINUTES, MOST, Subject};

/// The failures of the last hour.
#[derive(Debug, Default)]
pub struct Guessing(Mutex<Seen>);

impl Guessing {
    /// Counts a failure, for its user and for the network that it came from.
    pub fn count(&self, failure: Failure, client: &Client, now: Moment) {
        let mut seen = self.0.lock();
        if let Some(id) = failure.user_id() {
            seen.count(Subject::User(id), now);
        }
        let source = match &client.ip {
            Some(ip) => Subject::Network(network_text(ip)),
            None => Subject::Unknown,
        };
        seen.count(source, now);
    }

    /// Who has failed [`MANY`] times within an hour, and how often, while nobody was told of
    /// it within the last one.
    #[must_use]
    pub fn due(&self, now: Moment) -> Vec<(Subject, u64)> {
        self.0.lock().due(now)
    }

    /// How many users and addresses are counted; [`MOST`] at most.
    #[must_use]
    pub fn counted(&self) -> usize {
        self.0.lock().counted()
    }

    /// Somebody was told of this subject.
    pub fn told(&self, subject: &Subject, now: Moment) {
        self.0.lock().told(subject, now);
    }
}

/// Writes an alarm for each of those who are due. Another server, or this one before it was
/// restarted, may have told of one already.
pub fn note_due(
    connection: &mut AnyConnection,
    due: &[(Subject, u64)],
    now: Moment,
) -> QueryResult<Vec<Alarm>> {
    let mut alarms = Vec::new();
    for (subject, count) in due {
        alarms.extend(note(connection, subject, *count, now)?);
    }
    Ok(alarms)
}

fn note(
    connection: &mut AnyConnection,
    subject: &Subject,
    count: u64,
    now: Moment,
) -> QueryResult<Option<Alarm>> {
    let (user_id, ip) = match subject {
        Subject::User(id) => (Some(*id), None),
        Subject::Network(network) => (None, Some(network.as_str())),
        Subject::Unknown => (None, None),
    };
    if Event::was_guessing_noted(connection, user_id, ip, now - hour())? {
        return Ok(None);
    }
    let detail = json!({ "count": count, "minutes": MINUTES }).to_string();
    let event = NewEvent {
        kind: EventKind::GuessingSuspected,
        user_id,
        ip,
        detail: Some(&detail),
        ..NewEvent::default()
    };
    event.insert(connection, now)?;
    Ok(Alarm::of(&event, now))
}
