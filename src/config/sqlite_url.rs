//! The path in a `sqlite://` URL.
//!
//! What stands behind `sqlite://` is the path of a file, as the system spells it: nothing in it
//! is decoded, and nothing behind it is a parameter. What other programs would read as something
//! else than a path is refused with the right spelling. Else a misspelt URL would make a new,
//! empty database beside the one that is meant.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;

use crate::visible::is_hidden;

/// The names that SQLite, and the lock of `serve`, have for files beside a database.
const BESIDE: [&str; 4] = ["-wal", "-shm", "-journal", "-serve"];

/// Why a path is refused, and the URL that was most likely meant, where one can be told.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) why: &'static str,
    pub(super) right: Option<String>,
}

/// The path behind `sqlite://`.
pub(super) fn path(text: &str) -> Result<PathBuf, Refusal> {
    match reason(text) {
        Some(why) => Err(Refusal {
            why,
            right: url_of(&meant(text)),
        }),
        None => Ok(text.into()),
    }
}

fn reason(text: &str) -> Option<&'static str> {
    let file_name = text.rsplit('/').next().unwrap_or_default();
    let quotes = ['"', '\''];
    Some(if text.is_empty() {
        "the path is missing"
    } else if text.contains(":memory:") {
        "a database in memory loses every session"
    } else if text.contains(is_hidden) {
        "the path has a character that is not seen"
    } else if text != text.trim() || text.starts_with(quotes) || text.ends_with(quotes) {
        "the path has a space or a quote around it"
    } else if text.contains(['?', '#']) {
        "the path takes no parameters"
    } else if decoded(text) != text {
        "nothing is percent-decoded in the path"
    } else if text.starts_with("file:") {
        "the path is no URL of its own"
    } else if text.starts_with("//") {
        "an absolute path has three slashes in all"
    } else if text.contains('\\') {
        "folders are separated by /"
    } else if text.starts_with("localhost/") {
        "a file has no host"
    } else if text.starts_with('~') || text.contains('$') {
        "no variable and no ~ is looked up in the path, which must be written out"
    } else if ["", ".", ".."].contains(&file_name) {
        "the path is a folder, and the name of a file is missing"
    } else if BESIDE.iter().any(|end| file_name.ends_with(end)) {
        "this is a file that is kept beside a database"
    } else {
        return None;
    })
}

fn url_of(path: &str) -> Option<String> {
    reason(path).is_none().then(|| format!("sqlite://{path}"))
}

/// The path that was most likely meant.
fn meant(text: &str) -> String {
    let text: String = text.chars().filter(|c| !is_hidden(*c)).collect();
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\'');
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let text = decoded(text).replace('\\', "/");
    let mut text = text.as_str();
    for prefix in ["file:", "localhost"] {
        text = text.strip_prefix(prefix).unwrap_or(text);
    }
    let mut text = match text.trim_start_matches('/') {
        rest if rest.len() == text.len() => text.to_owned(),
        rest => format!("/{rest}"),
    };
    for end in BESIDE {
        text.truncate(text.strip_suffix(end).map_or(text.len(), str::len));
    }
    text
}

/// The text with its percent-encoded bytes decoded, where they are UTF-8.
fn decoded(text: &str) -> String {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map_or_else(|_| text.to_owned(), Into::into)
}
