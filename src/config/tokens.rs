//! Settings of tokens and sessions. Names are simplejwt's where it has one.

use std::path::PathBuf;

use chrono::TimeDelta;
use secrecy::SecretString;

use super::declare::settings;
use super::user_fields::{UserClaim, UserField};
use super::values::{Lifetime, List};

/// The longest `access_token_lifetime`. An access token that claims to live longer is refused: it
/// was made by somebody else, or by a build from before this bound, whose browsers refresh and go
/// on.
pub const LONGEST_ACCESS_TOKEN_LIFETIME: Lifetime = Lifetime::new(TimeDelta::days(1));

settings! {
    /// How tokens are signed and how long they and their sessions live.
    pub struct TokenSettings {
        /// Signs every token; at least 32 bytes. Share it between nodes. Read from `SECRET_KEY`.
        secret_key: Option<SecretString> = "",
        /// A file that holds the secret key. When neither is set and the database is
        /// SQLite, a key is made beside it, in app.secret for app.sqlite3.
        secret_key_file: Option<PathBuf> = "",
        /// How long an access token lives; a day at most.
        access_token_lifetime: Lifetime = "15m",
        /// How long a refresh token lives, and so how long a session may be idle.
        refresh_token_lifetime: Lifetime = "7d",
        /// How long a session may live at all, however busy it is.
        session_max_lifetime: Lifetime = "90d",
        /// For how long a refresh token that was just rotated away still answers with its
        /// successor, so that a lost answer or a second tab logs nobody out.
        refresh_grace: Lifetime = "10s",
        /// The iss claim: written into every token and required of every token when set.
        issuer: Option<String> = "",
        /// The aud claim: written into every token and required of every token when set.
        audience: Option<String> = "",
        /// User fields that access tokens carry beside the email: `first_name`, `last_name`,
        /// `is_staff`, `is_superuser`, `date_joined`.
        access_token_claims: List<UserClaim> = "",
        /// What sign-up, log-in, `GET ""` and the profile tell of the user, from the access
        /// token alone: `email`, `user_id`, names in `access_token_claims`, and claims of a
        /// single user.
        user_fields: List<UserField> = "email,user_id",
        /// Always true: a refresh rotates. false is refused at start.
        rotate_refresh_tokens: bool = "true",
        /// Always true: a rotated token is blacklisted. false is refused at start.
        blacklist_after_rotation: bool = "true",
    }
}
