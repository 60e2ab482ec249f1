//! E-mail addresses: which are valid, how they are stored, and which are the same.
//!
//! The source of the first is `EmailValidator` of Django 5.2 (`django/core/validators.py`), of
//! the second `BaseUserManager.normalize_email` (`django/contrib/auth/base_user.py`). Django's
//! patterns are Python's, matched without regard to case; what that means is written out
//! here, so that no Unicode tables are needed: İ, ı, ſ and the Kelvin sign pass wherever
//! the letters I, S and K do, and lookarounds became what they stand for.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use regex::Regex;

/// The longest address that is looked at, in characters (RFC 3696, section 3).
const MAXIMUM_LENGTH: usize = 320;

/// The one domain without a dot that is allowed. It is not: `LOCALHOST`.
const ALLOWED_DOMAIN: &str = "localhost";

/// The longest literal IPv6 address, in characters: eight groups of four digits. The mixed
/// notation with an IPv4 tail may be longer, and then Django refuses it.
const MAXIMUM_IPV6_LENGTH: usize = 39;

/// What stands before the last `@`: words joined by dots, or a quoted string.
static LOCAL_PART: LazyLock<Regex> = LazyLock::new(|| {
    let word = r"[-!#$%&'*+/=?^_`{}|~0-9A-Za-z\u{130}\u{131}\u{17f}\u{212a}]+";
    let plain = r"[\x01-\x08\x0b\x0c\x0e-\x1f!#-\[\]-\x7f\u{130}\u{131}\u{17f}\u{212a}]";
    let escaped = r"\\[\x01-\x09\x0b\x0c\x0e-\x7f\u{130}\u{131}\u{17f}\u{212a}]";
    pattern(&format!(
        r#"\A(?:{word}(?:\.{word})*|"(?:{plain}|{escaped})*")\z"#
    ))
});

/// What stands behind it: labels of 1 to 63 characters, the last of them without digits or in
/// Punycode, none with a dash at either end. Letters of the Basic Multilingual Plane pass as
/// they are, so that an internationalized domain needs no encoding.
static DOMAIN: LazyLock<Regex> = LazyLock::new(|| {
    let letter = r"a-zA-Z\u{a1}-\u{ffff}";
    let label = format!("[{letter}0-9](?:[{letter}0-9-]{{0,61}}[{letter}0-9])?");
    let top = format!("[{letter}][{letter}-]{{0,61}}[{letter}]");
    let punycode = r"[xX][nN]--[0-9A-Za-z\u{130}\u{131}\u{17f}\u{212a}]{1,59}";
    pattern(&format!(r"\A(?:{label}\.)+(?:{top}|{punycode})\z"))
});

#[expect(
    clippy::expect_used,
    reason = "the patterns are constants, and every test compiles them"
)]
fn pattern(source: &str) -> Regex {
    Regex::new(source).expect("a constant pattern compiles")
}

/// Whether Django takes this for an e-mail address.
///
/// It is not trimmed first, and a column may allow less than the 320 characters that pass
/// here. A bare domain passes only if it is `localhost`; a literal is an IP address in
/// brackets, without the `IPv6:` that SMTP puts before one.
#[must_use]
pub fn validate(address: &str) -> bool {
    if address.chars().nth(MAXIMUM_LENGTH).is_some() {
        return false;
    }
    let Some((local_part, domain)) = address.rsplit_once('@') else {
        return false;
    };
    LOCAL_PART.is_match(local_part)
        && (domain == ALLOWED_DOMAIN || DOMAIN.is_match(domain) || is_address_literal(domain))
}

/// Whether the domain is an IP address in brackets (RFC 5321, section 4.1.3).
fn is_address_literal(domain: &str) -> bool {
    let Some(literal) = domain
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    else {
        return false;
    };
    literal.parse::<Ipv4Addr>().is_ok()
        || (literal.len() <= MAXIMUM_IPV6_LENGTH && literal.parse::<Ipv6Addr>().is_ok())
}

/// The address as it is stored: without the space around it, its domain in lower case, its
/// local part as it was written. What holds no `@` comes back unchanged.
#[must_use]
pub fn normalize(address: &str) -> String {
    match address.trim_matches(is_space).rsplit_once('@') {
        Some((local_part, domain)) => format!("{local_part}@{}", domain.to_lowercase()),
        None => address.to_owned(),
    }
}

/// The key by which addresses are unique: two that differ only in case have the same one.
///
/// Lower, upper and lower case again is Unicode's full case folding, so that every spelling of
/// a letter meets in one, such as ſ, S and s, or ẞ, ß and ss; only that ı, whose capital is I,
/// meets i as well. Nothing is trimmed.
#[must_use]
pub fn fold(address: &str) -> String {
    address.to_lowercase().to_uppercase().to_lowercase()
}

/// Whether Python's `str.strip` removes the character: white space, and the four separators
/// of ASCII that Unicode does not count.
fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}
