//! Who asks: the client's address through trusted proxies only, and its user agent. Every
//! address of a client in this program was read here.

use std::net::{IpAddr, Ipv6Addr};

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap};
use ipnet::IpNet;

use crate::sessions::Client;

/// Longer user agents are cut, in characters.
const LONGEST_USER_AGENT: usize = 400;

/// The client of a request, for the operator's eyes.
#[must_use]
pub fn client(request: &HttpRequest, trusted: &[IpNet]) -> Client {
    Client {
        ip: address(request, trusted).map(|ip| ip.to_string()),
        user_agent: user_agent(request.headers()),
    }
}

/// What is known of the address of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAddress {
    /// This is its address.
    Known(IpAddr),
    /// A trusted proxy named this address of `trusted_proxies`: that of a client on a proxy's
    /// machine, or of a proxy that left out whom it serves.
    OfProxy(IpAddr),
    /// The trusted proxy at this address named nobody.
    NotNamed {
        /// The proxy.
        by: IpAddr,
    },
    /// The connection has no peer: it is gone already.
    Gone,
}

/// The address of the client, for logs, lists and counts; `None` where it is not known.
#[must_use]
pub fn address(request: &HttpRequest, trusted: &[IpNet]) -> Option<IpAddr> {
    match find(request, trusted) {
        ClientAddress::Known(ip) | ClientAddress::OfProxy(ip) => Some(ip),
        ClientAddress::NotNamed { .. } | ClientAddress::Gone => None,
    }
}

/// Finds the address of the client.
///
/// It is the peer's, or, where the peer is a trusted proxy, the right-most of
/// `X-Forwarded-For` that is none. A client can write anything to the left of what our proxies
/// append. A proxy whose element cannot be read (`unknown`, `_hidden`, `unix:`: RFC 7239,
/// section 6, has such names) does not know who asks, or hides it, and one that sends no such
/// header may have been made to drop it (RFC 9110, section 7.6.1, lets a client name headers in
/// `Connection`): its own address is not the client's. IPv4 addresses in IPv6's spelling are
/// IPv4 addresses everywhere.
#[must_use]
pub fn find(request: &HttpRequest, trusted: &[IpNet]) -> ClientAddress {
    let is_proxy = |ip: IpAddr| trusted.iter().any(|network| network.contains(&ip));
    let Some(peer) = request.peer_addr() else {
        return ClientAddress::Gone;
    };
    let peer = peer.ip().to_canonical();
    let forwarded: Vec<_> = request.headers().get_all("x-forwarded-for").collect();
    let mut hops = forwarded
        .iter()
        .rev()
        .flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    let (mut nearest, mut is_named) = (peer, false);
    while is_proxy(nearest) {
        let Some(hop) = hops.next() else {
            return if is_named {
                ClientAddress::OfProxy(nearest)
            } else {
                ClientAddress::NotNamed { by: nearest }
            };
        };
        let hop = std::str::from_utf8(hop.trim_ascii()).ok();
        let Some(address) = hop.and_then(hop_address) else {
            return ClientAddress::NotNamed { by: nearest };
        };
        (nearest, is_named) = (address, true);
    }
    ClientAddress::Known(nearest)
}

/// An element of `X-Forwarded-For`: an address, or one with a port; those of IPv6 in brackets
/// or not, and with a zone or not, which means something to the proxy alone.
fn hop_address(hop: &str) -> Option<IpAddr> {
    let host = match hop.strip_prefix('[') {
        Some(rest) => {
            let (inside, port) = rest.split_once(']')?;
            let address: Ipv6Addr = without_zone(inside)?.parse().ok()?;
            let port = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
            return port.then(|| IpAddr::from(address).to_canonical());
        }
        None => hop,
    };
    let address = match host.split_once(':') {
        Some((host, port)) if !port.contains(':') => {
            let address = host.parse().ok().filter(|_| is_port(port))?;
            IpAddr::V4(address)
        }
        Some(_) => IpAddr::V6(without_zone(host)?.parse().ok()?),
        None => IpAddr::V4(host.parse().ok()?),
    };
    Some(address.to_canonical())
}

/// An IPv6 address without the zone behind it (RFC 4007, section 11).
fn without_zone(address: &str) -> Option<&str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    match address.split_once('%') {
        Some((address, zone)) => (!zone.is_empty() && zone.chars().all(plain)).then_some(address),
        None => Some(address),
    }
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

/// Whether the browser reached us over https, as far as a trusted proxy says so. Of several
/// elements of `X-Forwarded-Proto` the first counts, which is the browser's way to the first
/// proxy, as Django has it (`HttpRequest.scheme`). A client may have written it: nothing is
/// allowed by it, it decides what is advised.
#[must_use]
pub fn is_https(request: &HttpRequest, trusted: &[IpNet]) -> bool {
    let peer = request.peer_addr().map(|peer| peer.ip().to_canonical());
    let through_proxy =
        peer.is_some_and(|peer| trusted.iter().any(|network| network.contains(&peer)));
    let proto = request.headers().get("x-forwarded-proto");
    let first = proto.and_then(|proto| proto.as_bytes().split(|byte| *byte == b',').next());
    through_proxy && first.is_some_and(|first| first.trim_ascii().eq_ignore_ascii_case(b"https"))
}

/// The `User-Agent` header without control characters, cut to a length that a page can show.
fn user_agent(headers: &HeaderMap) -> String {
    let raw = headers
        .get(header::USER_AGENT)
        .map_or(&b""[..], |value| value.as_bytes());
    String::from_utf8_lossy(raw)
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_USER_AGENT)
        .collect()
}
