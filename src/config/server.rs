//! Settings of the HTTP side.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;

use super::declare::settings;
use super::values::{Lifetime, List, UrlPrefix, WebOrigin};

settings! {
    /// Where the server listens, whom it trusts and how long it waits.
    pub struct ServerSettings {
        /// The address and port to listen on. Behind a proxy in another container
        /// this is 0.0.0.0:8000, with `trusted_proxies` set.
        bind: SocketAddr = "127.0.0.1:8000",
        /// The name of this server among those of its database, for operators. When empty, it
        /// is the name of the machine and the port.
        node_name: Option<String> = "",
        /// Threads that serve requests; 0 means one for each core.
        workers: u16 = "0",
        /// Where the user endpoints live.
        users_prefix: UrlPrefix = "/api/v1/users",
        /// The origin under which browsers reach this server, such as
        /// `https://app.example.com`. When empty, the Host header stands in for it.
        public_origin: Option<WebOrigin> = "",
        /// Origins of single-page apps on other hosts. They may send cookies (CORS with
        /// credentials) and pass the cross-site check.
        cors_allowed_origins: List<WebOrigin> = "",
        /// Networks of the reverse proxies whose X-Forwarded-For and
        /// X-Forwarded-Proto are believed.
        trusted_proxies: List<IpNet> = "",
        /// How long a request's body may take to arrive.
        body_timeout: Lifetime = "10s",
        /// How long a shutdown waits for requests that are under way.
        shutdown_timeout: Lifetime = "30s",
        /// Rate limits; false switches every one of them off. This version has none yet.
        throttle: bool = "true",
        /// The demo at /demo/, where anybody may sign up as in your app. For an app's own server
        /// on the internet, switch it off.
        demo: bool = "true",
    }
}

impl ServerSettings {
    /// Where a server that is bound to every address is reached from its own machine.
    #[must_use]
    pub fn reachable(&self) -> SocketAddr {
        let ip = match self.bind.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        SocketAddr::new(ip, self.bind.port())
    }
}
