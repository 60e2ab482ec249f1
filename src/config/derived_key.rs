//! Keys that are made of the secret key, one for each purpose.

use aws_lc_rs::{hkdf, hmac};

use super::SecretKey;

/// A key for one purpose, which tells nothing of the secret key and of the keys for others.
#[derive(Clone, Debug)]
pub struct DerivedKey(hmac::Key);

impl SecretKey {
    /// The key for `purpose`: HKDF-SHA256 (RFC 5869) of the secret key without a salt, with
    /// the purpose as info.
    ///
    /// # Panics
    /// Never: HKDF fails only for keys of more than 255 hashes, and this is one of one.
    #[expect(
        clippy::expect_used,
        reason = "HKDF cannot fail for one hash, as the documentation says"
    )]
    #[must_use]
    pub fn derive(&self, purpose: &str) -> DerivedKey {
        let secret = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(self.expose());
        let info = [purpose.as_bytes()];
        let key = secret.expand(&info, hmac::HMAC_SHA256);
        DerivedKey(key.expect("a key of 32 bytes").into())
    }
}

impl DerivedKey {
    /// HMAC-SHA256 (RFC 2104) of a message: 32 bytes.
    #[must_use]
    pub fn mac(&self, message: &[u8]) -> Vec<u8> {
        hmac::sign(&self.0, message).as_ref().to_vec()
    }
}
