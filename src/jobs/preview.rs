//! What a job would end, before anybody confirms it.

use std::collections::HashSet;

use diesel::QueryResult;

use super::matching::Matching;
use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::models::listing::{self, At, Filter};
use crate::models::session::Session;
use crate::models::session_list::{ListedSession, SessionFilter};

/// More sessions than this are not counted.
pub const COUNTED: usize = 100_000;
/// How many sessions are shown.
const SAMPLE: usize = 10;
/// Rows are asked for by so many keys at once.
const AT_ONCE: usize = 1000;

/// What would end.
#[derive(Clone, Debug)]
pub struct Preview {
    /// How many sessions, [`COUNTED`] at most.
    pub sessions: usize,
    /// Whether there are more than those, or may be: time was up.
    pub more: bool,
    /// How many users they belong to.
    pub users: usize,
    /// The newest of them.
    pub sample: Vec<ListedSession>,
}

/// Looks for the sessions that the filter finds, that have not ended, and that are not of the
/// user `keep`. `still_time` is asked every few milliseconds.
pub fn preview(
    connection: &mut AnyConnection,
    filter: &SessionFilter,
    keep: Option<i64>,
    now: Moment,
    still_time: &mut dyn FnMut() -> bool,
) -> QueryResult<Preview> {
    let matching = Matching::new(filter, keep, now);
    let found = listing::ids(connection, &matching, At::Newest, COUNTED, now, still_time)?;
    let mut users = HashSet::new();
    for ids in found.rows.chunks(AT_ONCE) {
        users.extend(Session::users_of(connection, ids)?);
    }
    let shown = found.rows.get(..SAMPLE).unwrap_or(&found.rows);
    let present = Matching::present(connection, now)?;
    let mut sample = Matching::load(connection, shown, &present)?;
    sample.sort_by_key(|(id, _)| shown.iter().position(|known| known == id));
    Ok(Preview {
        sessions: found.rows.len(),
        more: found.older.is_some(),
        users: users.len(),
        sample: sample.into_iter().map(|(_, session)| session).collect(),
    })
}
