//! Addresses that were freed a while ago. The table holds an HMAC of each address's key, so
//! that whoever has the database alone cannot tell whose they were.

use diesel::prelude::*;

use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::schema::address_holds;

/// Keeps an address for this user until then, in the place of a hold that there may be.
pub fn hold(
    connection: &mut AnyConnection,
    address_mac: &[u8],
    user_id: i64,
    until: Moment,
) -> QueryResult<()> {
    release(connection, address_mac)?;
    let inserted = diesel::insert_into(address_holds::table)
        .values((
            address_holds::address_mac.eq(address_mac),
            address_holds::user_id.eq(user_id),
            address_holds::until.eq(until.naive_utc()),
        ))
        .execute(connection)?;
    if inserted == 1 {
        Ok(())
    } else {
        Err(diesel::NotFound)
    }
}

/// For which user an address is kept now.
pub fn holder(
    connection: &mut AnyConnection,
    address_mac: &[u8],
    now: Moment,
) -> QueryResult<Option<i64>> {
    address_holds::table
        .filter(address_holds::address_mac.eq(address_mac))
        .filter(address_holds::until.gt(now.naive_utc()))
        .select(address_holds::user_id)
        .first(connection)
        .optional()
}

/// Keeps an address for nobody any more; says whether it was kept.
pub fn release(connection: &mut AnyConnection, address_mac: &[u8]) -> QueryResult<bool> {
    let held = address_holds::table.filter(address_holds::address_mac.eq(address_mac));
    diesel::delete(held)
        .execute(connection)
        .map(|released| released > 0)
}
