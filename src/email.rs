//! E-mail addresses: which may be used, how they are stored, which are the same, and how they
//! are shown. Every door that takes an address asks here
//! (`docs/decisions/0022-one-form-of-an-address.md` says why each rule is as it is).
//!
//! What may stand in an address is what `EmailValidator` of Django 5.2
//! (`django/core/validators.py`) lets pass, less what UTS 46 refuses in a domain and less what
//! is not printable ASCII in a local part. Django's patterns are Python's, matched without
//! regard to case.

mod domain;
mod key;
mod local_part;
mod pattern;
mod shown;

use std::sync::LazyLock;

use regex::Regex;

pub use key::{KEY_VERSION, Keys, fold, key};
pub use shown::shown;

use pattern::pattern;

/// The longest address that is looked at, in characters (RFC 3696, section 3).
const MAX_LENGTH: usize = 320;

/// The longest address that mail can be sent to, in octets, its domain in ASCII: a path has at
/// most 256, its angle brackets included (RFC 5321, section 4.5.3.1.3). A local part may be
/// longer than the 64 octets that every server must take, as in Django.
pub const MAX_OCTETS: usize = 254;

/// The one domain without a dot that is allowed. It is not: `LOCALHOST`.
const ALLOWED_DOMAIN: &str = "localhost";

/// A domain: labels of 1 to 63 characters, the last of them without digits or in Punycode,
/// none with a dash at either end. Letters of the Basic Multilingual Plane pass as they are,
/// so that an internationalized domain needs no encoding.
static DOMAIN: LazyLock<Regex> = LazyLock::new(|| {
    let letter = r"a-zA-Z\u{a1}-\u{ffff}";
    let label = format!("[{letter}0-9](?:[{letter}0-9-]{{0,61}}[{letter}0-9])?");
    let top = format!("[{letter}][{letter}-]{{0,61}}[{letter}]");
    let punycode = r"[xX][nN]--[0-9A-Za-z\u{130}\u{131}\u{17f}\u{212a}]{1,59}";
    pattern(&format!(r"\A(?:{label}\.)+(?:{top}|{punycode})\z"))
});

/// The address that is stored for what somebody typed, or `None` where it is none that a new
/// account may have. Accounts that were made under older rules keep theirs.
#[must_use]
pub fn accept(typed: &str) -> Option<String> {
    let typed = typed.trim_matches(is_space);
    if !validate(typed) {
        return None;
    }
    let (local_part, domain) = typed.rsplit_once('@')?;
    let octets = local_part.len() + 1 + domain::to_ascii(domain)?.len();
    (octets <= MAX_OCTETS).then(|| normalize(typed))
}

/// Whether this is an e-mail address, but for how long it may be in all.
///
/// It is not trimmed first. A bare domain passes only if it is `localhost`; a literal is an IP
/// address in brackets, without the `IPv6:` that SMTP puts before one. A domain passes if
/// Django takes it both as it was typed and in the ASCII of UTS 46.
#[must_use]
pub fn validate(address: &str) -> bool {
    if address.chars().nth(MAX_LENGTH).is_some() {
        return false;
    }
    let Some((local_part, domain)) = address.rsplit_once('@') else {
        return false;
    };
    let is_domain = |domain: &str| {
        let in_ascii = || domain::to_ascii(domain);
        DOMAIN.is_match(domain) && in_ascii().is_some_and(|ascii| DOMAIN.is_match(&ascii))
    };
    local_part::is_valid(local_part)
        && (domain == ALLOWED_DOMAIN || domain::literal(domain).is_some() || is_domain(domain))
}

/// The address as it is stored: without the space around it, its local part as it was written,
/// its domain in lower case (`BaseUserManager.normalize_email` of Django,
/// `django/contrib/auth/base_user.py`); one that is not ASCII is what UTS 46 makes of it in
/// Unicode. What holds no `@` comes back unchanged.
#[must_use]
pub fn normalize(address: &str) -> String {
    match address.trim_matches(is_space).rsplit_once('@') {
        Some((local_part, domain)) => {
            let mapped = (!domain.is_ascii()).then(|| domain::to_unicode(domain));
            let domain = mapped.flatten().unwrap_or_else(|| domain.to_lowercase());
            format!("{local_part}@{domain}")
        }
        None => address.to_owned(),
    }
}

/// Whether Python's `str.strip` removes the character: white space, and the four separators
/// of ASCII that Unicode does not count.
fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}
