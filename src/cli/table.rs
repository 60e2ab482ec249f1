//! What commands print: tables for people, JSON for programs. Nothing that a stranger wrote,
//! a user agent above all, reaches a terminal as a control character.

use std::error::Error;
use std::fmt::Write;

use chrono::{NaiveDateTime, SecondsFormat};
use serde::Serialize;

use crate::device;
use crate::visible::{self, visible};

/// Longer texts of strangers are cut in tables, in characters.
const LONGEST: usize = 40;

/// Lines up columns under their titles, each as wide as its widest value.
pub(super) fn table<const N: usize>(titles: [&str; N], rows: &[[String; N]]) -> String {
    let mut widths = titles.map(|title| title.chars().count());
    for row in rows {
        for (width, value) in widths.iter_mut().zip(row) {
            *width = (*width).max(value.chars().count());
        }
    }
    let titles = titles.map(str::to_owned);
    let mut text = String::new();
    for row in std::iter::once(&titles).chain(rows) {
        let mut line = String::new();
        for (value, width) in row.iter().zip(widths) {
            // Writing into a string does not fail.
            let _ = write!(line, "{value:width$}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A stranger's text as a table shows it: cut, and without anything that a terminal obeys.
pub(super) fn cell(text: &str) -> String {
    let mut shown = visible(text);
    if shown.chars().count() > LONGEST {
        shown = shown.chars().take(LONGEST - 1).collect();
        shown.push('…');
    }
    if shown.is_empty() {
        "-".to_owned()
    } else {
        shown
    }
}

/// A user agent as a table shows it: in words where they are known, else as it is, cut. The
/// command line's own, `frontgate …`, are among the latter.
pub(super) fn device(user_agent: &str) -> String {
    device::recognize(user_agent).unwrap_or_else(|| cell(user_agent))
}

/// A moment for people.
pub(super) fn time(moment: NaiveDateTime) -> String {
    moment.format("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// A moment for programs (RFC 3339).
pub(super) fn rfc3339(moment: NaiveDateTime) -> String {
    moment
        .and_utc()
        .to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// JSON for programs, on several lines; also without control characters, for programs
/// show what they read.
pub(super) fn json(value: &impl Serialize) -> Result<String, Box<dyn Error>> {
    let text = serde_json::to_string_pretty(value)?;
    Ok(visible::json(&text) + "\n")
}
