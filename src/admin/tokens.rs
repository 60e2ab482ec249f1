//! `/admin/tokens/`: refresh tokens, outstanding and blacklisted, as Django's admin has them
//! with simplejwt: they are looked at, and blacklisted. The tokens themselves are nowhere.

pub mod blacklist;
pub mod blacklisted;
pub mod detail;
pub mod outstanding;

use super::in_words;
use super::parts::Badge;
use super::search::Search;
use crate::clock::Moment;
use crate::models::blacklisted_token::ROTATED;
use crate::rotation::EndReason;

/// Every reason for which a token is blacklisted, each with how it is shown.
fn reasons() -> impl Iterator<Item = (&'static str, String)> {
    let ends = EndReason::ALL.iter().map(|reason| reason.as_str());
    std::iter::once(ROTATED)
        .chain(ends)
        .map(|reason| (reason, in_words(reason)))
}

/// The reason that a list looks for.
fn reason(search: &mut Search) -> Option<String> {
    let words = reasons().map(|(word, _)| (word, word.to_owned()));
    search.choice("reason", words)
}

/// What became of a token.
pub(super) fn state(reason: Option<&str>, expires_at: chrono::NaiveDateTime, now: Moment) -> Badge {
    match reason {
        Some(ROTATED) => Badge::new("plain", "Rotated"),
        Some(reason) => Badge::new("bad", &in_words(reason)),
        None if expires_at <= now.naive_utc() => Badge::new("plain", "Expired"),
        None => Badge::new("good", "Outstanding"),
    }
}

/// The path of a token's page.
pub(super) fn path(jti: &str) -> String {
    let encoded: String = url::form_urlencoded::byte_serialize(jti.as_bytes()).collect();
    format!("/admin/tokens/{}/", encoded.replace('+', "%20"))
}
