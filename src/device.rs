//! What a user agent says of itself, in words that a person knows their devices by.

use woothee::parser::{Parser, WootheeResult};

/// What the parser says of what it does not know.
const UNKNOWN: &str = "UNKNOWN";

/// A device and its browser in a few plain words, such as `Firefox on Windows`. The words
/// are all from a list: nothing of the user agent itself gets through, whatever it holds.
#[must_use]
pub fn describe(user_agent: &str) -> String {
    recognize(user_agent).unwrap_or_else(|| "Unknown browser".to_owned())
}

/// Likewise; `None` when the user agent names neither a browser nor a system that is known.
#[must_use]
pub fn recognize(user_agent: &str) -> Option<String> {
    let parsed = Parser::new().parse(user_agent).unwrap_or_default();
    match (browser(&parsed), system(&parsed)) {
        // The browser of a console goes by the name of the console.
        (Some(browser), Some(system)) if browser != system => {
            Some(format!("{browser} on {system}"))
        }
        (Some(browser), _) => Some(browser.to_owned()),
        (None, Some(system)) => Some(format!("Unknown browser on {system}")),
        (None, None) => None,
    }
}

fn browser<'a>(parsed: &WootheeResult<'a>) -> Option<&'a str> {
    match parsed.name {
        "" | UNKNOWN => None,
        // Its version is the library's name: `curl`, `python`, `Java`.
        "HTTP Library" => known(parsed.version),
        "SamsungBrowser" => Some("Samsung Internet"),
        "Webview" => Some("An app"),
        name => Some(name),
    }
}

/// Without versions: browsers no longer tell the true one.
fn system<'a>(parsed: &WootheeResult<'a>) -> Option<&'a str> {
    match parsed.os {
        name if name.starts_with("Windows Phone") => Some("Windows Phone"),
        name if name.starts_with("Windows") => Some("Windows"),
        name if name.starts_with("Mac OS") => Some("macOS"),
        name => known(name),
    }
}

fn known(word: &str) -> Option<&str> {
    (!word.is_empty() && word != UNKNOWN).then_some(word)
}
