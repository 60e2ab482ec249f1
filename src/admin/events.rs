//! `/admin/events/`: the audit log, and taking it along.

pub mod export;
pub mod list;

use diesel::QueryResult;

use super::search::{Place, Search};
use crate::db::AnyConnection;
use crate::models::event::EventKind;
use crate::models::event_list::EventFilter;

/// What is looked for, in the list and in what is taken along.
fn filter(connection: &mut AnyConnection, search: &mut Search) -> QueryResult<EventFilter> {
    let place = search.place("ip");
    Ok(EventFilter {
        kinds: kinds(search),
        user_id: search.user(connection, "user")?,
        actor_id: search.user(connection, "actor")?,
        sid: search.text("sid"),
        ip: match place {
            Some(Place::Address(address)) => Some(address),
            _ => None,
        },
        network: match place {
            Some(Place::Network(network)) => Some(network),
            _ => None,
        },
        reason: search.text("reason"),
        from: search.time("from"),
        before: search.time("before"),
    })
}

/// Each kind once, in the order in which they are declared.
fn kinds(search: &mut Search) -> Vec<EventKind> {
    let known = |word: &str| EventKind::ALL.iter().any(|kind| kind.as_str() == word);
    if !search.given().all("kind").all(known) {
        search.complain(
            "kind",
            "There is no such kind of event. Choose among these.",
        );
    }
    let chosen = |kind: &&EventKind| search.given().all("kind").any(|word| word == kind.as_str());
    EventKind::ALL.iter().filter(chosen).copied().collect()
}
