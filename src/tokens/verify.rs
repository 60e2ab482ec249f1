//! Verifying a token: its form, its signature, its claims, in this order.
//!
//! simplejwt's answers are kept, and so is their order: signature and times first, then
//! `jti`, then `token_type`. Stricter than `jsonwebtoken` and PyJWT are: the exact
//! algorithm, no `crit` or `b64`, integers for times, no leeway, no duplicate keys, one
//! byte string for each token.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::claims::TokenType;
use super::signing::TokenKeys;
use super::strict_json;
use super::verified::{AccessToken, LONGEST, RefreshToken};
use crate::clock::Moment;
use crate::config::LONGEST_ACCESS_TOKEN_LIFETIME;

/// How far the clock of another node may be ahead when it sets `iat`.
const IAT_TOLERANCE: TimeDelta = TimeDelta::seconds(5);

/// Why a token is refused; the texts are simplejwt's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Form, signature or a claim is wrong.
    #[error("Token is invalid")]
    Invalid,
    /// `exp` is now or past.
    #[error("Token is expired")]
    Expired,
    /// An access token where a refresh token belongs, or the other way round.
    #[error("Token has wrong type")]
    WrongType,
    /// No `jti`.
    #[error("Token has no id")]
    NoId,
    /// No `token_type`.
    #[error("Token has no type")]
    NoType,
    /// Its session was ended.
    #[error("Token is revoked")]
    Revoked,
}

impl TokenKeys {
    /// Verifies an access token.
    pub fn verify_access(&self, token: &str, now: Moment) -> Result<Arc<AccessToken>, TokenError> {
        if let Some(known) = self.verified.get(token) {
            return if known.exp > now.timestamp() {
                Ok(known)
            } else {
                Err(TokenError::Expired)
            };
        }
        let claims = self.verify(token, TokenType::Access, now)?;
        let access = Arc::new(AccessToken {
            exp: claims.exp,
            jti: claims.jti,
            user_id: claims.user_id,
            sid: claims.sid.ok_or(TokenError::Invalid)?,
            generation: claims.generation,
            email: claims.email.ok_or(TokenError::Invalid)?,
            claims: claims.told,
        });
        self.verified.insert(token.into(), Arc::clone(&access));
        Ok(access)
    }

    /// Verifies a refresh token.
    pub fn verify_refresh(&self, token: &str, now: Moment) -> Result<RefreshToken, TokenError> {
        let claims = self.verify(token, TokenType::Refresh, now)?;
        Ok(RefreshToken {
            exp: claims.exp,
            jti: claims.jti,
            user_id: claims.user_id,
            sid: claims.sid,
            generation: claims.generation,
        })
    }

    fn verify(&self, token: &str, wanted: TokenType, now: Moment) -> Result<Claims, TokenError> {
        let payload = self.signed_payload(token)?;
        let exp = integer(&payload, "exp")?.ok_or(TokenError::Invalid)?;
        let latest_iat = (now + IAT_TOLERANCE).timestamp();
        let iat = natural(&payload, "iat")?.ok_or(TokenError::Invalid)?;
        let nbf = natural(&payload, "nbf")?.unwrap_or(iat);
        if iat > latest_iat || nbf > latest_iat {
            return Err(TokenError::Invalid);
        }
        let latest_exp = now + IAT_TOLERANCE + self.session_max_lifetime;
        if exp > latest_exp.timestamp() {
            return Err(TokenError::Invalid);
        }
        self.check_profile(&payload)?;
        if exp <= now.timestamp() {
            return Err(TokenError::Expired);
        }
        let jti = text(&payload, "jti")?
            .filter(|jti| !jti.is_empty())
            .ok_or(TokenError::NoId)?;
        let token_type = text(&payload, "token_type")?.ok_or(TokenError::NoType)?;
        if token_type != wanted.as_str() {
            return Err(TokenError::WrongType);
        }
        let sid = text(&payload, "sid")?.map(simple_uuid).transpose()?;
        let is_ours = wanted == TokenType::Access && sid.is_some();
        if is_ours && exp.saturating_sub(iat) > longest_access_seconds() {
            return Err(TokenError::Invalid);
        }
        Ok(Claims {
            exp,
            jti: jti.to_owned(),
            user_id: user_id(&payload)?,
            sid,
            generation: natural(&payload, "gen")?.unwrap_or(0),
            email: text(&payload, "email")?.map(str::to_owned),
            told: self.told(&payload),
        })
    }

    /// The claims that answers tell, and no others: a verified token is remembered.
    fn told(&self, payload: &Map<String, Value>) -> Map<String, Value> {
        let told = self.told.iter();
        told.filter_map(|name| payload.get_key_value(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    /// The payload of a token whose form and signature are right.
    fn signed_payload(&self, token: &str) -> Result<Map<String, Value>, TokenError> {
        if token.len() > LONGEST {
            return Err(TokenError::Invalid);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(TokenError::Invalid)?;
        let (header, payload) = message.split_once('.').ok_or(TokenError::Invalid)?;
        check_header(&object(header)?)?;
        // Decoding refuses padding and stray bits, so that a signature has one spelling.
        decode(signature)?;
        let verified = jsonwebtoken::crypto::verify(
            signature,
            message.as_bytes(),
            &self.decoding,
            self.algorithm,
        );
        if !verified.unwrap_or(false) {
            return Err(TokenError::Invalid);
        }
        object(payload)
    }

    /// `iss` and `aud` are required once they are set. An `aud` that we did not set is
    /// meant for somebody else (RFC 7519, section 4.1.3).
    fn check_profile(&self, payload: &Map<String, Value>) -> Result<(), TokenError> {
        if self.profile.issuer.is_some() && text(payload, "iss")? != self.profile.issuer.as_deref()
        {
            return Err(TokenError::Invalid);
        }
        let intended = match (&self.profile.audience, payload.get("aud")) {
            (None, None) => true,
            (Some(wanted), Some(Value::String(one))) => one == wanted,
            (Some(wanted), Some(Value::Array(many))) => many.iter().any(|one| one == wanted),
            _ => false,
        };
        if intended {
            Ok(())
        } else {
            Err(TokenError::Invalid)
        }
    }
}

struct Claims {
    exp: i64,
    jti: String,
    user_id: i64,
    sid: Option<Uuid>,
    generation: i64,
    email: Option<String>,
    told: Map<String, Value>,
}

/// **The rule.** An access token that was handed out is outlived by the revocation of its session,
/// which is kept until `sessions.access_until`, the greatest `exp` of them all, and longer. One that
/// claims to live longer than any that is handed out was made by somebody else who has the key, or by
/// a build from before that bound; nobody knows when its revocation may be forgotten. Access tokens of simplejwt have no `sid`, and
/// the `iat` of their refresh token.
fn longest_access_seconds() -> i64 {
    LONGEST_ACCESS_TOKEN_LIFETIME.delta().num_seconds()
}

/// RFC 7515, section 4.1: an extension that is not understood must be refused. A
/// `kid` names a key that there is not: `SECRET_KEY` has none.
fn check_header(header: &Map<String, Value>) -> Result<(), TokenError> {
    let typ = text(header, "typ")?.unwrap_or("JWT");
    let exact = text(header, "alg")? == Some("HS256") && typ.eq_ignore_ascii_case("JWT");
    let extended = ["crit", "b64", "kid", "enc", "zip"];
    if !exact || extended.iter().any(|name| header.contains_key(*name)) {
        return Err(TokenError::Invalid);
    }
    Ok(())
}

fn decode(part: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| TokenError::Invalid)
}

fn object(part: &str) -> Result<Map<String, Value>, TokenError> {
    match strict_json::parse_exact(&decode(part)?) {
        Ok(Value::Object(map)) => Ok(map),
        _ => Err(TokenError::Invalid),
    }
}

/// An integer claim: absent is `None`, anything else but a JSON integer is refused.
fn integer(claims: &Map<String, Value>, name: &str) -> Result<Option<i64>, TokenError> {
    match claims.get(name) {
        None => Ok(None),
        Some(value) => value.as_i64().map(Some).ok_or(TokenError::Invalid),
    }
}

/// An integer claim that no token of ours has below zero.
fn natural(claims: &Map<String, Value>, name: &str) -> Result<Option<i64>, TokenError> {
    match integer(claims, name)? {
        Some(number) if number < 0 => Err(TokenError::Invalid),
        number => Ok(number),
    }
}

fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, TokenError> {
    match claims.get(name) {
        None => Ok(None),
        Some(value) => value.as_str().map(Some).ok_or(TokenError::Invalid),
    }
}

/// An integer, or the string form that simplejwt 5.5 writes: no sign, no leading zero.
fn user_id(claims: &Map<String, Value>) -> Result<i64, TokenError> {
    let id = match claims.get("user_id") {
        Some(Value::String(text)) => text.parse().ok().filter(|id: &i64| id.to_string() == *text),
        Some(value) => value.as_i64(),
        None => None,
    };
    id.filter(|id| *id > 0).ok_or(TokenError::Invalid)
}

/// 32 lower-case hexadecimal digits and nothing else.
fn simple_uuid(text: &str) -> Result<Uuid, TokenError> {
    Uuid::try_parse(text)
        .ok()
        .filter(|uuid| uuid.simple().to_string() == text)
        .ok_or(TokenError::Invalid)
}
