//! Small parts that pages are made of, each a template of its own. Pages write them as
//! `{{ part|safe }}`: what is in them has been escaped there.

use askama::Template;
use chrono::{NaiveDateTime, SecondsFormat, TimeDelta};

use super::frame::Frame;
use crate::clock::Moment;
use crate::device;

/// A moment, relative to now for the eye, exact on hover and in the markup.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/parts/time.html")]
pub struct Time {
    /// As RFC 3339 writes it.
    pub machine: String,
    /// As a person reads it, in UTC.
    pub exact: String,
    /// Such as `3 minutes ago`.
    pub relative: String,
}

impl Time {
    /// `at`, seen from `now`.
    #[must_use]
    pub fn new(at: NaiveDateTime, now: Moment) -> Self {
        let at = at.and_utc();
        Self {
            machine: at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            exact: at.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
            relative: relative(now - at),
        }
    }
}

/// An address, or a network in CIDR notation, and the page about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// As the database spells it.
    pub text: String,
    /// The page: that of an address, or the log-ins that failed in the network.
    pub path: String,
}

impl Source {
    /// An address or a network of the database's.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let path = if text.contains('/') {
            format!("/admin/events/?kind=log_in_failed&ip={text}")
        } else {
            format!("/admin/addresses/{text}/")
        };
        Self {
            text: text.to_owned(),
            path,
        }
    }
}

/// How long ago, or how long until, in the largest unit that fits: never two of them.
#[must_use]
pub fn relative(passed: TimeDelta) -> String {
    let seconds = passed.num_seconds();
    let far = seconds.unsigned_abs();
    let (count, unit) = match far {
        0 => return "now".to_owned(),
        1..60 => (far, "second"),
        60..3_600 => (far / 60, "minute"),
        3_600..172_800 => (far / 3_600, "hour"),
        172_800..5_184_000 => (far / 86_400, "day"),
        5_184_000..63_072_000 => (far / 2_592_000, "month"),
        _ => (far / 31_536_000, "year"),
    };
    let plural = if count == 1 { "" } else { "s" };
    if seconds > 0 {
        format!("{count} {unit}{plural} ago")
    } else {
        format!("in {count} {unit}{plural}")
    }
}

/// A number with a comma between its thousands.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The beginning of an id, enough to tell those of a page apart: the whole of it stands in
/// its link and its title.
#[must_use]
pub fn short(id: &str) -> String {
    match id.char_indices().nth(8) {
        Some((end, _)) => format!("{}…", &id[..end]),
        None => id.to_owned(),
    }
}

/// A text that begins with a capital.
#[must_use]
pub fn capitalised(text: &str) -> String {
    let (first, rest) = text.split_at(text.chars().next().map_or(0, char::len_utf8));
    first.to_uppercase() + rest
}

/// A state in a word, with a colour beside it and never instead of it.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/parts/badge.html")]
pub struct Badge {
    /// `good`, `bad`, `warn` or `plain`.
    pub class: &'static str,
    /// The word.
    pub word: String,
}

impl Badge {
    /// A badge of this style; its word begins with a capital, however the database spells it.
    #[must_use]
    pub fn new(class: &'static str, word: &str) -> Self {
        Self {
            class,
            word: capitalised(word),
        }
    }
}

/// A device in words, with the whole user agent on hover and in the markup.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/parts/device.html")]
pub struct Device {
    /// Such as `Firefox on Windows`.
    pub words: String,
    /// What the browser sent.
    pub user_agent: String,
}

impl Device {
    /// What this user agent says.
    #[must_use]
    pub fn new(user_agent: &str) -> Self {
        Self {
            words: if user_agent.is_empty() {
                "No user agent".to_owned()
            } else {
                device::describe(user_agent)
            },
            user_agent: user_agent.to_owned(),
        }
    }

    /// What an event came by. Without an address that is a command of ours, shown as it was
    /// typed.
    #[must_use]
    pub fn of_event(ip: Option<&str>, user_agent: &str) -> Self {
        if ip.is_some() {
            return Self::new(user_agent);
        }
        let shown = if user_agent.is_empty() {
            "unknown"
        } else {
            user_agent
        };
        Self {
            words: shown.to_owned(),
            user_agent: user_agent.to_owned(),
        }
    }
}

/// A button that changes something at once.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/parts/button.html")]
pub struct Button {
    /// Where the form goes.
    pub action: String,
    /// The CSRF token.
    pub csrf: String,
    /// Hidden fields.
    pub fields: Vec<(String, String)>,
    /// What the button says.
    pub label: String,
}

impl Button {
    /// A button without fields.
    #[must_use]
    pub fn new(frame: &Frame, action: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            csrf: frame.csrf.clone(),
            fields: Vec::new(),
            label: label.into(),
        }
    }

    /// The same with a hidden field.
    #[must_use]
    pub fn field(mut self, name: &str, value: impl Into<String>) -> Self {
        self.fields.push((name.to_owned(), value.into()));
        self
    }
}

/// A button that cannot be taken back: it opens what it will do, and the button in there does
/// it. It needs no script.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/parts/danger.html")]
pub struct Danger {
    /// What the first button says, such as `End session`.
    pub label: String,
    /// What will happen, in a sentence or two.
    pub consequence: String,
    /// The button that does it.
    pub button: Button,
}

impl Danger {
    /// One whose two buttons say the same.
    #[must_use]
    pub fn new(button: Button, consequence: impl Into<String>) -> Self {
        Self {
            label: button.label.clone(),
            consequence: consequence.into(),
            button,
        }
    }
}

/// Links to the pages before and after this one.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/parts/pager.html")]
pub struct Pager {
    /// Where the first page is, unless this is it.
    pub first: Option<String>,
    /// Where the page before is.
    pub newer: Option<String>,
    /// Where the page after is.
    pub older: Option<String>,
    /// How far a search without an index looked, and that `older` looks further.
    pub looked: Option<String>,
}
