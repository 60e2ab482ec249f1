//! Noticing that somebody guesses passwords: many log-ins of one user, or from one network
//! (an IPv4 address, the /64 of an IPv6 address), that fail within an hour.
//!
//! Each server counts its own failures in memory; a failure costs no statement. One alarm is
//! raised for each user or address and hour, by whichever server notices first.

mod recent;

use chrono::TimeDelta;
use parking_lot::Mutex;
use serde_json::json;

use crate::activity::{Kind, Tally};
use crate::alarms::Alarm;
use crate::app::App;
use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::error::Error;
use crate::failed_log_ins::Failure;
use crate::models::event::{Event, EventKind, NewEvent};
use crate::models::failure_count::network_text;
use crate::sessions::Client;

use recent::Seen;

/// From how many failures on it is an alarm.
pub const MANY: u64 = 100;
/// Within how many minutes, the current one included.
pub const MINUTES: i64 = 60;
/// How many users and addresses are counted at once.
pub const MOST: usize = 10_000;

/// Whose failures are counted together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// Those of one user, from wherever.
    User(i64),
    /// Those from one network, as [`network_text`] spells it, of any user.
    Network(String),
    /// Those from clients whose address is not known, of any user: clients that can hide it would
    /// otherwise be counted nowhere.
    Unknown,
}

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
    fn told(&self, subject: &Subject, now: Moment) {
        self.0.lock().told(subject, now);
    }
}

/// Writes an alarm for each subject that is due, and raises it; with none due no statement is sent.
/// Another server, or this one before it was restarted, may have told of it already. What
/// could not be written stays due.
pub async fn tell(app: &App, now: Moment) -> Result<(), Error> {
    let due = app.guessing.due(now);
    if due.is_empty() {
        return Ok(());
    }
    let subjects = due.clone();
    let alarms: Vec<Alarm> = app
        .database
        .write(move |connection| {
            let mut alarms = Vec::new();
            for (subject, count) in &due {
                alarms.extend(note(connection, subject, *count, now)?);
            }
            Ok::<_, Error>(alarms)
        })
        .await?;
    for (subject, _) in &subjects {
        app.guessing.told(subject, now);
    }
    let mut tally = Tally::default();
    tally.add(Kind::GuessingSuspected, alarms.len() as u64);
    app.activity.count(|counts| counts.count(&tally, now));
    app.alarms.raise(alarms);
    Ok(())
}

fn note(
    connection: &mut AnyConnection,
    subject: &Subject,
    count: u64,
    now: Moment,
) -> Result<Option<Alarm>, Error> {
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

fn hour() -> TimeDelta {
    TimeDelta::minutes(MINUTES)
}
