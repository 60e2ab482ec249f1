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

use crate::clock::Moment;
use crate::failed_log_ins::Failure;
use crate::models::event::{Event, EventKind, NewEvent};
use crate::models::failure_count::network_text;
use crate::sessions::{Change, Client};

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
pub fn note_due(change: &mut Change<'_>, due: &[(Subject, u64)]) -> QueryResult<()> {
    due.iter()
        .try_for_each(|(subject, count)| note(change, subject, *count))
}

fn note(change: &mut Change<'_>, subject: &Subject, count: u64) -> QueryResult<()> {
    let (user_id, ip) = match subject {
        Subject::User(id) => (Some(*id), None),
        Subject::Network(network) => (None, Some(network.as_str())),
        Subject::Unknown => (None, None),
    };
    let since = change.now() - hour();
    if Event::was_guessing_noted(change.connection, user_id, ip, since)? {
        return Ok(());
    }
    let detail = json!({ "count": count, "minutes": MINUTES }).to_string();
    change.note(&NewEvent {
        kind: EventKind::GuessingSuspected,
        user_id,
        ip,
        detail: Some(&detail),
        ..NewEvent::default()
    })
}
