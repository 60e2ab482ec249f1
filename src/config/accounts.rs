//! Settings of people's accounts.

use super::declare::settings;
use super::values::Lifetime;

settings! {
    /// For how long an address that somebody has given up is kept from others.
    pub struct AccountSettings {
        /// For how long nobody else gets an address after its user has changed it; they may
        /// take it back themselves. 0s frees it at once.
        address_hold: Lifetime = "30d",
        /// The same after a user was deleted, whom nobody can be recognized as then: not even
        /// they themselves can sign up with it again.
        deleted_address_hold: Lifetime = "0s",
    }
}
