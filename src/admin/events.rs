//! `/admin/events/`: the audit log, and taking it along.

pub mod export;
pub mod list;
pub mod row;

use diesel::QueryResult;

use super::search::Search;
use crate::db::AnyConnection;
use crate::models::event::EventKind;
use crate::models::event_list::EventFilter;

/// What is looked for, in the list and in what is taken along.
fn filter(connection: &mut AnyConnection, search: &mut Search) -> QueryResult<EventFilter> {
    let (ip, network) = search.place("ip");
    let kinds = EventKind::ALL.iter().map(|kind| (kind.as_str(), *kind));
    Ok(EventFilter {
        kinds: search.choices_of("kind", kinds),
        user_id: search.user(connection, "user")?,
        actor_id: search.user(connection, "actor")?,
        sid: search.text("sid"),
        ip,
        network,
        reason: search.text("reason"),
        from: search.time("from"),
        before: search.time("before"),
    })
}
