//! Users by their address.
//!
//! A row is found by the key of its own version: whose key could not be made anew goes on
//! logging in with what they typed before. Where an old and a new key name two users, the old
//! one wins, and a new address must be free of both.

use diesel::prelude::*;

use super::User;
use super::rekey::settle_keys;
use super::taken::{is_taken, refuse_taken};
use crate::db::AnyConnection;
use crate::email::{KEY_VERSION, Keys};
use crate::schema::users;

impl User {
    /// Returns the user of this address, in any of its forms.
    pub fn find_by_email(
        connection: &mut AnyConnection,
        address: &str,
    ) -> QueryResult<Option<Self>> {
        let keys = Keys::of(address);
        let rows: Vec<(Self, String, i64)> = users::table
            .filter(users::email_key.eq_any([&keys.current, &keys.folded]))
            .select((
                Self::as_select(),
                users::email_key,
                users::email_key_version,
            ))
            .load(connection)?;
        let own = |(_, key, version): &&(Self, String, i64)| keys.are_of(key, *version);
        Ok(rows
            .iter()
            .filter(own)
            .min_by_key(|(_, _, version)| *version)
            .map(|(user, _, _)| user.clone()))
    }

    /// Whether the address is taken: nobody else may have it.
    pub fn exists(connection: &mut AnyConnection, address: &str) -> QueryResult<bool> {
        is_taken(connection, &Keys::of(address), None)
    }

    /// Makes `self.email` the address of the row; says whether there is such a user. An address
    /// that is another user's is a unique violation, after which the transaction must be
    /// rolled back.
    pub fn store_address(&self, connection: &mut AnyConnection) -> QueryResult<bool> {
        let keys = Keys::of(&self.email);
        refuse_taken(connection, &keys, Some(self.id))?;
        let changed = diesel::update(users::table.filter(users::id.eq(self.id)))
            .set((
                users::email.eq(&self.email),
                users::email_key.eq(&keys.current),
                users::email_key_version.eq(KEY_VERSION),
                users::email_key_due.eq(None::<String>),
            ))
            .execute(connection)?;
        settle_keys(connection)?;
        Ok(changed == 1)
    }
}
