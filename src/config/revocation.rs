//! Settings of the revocations' feed.

use super::declare::settings;
use super::values::Lifetime;

settings! {
    /// How a node follows what is revoked elsewhere.
    #[expect(
        clippy::struct_field_names,
        reason = "settings are flat: a field's name is the setting's"
    )]
    pub struct RevocationSettings {
        /// How long ago the last good look at the revocations may have begun. A node that
        /// cannot look for longer answers 503 to whatever needs an access token.
        revocation_max_staleness: Lifetime = "2s",
        /// How often a node looks; at most half of `revocation_max_staleness`.
        revocation_poll_interval: Lifetime = "500ms",
        /// Whether PostgreSQL's notifications wake a node at once. Without them, for engines
        /// and poolers that have none, a revocation takes up to `revocation_poll_interval`.
        revocation_listen: bool = "true",
    }
}
