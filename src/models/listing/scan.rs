//! What is scanned for a page: rows of one table in one order, from where, and how far.

use chrono::NaiveDateTime;

use super::condition::Condition;

/// Rows of one table in one order: what a filter looks for.
#[derive(Clone, Debug)]
pub struct Listing {
    /// The table.
    pub table: &'static str,
    /// Its column that tells when a row is from, for [`Looked::back_to_time`].
    pub time: &'static str,
    /// What an index serves.
    pub driver: Driver,
    /// What chooses among the driver's rows. Where a subquery has columns of its own, those
    /// of the table are spelled `c.column`.
    pub further: Vec<Condition>,
}

/// Conditions that an index serves, and the order which it has.
#[derive(Clone, Debug)]
pub struct Driver {
    /// All of these hold.
    pub conditions: Vec<Condition>,
    /// And any of these, each served by the index together with the conditions; they may
    /// overlap. Empty: nothing more is asked.
    pub any_of: Vec<Condition>,
    /// The order.
    pub order: Order,
}

impl Driver {
    /// The walk is between these times where it is ordered by `column`; else they are
    /// further conditions.
    pub fn between(
        &mut self,
        column: &'static str,
        from: Option<NaiveDateTime>,
        before: Option<NaiveDateTime>,
        further: &mut Vec<Condition>,
    ) {
        let from = from.map(|time| Condition::since(column, time));
        let before = before.map(|time| Condition::before(column, time));
        let times = from.into_iter().chain(before);
        if self.order == Order::Time(column) {
            self.conditions.extend(times);
        } else {
            further.extend(times);
        }
    }
}

/// The order of a listing, the greatest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By primary key.
    Id,
    /// By a column of times that is not null in any row of the driver, then by primary key.
    Time(&'static str),
}

/// Where a row stands in a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The time that the listing is ordered by, in microseconds since the epoch; none where
    /// it is ordered by the primary key alone.
    pub micros: Option<i64>,
    /// The primary key.
    pub id: i64,
}

/// Which rows of a listing are looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum At {
    /// From the newest on.
    #[default]
    Newest,
    /// Those behind a place, from it on.
    Older(Place),
    /// Those before a place, up to it.
    Newer(Place),
}

/// How far was looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looked {
    /// The number of the driver's rows that were scanned.
    pub rows: u64,
    /// The last of them.
    pub back_to: Option<Place>,
    /// When that one is from.
    pub back_to_time: Option<NaiveDateTime>,
    /// The page is full or the rows have ended; else the caller said stop.
    pub complete: bool,
}

/// Rows of a listing, the newest first whichever way they were found.
#[derive(Clone, Debug)]
pub struct Page<Row> {
    /// The rows.
    pub rows: Vec<Row>,
    /// Where newer ones are looked for, [`At::Newer`]; none where there are none.
    pub newer: Option<Place>,
    /// Where older ones are looked for, [`At::Older`]; none where there are none.
    pub older: Option<Place>,
    /// How far was looked.
    pub looked: Looked,
}
