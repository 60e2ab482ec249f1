//! Reading a listing chunk by chunk.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::statement::{Chunk, ChunkRow};
use super::{At, Listing, Looked, Page, Place};
use crate::db::AnyConnection;

/// The first chunk, in rows: most filters find a page in it.
const FIRST: usize = 500;
/// A chunk is so many times as large as the one before it.
const GROWTH: usize = 2;
/// The largest chunk: what a database looks through in a few milliseconds.
const LARGEST: usize = 2000;

/// Where a walk is.
struct Walk {
    older: bool,
    limit: usize,
    /// The rows that were found, in the order in which they are passed: one more than the
    /// page holds, once it is known that there are more.
    found: Vec<Place>,
    looked: Looked,
}

/// A page of at most `limit` primary keys. At least one chunk is read, so that whoever goes
/// on always gets further.
pub(super) fn walk(
    connection: &mut AnyConnection,
    listing: &Listing,
    at: At,
    limit: usize,
    still_time: &mut dyn FnMut() -> bool,
) -> QueryResult<Page<i64>> {
    let (older, mut from) = match at {
        At::Newest => (true, None),
        At::Older(place) => (true, Some(place)),
        At::Newer(place) => (false, Some(place)),
    };
    let mut walk = Walk {
        older,
        limit,
        found: Vec::new(),
        looked: Looked {
            rows: 0,
            back_to: None,
            back_to_time: None,
            complete: true,
        },
    };
    let alternatives = listing.driver.any_of.len().max(1);
    let mut size = if listing.further.is_empty() {
        (limit + 1) * alternatives
    } else {
        FIRST
    };
    loop {
        let chunk = Chunk {
            from,
            older,
            size,
            // Alternatives that overlap give a row more than once; and the last is extra.
            enough: (limit + 1 - walk.found.len()) * alternatives + 1,
        };
        let rows = chunk.read(connection, listing)?;
        let passed = walk.take(&rows);
        if walk.is_full() || passed < size {
            break;
        }
        if !still_time() {
            walk.looked.complete = false;
            break;
        }
        from = walk.looked.back_to;
        size = (size * GROWTH).clamp(FIRST, LARGEST.max(size));
    }
    Ok(walk.page(at))
}

impl Walk {
    /// Takes the rows that are wanted, until there are enough; answers how many rows of the
    /// chunk were passed.
    fn take(&mut self, rows: &[ChunkRow]) -> usize {
        let mut passed = 0;
        for row in rows {
            let place = row.place();
            passed = usize::try_from(row.number).unwrap_or(usize::MAX);
            self.looked.back_to = Some(place);
            self.looked.back_to_time = row.at;
            if row.wanted && self.found.last() != Some(&place) {
                self.found.push(place);
            }
            if self.is_full() {
                break;
            }
        }
        self.looked.rows += passed as u64;
        passed
    }

    fn is_full(&self) -> bool {
        self.found.len() > self.limit
    }

    fn page(mut self, at: At) -> Page<i64> {
        let more = self.is_full();
        self.found.truncate(self.limit);
        // Where the walk goes on: behind the last row of the page, or, when it was stopped,
        // behind all that was looked at.
        let onwards = match (more, self.looked.complete) {
            (true, _) => self.found.last().copied(),
            (false, false) => self.looked.back_to,
            (false, true) => None,
        };
        // The way back begins at the page's first row. Without a row it begins where the walk
        // did, and has to find the row which that was again.
        let back = match at {
            At::Newest => None,
            At::Older(place) => Some(self.found.first().copied().unwrap_or(Place {
                id: place.id.saturating_sub(1),
                ..place
            })),
            At::Newer(place) => Some(self.found.first().copied().unwrap_or(Place {
                id: place.id.saturating_add(1),
                ..place
            })),
        };
        let (newer, older) = if self.older {
            (back, onwards)
        } else {
            self.found.reverse();
            (onwards, back)
        };
        Page {
            rows: self.found.iter().map(|place| place.id).collect(),
            newer,
            older,
            looked: self.looked,
        }
    }
}

impl ChunkRow {
    fn place(&self) -> Place {
        let micros = |time: NaiveDateTime| time.and_utc().timestamp_micros();
        Place {
            micros: self.key.map(micros),
            id: self.id,
        }
    }
}
