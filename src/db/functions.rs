//! What SQLite has to be taught.

use std::net::IpAddr;

use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use ipnet::IpNet;

diesel::define_sql_function! {
    /// Whether an address lies in a network; not where one of them is none.
    fn in_network(address: Nullable<Text>, network: Text) -> Bool;
}

/// Registers the functions that conditions use; see [`super::Fragments`].
pub(super) fn register(connection: &mut SqliteConnection) -> QueryResult<()> {
    in_network_utils::register_impl(connection, |address: Option<String>, network: String| {
        // Of a network, all of it must lie there.
        let address = address.and_then(|address| {
            let one = address.parse::<IpAddr>().map(IpNet::from);
            one.or_else(|_| address.parse::<IpNet>()).ok()
        });
        let network = network.parse::<IpNet>().ok();
        address
            .zip(network)
            .is_some_and(|(address, network)| network.contains(&address))
    })
}
