//! What was counted as series over the last hour, day and month, for charts: a pure function
//! from rows to numbers, around it one statement.

use chrono::TimeDelta;
use diesel::QueryResult;

use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::models::activity::{Kind, Tally};
use crate::models::activity::{Recorded, Resolution};

/// How far a series looks back. The last point is the minute, hour or day that is still
/// going on; days are those of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// Sixty minutes.
    Hour,
    /// Twenty-four hours.
    Day,
    /// Thirty days.
    Month,
}

impl Span {
    /// Every span, the shortest first.
    pub const ALL: [Self; 3] = [Self::Hour, Self::Day, Self::Month];

    /// How many points its series have.
    #[must_use]
    pub fn points(self) -> usize {
        match self {
            Self::Hour => 60,
            Self::Day => 24,
            Self::Month => 30,
        }
    }

    /// For how long one point counts.
    #[must_use]
    pub fn step(self) -> TimeDelta {
        match self {
            Self::Hour => TimeDelta::minutes(1),
            Self::Day => TimeDelta::hours(1),
            Self::Month => TimeDelta::days(1),
        }
    }

    /// Where the first point begins, seen from `now`.
    #[must_use]
    pub fn start(self, now: Moment) -> Moment {
        let last = match self {
            Self::Hour => Resolution::Minute.start_of(now),
            Self::Day => Resolution::Hour.start_of(now),
            Self::Month => now.date_naive().and_time(chrono::NaiveTime::MIN).and_utc(),
        };
        (1..self.points()).fold(last, |start, _| start - self.step())
    }

    fn resolution(self) -> Resolution {
        match self {
            Self::Hour => Resolution::Minute,
            Self::Day | Self::Month => Resolution::Hour,
        }
    }
}

/// What was counted in a span, point by point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    span: Span,
    start: Moment,
    points: Vec<Tally>,
}

impl Series {
    /// Reads a span as it is seen from `now`, with one statement.
    pub fn read(connection: &mut AnyConnection, span: Span, now: Moment) -> QueryResult<Self> {
        let rows = Recorded::since(connection, span.resolution(), span.start(now))?;
        Ok(Self::of(span, &rows, now))
    }

    /// Sorts rows into points. Where nothing was counted, a point is zero; what lies outside
    /// the span, or is of a kind that a later version counts, is passed over.
    #[must_use]
    pub fn of(span: Span, rows: &[Recorded], now: Moment) -> Self {
        let start = span.start(now);
        let mut points = vec![Tally::default(); span.points()];
        for row in rows {
            let seconds = (row.starts_at.and_utc() - start).num_seconds();
            let place = usize::try_from(seconds.div_euclid(span.step().num_seconds()));
            if let Some(point) = place.ok().and_then(|place| points.get_mut(place))
                && let Some(kind) = Kind::from_word(&row.kind)
            {
                point.add(kind, u64::try_from(row.count).unwrap_or(0));
            }
        }
        Self {
            span,
            start,
            points,
        }
    }

    /// Each point's beginning and count of this kind, the oldest first.
    pub fn points(&self, kind: Kind) -> impl Iterator<Item = (Moment, u64)> {
        let starts =
            std::iter::successors(Some(self.start), |start| Some(*start + self.span.step()));
        starts.zip(self.points.iter().map(move |point| point.get(kind)))
    }

    /// How many of this kind in the whole span.
    #[must_use]
    pub fn total(&self, kind: Kind) -> u64 {
        self.points.iter().map(|point| point.get(kind)).sum()
    }
}
