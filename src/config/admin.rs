//! Settings of the administrators' pages.

use std::net::SocketAddr;

use ipnet::IpNet;

use super::ServerSettings;
use super::declare::settings;
use super::values::{Lifetime, List};
use super::web_origin::WebOrigin;

settings! {
    /// Where the admin lives, who gets in, and for how long.
    #[expect(
        clippy::struct_field_names,
        reason = "settings are flat: a field's name is the setting's"
    )]
    pub struct AdminSettings {
        /// The origin under which operators reach the admin, such as
        /// `https://admin.example.com`. The admin then answers on that host alone, and the API
        /// does not. When empty, the admin is beside the API.
        admin_origin: Option<WebOrigin> = "",
        /// An address and a port of its own for the admin, such as `127.0.0.1:8001`. It then
        /// answers on that port alone, and the API does not.
        admin_bind: Option<SocketAddr> = "",
        /// Networks from which the admin can be reached; empty means from everywhere.
        admin_allowed_networks: List<IpNet> = "",
        /// How long an operator stays signed in without opening a page.
        admin_session_idle: Lifetime = "1h",
        /// How long an operator stays signed in at all.
        admin_session_lifetime: Lifetime = "12h",
    }
}

impl AdminSettings {
    /// The `admin_origin` that sets the admin apart from the API; `None` where there is none,
    /// or it is the API's own and no port sets the admin apart.
    #[must_use]
    pub fn own_host(&self, server: &ServerSettings) -> Option<&WebOrigin> {
        let shared = self.admin_bind.is_none() && self.admin_origin == server.public_origin;
        self.admin_origin.as_ref().filter(|_| !shared)
    }
}
