//! What counts as one source of requests.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv6Net};

/// The network from which a client can choose its address at will: an IPv4 address by itself,
/// and the /64 around an IPv6 address, which is the least that a customer gets (RFC 6177). What
/// only carries an IPv4 address counts as that: mapped (RFC 4291, section 2.5.5.2), by NAT64's
/// well-known prefix (RFC 6052), by 6to4 (RFC 3056).
#[must_use]
pub fn network(ip: IpAddr) -> IpNet {
    match ip.to_canonical() {
        IpAddr::V4(ip) => IpNet::from(IpAddr::V4(ip)),
        IpAddr::V6(ip) => match carried(ip) {
            Some(ip) => IpNet::from(IpAddr::V4(ip)),
            None => Ipv6Net::new_assert(ip, 64).trunc().into(),
        },
    }
}

/// The [`network`] of an address as the database spells it: `203.0.113.7`, or
/// `2001:db8:1:2::/64`. A text that is no address is left as it is.
#[must_use]
pub fn network_text(ip: &str) -> String {
    match ip.parse().map(network) {
        Ok(IpNet::V4(network)) => network.addr().to_string(),
        Ok(IpNet::V6(network)) => network.to_string(),
        Err(_) => ip.to_owned(),
    }
}

/// The IPv4 address that an IPv6 address carries.
fn carried(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let of = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match ip.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => Some(of(high, low)),
        _ => None,
    }
}
