//! Networks of addresses, in one spelling.

use ipnet::{IpNet, Ipv4Net};

/// Of the 128 bits of an IPv4 address as IPv6 spells it, these come first (RFC 4291,
/// section 2.5.5.2).
const MAPPED: u8 = 96;

/// The network of IPv4 addresses that this one spells as `::ffff:192.0.2.0/120`, or itself.
/// Addresses are compared and kept as `IpAddr::to_canonical` spells them, so a network must be
/// spelled that way too, or it holds nobody.
#[must_use]
pub fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(spelled) = network else {
        return network;
    };
    let length = spelled.prefix_len().checked_sub(MAPPED);
    let address = spelled.addr().to_ipv4_mapped();
    address
        .zip(length)
        .and_then(|(address, length)| Ipv4Net::new(address, length).ok())
        .map_or(network, IpNet::from)
}
