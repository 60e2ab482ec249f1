//! Refresh tokens that were answered again within the grace, counted in memory by session and
//! written to the audit log once a second: a repeat needs no password and no hash, so it must
//! not cost a row each.
//!
//! Once they are written, the log is asked whether each of a session's newest rotations was
//! repeated: somebody who follows a session from its owner's own address leaves no other trace.

use std::collections::BTreeMap;
use std::time::Duration;

use diesel::QueryResult;
use serde_json::json;

use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::models::event::{AT_ONCE, EventKind, NewEvent};
use crate::sessions::{FollowedSession, IN_A_ROW, Repeat, RepeatedToken};
use crate::write_behind::{Buffer, WriteBehind};

/// How many sessions are counted apart between two writes.
pub const MAX_SESSIONS: usize = 1_000;
/// How many tokens, each from one place, are counted apart for each of them.
pub const MAX_APART: usize = 8;
/// How often what was counted is written.
pub const INTERVAL: Duration = Duration::from_secs(1);

/// The repeats of one session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct OfSession {
    user_id: i64,
    session_id: i64,
    /// The newest token that was repeated, but not at once.
    newest: Option<i64>,
    apart: BTreeMap<RepeatedToken, u64>,
    /// Those beyond the first [`MAX_APART`].
    beyond: u64,
}

/// What was counted since it was last written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    sessions: BTreeMap<String, OfSession>,
    /// Repeats of sessions beyond the first [`MAX_SESSIONS`].
    beyond: u64,
    /// When the first of them was counted.
    since: Option<Moment>,
}

impl Counts {
    /// Counts a repeat.
    pub fn count(&mut self, repeat: &Repeat, now: Moment) {
        self.since.get_or_insert(now);
        if self.sessions.len() >= MAX_SESSIONS && !self.sessions.contains_key(&repeat.sid) {
            self.beyond += 1;
            return;
        }
        let session = self.sessions.entry(repeat.sid.clone()).or_default();
        session.user_id = repeat.user_id;
        session.session_id = repeat.session_id;
        if !repeat.token.at_once {
            session.newest = session.newest.max(Some(repeat.sequence));
        }
        session.add(&repeat.token, 1);
    }

    /// How many events will be written.
    #[must_use]
    pub fn events(&self) -> usize {
        let of_sessions = self.sessions.values();
        let of_sessions = of_sessions.map(|one| one.apart.len() + usize::from(one.beyond > 0));
        of_sessions.sum::<usize>() + usize::from(self.beyond > 0)
    }

    /// How many repeats were counted.
    #[must_use]
    pub fn total(&self) -> u64 {
        let of_sessions = self.sessions.values().map(OfSession::total);
        of_sessions.sum::<u64>() + self.beyond
    }

    /// The sessions that have had enough rotations for all of the newest to be repeated, with
    /// the newest token that was.
    #[must_use]
    pub fn candidates(&self) -> Vec<FollowedSession> {
        let candidates = self.sessions.iter().filter_map(|(sid, session)| {
            let newest = session.newest.filter(|newest| newest + 1 >= IN_A_ROW)?;
            Some(FollowedSession {
                session_id: session.session_id,
                sid: sid.clone(),
                newest,
            })
        });
        candidates.collect()
    }
}

impl OfSession {
    fn total(&self) -> u64 {
        self.apart.values().sum::<u64>() + self.beyond
    }

    fn add(&mut self, what: &RepeatedToken, count: u64) {
        let full = self.apart.len() >= MAX_APART;
        if let Some(known) = self.apart.get_mut(what) {
            *known += count;
        } else if full {
            self.beyond += count;
        } else {
            self.apart.insert(what.clone(), count);
        }
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
        for (sid, old) in &unwritten.sessions {
            if self.sessions.len() >= MAX_SESSIONS && !self.sessions.contains_key(sid) {
                self.beyond += old.total();
                continue;
            }
            let session = self.sessions.entry(sid.clone()).or_default();
            session.user_id = old.user_id;
            session.session_id = old.session_id;
            session.newest = session.newest.max(old.newest);
            session.beyond += old.beyond;
            for (what, count) in &old.apart {
                session.add(what, *count);
            }
        }
        self.beyond += unwritten.beyond;
        self.since = Some(self.since.map_or(since, |known| known.min(since)));
    }

    /// An event for each token and place, one for what was too much of a session, and one
    /// for what was too much of all.
    fn write(&self, connection: &mut AnyConnection, now: Moment) -> QueryResult<()> {
        let passed = now - self.since.unwrap_or(now);
        let seconds = ((passed.num_milliseconds() + 999) / 1000).max(1);
        let detail = |count: u64| json!({ "count": count, "seconds": seconds }).to_string();
        let too_many = |session: Option<(&String, &OfSession)>, count| {
            let of = (session.map(|(sid, one)| (sid.clone(), one.user_id)), None);
            (of, detail(count))
        };
        let mut rows = Vec::new();
        for (sid, session) in &self.sessions {
            for (what, count) in &session.apart {
                let of = (Some((sid.clone(), session.user_id)), Some(what));
                rows.push((of, detail(*count)));
            }
            if session.beyond > 0 {
                rows.push(too_many(Some((sid, session)), session.beyond));
            }
        }
        if self.beyond > 0 {
            rows.push(too_many(None, self.beyond));
        }
        let events: Vec<_> = rows
            .iter()
            .map(|((session, what), detail)| NewEvent {
                kind: EventKind::RefreshRepeated,
                user_id: session.as_ref().map(|(_, user_id)| *user_id),
                sid: session.as_ref().map(|(sid, _)| sid.as_str()),
                jti: what.map(|what| what.jti.as_str()),
                ip: what.and_then(|what| what.ip.as_deref()),
                user_agent: what.map(|what| what.user_agent.as_str()),
                reason: match what {
                    None => Some("too_many"),
                    Some(what) => what.at_once.then_some(AT_ONCE),
                },
                detail: Some(detail),
                ..NewEvent::default()
            })
            .collect();
        NewEvent::insert_all(connection, &events, now)
    }
}

/// Repeats that are not in the audit log yet.
pub type Repeats = WriteBehind<Counts>;
