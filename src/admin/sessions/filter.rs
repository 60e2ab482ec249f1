//! What a query says of the sessions that are looked for.

use std::net::IpAddr;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use diesel::QueryResult;
use ipnet::IpNet;

use crate::admin::in_words;
use crate::admin::parameters::Parameters;
use crate::db::AnyConnection;
use crate::models::session_list::{SessionFilter, SessionOrder, State};
use crate::models::user::User;
use crate::rotation::EndReason;

/// The names of all parameters of the form.
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
    "order",
];

/// The most words of a user agent that are looked for: each is a condition of its own, and
/// SQLite takes a thousand.
const MOST_WORDS: usize = 50;

/// A choice in a select box.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Its value.
    pub value: &'static str,
    /// What people read.
    pub label: String,
    /// Whether it is chosen.
    pub is_chosen: bool,
}

/// What is looked for, as it was typed and as it was understood.
#[derive(Clone, Debug)]
pub struct SessionQuery {
    /// As it was understood.
    pub filter: SessionFilter,
    /// What could not be understood: the name of the parameter and what to write.
    pub complaints: Vec<(&'static str, String)>,
    typed: Parameters,
}

impl SessionQuery {
    /// Reads the parameters; a user is looked up.
    pub fn read(connection: &mut AnyConnection, typed: &Parameters) -> QueryResult<Self> {
        let mut complaints = Vec::new();
        let mut filter = SessionFilter::default();
        if let Some(given) = typed.get("user") {
            let user = match given.parse() {
                Ok(id) => User::find(connection, id)?,
                Err(_) => User::find_by_email(connection, given)?,
            };
            filter.user_id = user.map(|user| user.id);
            if filter.user_id.is_none() {
                let text = format!(
                    "There is no user {given}. Write a whole e-mail address, or the number of a user."
                );
                complaints.push(("user", text));
            }
        }
        filter.state = chosen(typed, "state", &states(), &mut complaints);
        filter.end_reason = chosen(typed, "reason", &reasons(), &mut complaints);
        filter.order = chosen(typed, "order", &ORDERS, &mut complaints).unwrap_or_default();
        if let Some(given) = typed.get("ip") {
            match (given.parse::<IpAddr>(), given.parse::<IpNet>()) {
                (Ok(ip), _) => filter.ip = Some(ip.to_canonical()),
                (_, Ok(network)) => filter.network = Some(network),
                _ => complaints.push((
                    "ip",
                    "Write an address, such as 192.0.2.7 or 2001:db8::1, or a network, such as 192.0.2.0/24.".to_owned(),
                )),
            }
        }
        let agent = typed.get("agent").unwrap_or_default();
        filter.words = agent.split_whitespace().map(str::to_owned).collect();
        if filter.words.len() > MOST_WORDS {
            let text = format!("Write at most {MOST_WORDS} words.");
            complaints.push(("agent", text));
        }
        let mut time = |name| moment(typed, name, &mut complaints);
        filter.created_from = time("created_from");
        filter.created_before = time("created_before");
        filter.seen_from = time("seen_from");
        filter.seen_before = time("seen_before");
        Ok(Self {
            filter,
            complaints,
            typed: typed.clone(),
        })
    }

    /// The type of the field of a moment.
    #[must_use]
    pub fn time_input(&self, name: &str) -> &'static str {
        crate::admin::search::time_input(self.typed(name))
    }

    /// What was typed under this name.
    #[must_use]
    pub fn typed(&self, name: &str) -> &str {
        self.typed.exact(name).unwrap_or_default()
    }

    /// What is wrong with it.
    #[must_use]
    pub fn complaint(&self, name: &str) -> Option<&str> {
        let found = self.complaints.iter().find(|(known, _)| *known == name);
        found.map(|(_, text)| text.as_str())
    }

    /// Whether anything is asked for.
    #[must_use]
    pub fn is_narrowed(&self) -> bool {
        NAMES.iter().any(|name| self.typed.get(name).is_some())
    }

    /// The states that a session can be in.
    #[must_use]
    pub fn states(&self) -> Vec<Choice> {
        self.choices("state", states().map(|(value, _)| (value, sentence(value))))
    }

    /// Why sessions end.
    #[must_use]
    pub fn reasons(&self) -> Vec<Choice> {
        self.choices(
            "reason",
            reasons().map(|(value, _)| (value, sentence(value))),
        )
    }

    /// The orders of the list.
    #[must_use]
    pub fn orders(&self) -> Vec<Choice> {
        let label = |order| match order {
            SessionOrder::Created => "Opened last first",
            SessionOrder::LastSeen => "Seen last first",
        };
        self.choices(
            "order",
            ORDERS.map(|(value, order)| (value, label(order).to_owned())),
        )
    }

    fn choices<const N: usize>(&self, name: &str, all: [(&'static str, String); N]) -> Vec<Choice> {
        let typed = self.typed.get(name);
        let choices = all.map(|(value, label)| Choice {
            value,
            label,
            is_chosen: typed == Some(value),
        });
        choices.into()
    }
}

const ORDERS: [(&str, SessionOrder); 2] = [
    ("created", SessionOrder::Created),
    ("seen", SessionOrder::LastSeen),
];

fn states() -> [(&'static str, State); 4] {
    let all = [State::Live, State::Ended, State::Expired, State::Refused];
    all.map(|state| (state.as_str(), state))
}

fn reasons() -> [(&'static str, String); EndReason::ALL.len()] {
    EndReason::ALL.map(|reason| (reason.as_str(), reason.as_str().to_owned()))
}

/// A word of the database as a choice begins.
fn sentence(word: &str) -> String {
    let words = in_words(word);
    let (first, rest) = words.split_at(words.chars().next().map_or(0, char::len_utf8));
    first.to_uppercase() + rest
}

/// The choice of this name; a value that is none is complained of.
fn chosen<T: Clone>(
    typed: &Parameters,
    name: &'static str,
    all: &[(&'static str, T)],
    complaints: &mut Vec<(&'static str, String)>,
) -> Option<T> {
    let given = typed.get(name)?;
    let found = all.iter().find(|(value, _)| *value == given);
    if found.is_none() {
        complaints.push((
            name,
            format!("{given} is no choice. Choose one of the list."),
        ));
    }
    found.map(|(_, choice)| choice.clone())
}

/// A time in UTC as browsers write it, with seconds or without, or the beginning of a day.
fn moment(
    typed: &Parameters,
    name: &'static str,
    complaints: &mut Vec<(&'static str, String)>,
) -> Option<NaiveDateTime> {
    let given = typed.get(name)?;
    let bare = given.strip_suffix('Z').unwrap_or(given);
    let forms = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S%.f"];
    let time = forms
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(bare, form).ok())
        .or_else(|| {
            let day = bare.parse::<NaiveDate>().ok()?;
            Some(day.and_time(NaiveTime::MIN))
        });
    if time.is_none() {
        let text =
            format!("{given} is no time. Write it as 2026-01-31 or as 2026-01-31T12:00, in UTC.");
        complaints.push((name, text));
    }
    time
}
