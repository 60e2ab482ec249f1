//! Which sessions a filter finds, in words.

use chrono::NaiveDateTime;

use crate::models::session_list::{SessionFilter, State};

/// Which sessions these are, as a sentence without its full stop. `email` answers the address
/// of a user, while it is known.
#[must_use]
pub fn in_words(
    filter: &SessionFilter,
    keep: Option<i64>,
    email: impl Fn(i64) -> Option<String>,
) -> String {
    let conditions = conditions(filter, &email);
    let mut text = "Sessions".to_owned();
    if conditions.is_empty() {
        text += " of everybody";
    }
    for (place, condition) in conditions.iter().enumerate() {
        text += if place == 0 { " " } else { ", and " };
        text += condition;
    }
    if let Some(id) = keep {
        text += ", but none of ";
        text += &name(id, &email);
    }
    text
}

fn name(id: i64, email: &impl Fn(i64) -> Option<String>) -> String {
    email(id).unwrap_or_else(|| format!("user {id}"))
}

/// Each condition, as it follows the word "Sessions".
fn conditions(filter: &SessionFilter, email: &impl Fn(i64) -> Option<String>) -> Vec<String> {
    // Named one by one: a new condition that was forgotten here does not compile.
    let SessionFilter {
        user_id,
        state,
        end_reason,
        ip,
        network,
        words: agent,
        created_from,
        created_before,
        seen_from,
        seen_before,
        order: _,
    } = filter;
    let time = |time: &NaiveDateTime| time.format("%Y-%m-%d %H:%M:%S%.f UTC").to_string();
    let quoted: Vec<_> = agent.iter().map(|word| format!("“{word}”")).collect();
    let each = [
        user_id.map(|id| format!("of {}", name(id, email))),
        state.map(|state| in_a_state(state).to_owned()),
        end_reason
            .as_ref()
            .map(|reason| format!("that ended because: {}", crate::admin::in_words(reason))),
        ip.map(|ip| format!("that began at {ip} or were last seen there")),
        network.map(|network| format!("that were last seen in the network {network}")),
        (!quoted.is_empty()).then(|| format!("whose user agent has {}", quoted.join(" and "))),
        created_from
            .as_ref()
            .map(|at| format!("that were opened at {} or later", time(at))),
        created_before
            .as_ref()
            .map(|at| format!("that were opened before {}", time(at))),
        seen_from
            .as_ref()
            .map(|at| format!("that were last seen at {} or later", time(at))),
        seen_before
            .as_ref()
            .map(|at| format!("that were last seen before {}", time(at))),
    ];
    each.into_iter().flatten().collect()
}

fn in_a_state(state: State) -> &'static str {
    match state {
        State::Live => "that are live",
        State::Ended => "that have ended",
        State::Expired => "that have expired",
        State::Refused => "that are refused",
    }
}
