//! The bodies of refusals: one set, which [`crate::error`] sends and the OpenAPI document names.

use serde::Serialize;
use utoipa::ToSchema;

use super::field_errors::FieldErrors;

/// The body of every refusal, as [`crate::error::Error`] sends it.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Refusal {
    /// A JSON string and nothing else: `login/` and `refresh/` answer so.
    Sentence(String),
    /// One sentence in an object.
    Detail(Detail),
    /// One sentence and a code.
    Coded(Coded),
    /// 400.
    BadRequest(BadRequest),
    /// 401.
    Unauthorized(Unauthorized),
}

/// One sentence.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"detail": "The service is temporarily unavailable. Try again in a moment."}))]
pub struct Detail {
    /// The sentence, for the developer.
    pub detail: String,
}

/// One sentence, and a code for programs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"detail": "This request comes from another site.", "code": "cross_site_request"}))]
pub struct Coded {
    /// The sentence, for the developer.
    pub detail: String,
    /// `cross_site_request` or `bad_authorization_header`.
    pub code: &'static str,
}

/// The body of a 400: it cannot be read as JSON, or what it says is wrong.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum BadRequest {
    /// The body is not JSON.
    Unreadable(Detail),
    /// Fields are wrong.
    Fields(FieldErrors),
}

/// The body of a 401: no token, one that does not verify, or a broken header.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(example = json!({"detail": "Authentication cookie is not present"}))]
pub enum Unauthorized {
    /// Neither a cookie nor a Bearer header.
    Missing(Detail),
    /// The access token does not verify, or its session has ended.
    Token(TokenNotValid),
    /// A Bearer header that is not of two parts.
    Header(Coded),
}

/// An access token that does not verify: simplejwt's `InvalidToken` (its `authentication.py`),
/// with the object in `messages` instead of its Python `repr`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "detail": "Given token not valid for any token type",
    "code": "token_not_valid",
    "messages": [{"token_class": "AccessToken", "token_type": "access", "message": "Token is expired"}]
}))]
pub struct TokenNotValid {
    /// A sentence for the developer.
    pub detail: &'static str,
    /// `token_not_valid`.
    pub code: &'static str,
    /// What is wrong with which token.
    pub messages: [TokenMessage; 1],
}

/// What is wrong with a token.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenMessage {
    /// Always `AccessToken`.
    pub token_class: &'static str,
    /// Always `access`.
    pub token_type: &'static str,
    /// `Token is invalid`, `Token is expired`, `Token has wrong type`, `Token has no id`,
    /// `Token has no type` or `Token is revoked`.
    pub message: String,
}
