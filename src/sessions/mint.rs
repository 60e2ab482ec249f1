//! The claims of new tokens. Times are whole seconds: what the claim says and what the
//! database says is the same.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::Policy;
use crate::clock::{Moment, from_seconds};
use crate::config::{Reserved, UserClaim};
use crate::models::outstanding_token::OutstandingToken;
use crate::models::user::User;
use crate::tokens::{AccessClaims, RefreshClaims, TokenType, strict_json};

/// A new random identity: 32 hexadecimal digits of a version 4 UUID.
#[expect(clippy::disallowed_methods, reason = "identities are made here")]
#[must_use]
pub fn new_identity() -> String {
    Uuid::new_v4().simple().to_string()
}

/// When a refresh token made at `now` expires; never after its session.
pub(super) fn refresh_expiry(policy: &Policy, absolute: Moment, now: Moment) -> Moment {
    whole(now + policy.tokens.refresh_token_lifetime.delta()).min(absolute)
}

/// When a session opened at `now` ends at the latest.
pub(super) fn absolute_expiry(policy: &Policy, now: Moment) -> Moment {
    whole(now + policy.tokens.session_max_lifetime.delta())
}

/// When an access token made at `now` expires; never after the refresh token beside it.
pub(super) fn access_expiry(policy: &Policy, refresh_expiry: Moment, now: Moment) -> Moment {
    whole(now + policy.tokens.access_token_lifetime.delta()).min(refresh_expiry)
}

fn whole(moment: Moment) -> Moment {
    from_seconds(moment.timestamp())
}

/// The claims of a refresh token, made from its row alone.
pub(super) fn refresh_claims(
    token: &OutstandingToken,
    sid: &str,
    generation: i64,
) -> Result<RefreshClaims, serde_json::Error> {
    Ok(RefreshClaims {
        token_type: TokenType::Refresh,
        exp: token.expires_at.and_utc().timestamp(),
        iat: token.created_at.and_utc().timestamp(),
        jti: token.jti.clone(),
        user_id: token.user_id,
        sid: sid.to_owned(),
        generation,
        profile: serde_json::from_str(&token.profile)?,
    })
}

/// An access token to be handed out.
pub(super) struct NewAccess<'a> {
    /// The session.
    pub(super) sid: &'a str,
    /// The session's generation.
    pub(super) generation: i64,
    pub(super) expires_at: Moment,
    pub(super) now: Moment,
}

impl NewAccess<'_> {
    /// What it says, of this user.
    pub(super) fn claims(&self, policy: &Policy, user: &User) -> AccessClaims {
        AccessClaims {
            token_type: TokenType::Access,
            exp: self.expires_at.timestamp(),
            iat: self.now.timestamp(),
            jti: new_identity(),
            user_id: user.id,
            sid: self.sid.to_owned(),
            generation: self.generation,
            email: user.email.clone(),
            profile: policy.profile.clone(),
            custom: custom_claims(policy, user),
        }
    }
}

/// The fields that `access_token_claims` names, then the user's own claims, which win.
/// Reserved names never get in; claims that are no JSON object, or would not be kept exactly,
/// are passed over.
#[must_use]
pub fn custom_claims(policy: &Policy, user: &User) -> Map<String, Value> {
    let mut custom = Map::new();
    for claim in &policy.tokens.access_token_claims.0 {
        let value = match claim {
            UserClaim::FirstName => user.first_name.clone().into(),
            UserClaim::LastName => user.last_name.clone().into(),
            UserClaim::IsStaff => user.is_staff.into(),
            UserClaim::IsSuperuser => user.is_superuser.into(),
            UserClaim::DateJoined => user.date_joined.and_utc().timestamp().into(),
        };
        custom.insert(claim.name().to_owned(), value);
    }
    if let Ok(Value::Object(own)) = strict_json::parse_exact(user.claims.as_bytes()) {
        custom.extend(
            own.into_iter()
                .filter(|(name, _)| !Reserved::contains(name)),
        );
    } else {
        tracing::warn!(
            user_id = user.id,
            "users.claims is no JSON object, or has a number that would be rounded, and was passed over"
        );
    }
    custom
}
