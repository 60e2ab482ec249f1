//! How often what happens, for the overview: counted in memory at the commit, written
//! together every few seconds, so that it costs no statement of a request.
//!
//! `kill -9` loses the last seconds of these figures and nothing else: what happened is in
//! the tables of its own.

pub mod series;

use std::collections::BTreeMap;
use std::time::Duration;

use diesel::QueryResult;

use crate::app::App;
use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::models::activity::{Resolution, add};
use crate::write_behind::{Buffer, WriteBehind};

/// How often what was counted is written.
pub const INTERVAL: Duration = Duration::from_secs(5);
/// How many minutes are kept apart while nothing can be written.
pub const MOST_MINUTES: usize = 60;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A user signed up.
    SignedUp,
    /// A password bought a session.
    LoggedIn,
    /// A password or an address was wrong, or the user inactive.
    LogInFailed,
    /// A refresh token was rotated.
    Refreshed,
    /// A superseded refresh token was answered within the grace.
    RefreshRepeated,
    /// A superseded refresh token came after the grace.
    ReuseDetected,
    /// A session's successors were claimed from two places.
    FollowerSuspected,
    /// So many log-ins of a user or from an address failed that somebody may be guessing.
    GuessingSuspected,
    /// A session ended before it expired, for whatever reason.
    SessionEnded,
}

impl Kind {
    /// Every kind there is, in the order of their declaration.
    pub const ALL: [Self; 9] = [
        Self::SignedUp,
        Self::LoggedIn,
        Self::LogInFailed,
        Self::Refreshed,
        Self::RefreshRepeated,
        Self::ReuseDetected,
        Self::FollowerSuspected,
        Self::GuessingSuspected,
        Self::SessionEnded,
    ];

    /// The word that the database keeps: that of the event, where there is one.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignedUp => "signed_up",
            Self::LoggedIn => "logged_in",
            Self::LogInFailed => "log_in_failed",
            Self::Refreshed => "refreshed",
            Self::RefreshRepeated => "refresh_repeated",
            Self::ReuseDetected => "reuse_detected",
            Self::FollowerSuspected => "follower_suspected",
            Self::GuessingSuspected => "guessing_suspected",
            Self::SessionEnded => "session_ended",
        }
    }

    /// The kind behind the word; `None` for one that a later version wrote.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// How many of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally([u64; Kind::ALL.len()]);

impl Tally {
    /// How many of this kind.
    #[must_use]
    pub fn get(&self, kind: Kind) -> u64 {
        self.0[kind as usize]
    }

    /// Adds so many of a kind.
    pub fn add(&mut self, kind: Kind, count: u64) {
        self.0[kind as usize] += count;
    }

    /// Adds another tally.
    pub fn add_all(&mut self, other: &Self) {
        for (kind, count) in other.counted() {
            self.add(kind, count);
        }
    }

    /// Whatever was counted at least once.
    pub fn counted(&self) -> impl Iterator<Item = (Kind, u64)> {
        let all = Kind::ALL.into_iter().zip(self.0);
        all.filter(|(_, count)| *count > 0)
    }

    /// Whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

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

/// Writes what was counted; a failure is logged.
pub async fn flush(app: &App) {
    if let Err(error) = app.activity.flush(&app.database, app.now()).await {
        tracing::warn!(%error, "the activity of the last seconds could not be written; trying again");
    }
}
