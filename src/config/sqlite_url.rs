//! The path in a `sqlite://` URL.
//!
//! What stands behind `sqlite://` is the path of a file, as the system spells it: nothing in it
//! is decoded, and nothing behind it is a parameter. What other programs would read as something
//! else than a path is refused with the right spelling. Else a misspelt URL would make a new,
//! empty database beside the one that is meant.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;

use crate::visible::is_hidden;

/// The names that SQLite, the lock of `serve` and the secret key have for files beside a database.
const BESIDE: [&str; 5] = ["-wal", "-shm", "-journal", "-serve", "-secret"];
/// The name that the secret key has beside a database of the other name.
const KEY: (&str, &str) = (".secret", ".sqlite3");

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
    } else if without_parameters(text) != text {
        "the path takes no parameters"
    } else if percent_decode_str(text).ne(text.bytes()) {
        "nothing is percent-decoded in the path"
    } else if after(text, "file:").is_some() {
        "the path is no URL of its own"
    } else if text.starts_with("//") {
        "an absolute path has three slashes in all"
    } else if text.contains('\\') {
        "folders are separated by /"
    } else if after(text, "localhost/").is_some() {
        "a file has no host"
    } else if text.starts_with('~') || text.contains('$') {
        "no variable and no ~ is looked up in the path, which must be written out"
    } else if ["", ".", ".."].contains(&file_name) {
        "the path is a folder, and the name of a file is missing"
    } else if BESIDE.iter().any(|end| file_name.ends_with(end)) || file_name.ends_with(KEY.0) {
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
    let text = decoded(without_parameters(text)).replace('\\', "/");
    let of_host = ["file://localhost", "localhost"]
        .into_iter()
        .filter_map(|host| after(&text, host))
        .find(|rest| rest.starts_with('/'));
    let text = of_host.or_else(|| after(&text, "file:")).unwrap_or(&text);
    let mut text = match text.trim_start_matches('/') {
        rest if rest.len() == text.len() => text.to_owned(),
        rest => format!("/{rest}"),
    };
    for end in BESIDE {
        text.truncate(text.strip_suffix(end).map_or(text.len(), str::len));
    }
    match text.strip_suffix(KEY.0) {
        Some(stem) => format!("{stem}{}", KEY.1),
        None => text,
    }
}

/// The text before its parameters. They begin at `?` or `#`, or at the `&` or `;` that other
/// programs have between them, where `name=` follows.
fn without_parameters(text: &str) -> &str {
    let begins = |(at, c): (usize, char)| match c {
        '?' | '#' => true,
        '&' | ';' => {
            let name = text[at + 1..].split_once('=').map_or("", |(name, _)| name);
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        }
        _ => false,
    };
    let end = text.char_indices().find(|found| begins(*found));
    end.map_or(text, |(at, _)| &text[..at])
}

/// What stands after this beginning, which has no case.
fn after<'a>(text: &'a str, beginning: &str) -> Option<&'a str> {
    let (first, rest) = text.split_at_checked(beginning.len())?;
    first.eq_ignore_ascii_case(beginning).then_some(rest)
}

/// The text with its percent-encoded bytes decoded, where they are UTF-8.
fn decoded(text: &str) -> String {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map_or_else(|_| text.to_owned(), Into::into)
}
