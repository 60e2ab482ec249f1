//! Settings of the administrators' pages.

use ipnet::IpNet;

use super::declare::settings;
use super::values::{Lifetime, List};

settings! {
    /// Who gets into the admin, and for how long.
    #[expect(
        clippy::struct_field_names,
        reason = "settings are flat: a field's name is the setting's"
    )]
    pub struct AdminSettings {
        /// Networks from which the admin can be reached; empty means from everywhere.
        admin_allowed_networks: List<IpNet> = "",
        /// How long an operator stays signed in without opening a page.
        admin_session_idle: Lifetime = "1h",
        /// How long an operator stays signed in at all.
        admin_session_lifetime: Lifetime = "12h",
    }
}
