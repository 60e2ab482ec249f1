//! The key by which addresses are unique: two spellings of one mailbox have the same one.

use super::{domain, is_space, local_part};

/// The version of [`key`]. Each row of `users` says which version made its key, so that a row
/// whose key could not be made anew is still found by the old one. A change of what `key`
/// returns, by a newer table of UTS 46 too, needs a higher number and its step in
/// `models/user/rekey.rs`.
pub const KEY_VERSION: i64 = 1;

/// The key of an address, of version [`KEY_VERSION`].
///
/// It is the local part, unquoted where quotes are not needed and folded, `@`, and the domain
/// in ASCII by UTS 46. What has no such domain is folded as a whole: nobody gets such an
/// address any more, but people had them. White space around the address is not part of it.
#[must_use]
pub fn key(address: &str) -> String {
    let address = address.trim_matches(is_space);
    let parts = address.rsplit_once('@').and_then(|(local_part, domain)| {
        let local_part = local_part::unquoted_if_possible(&fold(local_part));
        Some(format!("{local_part}@{}", domain::to_ascii(domain)?))
    });
    parts.unwrap_or_else(|| fold(address))
}

/// The key of version 0, which was all there was: the address in Unicode's full case folding.
///
/// Lower, upper and lower case again makes every spelling of a letter meet in one, such as ſ,
/// S and s, or ẞ, ß and ss; only that ı, whose capital is I, meets i as well. Nothing is
/// trimmed.
#[must_use]
pub fn fold(address: &str) -> String {
    address.to_lowercase().to_uppercase().to_lowercase()
}

/// Under which keys an address may be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// That of rows of [`KEY_VERSION`].
    pub current: String,
    /// That of rows of version 0.
    pub folded: String,
}

impl Keys {
    /// The keys of an address as it was typed.
    #[must_use]
    pub fn of(address: &str) -> Self {
        Self {
            current: key(address),
            folded: fold(address.trim_matches(is_space)),
        }
    }

    /// Whether a row with this key of this version is the address's.
    #[must_use]
    pub fn are_of(&self, key: &str, version: i64) -> bool {
        key == if version < KEY_VERSION {
            &self.folded
        } else {
            &self.current
        }
    }
}
