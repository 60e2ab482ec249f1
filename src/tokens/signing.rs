//! The keys that sign and verify, and signing itself.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use quick_cache::sync::Cache;
use serde::Serialize;

use super::claims::{AccessClaims, Profile, RefreshClaims};
use super::verified::{AccessToken, LONGEST};
use crate::config::{SecretKey, TokenSettings, UserField};

/// The header of every token that `SECRET_KEY` signs, byte for byte as PyJWT writes it.
const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;
/// Verified access tokens that are remembered, whole, so that their signatures need not
/// be computed again: about 1 KiB each.
const REMEMBERED: usize = 8192;

/// Signs and verifies with HS256 and the secret key.
pub struct TokenKeys {
    pub(super) algorithm: Algorithm,
    encoding: EncodingKey,
    pub(super) decoding: DecodingKey,
    pub(super) profile: Profile,
    /// No session, and so no token of one, lives longer.
    pub(super) session_max_lifetime: TimeDelta,
    /// Names of the claims that answers tell.
    pub(super) told: Vec<String>,
    pub(super) verified: Cache<Box<str>, Arc<AccessToken>>,
}

impl fmt::Debug for TokenKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenKeys").finish_non_exhaustive()
    }
}

impl TokenKeys {
    /// Keys from the secret, and the `iss` and `aud` that every token gets and needs.
    #[must_use]
    pub fn new(secret: &SecretKey, settings: &TokenSettings) -> Self {
        Self {
            algorithm: Algorithm::HS256,
            encoding: EncodingKey::from_secret(secret.expose()),
            decoding: DecodingKey::from_secret(secret.expose()),
            profile: Profile {
                issuer: settings.issuer.clone(),
                audience: settings.audience.clone(),
            },
            session_max_lifetime: settings.session_max_lifetime.delta(),
            told: told(&settings.user_fields.0),
            verified: Cache::new(REMEMBERED),
        }
    }

    /// The `iss` and `aud` of tokens that are made now.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Signs a refresh token; the same claims give the same bytes.
    pub fn sign_refresh(&self, claims: &RefreshClaims) -> Result<String, SigningError> {
        self.sign(claims)
    }

    /// Signs an access token.
    pub fn sign_access(&self, claims: &AccessClaims) -> Result<String, SigningError> {
        self.sign(claims)
    }

    fn sign(&self, claims: &impl Serialize) -> Result<String, SigningError> {
        let payload = serde_json::to_vec(claims)?;
        let mut token = URL_SAFE_NO_PAD.encode(HEADER);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        let signature =
            jsonwebtoken::crypto::sign(token.as_bytes(), &self.encoding, self.algorithm)?;
        token.push('.');
        token.push_str(&signature);
        if token.len() > LONGEST {
            return Err(SigningError::Long(token.len()));
        }
        Ok(token)
    }
}

/// The names of the claims among the fields that answers tell.
fn told(fields: &[UserField]) -> Vec<String> {
    let names = fields.iter().filter_map(|field| match field {
        UserField::Claim(name) => Some(name.clone()),
        UserField::Email | UserField::UserId => None,
    });
    names.collect()
}

/// A token could not be signed; a bug of ours.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The claims cannot be written.
    #[error("the claims cannot be written as JSON: {0}")]
    Claims(#[from] serde_json::Error),
    /// It would be refused when it comes back.
    #[error(
        "the token would have {0} bytes, more than {LONGEST}: shorten users.claims or access_token_claims"
    )]
    Long(usize),
    /// The cryptography failed.
    #[error("the signature could not be made: {0}")]
    Signature(#[from] jsonwebtoken::errors::Error),
}
