//! Passwords that nobody has thought of.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A password of 24 characters that carries 144 random bits.
#[must_use]
pub fn random() -> String {
    #[expect(clippy::disallowed_methods, reason = "random passwords are made here")]
    let bytes: [u8; 18] = rand::random();
    URL_SAFE_NO_PAD.encode(bytes)
}
