//! What the answers about a user tell, and the names that no claim of a user may take.

use super::tokens::UserClaim;
use super::values::Value;

/// A field of the answers about a user, which is read from the claims of an access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserField {
    /// `email`: the address. It may change, and be another user's later.
    Email,
    /// `user_id`: the primary key. It stays, and is never another user's.
    UserId,
    /// A claim of this name, from `access_token_claims` or from `users.claims`.
    Claim(String),
}

impl UserField {
    /// The field's name in an answer.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Email => "email",
            Self::UserId => "user_id",
            Self::Claim(name) => name,
        }
    }

    /// The field of the user that `access_token_claims` must name, where this is one.
    pub(super) fn needs(&self) -> Option<UserClaim> {
        UserClaim::ALL
            .into_iter()
            .find(|claim| claim.name() == self.name())
    }
}

impl Value for UserField {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "email" => Ok(Self::Email),
            "user_id" => Ok(Self::UserId),
            name if Reserved::contains(name) || name.chars().any(char::is_control) => Err(
                "write some of email, user_id, the names in access_token_claims and those of your users' own claims"
                    .to_owned(),
            ),
            name => Ok(Self::Claim(name.to_owned())),
        }
    }

    fn show(&self) -> String {
        self.name().to_owned()
    }
}

/// Names that no claim of a user may take.
#[derive(Clone, Copy, Debug)]
pub struct Reserved;

impl Reserved {
    const NAMES: [&'static str; 12] = [
        "token_type",
        "exp",
        "iat",
        "nbf",
        "jti",
        "user_id",
        "sid",
        "gen",
        "email",
        "iss",
        "aud",
        "sub",
    ];

    /// Whether `name` is one of ours or of RFC 7519.
    #[must_use]
    pub fn contains(name: &str) -> bool {
        Self::NAMES.contains(&name)
    }
}
