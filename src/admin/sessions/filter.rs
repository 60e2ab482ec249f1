//! What the list of sessions can be filtered by.

use diesel::QueryResult;

use crate::admin::fields::{Field, Filters};
use crate::admin::in_words;
use crate::admin::search::Search;
use crate::db::AnyConnection;
use crate::models::session_list::{SessionFilter, SessionOrder, State};
use crate::rotation::EndReason;

/// The names of all filters. What is no filter ends nothing: see
/// [`end_many`](super::end_many).
pub const NAMES: [&str; 10] = [
    "user",
    "state",
    "reason",
    "ip",
    "agent",
    "created_from",
    "created_before",
    "seen_from",
    "seen_before",
    ORDER,
];
/// What a list has and a job has not.
pub(super) const ORDER: &str = "order";
/// The most words of a user agent that are looked for: each is a condition of its own, and
/// SQLite takes a thousand.
const MOST_WORDS: usize = 50;

/// What is looked for.
pub(super) fn filter(
    connection: &mut AnyConnection,
    search: &mut Search,
) -> QueryResult<SessionFilter> {
    let (ip, network) = search.place("ip");
    let reason = |reason: EndReason| (reason.as_str(), reason.as_str().to_owned());
    Ok(SessionFilter {
        user_id: search.user(connection, "user")?,
        state: search.choice("state", states()),
        end_reason: search.choice("reason", EndReason::ALL.map(reason)),
        ip,
        network,
        words: search.words("agent", MOST_WORDS),
        created_from: search.time("created_from"),
        created_before: search.time("created_before"),
        seen_from: search.time("seen_from"),
        seen_before: search.time("seen_before"),
        order: search
            .choice(
                ORDER,
                [
                    ("created", SessionOrder::Created),
                    ("seen", SessionOrder::LastSeen),
                ],
            )
            .unwrap_or_default(),
    })
}

/// The fields of the list at `path`, which are those of its views as well.
pub(super) fn filters(search: &Search, path: &'static str) -> Filters {
    let states = states().map(|(word, _)| (word, word.to_owned()));
    let reasons = EndReason::ALL.map(|reason| (reason.as_str(), in_words(reason.as_str())));
    let fields = vec![
        search.user_field("user", "User"),
        search.choice_field("state", "State", states),
        search.choice_field("reason", "Ended because", reasons),
        search.place_field("ip"),
        search.text_field("agent", "User agent", "Words, such as Firefox Linux."),
        Field {
            hint: "Opened last first",
            ..search.choice_field(ORDER, "Order", [("seen", "Seen last first".to_owned())])
        },
        search.time_field("created_from", "Opened from (UTC)"),
        search.time_field("created_before", "Opened before (UTC)"),
        search.time_field("seen_from", "Last seen from (UTC)"),
        search.time_field("seen_before", "Last seen before (UTC)"),
    ];
    Filters::new(path, fields)
}

fn states() -> [(&'static str, State); 4] {
    let all = [State::Live, State::Ended, State::Expired, State::Refused];
    all.map(|state| (state.as_str(), state))
}
