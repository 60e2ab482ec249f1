//! Django's `bcrypt_sha256`: bcrypt over the hexadecimal SHA-256 of the password
//! (`django/contrib/auth/hashers.py`, `BCryptSHA256PasswordHasher`). Hashing first avoids
//! that bcrypt cuts at 72 bytes and stops at a NUL.

use bcrypt::{BcryptError, HashParts, Version};
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
    /// It is the password, and its hash costs something else than it should now: store a
    /// new one.
    RightButStale,
}

/// Hashes a password with a random salt: 2 to the `cost` rounds.
pub fn encode(password: &str, cost: u32) -> Result<String, BcryptError> {
    #[expect(clippy::disallowed_methods, reason = "salts are made here")]
    let salt = rand::random();
    let parts = hash(password, cost, salt)?;
    Ok(format!(
        "{PREFIX}{}",
        parts.format_for_version(Version::TwoB)
    ))
}

/// Compares a password with a stored hash. `None`, for an address that is unknown, takes a
/// full hash of `cost` as well, and is wrong.
pub fn verify(password: &str, stored: Option<&str>, cost: u32) -> Result<Verdict, BcryptError> {
    let known = stored
        .and_then(|stored| stored.strip_prefix(PREFIX))
        .and_then(|bcrypt| bcrypt.parse::<HashParts>().ok());
    let Some(known) = known else {
        hash(password, cost, NOBODY)?;
        return Ok(Verdict::Wrong);
    };
    let right = bcrypt::verify(digest(password), &known.to_string())?;
    if !right {
        // A cheaper hash must not tell that the address is known: one more at each cost from
        // the stored one up adds up to exactly the price of an unknown address.
        for step in known.get_cost()..cost {
            hash(password, step, NOBODY)?;
        }
    }
    Ok(match right {
        false => Verdict::Wrong,
        true if known.get_cost() == cost => Verdict::Right,
        true => Verdict::RightButStale,
    })
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
