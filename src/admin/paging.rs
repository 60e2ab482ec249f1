//! Pages of lists: how long one is, how long looking for it may take, and the links to those
//! beside it.

use std::time::Duration;

use actix_web::web;

use super::parameters::Parameters;
use super::parts::Pager;
use crate::app::App;
use crate::clock::Budget;
use crate::error::Error;
use crate::models::listing::{self, At, Filter, Looked, Page, Place};

/// Rows on a page.
pub const ROWS: usize = 50;
/// The parameter that says where a page begins.
pub const AT: &str = "at";
/// How long is looked for rows that no index finds.
const PATIENCE: Duration = Duration::from_millis(50);

/// Where the page begins that the query asks for.
///
/// # Errors
/// [`Error::NonField`] when it is no link that [`pager`] made for this filter.
pub fn position<F: Filter>(filter: &F, query: &Parameters) -> Result<At, Error> {
    let Some(text) = query.get(AT) else {
        return Ok(At::Newest);
    };
    listing::at(filter, text).ok_or_else(|| {
        Error::NonField(
            "This link leads to a page of another list, or was changed on its way. \
             Open the list anew and go on from its first page."
                .to_owned(),
        )
    })
}

/// Looks for at most `rows` rows.
pub async fn look<F>(
    app: &web::Data<App>,
    filter: F,
    at: At,
    rows: usize,
) -> Result<Page<F::Row>, Error>
where
    F: Filter + Send + 'static,
    F::Row: Send + 'static,
{
    let (now, budget) = (app.now(), Budget::new(&app.clock, PATIENCE));
    app.database
        .read(move |connection| {
            let mut still_time = || budget.is_left();
            listing::page(connection, &filter, at, rows, now, &mut still_time).map_err(Error::from)
        })
        .await
}

/// Links to the pages beside this one of the list at `path`, which keep the query.
#[must_use]
pub fn pager<F: Filter>(
    path: &str,
    query: &Parameters,
    filter: &F,
    at: At,
    page: &Page<F::Row>,
) -> Pager {
    let link = |at: At| {
        let cursor = listing::link(filter, at)?;
        Some(format!("{path}?{}", query.with(AT, cursor.to_string())))
    };
    let to = |place: Option<Place>, at: fn(Place) -> At| link(at(place?));
    let first = match query.without(&[AT]) {
        kept if kept.is_empty() => path.to_owned(),
        kept => format!("{path}?{kept}"),
    };
    Pager {
        first: (at != At::Newest).then_some(first),
        newer: to(page.newer, At::Newer),
        older: to(page.older, At::Older),
        looked: looked(&page.looked).filter(|_| !matches!(at, At::Newer(_))),
    }
}

/// How far a search looked that was stopped.
fn looked(looked: &Looked) -> Option<String> {
    if looked.complete {
        return None;
    }
    let back_to = looked
        .back_to_time
        .map(|time| format!(", back to {} UTC", time.format("%Y-%m-%d %H:%M")));
    Some(format!(
        "This search has looked through {} rows so far{}. There may be more further back.",
        looked.rows,
        back_to.unwrap_or_default()
    ))
}
