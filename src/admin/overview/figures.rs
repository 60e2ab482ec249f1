//! What happened over a span: charts, their sums, and the numbers point by point.

use chrono::{Datelike, Timelike, Weekday};

use crate::activity::series::{Series, Span};
use crate::admin::chart::{Chart, Layer, Point};
use crate::admin::parts::grouped;
use crate::clock::Moment;
use crate::models::activity::Kind;

/// A kind, what it is called, and its style.
type Counted = (Kind, &'static str, &'static str);

/// What is drawn together: a name in the page, a title, and kinds, the lowest first.
const GROUPS: [(&str, &str, &[Counted]); 4] = [
    (
        "chart-log-ins",
        "Log-ins",
        &[
            (Kind::LoggedIn, "log-ins", "main"),
            (Kind::SignedUp, "sign-ups", "good"),
            (Kind::LogInFailed, "failed", "bad"),
        ],
    ),
    (
        "chart-refreshes",
        "Refreshes",
        &[
            (Kind::Refreshed, "refreshes", "main"),
            (Kind::RefreshRepeated, "repeats", "warn"),
        ],
    ),
    (
        "chart-alarms",
        "Alarms",
        &[
            (Kind::ReuseDetected, "reuse", "bad"),
            (Kind::FollowerSuspected, "followers", "warn"),
            (Kind::GuessingSuspected, "guessing", "main"),
        ],
    ),
    (
        "chart-ended",
        "Ended sessions",
        &[(Kind::SessionEnded, "ended", "plain")],
    ),
];

/// What happened over a span.
#[derive(Clone, Debug)]
pub struct Figures {
    /// Which span that is.
    pub span: Span,
    /// The charts.
    pub groups: Vec<Group>,
    /// The points at which something happened, the newest first.
    pub rows: Vec<Row>,
}

/// A chart, and how many there were in all.
#[derive(Clone, Debug)]
pub struct Group {
    /// What is counted.
    pub title: &'static str,
    /// The sum of each kind: its style, the sum and what it is called.
    pub totals: Vec<(&'static str, String, &'static str)>,
    /// The chart.
    pub chart: Chart,
}

/// A point in numbers, in the order of [`Figures::labels`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Which point.
    pub name: String,
    /// How many of each kind.
    pub counts: Vec<String>,
}

impl Figures {
    /// The figures of a series of this span.
    #[must_use]
    pub fn new(span: Span, series: &Series) -> Self {
        let starts: Vec<_> = series
            .points(Kind::LoggedIn)
            .map(|(start, _)| start)
            .collect();
        let points: Vec<_> = starts
            .iter()
            .enumerate()
            .map(|(place, start)| point(span, *start, place + 1 == starts.len()))
            .collect();
        let groups = GROUPS.iter().map(|(id, title, kinds)| {
            let layer = |(kind, label, tone): &Counted| Layer {
                label,
                tone,
                counts: series.points(*kind).map(|(_, count)| count).collect(),
            };
            let layers: Vec<_> = kinds.iter().map(layer).collect();
            let total =
                |(kind, label, tone): &Counted| (*tone, grouped(series.total(*kind)), *label);
            let heading = format!("{title} {}", phrase(span));
            Group {
                title,
                totals: kinds.iter().map(total).collect(),
                chart: Chart::new(id, heading, &points, &layers),
            }
        });
        Self {
            span,
            groups: groups.collect(),
            rows: rows(series, &points),
        }
    }

    /// What is counted in the columns of the numbers.
    pub fn labels() -> impl Iterator<Item = &'static str> {
        counted().map(|(_, label, _)| *label)
    }

    /// The spans to choose from: the word in the link, what it is called, and whether it is
    /// this one.
    pub fn spans(&self) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
        let own = self.span;
        Span::ALL
            .into_iter()
            .map(move |span| (word(span), name(span), span == own))
    }

    /// Such as `in the last hour`.
    #[must_use]
    pub fn phrase(&self) -> &'static str {
        phrase(self.span)
    }

    /// For how long a point counts.
    #[must_use]
    pub fn step(&self) -> &'static str {
        match self.span {
            Span::Hour => "minute",
            Span::Day => "hour",
            Span::Month => "day",
        }
    }
}

/// The word for a span in a link.
#[must_use]
pub fn word(span: Span) -> &'static str {
    match span {
        Span::Hour => "hour",
        Span::Day => "day",
        Span::Month => "month",
    }
}

fn name(span: Span) -> &'static str {
    match span {
        Span::Hour => "Last hour",
        Span::Day => "Last day",
        Span::Month => "Last month",
    }
}

fn phrase(span: Span) -> &'static str {
    match span {
        Span::Hour => "in the last hour",
        Span::Day => "in the last 24 hours",
        Span::Month => "in the last 30 days",
    }
}

fn counted() -> impl Iterator<Item = &'static Counted> {
    GROUPS.iter().flat_map(|(_, _, kinds)| kinds.iter())
}

/// Round moments have their name below the chart. The last point is not over.
fn point(span: Span, start: Moment, is_last: bool) -> Point {
    let (is_round, mark, name) = match span {
        Span::Hour => (start.minute().is_multiple_of(15), "%H:%M", "%H:%M"),
        Span::Day => (start.hour().is_multiple_of(6), "%H:%M", "%-d %b, %H:%M"),
        Span::Month => (start.weekday() == Weekday::Mon, "%-d %b", "%a, %-d %b"),
    };
    let so_far = if is_last { ", so far" } else { "" };
    Point {
        name: format!("{}{so_far}", start.format(name)),
        mark: is_round.then(|| start.format(mark).to_string()),
    }
}

fn rows(series: &Series, points: &[Point]) -> Vec<Row> {
    let columns: Vec<Vec<u64>> = counted()
        .map(|(kind, _, _)| series.points(*kind).map(|(_, count)| count).collect())
        .collect();
    let rows = points
        .iter()
        .enumerate()
        .rev()
        .filter_map(|(place, point)| {
            let counts: Vec<u64> = columns.iter().map(|column| column[place]).collect();
            let happened = counts.iter().any(|count| *count > 0);
            happened.then(|| Row {
                name: point.name.clone(),
                counts: counts.into_iter().map(grouped).collect(),
            })
        });
    rows.collect()
}
