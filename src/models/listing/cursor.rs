//! The text of a place in a link: `o.<microseconds or ->.<primary key>.<eight digits>`.
//!
//! The digits stand for the list and its filter, so that a link that somebody kept, changed
//! the filter of or made up is refused rather than shows rows of another list's place. They
//! are no secret: whoever computes them learns nothing but rows that the filter finds anyway.

use std::fmt;

use chrono::DateTime;
use sha2::{Digest, Sha256};

use super::condition::{TIMES, Test};
use super::{At, Bound, Condition, Listing, Order, Place};

/// A link to a place of one filter's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    older: bool,
    place: Place,
    of: u32,
}

impl Cursor {
    /// The link; none for the newest rows, which need none.
    #[must_use]
    pub fn new(listing: &Listing, at: At) -> Option<Self> {
        let (older, place) = match at {
            At::Newest => return None,
            At::Older(place) => (true, place),
            At::Newer(place) => (false, place),
        };
        let of = fingerprint(listing);
        Some(Self { older, place, of })
    }

    /// What the text says; none unless it is, byte for byte, a link to a place that the list
    /// can have.
    #[must_use]
    pub fn read(text: &str, listing: &Listing) -> Option<At> {
        let mut parts = text.split('.');
        let older = match parts.next()? {
            "o" => true,
            "n" => false,
            _ => return None,
        };
        let micros = match (parts.next()?, listing.driver.order) {
            ("-", Order::Id) => None,
            (micros, Order::Time(_)) => Some(micros.parse().ok()?),
            _ => return None,
        };
        let id = parts.next()?.parse().ok()?;
        let place = Place { micros, id };
        let possible = id >= 0 && micros.is_none_or(|micros| TIMES.contains(&micros));
        let at = if older {
            At::Older(place)
        } else {
            At::Newer(place)
        };
        // One spelling only: no sign, no zero in front, nothing behind.
        let written = Self::new(listing, at)?.to_string();
        (possible && written == text).then_some(at)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = if self.older { 'o' } else { 'n' };
        write!(f, "{way}.")?;
        match self.place.micros {
            Some(micros) => write!(f, "{micros}")?,
            None => write!(f, "-")?,
        }
        write!(f, ".{}.{:08x}", self.place.id, self.of)
    }
}

/// Eight digits over the table, the order, the conditions and their values, each with its
/// length, so that no two filters run together.
fn fingerprint(listing: &Listing) -> u32 {
    let mut hash = Sha256::new();
    let mut add = |part: &str| {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    };
    add(listing.table);
    match listing.driver.order {
        Order::Id => add(""),
        Order::Time(column) => add(column),
    }
    let driver = &listing.driver;
    for conditions in [&driver.conditions, &driver.any_of, &listing.further] {
        add(&conditions.len().to_string());
        for condition in conditions {
            add_condition(condition, &mut add);
        }
    }
    let digest = hash.finalize();
    digest
        .iter()
        .take(4)
        .fold(0, |digits, byte| digits << 8 | u32::from(*byte))
}

fn add_condition(condition: &Condition, add: &mut impl FnMut(&str)) {
    let (how, text) = match condition.test {
        Test::Sql(sql) => ("sql", sql),
        Test::Compares(column, how) => (how, column),
        Test::OneOf(column) => ("one of", column),
        Test::InNetwork(column) => ("in network", column),
        Test::Contains(column) => ("contains", column),
        Test::AnyContains([column, ..]) => ("one contains", column),
    };
    add(how);
    add(text);
    if condition.moving {
        return;
    }
    for value in &condition.values {
        match value {
            Bound::Number(number) => add(&number.to_string()),
            Bound::Text(text) => add(text),
            Bound::Time(time) => add(&time.and_utc().timestamp_micros().to_string()),
        }
    }
}

/// The time of a place, as a column holds it; none for a place that is not ordered by time.
pub(super) fn time_of(place: &Place) -> Option<chrono::NaiveDateTime> {
    DateTime::from_timestamp_micros(place.micros?).map(|time| time.naive_utc())
}
