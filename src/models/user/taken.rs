//! Whether an address is another user's.

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::db::AnyConnection;
use crate::email::{KEY_VERSION, Keys};
use crate::schema::users;

/// Fails as the index would where another user than `own` has one of the keys, or is to have
/// it. The index alone knows nothing of keys that are due.
pub(super) fn refuse_taken(
    connection: &mut AnyConnection,
    keys: &Keys,
    own: Option<i64>,
) -> QueryResult<()> {
    if is_taken(connection, keys, own)? {
        let why = Box::new("the address is another user's".to_owned());
        return Err(DieselError::DatabaseError(
            DatabaseErrorKind::UniqueViolation,
            why,
        ));
    }
    Ok(())
}

/// Whether another user than `own` has one of the keys, or is to have it.
pub(super) fn is_taken(
    connection: &mut AnyConnection,
    keys: &Keys,
    own: Option<i64>,
) -> QueryResult<bool> {
    let of_old_version = users::email_key
        .eq(&keys.folded)
        .and(users::email_key_version.lt(KEY_VERSION));
    // The index refuses the current key, of whichever version the row is that has it.
    let taken = users::email_key
        .eq(&keys.current)
        .or(users::email_key_due.eq(&keys.current).assume_not_null())
        .or(of_old_version);
    let found: Option<i64> = users::table
        // No user has the number 0.
        .filter(users::id.ne(own.unwrap_or_default()))
        .filter(taken)
        .select(users::id)
        .first(connection)
        .optional()?;
    Ok(found.is_some())
}
