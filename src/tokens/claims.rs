//! The claims of our two tokens, in the order in which they are written.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// simplejwt's `token_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenType {
    /// Short-lived; authenticates requests.
    Access,
    /// Long-lived; buys the next pair.
    Refresh,
}

impl TokenType {
    /// The claim's text.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
        }
    }
}

/// The claims of a refresh token. They are written from its row in the database alone,
/// so that the same bytes come out again within the grace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefreshClaims {
    /// Always [`TokenType::Refresh`].
    pub token_type: TokenType,
    /// Seconds since the epoch, as `NumericDate` in RFC 7519.
    pub exp: i64,
    /// Seconds since the epoch.
    pub iat: i64,
    /// Unique; 32 hexadecimal digits.
    pub jti: String,
    /// The user's primary key.
    pub user_id: i64,
    /// The session; 32 hexadecimal digits.
    pub sid: String,
    /// The user's generation.
    #[serde(rename = "gen")]
    pub generation: i64,
    /// `iss` and `aud`, where the settings had them when it was signed.
    #[serde(flatten)]
    pub profile: Profile,
}

/// The claims of an access token.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AccessClaims {
    /// Always [`TokenType::Access`].
    pub token_type: TokenType,
    /// Seconds since the epoch.
    pub exp: i64,
    /// Seconds since the epoch.
    pub iat: i64,
    /// Unique; 32 hexadecimal digits.
    pub jti: String,
    /// The user's primary key.
    pub user_id: i64,
    /// The session; 32 hexadecimal digits.
    pub sid: String,
    /// The user's generation.
    #[serde(rename = "gen")]
    pub generation: i64,
    /// The user's address, so that reading it needs no database.
    pub email: String,
    /// `iss` and `aud`, where the settings have them.
    #[serde(flatten)]
    pub profile: Profile,
    /// `access_token_claims` and the user's own claims; never a reserved name.
    #[serde(flatten)]
    pub custom: Map<String, Value>,
}

/// Claims that say who made a token and for whom.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Who made it.
    #[serde(rename = "iss", skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Whom it is for.
    #[serde(rename = "aud", skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
}
