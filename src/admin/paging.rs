//! One page of a list, and the way to the others.

use std::time::Duration;

use diesel::QueryResult;

use super::parts::{Pager, grouped};
use super::search::{CURSOR, Search};
use crate::app::App;
use crate::clock::{Budget, Clock, Moment};
use crate::db::AnyConnection;
use crate::error::Error;
use crate::models::listing::{self, At, Filter, Looked, Page};

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

/// The page that a search asks for: `what` is the path of the list and what its rows are
/// called, such as `events`, and `filter` reads what is looked for.
pub async fn list<F>(
    app: &App,
    search: Search,
    what: (&'static str, &'static str),
    filter: impl FnOnce(&mut AnyConnection, &mut Search) -> QueryResult<F> + Send + 'static,
) -> Result<(Search, Listed<F::Row>), Error>
where
    F: Filter,
    F::Row: Send + 'static,
{
    let clock = app.clock.clone();
    let find = move |connection: &mut AnyConnection, search: &Search, filter: &F| {
        read(connection, search, filter, what, &clock)
    };
    search.look(app, filter, find).await
}

/// The same of a filter that is known, for [`PATIENCE`].
pub fn read<F: Filter>(
    connection: &mut AnyConnection,
    search: &Search,
    filter: &F,
    what: (&str, &str),
    clock: &Clock,
) -> Result<Listed<F::Row>, Error> {
    let (budget, now) = (Budget::new(clock, PATIENCE), clock.now());
    read_within(connection, search, filter, what, now, &mut || {
        budget.is_left()
    })
}

/// The same, until the caller says stop.
pub fn read_within<F: Filter>(
    connection: &mut AnyConnection,
    search: &Search,
    filter: &F,
    (path, rows): (&str, &str),
    now: Moment,
    still_time: &mut dyn FnMut() -> bool,
) -> Result<Listed<F::Row>, Error> {
    let at = place(search, filter)?;
    let page = listing::page(connection, filter, at, ROWS, now, still_time)?;
    let around = (at, page.newer.map(At::Newer), page.older.map(At::Older));
    Ok(Listed {
        is_first: at == At::Newest || page.newer.is_none(),
        pager: pager(path, search, filter, around, how_far(&page, rows, now)),
        rows: page.rows,
    })
}

/// Which page of its list the search asks for.
///
/// # Errors
/// A bad request, unless the link is of this list and of these filters.
pub fn place(search: &Search, filter: &impl Filter) -> Result<At, Error> {
    let Some(text) = search.given().get(CURSOR) else {
        return Ok(At::Newest);
    };
    listing::at(filter, text).ok_or_else(|| {
        Error::NonField(
            "This link leads to no place of this list: it is cut, or of another filter. \
             Open the list again and go on from its first page."
                .to_owned(),
        )
    })
}

/// Links to the pages around one, of the list at `path`; `looked` says how far a search got
/// that was stopped.
pub fn pager(
    path: &str,
    search: &Search,
    filter: &impl Filter,
    (at, newer, older): (At, Option<At>, Option<At>),
    looked: Option<String>,
) -> Pager {
    let filters = search.filters();
    let to = |at: At| {
        let cursor = listing::link(filter, at)?;
        Some(filters.with(CURSOR, cursor.to_string()).behind(path))
    };
    Pager {
        first: (at != At::Newest).then(|| filters.behind(path)),
        newer: newer.and_then(to),
        older: older.and_then(to),
        looked,
    }
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
