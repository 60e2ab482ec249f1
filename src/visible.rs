//! Texts of strangers, so that everything in them is seen: addresses, user agents, names.
//!
//! A character is hidden if it has no ink or changes how others are read: controls and formats
//! (bidirectional ones above all), default-ignorable code points of every category, separators
//! and spaces but for the two plain ones, and code points that mean nothing to anybody else.
//! Pages ([`Html`]), the command line ([`visible`]), CSV files ([`in_lines`]) and JSON ([`json`])
//! all ask [`is_hidden`].

use std::borrow::Cow;
use std::fmt::{self, Write};

use askama::filters::Escaper;
use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Whether a character is not seen, or changes how others are read.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    let hidden_category = matches!(
        CodePointMapData::<GeneralCategory>::new().get(c),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            | GeneralCategory::SpaceSeparator
            | GeneralCategory::PrivateUse
            | GeneralCategory::Unassigned
            | GeneralCategory::Surrogate
    );
    let is_blank = c == '\u{2800}';
    let is_plain_space = c == '\u{3000}';
    let is_ignorable = || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c);
    (hidden_category || is_blank || is_ignorable()) && !is_plain_space
}

/// The text with its hidden characters written out, such as `\u{200e}`.
#[must_use]
pub fn visible(text: &str) -> String {
    written_out(text, is_hidden).into_owned()
}

/// The text with its hidden characters written out, except line breaks and tabulators.
#[must_use]
pub fn in_lines(text: &str) -> Cow<'_, str> {
    written_out(text, |c| is_hidden(c) && !matches!(c, '\n' | '\r' | '\t'))
}

fn written_out(text: &str, is_hidden: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_hidden) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown.into()
}

/// JSON with the hidden characters in its strings written as JSON does, such as `\u200e`: a
/// parser reads what was there before. Line breaks between values stay.
#[must_use]
pub fn json(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\n' && is_hidden(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                // Writing into a string does not fail.
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(c);
        }
    }
    shown
}

/// How templates write a text: HTML is escaped, and hidden characters are written out. Line
/// breaks and tabulators stay. `askama.toml` names it for every page.
#[derive(Clone, Copy, Debug, Default)]
pub struct Html;

impl Escaper for Html {
    fn write_escaped_str<W: Write>(&self, dest: W, text: &str) -> fmt::Result {
        askama::filters::Html.write_escaped_str(dest, &in_lines(text))
    }
}
