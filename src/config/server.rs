//! Settings of the HTTP side.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;

use super::declare::settings;
use super::values::{Lifetime, List, UrlPrefix};
use super::web_origin::WebOrigin;

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
        /// Request headers that pages of `cors_allowed_origins` may send, beside Content-Type,
        /// Authorization, Accept and those of tracing tools.
        cors_allowed_headers: List<String> = "",
        /// Networks of the reverse proxies whose X-Forwarded-For and
        /// X-Forwarded-Proto are believed.
        trusted_proxies: List<IpNet> = "",
        /// The most connections at once on each port. Where the system does not allow that many
        /// open files, it is as many as fit.
        max_connections: u32 = "4096",
        /// How long an idle connection is kept. Longer than proxies keep theirs, so that it is
        /// always they who close: a request that meets a closing connection is lost.
        keep_alive: Lifetime = "130s",
        /// How long the headers of a request may take to arrive, and the first byte of a new
        /// connection.
        head_timeout: Lifetime = "10s",
        /// How long a client may take to read each 32 KiB of an answer.
        write_timeout: Lifetime = "30s",
        /// How long a request's body may take to arrive.
        body_timeout: Lifetime = "10s",
        /// How long a server that is to stop goes on serving, so that load balancers learn of it:
        /// it is not ready, and each answer closes its connection. 0s where nothing balances.
        shutdown_delay: Lifetime = "0s",
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
        openable(self.bind)
    }

    /// Where a browser finds this server, which listens at `address`: `public_origin`, else an
    /// address of this machine.
    #[must_use]
    pub fn browser_origin(&self, address: SocketAddr) -> String {
        self.public_origin.as_ref().map_or_else(
            || format!("http://{}", openable(address)),
            ToString::to_string,
        )
    }
}

/// An address under which something is found that listens at this one: never `0.0.0.0` or
/// `[::]`, where a browser finds nothing.
#[must_use]
pub fn openable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
