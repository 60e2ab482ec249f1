//! Failed log-ins, counted in memory and written to the audit log once a second: guessing
//! passwords must not cost a write each.
//!
//! What is kept is bounded, and what was typed is never kept: an address that names nobody
//! is only a number.

use std::collections::BTreeMap;
use std::time::Duration;

use diesel::QueryResult;
use serde_json::json;

use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::models::event::{EventKind, NewEvent};
use crate::sessions::Client;
use crate::write_behind::{Buffer, WriteBehind};

/// How many users, each from one address and for one reason, are counted apart.
pub const MOST: usize = 10_000;
/// How often what was counted is written.
pub const INTERVAL: Duration = Duration::from_secs(1);

/// Why a log-in failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failure {
    /// The password of this user was another one.
    WrongPassword(i64),
    /// The password was right, and this user is inactive.
    Inactive(i64),
    /// The password was right, and the admin does not let this user in.
    NotStaff(i64),
    /// The address names nobody.
    UnknownAddress,
}

impl Failure {
    /// Whose log-in it was, where the address names somebody.
    #[must_use]
    pub fn user_id(self) -> Option<i64> {
        match self {
            Self::WrongPassword(id) | Self::Inactive(id) | Self::NotStaff(id) => Some(id),
            Self::UnknownAddress => None,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::WrongPassword(_) => "wrong_password",
            Self::Inactive(_) => "inactive",
            Self::NotStaff(_) => "not_staff",
            Self::UnknownAddress => "unknown_address",
        }
    }
}

/// What was counted since it was last written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// By failure and address: how many, and the first one's user agent.
    apart: BTreeMap<(Failure, Option<String>), (u64, String)>,
    /// Failures of users beyond the first [`MOST`].
    beyond: u64,
    /// When the first of them was counted.
    since: Option<Moment>,
}

impl Counts {
    /// Counts one.
    pub fn count(&mut self, failure: Failure, client: &Client, now: Moment) {
        self.add(failure, client.ip.as_deref(), &client.user_agent, 1, now);
    }

    fn add(
        &mut self,
        failure: Failure,
        ip: Option<&str>,
        user_agent: &str,
        count: u64,
        now: Moment,
    ) {
        self.since.get_or_insert(now);
        // From where nobody was looked for says nothing about anybody.
        let (ip, user_agent) = match failure {
            Failure::UnknownAddress => (None, ""),
            _ => (ip.map(str::to_owned), user_agent),
        };
        let full = self.apart.len() >= MOST;
        let key = (failure, ip);
        if let Some((known, _)) = self.apart.get_mut(&key) {
            *known += count;
        } else if full && failure != Failure::UnknownAddress {
            self.beyond += count;
        } else {
            self.apart.insert(key, (count, user_agent.to_owned()));
        }
    }

    /// An event for each user and address, one for all addresses that name nobody, and one
    /// for what was too much to be counted apart.
    fn as_events<T>(&self, now: Moment, work: impl FnOnce(&[NewEvent<'_>]) -> T) -> T {
        let passed = now - self.since.unwrap_or(now);
        let seconds = ((passed.num_milliseconds() + 999) / 1000).max(1);
        let detail = |count| json!({ "count": count, "seconds": seconds }).to_string();
        let apart: Vec<_> = self
            .apart
            .values()
            .map(|(count, _)| detail(*count))
            .collect();
        let beyond = detail(self.beyond);
        let mut events: Vec<_> = self
            .apart
            .iter()
            .zip(&apart)
            .map(|(((failure, ip), (_, user_agent)), detail)| NewEvent {
                kind: EventKind::LogInFailed,
                user_id: failure.user_id(),
                ip: ip.as_deref(),
                user_agent: failure.user_id().map(|_| user_agent.as_str()),
                reason: Some(failure.as_str()),
                detail: Some(detail),
                ..NewEvent::default()
            })
            .collect();
        if self.beyond > 0 {
            events.push(NewEvent {
                kind: EventKind::LogInFailed,
                reason: Some("too_many"),
                detail: Some(&beyond),
                ..NewEvent::default()
            });
        }
        work(&events)
    }
}

impl Buffer for Counts {
    fn is_empty(&self) -> bool {
        self.since.is_none()
    }

    fn absorb(&mut self, unwritten: &Self) {
        let Some(since) = unwritten.since else {
            return;
        };
        for ((failure, ip), (count, user_agent)) in &unwritten.apart {
            self.add(*failure, ip.as_deref(), user_agent, *count, since);
        }
        self.beyond += unwritten.beyond;
        self.since = Some(self.since.map_or(since, |known| known.min(since)));
    }

    fn write(&self, connection: &mut AnyConnection, now: Moment) -> QueryResult<()> {
        self.as_events(now, |events| NewEvent::insert_all(connection, events, now))
    }
}

/// Log-ins that failed and are not in the audit log yet.
pub type FailedLogIns = WriteBehind<Counts>;
