//! Conditions: SQL text of ours, and values of anybody's that are bound to it.

use std::ops::RangeInclusive;

use chrono::{DateTime, NaiveDateTime};
use ipnet::IpNet;

use crate::network;

/// The years 1 to 9999, in microseconds since the epoch: both databases can keep these times
/// and write them so that they compare.
pub(super) const TIMES: RangeInclusive<i64> = -62_135_596_800_000_000..=253_402_300_799_999_999;

/// A value that is bound to a statement.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Bound {
    /// A whole number.
    Number(i64),
    /// A text without NUL, which PostgreSQL cannot keep.
    Text(String),
    /// A time in UTC.
    Time(NaiveDateTime),
}

impl From<i64> for Bound {
    fn from(value: i64) -> Self {
        Self::Number(value)
    }
}

impl From<&str> for Bound {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<NaiveDateTime> for Bound {
    /// A time that a database cannot keep, or does not write with four digits for the year,
    /// becomes the nearest one that it can.
    fn from(value: NaiveDateTime) -> Self {
        let micros = value.and_utc().timestamp_micros();
        let micros = micros.clamp(*TIMES.start(), *TIMES.end());
        let time = DateTime::from_timestamp_micros(micros);
        Self::Time(time.map_or(value, |time| time.naive_utc()))
    }
}

/// What holds of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    pub(super) test: Test,
    pub(super) values: Vec<Bound>,
    /// The values are of the present, and differ from page to page of one filter.
    pub(super) moving: bool,
}

/// How a condition is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Test {
    /// As it stands, with `?` for each value.
    Sql(&'static str),
    /// This column compares so with the value.
    Compares(&'static str, &'static str),
    /// This column is one of the values.
    OneOf(&'static str),
    /// An address in this column lies in a network.
    InNetwork(&'static str),
    /// This column contains a text, whatever the case of its ASCII letters.
    Contains(&'static str),
    /// One of these columns contains its text so.
    AnyContains([&'static str; 3]),
}

impl Condition {
    /// `sql` with a `?` for each of the values. A text with a NUL matches nothing: neither
    /// database holds one.
    #[must_use]
    pub fn new<const N: usize>(sql: &'static str, values: [Bound; N]) -> Self {
        Self::of(Test::Sql(sql), values.into())
    }

    /// The same, with values that are of the present: they are no part of what a link says.
    #[must_use]
    pub fn of_the_present<const N: usize>(sql: &'static str, values: [Bound; N]) -> Self {
        Self {
            moving: true,
            ..Self::new(sql, values)
        }
    }

    /// `column` is the value.
    #[must_use]
    pub fn is(column: &'static str, value: impl Into<Bound>) -> Self {
        Self::of(Test::Compares(column, "="), vec![value.into()])
    }

    /// `column` is one of these texts, of which there is at least one.
    #[must_use]
    pub fn one_of<'a>(column: &'static str, texts: impl IntoIterator<Item = &'a str>) -> Self {
        Self::of(
            Test::OneOf(column),
            texts.into_iter().map(Bound::from).collect(),
        )
    }

    /// `column` is then or later.
    #[must_use]
    pub fn since(column: &'static str, time: NaiveDateTime) -> Self {
        Self::of(Test::Compares(column, ">="), vec![time.into()])
    }

    /// `column` is before then.
    #[must_use]
    pub fn before(column: &'static str, time: NaiveDateTime) -> Self {
        Self::of(Test::Compares(column, "<"), vec![time.into()])
    }

    /// The address in `column` lies in `network`. One of IPv4 addresses as IPv6 spells them
    /// is one of IPv4 addresses, as no other spelling of these is kept.
    #[must_use]
    pub fn in_network(column: &'static str, network: IpNet) -> Self {
        let network = network::canonical(network).trunc().to_string();
        Self::of(Test::InNetwork(column), vec![Bound::Text(network)])
    }

    /// `column` contains `part` as it stands, but for the case of ASCII letters.
    #[must_use]
    pub fn contains(column: &'static str, part: &str) -> Self {
        let part = part.to_ascii_lowercase();
        Self::of(Test::Contains(column), vec![Bound::Text(part)])
    }

    /// One of three columns contains its own text as [`Condition::contains`] has it.
    #[must_use]
    pub fn any_contains(parts: [(&'static str, &str); 3]) -> Self {
        let values = parts.map(|(_, part)| Bound::Text(part.to_ascii_lowercase()));
        Self::of(
            Test::AnyContains(parts.map(|(column, _)| column)),
            values.into(),
        )
    }

    /// Nothing is found.
    #[must_use]
    pub fn never() -> Self {
        Self {
            test: Test::Sql("1 = 0"),
            values: Vec::new(),
            moving: false,
        }
    }

    fn of(test: Test, values: Vec<Bound>) -> Self {
        let impossible =
            |value: &Bound| matches!(value, Bound::Text(written) if written.contains('\0'));
        if values.iter().any(impossible) {
            return Self::never();
        }
        Self {
            test,
            values,
            moving: false,
        }
    }
}
