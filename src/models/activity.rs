//! How often what happened, by the minute and by the hour.

use chrono::{DurationRound, NaiveDateTime, TimeDelta};
use diesel::prelude::*;
use diesel::sql_types::Timestamp;

use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::schema::activity;

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
    /// At least a hundred log-ins of a user or from a network failed within an hour.
    GuessingSuspected,
    /// A session ended before it expired, for any reason.
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

    /// Adds `count` to a kind.
    pub fn add(&mut self, kind: Kind, count: u64) {
        self.0[kind as usize] += count;
    }

    /// Adds another tally.
    pub fn add_all(&mut self, other: &Self) {
        for (kind, count) in other.counted() {
            self.add(kind, count);
        }
    }

    /// The kinds that were counted at least once, each with its count.
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

/// How long the time is that a row counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// A minute.
    Minute,
    /// An hour.
    Hour,
}

impl Resolution {
    /// The word that the database keeps.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
        }
    }

    /// For how long rows are kept.
    #[must_use]
    pub fn kept_for(self) -> TimeDelta {
        match self {
            Self::Minute => TimeDelta::days(2),
            Self::Hour => TimeDelta::days(400),
        }
    }

    /// The beginning of the minute or hour in which `moment` lies, in UTC.
    #[must_use]
    pub fn start_of(self, moment: Moment) -> Moment {
        let length = match self {
            Self::Minute => TimeDelta::minutes(1),
            Self::Hour => TimeDelta::hours(1),
        };
        // Only years that no clock shows cannot be rounded.
        moment.duration_trunc(length).unwrap_or(moment)
    }
}

/// Adds a tally to what is known of the minute or hour that begins at `starts_at`.
pub fn add(
    connection: &mut AnyConnection,
    resolution: Resolution,
    starts_at: Moment,
    tally: &Tally,
) -> QueryResult<()> {
    let resolution = resolution.as_str();
    // Words and numbers of ours: nothing has to be quoted.
    let rows: Vec<_> = tally
        .counted()
        .map(|(kind, count)| format!("('{resolution}', $1, '{}', {count})", kind.as_str()))
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let added = diesel::sql_query(format!(
        "INSERT INTO activity (resolution, starts_at, kind, count) VALUES {} \
         ON CONFLICT (resolution, starts_at, kind) \
         DO UPDATE SET count = activity.count + excluded.count",
        rows.join(", ")
    ))
    .bind::<Timestamp, _>(starts_at.naive_utc())
    .execute(connection)?;
    if added == rows.len() {
        Ok(())
    } else {
        Err(diesel::NotFound)
    }
}

/// How often something happened in one minute or hour.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Recorded {
    /// When that began, in UTC.
    pub starts_at: NaiveDateTime,
    /// What happened, a word of [`Kind`].
    pub kind: String,
    /// How often; at least once.
    pub count: i64,
}

impl Recorded {
    /// The minutes or hours that begin at `since` or later.
    pub fn since(
        connection: &mut AnyConnection,
        resolution: Resolution,
        since: Moment,
    ) -> QueryResult<Vec<Self>> {
        activity::table
            .filter(activity::resolution.eq(resolution.as_str()))
            .filter(activity::starts_at.ge(since.naive_utc()))
            .select((activity::starts_at, activity::kind, activity::count))
            .load(connection)
    }
}
