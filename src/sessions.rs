//! Opening, refreshing and ending sessions: the transactions around `rotation`.
//!
//! Each function that changes something takes a [`Change`], inside one write transaction of
//! its caller, and returns what must be signed or shown once that has committed.

mod address;
mod blacklist;
mod change;
mod claims;
mod consequences;
mod everything;
mod follower;
mod log_out;
mod mint;
mod open;
mod operators;
mod own;
mod present;
mod profile;
mod refresh;
mod rename;
mod restored;
mod role;
mod system_user;
mod users;

use crate::config::TokenSettings;
use crate::models::event::{EventKind, NewEvent};
use crate::tokens::{AccessClaims, Profile, RefreshClaims};

pub use address::{AddressError, AddressHolds, change_address};
pub use blacklist::{BlacklistedToken, blacklist_token};
pub use change::{Change, EndedBatch};
pub use claims::{ClaimsChange, sample_access};
pub use consequences::{Consequences, Repeat, RepeatedToken};
pub use everything::{revoke_everything, revoke_key};
pub use follower::{
    FollowedSession, IN_A_ROW, MOST_ALARMS, are_rotations_followed, note_rotations_followed,
};
pub use log_out::log_out;
pub use mint::{custom_claims, new_identity};
pub use open::{OpenError, open_anew, open_for_log_in, open_for_sign_up};
pub use operators::{create_superuser, note_sign_in, sign_in_operator};
pub use own::{find_own, lock_own, lock_own_with_superusers};
pub use present::{end_by_refresh_token, end_if_reused};
pub use profile::{Changer, ProfileChange, ProfileChanged, ProfileError, change_profile};
pub use refresh::{RefreshError, Refreshed, refresh};
pub use rename::rename;
pub use restored::{Restored, revoke_after_restore};
pub use role::{Role, set_role};
pub use users::{PasswordChange, activate, change_password, deactivate, delete_user};

/// The claims of an access token and of the refresh token beside it.
#[must_use = "the session lives, and nobody has its tokens"]
#[derive(Clone, Debug, PartialEq)]
pub struct TokenPair {
    /// For requests.
    pub access: AccessClaims,
    /// For the next refresh.
    pub refresh: RefreshClaims,
}

/// Where a request came from, as far as it is known: for the operator's eyes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Client {
    /// The client's address.
    pub ip: Option<String>,
    /// The `User-Agent` header, cut and clean.
    pub user_agent: String,
}

impl Client {
    /// An operator at the command line, by the command and the system user, such as
    /// `frontgate sessions revoke (cli:root)`. It has no address, as each request has.
    #[must_use]
    pub fn command_line(command: &str) -> Self {
        Self {
            ip: None,
            user_agent: format!("frontgate {command} (cli:{})", system_user::name()),
        }
    }

    /// An event that comes from here; whom it happened to is left to say.
    #[must_use]
    pub fn event(&self, kind: EventKind) -> NewEvent<'_> {
        NewEvent {
            kind,
            ip: self.ip.as_deref(),
            user_agent: Some(&self.user_agent),
            ..NewEvent::default()
        }
    }
}

/// On whose behalf something is done.
#[derive(Clone, Debug, Default)]
pub struct By {
    /// From where.
    pub client: Client,
    /// The operator, where it is not the person whom it happens to.
    pub actor_id: Option<i64>,
}

/// On behalf of the person whom it happens to, or of a command, which has no operator with a
/// number.
impl From<Client> for By {
    fn from(client: Client) -> Self {
        Self {
            client,
            actor_id: None,
        }
    }
}

impl By {
    /// An event that comes from here; whom it happened to is left to say.
    #[must_use]
    pub fn event(&self, kind: EventKind) -> NewEvent<'_> {
        NewEvent {
            actor_id: self.actor_id,
            ..self.client.event(kind)
        }
    }
}

/// What minting needs of the settings.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Lifetimes, the grace and the custom claims.
    pub tokens: TokenSettings,
    /// `iss` and `aud` of new tokens.
    pub profile: Profile,
    /// The id of the key that signs them.
    pub key_id: String,
    /// For how long freed addresses are kept.
    pub holds: AddressHolds,
}
