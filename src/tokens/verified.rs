//! What a verified token says.

use serde_json::{Map, Value};
use uuid::Uuid;

/// Longer tokens are refused unread. Browsers keep at most 4096 bytes of a cookie.
pub(super) const LONGEST: usize = 8192;
/// A verified access token. Whether its session was ended is not known here.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessToken {
    /// When it expires.
    pub exp: i64,
    /// Its own identity.
    pub jti: String,
    /// The user's primary key.
    pub user_id: i64,
    /// Its session.
    pub sid: Uuid,
    /// The user's generation when it was made.
    pub generation: i64,
    /// The user's address.
    pub email: String,
    /// Those of its own claims that the setting `user_fields` names.
    pub claims: Map<String, Value>,
}

/// A verified refresh token. Whether it still refreshes is not known here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    /// When it expires.
    pub exp: i64,
    /// Its own identity.
    pub jti: String,
    /// The user's primary key.
    pub user_id: i64,
    /// Its session; absent in tokens that simplejwt issued.
    pub sid: Option<Uuid>,
    /// The user's generation when it was made.
    pub generation: i64,
}
