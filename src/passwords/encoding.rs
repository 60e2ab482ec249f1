//! Django's `bcrypt_sha256`: bcrypt over the hexadecimal SHA-256 of the password
//! (`django/contrib/auth/hashers.py`, `BCryptSHA256PasswordHasher`). Hashing first avoids
//! that bcrypt cuts at 72 bytes and stops at a NUL.
//!
//! A password is hashed in NFC, for one machine types é as a letter and another one as a letter
//! and an accent (RFC 8265, section 4.2, and NIST SP 800-63B ask for a normalization; NFC of
//! them keeps apart what people see as different). Hashes from before, and those that Django
//! made, are of the bytes that were typed: what is typed now is compared in NFC, as it was
//! typed and in NFD, which are one text where it is ASCII.

use std::borrow::Cow;

use bcrypt::{BcryptError, HashParts, Version};
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use sha2::{Digest, Sha256};

const PREFIX: &str = "bcrypt_sha256$";
/// The salt of the hash that unknown addresses are compared with. Nothing is behind it.
const NOBODY: [u8; 16] = *b"nobody has this!";

/// What comparing a password with a stored hash showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is another password, or the hash is none that we know.
    Wrong,
    /// It is the password.
    Right,
    /// It is the password, and its hash costs something else than it should now, or is of
    /// another form of it than NFC: store a new one.
    RightButStale,
}

/// Hashes a password, in NFC, with a random salt: 2 to the `cost` rounds.
pub fn encode(password: &str, cost: u32) -> Result<String, BcryptError> {
    #[expect(clippy::disallowed_methods, reason = "salts are made here")]
    let salt = rand::random();
    let parts = hash(&composed(password), cost, salt)?;
    Ok(format!(
        "{PREFIX}{}",
        parts.format_for_version(Version::TwoB)
    ))
}

/// Compares a password with a stored hash. `None`, for an address that is unknown, takes full
/// hashes of `cost` as well, and is wrong.
///
/// How many hashes a wrong password costs depends on nothing but the password: one for each
/// form of it, whether the address is known or not.
pub fn verify(password: &str, stored: Option<&str>, cost: u32) -> Result<Verdict, BcryptError> {
    let known = stored
        .and_then(|stored| stored.strip_prefix(PREFIX))
        .and_then(|bcrypt| bcrypt.parse::<HashParts>().ok());
    let forms = forms(password);
    let Some(known) = known else {
        for form in &forms {
            hash(form, cost, NOBODY)?;
        }
        return Ok(Verdict::Wrong);
    };
    for (index, form) in forms.iter().enumerate() {
        if bcrypt::verify(digest(form), &known.to_string())? {
            let is_current = index == 0 && known.get_cost() == cost;
            return Ok(if is_current {
                Verdict::Right
            } else {
                Verdict::RightButStale
            });
        }
        // A cheaper hash must not tell that the address is known: one more at each cost from
        // the stored one up adds up to exactly the price of an unknown address.
        for step in known.get_cost()..cost {
            hash(form, step, NOBODY)?;
        }
    }
    Ok(Verdict::Wrong)
}

/// The password in NFC, as it was typed, and in NFD; each once.
fn forms(password: &str) -> Vec<Cow<'_, str>> {
    let decomposed = DecomposingNormalizerBorrowed::new_nfd().normalize(password);
    let mut forms = vec![composed(password)];
    for form in [Cow::Borrowed(password), decomposed] {
        if !forms.contains(&form) {
            forms.push(form);
        }
    }
    forms
}

/// A text in NFC: the form of a password that is hashed, and so the one that is validated.
pub(super) fn composed(text: &str) -> Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfc().normalize(text)
}

fn hash(password: &str, cost: u32, salt: [u8; 16]) -> Result<HashParts, BcryptError> {
    bcrypt::hash_with_salt(digest(password), cost, salt)
}

/// 64 lower-case hexadecimal digits.
fn digest(password: &str) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(password) {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from(b"0123456789abcdef"[usize::from(nibble)]));
        }
    }
    text
}
