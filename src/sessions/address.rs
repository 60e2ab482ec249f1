//! Addresses change hands: what a new address ends, and for how long a freed one is kept
//! from others.
//!
//! An address that changes acts as a changed password: somebody who reads the old mailbox may have
//! the old sessions too. The freed address is kept for its former owner for `address_hold`,
//! so that nobody is taken for them in the meantime by what knows people by their address.

use chrono::TimeDelta;
use diesel::QueryResult;
use diesel::result::Error as DieselError;

use super::Change;
use crate::clock::Moment;
use crate::config::{AccountSettings, DerivedKey, SecretKey};
use crate::db::AnyConnection;
use crate::email;
use crate::models::address_hold;
use crate::models::one_time_token::{OneTimeToken, Purpose};
use crate::models::user::User;
use crate::rotation::EndReason;

/// An address could not be changed; the transaction must be rolled back.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// The address is kept for its former owner.
    #[error("the address is kept for its former owner")]
    Held,
    /// The database failed; a unique violation when the address is another user's.
    #[error(transparent)]
    Query(#[from] DieselError),
}

/// For how long freed addresses are kept, and the key under which the database knows them.
#[derive(Clone, Debug)]
pub struct AddressHolds {
    key: DerivedKey,
    changed: TimeDelta,
    deleted: TimeDelta,
}

impl AddressHolds {
    /// What the settings say, under a key that is made of the secret key.
    #[must_use]
    pub fn new(secret: &SecretKey, settings: &AccountSettings) -> Self {
        Self {
            key: secret.derive("frontgate address holds"),
            changed: settings.address_hold.delta(),
            deleted: settings.deleted_address_hold.delta(),
        }
    }

    /// Whether an address is kept for somebody else than `user_id`.
    pub fn is_held(
        &self,
        connection: &mut AnyConnection,
        address: &str,
        user_id: Option<i64>,
        now: Moment,
    ) -> QueryResult<bool> {
        let holder = address_hold::holder(connection, &self.mac(address), now)?;
        Ok(holder.is_some() && holder != user_id)
    }

    /// Keeps the address of a user who is being deleted.
    pub(super) fn keep_deleted(
        &self,
        connection: &mut AnyConnection,
        user: &User,
        now: Moment,
    ) -> QueryResult<()> {
        self.keep(connection, user, self.deleted, now)
    }

    fn keep(
        &self,
        connection: &mut AnyConnection,
        user: &User,
        lifetime: TimeDelta,
        now: Moment,
    ) -> QueryResult<()> {
        if lifetime <= TimeDelta::zero() {
            return Ok(());
        }
        let mac = self.mac(&user.email);
        address_hold::hold(connection, &mac, user.id, now + lifetime)
    }

    fn mac(&self, address: &str) -> Vec<u8> {
        self.key.mac(email::key(address).as_bytes())
    }
}

/// Stores `after`, which has another address than `before`, and ends every session of the
/// user; links to reset the password stop working. The session `own`, of the browser that
/// changes it, ends as replaced: it is about to get a new one. The address of `before` is
/// kept for the user, unless that is another spelling of the new one, and theirs of before is
/// given back where that is the new one. Without `holds` nothing is kept, from anybody.
/// Returns how many sessions ended.
///
/// # Errors
/// [`AddressError::Held`] when the address is kept for somebody else, a unique violation when
/// it is another user's, and [`diesel::NotFound`] when there is no such user.
pub fn change_address(
    change: &mut Change<'_>,
    holds: Option<&AddressHolds>,
    (before, after): (&User, &User),
    own: Option<&str>,
) -> Result<usize, AddressError> {
    let now = change.now();
    let connection = &mut *change.connection;
    if !(after.store_address(connection)? && after.store_names(connection)?) {
        return Err(diesel::NotFound.into());
    }
    if let Some(holds) = holds {
        // Only now that the address is this user's: a change that gives it up has finished.
        if holds.is_held(connection, &after.email, Some(after.id), now)? {
            return Err(AddressError::Held);
        }
        address_hold::release(connection, &holds.mac(&after.email))?;
        if email::key(&before.email) != email::key(&after.email) {
            holds.keep(connection, before, holds.changed, now)?;
        }
    }
    OneTimeToken::void(connection, after.id, Purpose::PasswordReset, now)?;
    let generation = User::raise_generation(connection, after.id)?.ok_or(diesel::NotFound)?;
    let reason = EndReason::AddressChanged;
    Ok(change.end_all_but_anew(after.id, own, generation, reason)?)
}
