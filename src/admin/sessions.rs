//! Sessions: all of them, what looks wrong among them, one with its family tree, and ending
//! them.

pub mod confirm_many;
pub mod counted;
pub mod detail;
pub mod end;
pub mod end_many;
pub mod end_selected;
pub mod ending;
pub mod failures;
pub mod family;
pub mod filter;
pub mod followers;
pub mod in_words;
pub mod line;
pub mod list;
pub mod new_networks;
pub mod picture;
pub mod tabs;

use actix_web::HttpRequest;

use super::parameters::Parameters;
use super::parts::Pager;
use crate::error::Error;
use crate::models::listing::{self, At, Filter, Looked};

/// The parameter that says which page of a list it is.
const AT: &str = "at";

/// What is asked for behind the question mark.
pub(super) fn query(request: &HttpRequest) -> Parameters {
    Parameters::parse(request.query_string().as_bytes())
}

/// The `sid` in a path.
///
/// # Errors
/// Not found, unless it could be one.
pub(super) fn sid(request: &HttpRequest) -> Result<String, Error> {
    let given = request.match_info().get("sid").unwrap_or_default();
    is_sid(given)
        .then(|| given.to_owned())
        .ok_or(Error::NotFound)
}

/// Whether a text could be a session's id.
fn is_sid(text: &str) -> bool {
    text.len() == 32
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// Which page of its list is asked for.
///
/// # Errors
/// A bad request, unless the link is of this list.
pub(super) fn at(parameters: &Parameters, filter: &impl Filter) -> Result<At, Error> {
    let Some(text) = parameters.get(AT) else {
        return Ok(At::Newest);
    };
    listing::at(filter, text).ok_or_else(|| {
        Error::NonField(
            "This link to a page belongs to another list or to other filters. Go back to the list and turn \
             its pages from the first one on."
                .to_owned(),
        )
    })
}

/// Links to the pages around one; `looked` says how far a search got that was stopped.
pub(super) fn pager(
    path: &str,
    parameters: &Parameters,
    filter: &impl Filter,
    (at, newer, older): (At, Option<At>, Option<At>),
    looked: Option<String>,
) -> Pager {
    let own = parameters.without(&[AT]);
    let to = |at: At| {
        let cursor = listing::link(filter, at)?;
        Some(format!("{path}?{}", own.with(AT, cursor.to_string())))
    };
    let first = if own.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{own}")
    };
    Pager {
        first: (at != At::Newest).then_some(first),
        newer: newer.and_then(to),
        older: older.and_then(to),
        looked,
    }
}

/// How far a search got that was stopped, in a sentence; none where nothing is left out.
pub(super) fn looked(looked: &Looked) -> Option<String> {
    if looked.complete {
        return None;
    }
    let back = looked
        .back_to_time
        .map(|at| at.format(", back to %Y-%m-%d %H:%M:%S UTC").to_string());
    Some(format!(
        "No index serves these filters together: the newest {} sessions were looked through{}.",
        looked.rows,
        back.unwrap_or_default()
    ))
}
