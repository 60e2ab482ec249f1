//! Who asks: the client's address through trusted proxies only, and its user agent.

use std::net::IpAddr;

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

/// The address of the client: the peer's, or, where the peer is a trusted proxy, the
/// right-most of `X-Forwarded-For` that is none. A client can write anything to the left
/// of what our proxies append.
#[must_use]
pub fn address(request: &HttpRequest, trusted: &[IpNet]) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    Some(behind_proxies(peer, request.headers(), trusted))
}

fn behind_proxies(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_proxy = |ip: IpAddr| trusted.iter().any(|network| network.contains(&ip));
    let mut nearest = peer;
    let forwarded: Vec<_> = headers.get_all("x-forwarded-for").collect();
    let hops = forwarded
        .iter()
        .rev()
        .flat_map(|header| header.to_str().unwrap_or("").rsplit(','));
    for hop in hops {
        if !is_proxy(nearest) {
            break;
        }
        match hop_address(hop.trim()) {
            Some(ip) => nearest = ip,
            None => break,
        }
    }
    nearest
}

/// An address, with a port behind it or without, in brackets or not.
fn hop_address(hop: &str) -> Option<IpAddr> {
    let bare = hop
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    bare.unwrap_or(hop)
        .parse()
        .ok()
        .or_else(|| {
            hop.parse()
                .ok()
                .map(|address: std::net::SocketAddr| address.ip())
        })
        .map(|ip: IpAddr| ip.to_canonical())
}

/// Whether the browser reached us over https, as far as a trusted proxy says so.
#[must_use]
pub fn is_https(request: &HttpRequest, trusted: &[IpNet]) -> bool {
    let peer = request.peer_addr().map(|peer| peer.ip().to_canonical());
    let through_proxy =
        peer.is_some_and(|peer| trusted.iter().any(|network| network.contains(&peer)));
    let proto = request.headers().get("x-forwarded-proto");
    through_proxy && proto.is_some_and(|proto| proto.as_bytes().eq_ignore_ascii_case(b"https"))
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
