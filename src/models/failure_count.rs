//! Failed log-ins, counted by whose they were and from which network.

mod network;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDateTime, TimeDelta};
use diesel::prelude::*;
use serde::Deserialize;

use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::models::event::EventKind;
use crate::schema::events;

pub use network::{network, network_text};

/// From how many failures on somebody should look.
pub const MANY: u64 = 100;
/// Over how long they are counted.
pub const WINDOW: TimeDelta = TimeDelta::hours(24);
/// So many events are read at a time.
const CHUNK: i64 = 1000;

/// The failures of one user, or from one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureCount<Subject> {
    /// Whose, or from where.
    pub subject: Subject,
    /// How many there were.
    pub failures: u64,
    /// When the last of them was written down.
    pub last_at: NaiveDateTime,
    /// From how many networks, where clients whose address is not known are one; or, for a
    /// network, of how many users.
    pub others: usize,
}

/// Who has many failures.
#[derive(Clone, Debug, Default)]
pub struct ManyFailures {
    /// Users with [`MANY`] or more, most first.
    pub users: Vec<FailureCount<i64>>,
    /// Networks with [`MANY`] or more, as [`network_text`] spells them, most first; `None` is all
    /// clients whose address is not known, together.
    pub addresses: Vec<FailureCount<Option<String>>>,
    /// Since when failures were counted: the whole [`WINDOW`], or the caller said stop.
    pub since: NaiveDateTime,
    /// Whether that is the whole window.
    pub complete: bool,
}

#[derive(Queryable)]
struct Failed {
    id: i64,
    at: NaiveDateTime,
    user_id: Option<i64>,
    ip: Option<String>,
    detail: String,
}

#[derive(Deserialize)]
struct Detail {
    count: u64,
}

struct Tally<Other> {
    failures: u64,
    last_at: NaiveDateTime,
    others: BTreeSet<Other>,
}

impl<Other: Ord> Tally<Other> {
    fn new(last_at: NaiveDateTime) -> Self {
        Self {
            failures: 0,
            last_at,
            others: BTreeSet::new(),
        }
    }

    fn add(&mut self, failures: u64, other: Other) {
        self.failures += failures;
        self.others.insert(other);
    }
}

/// Counts the failures of the last [`WINDOW`], the newest first, until `still_time` says
/// stop. One with an e-mail address that nobody has is counted nowhere: from where it came is not
/// kept.
pub fn count(
    connection: &mut AnyConnection,
    now: Moment,
    still_time: &mut dyn FnMut() -> bool,
) -> QueryResult<ManyFailures> {
    let window = (now - WINDOW).naive_utc();
    let mut users: BTreeMap<i64, Tally<Option<String>>> = BTreeMap::new();
    let mut addresses: BTreeMap<Option<String>, Tally<i64>> = BTreeMap::new();
    let mut from: Option<(NaiveDateTime, i64)> = None;
    let complete = loop {
        let chunk = older(connection, window, from)?;
        for failed in &chunk {
            let Ok(Detail { count }) = serde_json::from_str(&failed.detail) else {
                continue;
            };
            let Some(id) = failed.user_id else {
                continue;
            };
            let network = failed.ip.as_deref().map(network_text);
            let tally = users.entry(id).or_insert_with(|| Tally::new(failed.at));
            tally.add(count, network.clone());
            let tally = addresses.entry(network);
            let tally = tally.or_insert_with(|| Tally::new(failed.at));
            tally.add(count, id);
        }
        from = chunk.last().map(|last| (last.at, last.id)).or(from);
        if i64::try_from(chunk.len()).unwrap_or(i64::MAX) < CHUNK {
            break true;
        }
        if !still_time() {
            break false;
        }
    };
    let looked_back_to = from.map_or(window, |(at, _)| at);
    Ok(ManyFailures {
        users: many(users),
        addresses: many(addresses),
        since: if complete { window } else { looked_back_to },
        complete,
    })
}

/// By the index over kind, time and primary key.
fn older(
    connection: &mut AnyConnection,
    since: NaiveDateTime,
    from: Option<(NaiveDateTime, i64)>,
) -> QueryResult<Vec<Failed>> {
    let mut query = events::table
        .filter(events::kind.eq(EventKind::LogInFailed.as_str()))
        .filter(events::at.ge(since))
        .order((events::at.desc(), events::id.desc()))
        .limit(CHUNK)
        .select((
            events::id,
            events::at,
            events::user_id,
            events::ip,
            events::detail,
        ))
        .into_boxed();
    if let Some((at, id)) = from {
        // The first half is what the index can begin at.
        query = query
            .filter(events::at.le(at))
            .filter(events::at.lt(at).or(events::id.lt(id)));
    }
    query.load(connection)
}

fn many<Subject, Other>(tallies: BTreeMap<Subject, Tally<Other>>) -> Vec<FailureCount<Subject>> {
    let mut found: Vec<_> = tallies
        .into_iter()
        .filter(|(_, tally)| tally.failures >= MANY)
        .map(|(subject, tally)| FailureCount {
            subject,
            failures: tally.failures,
            last_at: tally.last_at,
            others: tally.others.len(),
        })
        .collect();
    found.sort_by_key(|count| Reverse(count.failures));
    found
}
