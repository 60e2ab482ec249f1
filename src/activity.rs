//! How often what happens, for the overview: counted in memory at the commit, written
//! together every few seconds, so that it costs no statement of a request.
//!
//! `kill -9` loses the last seconds of these figures and nothing else: what happened is in
//! the tables of its own.

pub mod series;

use std::collections::BTreeMap;
use std::time::Duration;

use diesel::QueryResult;

use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::models::activity::{Resolution, Tally, add};
use crate::write_behind::{Buffer, WriteBehind};

/// How often what was counted is written.
pub const INTERVAL: Duration = Duration::from_secs(5);
/// How many minutes are kept apart while nothing can be written.
pub const MOST_MINUTES: usize = 60;

/// What was counted since it was last written, by the minute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<Moment, Tally>);

impl Counts {
    /// Counts what happened in the minute of `now`. When that makes more than
    /// [`MOST_MINUTES`], the two oldest become one: late, and not lost.
    pub fn count(&mut self, happened: &Tally, now: Moment) {
        if happened.is_empty() {
            return;
        }
        let minute = Resolution::Minute.start_of(now);
        self.0.entry(minute).or_default().add_all(happened);
        if self.0.len() > MOST_MINUTES
            && let Some((_, oldest)) = self.0.pop_first()
            && let Some(mut next) = self.0.first_entry()
        {
            next.get_mut().add_all(&oldest);
        }
    }
}

impl Buffer for Counts {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn absorb(&mut self, unwritten: &Self) {
        for (minute, tally) in &unwritten.0 {
            self.count(tally, *minute);
        }
    }

    /// Minutes before hours, each from the oldest on: nodes that write at the same time lock
    /// their rows in one order.
    fn write(&self, connection: &mut AnyConnection, _now: Moment) -> QueryResult<()> {
        let mut hours: BTreeMap<Moment, Tally> = BTreeMap::new();
        for (minute, tally) in &self.0 {
            add(connection, Resolution::Minute, *minute, tally)?;
            let hour = Resolution::Hour.start_of(*minute);
            hours.entry(hour).or_default().add_all(tally);
        }
        for (hour, tally) in &hours {
            add(connection, Resolution::Hour, *hour, tally)?;
        }
        Ok(())
    }
}

/// What this node has counted and not written yet.
pub type Activity = WriteBehind<Counts>;
