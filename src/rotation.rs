//! The state machine of refresh tokens, pure: what becomes of a presented token.
//!
//! A session is the family of refresh tokens that descend from one log-in. The newest is
//! *current*, the others are *superseded*. Whatever races, retries or lost replies do, a
//! session has at most one live refresh token (RFC 9700, section 4.14.2, with a grace for
//! honest retries). `sessions` carries the decisions out, under the lock of the session's
//! row.

use chrono::TimeDelta;

use crate::clock::Moment;

/// Whether a session lives, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its current token refreshes.
    Live,
    /// It was ended.
    Ended,
    /// Its current refresh token has expired.
    Expired,
    /// It is refused although its row does not say that it ended: everything, or the key that
    /// signs its tokens, was revoked a moment ago, or its user may have no sessions.
    Refused,
}

impl State {
    /// In a word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Ended => "ended",
            Self::Expired => "expired",
            Self::Refused => "refused",
        }
    }
}

/// What decides whether a session lives: asked for in every place that needs it, so that the answer is
/// one. `models::session::lives` has the same as SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// Whether it was ended.
    pub ended: bool,
    /// When the current refresh token expires, which is never after the session's last moment.
    pub expires_at: Moment,
    /// The user's generation when it began.
    pub generation: i64,
    /// The user's generation now; `None` where the user is inactive or gone.
    pub user_generation: Option<i64>,
    /// Sessions of a lower generation are refused, whosever they are.
    pub floor: i64,
    /// Whether the key that would sign its tokens is refused; lists, which sign nothing, do not
    /// ask.
    pub key_is_refused: bool,
}

impl Life {
    /// Whether the session lives at `now`, and if not, why.
    #[must_use]
    pub fn state(&self, now: Moment) -> State {
        if self.ended {
            State::Ended
        } else if self.expires_at <= now {
            State::Expired
        } else if self.generation < self.floor
            || self.user_generation != Some(self.generation)
            || self.key_is_refused
        {
            State::Refused
        } else {
            State::Live
        }
    }
}

/// What is known of a session when one of its refresh tokens is presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionState {
    /// The `jti` of the one live refresh token.
    pub current_jti: String,
    /// What decides whether it lives.
    pub life: Life,
}

/// A refresh token whose signature and claims were verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presented<'a> {
    /// Its identity.
    pub jti: &'a str,
    /// When it was rotated away, where that is still known.
    pub superseded_at: Option<Moment>,
}

/// What a refresh does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The token is current: issue its successor and blacklist it.
    Rotate,
    /// The token was superseded within the grace: answer the current one again.
    Repeat,
    /// The token was superseded before that: somebody else has its successor, or had it.
    /// End the session.
    Reuse,
    /// The session or its user is gone.
    Refuse,
}

/// Decides about a token of this session. `grace` is the length of time for which a
/// superseded token counts as a retry.
#[must_use]
pub fn decide(
    session: &SessionState,
    token: &Presented<'_>,
    now: Moment,
    grace: TimeDelta,
) -> Decision {
    if session.life.state(now) != State::Live {
        return Decision::Refuse;
    }
    if session.current_jti == token.jti {
        return Decision::Rotate;
    }
    match token.superseded_at {
        // A clock that was set back must not stretch the grace.
        Some(superseded_at) if (now - superseded_at).abs() < grace => Decision::Repeat,
        _ => Decision::Reuse,
    }
}

/// Why a session ended, or a token was blacklisted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// Its person logged out.
    LoggedOut,
    /// The same browser logged in again.
    Replaced,
    /// A superseded refresh token was presented after the grace.
    ReuseDetected,
    /// The password was changed.
    PasswordChanged,
    /// The address was changed.
    AddressChanged,
    /// The user was deactivated.
    Deactivated,
    /// The user was deleted.
    Deleted,
    /// An operator, or the person from another device, ended it.
    Revoked,
    /// Its current refresh token was blacklisted.
    Blacklisted,
}

impl EndReason {
    /// Every reason there is.
    pub const ALL: [Self; 9] = [
        Self::LoggedOut,
        Self::Replaced,
        Self::ReuseDetected,
        Self::PasswordChanged,
        Self::AddressChanged,
        Self::Deactivated,
        Self::Deleted,
        Self::Revoked,
        Self::Blacklisted,
    ];

    /// The word that the database keeps.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LoggedOut => "logged_out",
            Self::Replaced => "replaced",
            Self::ReuseDetected => "reuse_detected",
            Self::PasswordChanged => "password_changed",
            Self::AddressChanged => "address_changed",
            Self::Deactivated => "deactivated",
            Self::Deleted => "deleted",
            Self::Revoked => "revoked",
            Self::Blacklisted => "blacklisted",
        }
    }

    /// The reason behind the word; one that a later version wrote counts as revoked.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|reason| reason.as_str() == word)
            .unwrap_or(Self::Revoked)
    }

    /// Whether this browser has newer cookies, so that a late tab's refusal must not
    /// delete them.
    #[must_use]
    pub fn browser_has_newer_cookies(self) -> bool {
        matches!(self, Self::Replaced)
    }
}
