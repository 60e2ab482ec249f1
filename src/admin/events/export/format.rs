//! How an event is written into a file.

use chrono::{NaiveDateTime, SecondsFormat};
use serde::Serialize;
use serde_json::Value;

use crate::models::event_list::ListedEvent;
use crate::visible;

/// The last line of a file that is not whole.
const INCOMPLETE: &str = "INCOMPLETE: the export was broken off here; export again";

/// The kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180, with names in the first line, and defused: no cell is a formula. It begins with
    /// a byte order mark, without which Excel takes UTF-8 for the code page of its country.
    Csv,
    /// A JSON object a line.
    JsonLines,
}

/// An event in a file: the columns of the audit log, and the addresses of whom it concerns.
#[derive(Serialize)]
struct Line<'a> {
    id: i64,
    at: String,
    kind: &'a str,
    user_id: Option<i64>,
    email: Option<&'a str>,
    actor_id: Option<i64>,
    actor_email: Option<&'a str>,
    sid: Option<&'a str>,
    jti: Option<&'a str>,
    ip: Option<&'a str>,
    user_agent: Option<&'a str>,
    reason: Option<&'a str>,
    detail: Value,
}

impl Format {
    /// What the file's name ends with.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
        }
    }

    /// What the file is.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::JsonLines => "application/x-ndjson",
        }
    }

    /// What the file begins with.
    #[must_use]
    pub fn head(self) -> &'static str {
        match self {
            Self::Csv => {
                "\u{feff}id,at,kind,user_id,email,actor_id,actor_email,sid,jti,ip,user_agent,reason,detail\r\n"
            }
            Self::JsonLines => "",
        }
    }

    /// An event, with the end of its line.
    pub fn line(self, listed: &ListedEvent) -> serde_json::Result<String> {
        match self {
            Self::Csv => Ok(csv(listed)),
            Self::JsonLines => json(listed),
        }
    }

    /// The last line of a file that is not whole.
    #[must_use]
    pub fn incomplete(self) -> String {
        match self {
            Self::Csv => format!("{}\r\n", cell(INCOMPLETE)),
            Self::JsonLines => format!("{}\n", serde_json::json!({ "incomplete": INCOMPLETE })),
        }
    }
}

fn json(listed: &ListedEvent) -> serde_json::Result<String> {
    let event = &listed.event;
    let line = Line {
        id: listed.id,
        at: moment(event.at),
        kind: &event.kind,
        user_id: event.user_id,
        email: listed.email.as_deref(),
        actor_id: event.actor_id,
        actor_email: listed.actor_email.as_deref(),
        sid: listed.sid.as_deref(),
        jti: event.jti.as_deref(),
        ip: event.ip.as_deref(),
        user_agent: event.user_agent.as_deref(),
        reason: event.reason.as_deref(),
        // What is no JSON, though it ought to be, stays a text.
        detail: serde_json::from_str(&event.detail)
            .unwrap_or_else(|_| Value::String(event.detail.clone())),
    };
    serde_json::to_string(&line).map(|line| visible::json(&line) + "\n")
}

fn csv(listed: &ListedEvent) -> String {
    let event = &listed.event;
    let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    let text = |text: &Option<String>| cell(text.as_deref().unwrap_or_default());
    let cells = [
        listed.id.to_string(),
        moment(event.at),
        cell(&event.kind),
        number(event.user_id),
        text(&listed.email),
        number(event.actor_id),
        text(&listed.actor_email),
        text(&listed.sid),
        text(&event.jti),
        text(&event.ip),
        text(&event.user_agent),
        text(&event.reason),
        cell(&visible::json(&event.detail)),
    ];
    format!("{}\r\n", cells.join(","))
}

/// A cell in quotes, in which nothing is hidden or a formula: what a spreadsheet would take for one gets
/// an apostrophe in front, as the OWASP page on CSV injection says. So does what only looks
/// like the beginning of a cell: a spreadsheet of a country with decimal commas splits at
/// semicolons, where quotes in the middle of a cell hold nothing together.
fn cell(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let text = &*visible::in_lines(text);
    let mut defused = String::new();
    if text.starts_with(BREAKS) {
        defused.push('\'');
    }
    for part in text.split_inclusive(BREAKS) {
        if part.trim_start_matches(passed_over).starts_with(FORMULA) {
            defused.push('\'');
        }
        defused.push_str(part);
    }
    format!("\"{}\"", defused.replace('"', "\"\""))
}

/// What a formula begins with.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
/// Behind these a cell begins.
const BREAKS: [char; 4] = [';', '\t', '\r', '\n'];

/// Whether some spreadsheet takes this away from the beginning of a cell.
fn passed_over(letter: char) -> bool {
    letter.is_whitespace() || letter.is_control() || ['"', '\u{feff}'].contains(&letter)
}

/// As RFC 3339 writes it, in UTC, to the microsecond.
fn moment(at: NaiveDateTime) -> String {
    at.and_utc().to_rfc3339_opts(SecondsFormat::Micros, true)
}
