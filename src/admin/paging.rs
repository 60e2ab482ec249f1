//! One page of a list, and the way to the others.

use std::time::Duration;

use super::parts::{Pager, grouped};
use super::search::Search;
use crate::clock::{Budget, Clock, Moment};
use crate::db::AnyConnection;
use crate::error::Error;
use crate::models::listing::{self, At, Filter, Looked, Page};

/// The parameter that says where in the list.
pub const CURSOR: &str = "page";
/// So many rows a page.
pub const ROWS: usize = 50;
/// A search that no index serves looks for so long before it answers what it has.
pub const PATIENCE: Duration = Duration::from_millis(40);

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Listed<Row> {
    /// The rows.
    pub rows: Vec<Row>,
    /// The way to the others.
    pub pager: Pager,
    /// Whether the list begins with these.
    pub is_first: bool,
}

/// Nothing was looked for.
impl<Row> Default for Listed<Row> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            pager: Pager::default(),
            is_first: false,
        }
    }
}

/// Reads the page that the search asks for, of the list at `path` whose rows are `rows`, such
/// as `events`.
pub fn read<F: Filter>(
    connection: &mut AnyConnection,
    search: &Search,
    filter: &F,
    (path, rows): (&str, &str),
    clock: &Clock,
) -> Result<Listed<F::Row>, Error> {
    let at = match search.given().get(CURSOR) {
        None => At::Newest,
        Some(text) => listing::at(filter, text).ok_or_else(|| {
            Error::NonField(
                "This link leads to no place of this list: it is cut, or of another filter. \
                 Open the list again and go on from its first page."
                    .to_owned(),
            )
        })?,
    };
    let budget = Budget::new(clock, PATIENCE);
    let now = clock.now();
    let page = listing::page(connection, filter, at, ROWS, now, &mut || budget.is_left())?;
    let link = |place: Option<At>| {
        let cursor = listing::link(filter, place?)?;
        let parameters = search.filters().with(CURSOR, cursor.to_string());
        Some(format!("{path}?{parameters}"))
    };
    let is_first = at == At::Newest || page.newer.is_none();
    let pager = Pager {
        first: (at != At::Newest).then(|| format!("{path}?{}", search.filters())),
        newer: link(page.newer.map(At::Newer)),
        older: link(page.older.map(At::Older)),
        looked: how_far(&page, rows, now),
    };
    Ok(Listed {
        rows: page.rows,
        pager,
        is_first,
    })
}

fn how_far<Row>(page: &Page<Row>, rows: &str, now: Moment) -> Option<String> {
    let Looked {
        rows: looked,
        back_to_time,
        complete,
        ..
    } = page.looked;
    if complete {
        return None;
    }
    let back = back_to_time.map_or_else(String::new, |time| {
        let ago = super::parts::relative(now - time.and_utc());
        format!(", back to {} UTC ({ago})", time.format("%Y-%m-%d %H:%M:%S"))
    });
    Some(format!(
        "Looked through {} {rows}{back}, and stopped there to answer at once.",
        grouped(looked)
    ))
}
