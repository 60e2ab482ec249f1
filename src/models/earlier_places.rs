//! Where the users of sessions were before.

use std::collections::HashMap;
use std::net::IpAddr;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use ipnet::IpNet;

use crate::db::AnyConnection;

/// How many sessions before one are looked at.
pub const LOOKED_AT: usize = 20;

/// The addresses at which the [`LOOKED_AT`] sessions that the user had before one began or
/// were last refreshed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EarlierPlaces(Vec<IpAddr>);

#[derive(QueryableByName)]
struct Earlier {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Nullable<Text>)]
    ip: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    last_ip: Option<String>,
}

impl EarlierPlaces {
    /// Those before each session of these primary keys, a thousand at most. A session
    /// before which there was none has no entry.
    pub fn before(connection: &mut AnyConnection, ids: &[i64]) -> QueryResult<HashMap<i64, Self>> {
        let mut places: HashMap<i64, Self> = HashMap::new();
        if ids.is_empty() {
            return Ok(places);
        }
        // Numbers of ours: nothing has to be quoted.
        let list: Vec<_> = ids.iter().map(i64::to_string).collect();
        let found: Vec<Earlier> = diesel::sql_query(format!(
            "SELECT DISTINCT c.id AS id, e.ip AS ip, e.last_ip AS last_ip FROM sessions c \
             JOIN sessions e ON e.user_id = c.user_id AND e.id < c.id AND e.id >= COALESCE(\
             (SELECT b.id FROM sessions b WHERE b.user_id = c.user_id AND b.id < c.id \
             ORDER BY b.id DESC LIMIT 1 OFFSET {}), 0) WHERE c.id IN ({})",
            LOOKED_AT - 1,
            list.join(",")
        ))
        .load(connection)?;
        for earlier in found {
            let both = [earlier.ip, earlier.last_ip];
            let both = both
                .into_iter()
                .flatten()
                .flat_map(|ip| ip.parse::<IpAddr>());
            places.entry(earlier.id).or_default().0.extend(both);
        }
        Ok(places)
    }

    /// Whether `ip` lies in none of their networks: the /16 around an IPv4 address, the /48
    /// around an IPv6 address. Of places without an address nothing can be said.
    #[must_use]
    pub fn is_new(&self, ip: IpAddr) -> bool {
        !self.0.is_empty() && !self.0.iter().any(|known| around(*known).contains(&ip))
    }
}

impl FromIterator<IpAddr> for EarlierPlaces {
    fn from_iter<T: IntoIterator<Item = IpAddr>>(places: T) -> Self {
        Self(places.into_iter().collect())
    }
}

fn around(ip: IpAddr) -> IpNet {
    let length = if ip.is_ipv4() { 16 } else { 48 };
    IpNet::new(ip, length).map_or_else(|_| IpNet::from(ip), |network| network.trunc())
}
