//! Pages of large tables: of any filter, in either direction, with no count and no offset.
//!
//! A filter is split in two. What an index serves is the [`Driver`]: conditions, and the
//! order which that index has, the newest first. Everything else is a further condition. The
//! driver's rows are read a chunk at a time, and the further conditions choose among them,
//! until the page is full, the rows end or the caller says stop. So no statement works longer
//! than its chunk is large, however rare the rows are that are looked for, and a search that
//! was stopped goes on from the [`Place`] where it stopped.

mod condition;
mod cursor;
mod scan;
mod statement;
mod walk;

use chrono::{DateTime, NaiveDateTime};
use diesel::prelude::*;

use crate::clock::Moment;
use crate::db::AnyConnection;

pub use condition::{Bound, Condition};
pub use cursor::Cursor;
pub use scan::{At, Driver, Listing, Looked, Order, Page, Place};

/// Rows are loaded by so many keys at once: both databases bind over thirty thousand values.
const LOADED_AT_ONCE: usize = 1000;

/// What a filter's conditions need to know of the present.
#[derive(Clone, Copy, Debug)]
pub struct Present {
    /// The time, in UTC.
    pub now: NaiveDateTime,
    /// Sessions of a lower generation are refused, whosever they are.
    pub floor: i64,
}

impl Present {
    /// The present of a filter for which only the time matters.
    #[must_use]
    pub fn at(now: Moment) -> Self {
        Self {
            now: now.naive_utc(),
            floor: 0,
        }
    }
}

/// What people choose in a list, and how its rows are loaded.
pub trait Filter {
    /// A row as the list shows it.
    type Row;

    /// Chooses the index, and what is left to the further conditions.
    fn listing(&self, present: &Present) -> Listing;

    /// Reads what the conditions need to know.
    fn present(_connection: &mut AnyConnection, now: Moment) -> QueryResult<Present> {
        Ok(Present::at(now))
    }

    /// Loads the rows of these primary keys, at most a thousand, in whatever order, each
    /// with its key.
    fn load(
        connection: &mut AnyConnection,
        ids: &[i64],
        present: &Present,
    ) -> QueryResult<Vec<(i64, Self::Row)>>;
}

/// A page of at most `limit` primary keys that the filter finds. Without a time limit,
/// `still_time` being always true, it is what a job works through: pass [`Page::older`] back
/// as [`At::Older`] until it is none.
pub fn ids<F: Filter>(
    connection: &mut AnyConnection,
    filter: &F,
    at: At,
    limit: usize,
    now: Moment,
    still_time: &mut dyn FnMut() -> bool,
) -> QueryResult<Page<i64>> {
    let present = F::present(connection, now)?;
    walk::walk(connection, &filter.listing(&present), at, limit, still_time)
}

/// A page of at most `limit` rows that the filter finds. `still_time` is asked after every
/// chunk; see [`crate::clock::Budget`]. A row that goes away meanwhile is left out.
pub fn page<F: Filter>(
    connection: &mut AnyConnection,
    filter: &F,
    at: At,
    limit: usize,
    now: Moment,
    still_time: &mut dyn FnMut() -> bool,
) -> QueryResult<Page<F::Row>> {
    let present = F::present(connection, now)?;
    let found = walk::walk(connection, &filter.listing(&present), at, limit, still_time)?;
    let mut rows = Vec::with_capacity(found.rows.len());
    for ids in found.rows.chunks(LOADED_AT_ONCE) {
        let mut loaded = F::load(connection, ids, &present)?;
        loaded.sort_unstable_by_key(|(id, _)| *id);
        let mut loaded: Vec<_> = loaded
            .into_iter()
            .map(|(id, row)| (id, Some(row)))
            .collect();
        rows.extend(ids.iter().filter_map(|id| {
            let index = loaded.binary_search_by_key(id, |(id, _)| *id).ok()?;
            loaded.get_mut(index)?.1.take()
        }));
    }
    Ok(Page {
        rows,
        newer: found.newer,
        older: found.older,
        looked: found.looked,
    })
}

/// The text of a place for the links of a filter's list.
#[must_use]
pub fn link<F: Filter>(filter: &F, at: At) -> Option<Cursor> {
    Cursor::new(&filter.listing(&Present::at(DateTime::UNIX_EPOCH)), at)
}

/// The place that the text of a link names; none unless [`link`] made it of the same filter.
#[must_use]
pub fn at<F: Filter>(filter: &F, text: &str) -> Option<At> {
    Cursor::read(text, &filter.listing(&Present::at(DateTime::UNIX_EPOCH)))
}
