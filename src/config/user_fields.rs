//! What access tokens and the answers about a user tell, and the names that no claim of a user may take.

use super::values::Value;

/// A field of the user that an access token can carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserClaim {
    /// `first_name`, a string.
    FirstName,
    /// `last_name`, a string.
    LastName,
    /// `is_staff`, a boolean.
    IsStaff,
    /// `is_superuser`, a boolean.
    IsSuperuser,
    /// `date_joined`, seconds since the epoch.
    DateJoined,
}

impl UserClaim {
    const ALL: [Self; 5] = [
        Self::FirstName,
        Self::LastName,
        Self::IsStaff,
        Self::IsSuperuser,
        Self::DateJoined,
    ];

    /// The claim's name, which is the user's field.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::IsStaff => "is_staff",
            Self::IsSuperuser => "is_superuser",
            Self::DateJoined => "date_joined",
        }
    }
}

impl Value for UserClaim {
    fn parse(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|claim| claim.name() == text)
            .ok_or_else(|| {
                let names: Vec<_> = Self::ALL.iter().map(|claim| claim.name()).collect();
                format!(
                    "write some of {}; claims of a single user go into users.claims",
                    names.join(", ")
                )
            })
    }

    fn show(&self) -> String {
        self.name().to_owned()
    }
}

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
