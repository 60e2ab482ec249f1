//! Networks that hold everybody.

use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};

/// The widest networks that are somebody's own: `10.0.0.0/8` (RFC 1918) and `fc00::/7` (RFC 4193).
const WIDEST: (u8, u8) = (8, 7);

/// Whether these networks together hold a network wider than any that is somebody's own,
/// however they are cut: `0.0.0.0/1,128.0.0.0/1` is `0.0.0.0/0`, and so is `::ffff:0:0/96`.
pub(super) fn hold_everybody(networks: &[IpNet]) -> bool {
    let networks = networks.iter().copied().map(unmapped).collect();
    IpNet::aggregate(&networks)
        .iter()
        .any(|network| match network {
            IpNet::V4(network) => network.prefix_len() < WIDEST.0,
            IpNet::V6(network) => network.prefix_len() < WIDEST.1,
        })
}

/// Whether one of these networks holds a whole one of `others`. Those that hold everybody are
/// another fault.
pub(super) fn hold_any_of(networks: &[IpNet], others: &[IpNet]) -> bool {
    let held = |other: &IpNet| networks.iter().any(|network| network.contains(other));
    !hold_everybody(networks) && others.iter().any(held)
}

/// IPv4 addresses that are written as IPv6 ones (RFC 4291, section 2.5.5.2) as IPv4 ones.
fn unmapped(network: IpNet) -> IpNet {
    let IpNet::V6(mapped) = network else {
        return network;
    };
    let all = Ipv4Addr::UNSPECIFIED.to_ipv6_mapped();
    let address = if mapped.contains(&all) {
        Some(Ipv4Addr::UNSPECIFIED)
    } else {
        mapped.network().to_ipv4_mapped()
    };
    address
        .and_then(|address| Ipv4Net::new(address, mapped.prefix_len().saturating_sub(96)).ok())
        .map_or(network, IpNet::V4)
}
