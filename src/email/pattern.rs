//! Patterns of addresses.

use regex::Regex;

/// A pattern that is a constant of this crate.
#[expect(
    clippy::expect_used,
    reason = "the patterns are constants, and every test compiles them"
)]
pub(super) fn pattern(source: &str) -> Regex {
    Regex::new(source).expect("a constant pattern compiles")
}
