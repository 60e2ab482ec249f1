//! How often what happened, by the minute and by the hour.

use chrono::{DurationRound, NaiveDateTime, TimeDelta};
use diesel::prelude::*;
use diesel::sql_types::Timestamp;

use crate::activity::Tally;
use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::schema::activity;

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
    /// What happened, a word of [`crate::activity::Kind`].
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
