//! Making keys of addresses anew after their rule has changed, without ever guessing whose an
//! address is.
//!
//! A key that another user has, or is to have as well, is only noted as due: each of them goes
//! on under the old key until an operator has given all but one another address.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::db::{self, AnyConnection};
use crate::email::{self, KEY_VERSION};
use crate::schema::users;

/// How many users one transaction looks at.
const CHUNK: i64 = 1_000;

/// Gives every user a key of the current version where that is theirs alone. Returns how many
/// users are left without one.
///
/// It runs under the lock of the migrations, in a transaction for each thousand users, so that
/// servers that are running go on meanwhile.
pub fn renew_keys(connection: &mut AnyConnection) -> QueryResult<usize> {
    let mut after = 0;
    while let Some(last) = under_the_lock(connection, |connection| renew_chunk(connection, after))?
    {
        after = last;
    }
    under_the_lock(connection, |connection| {
        settle_keys(connection)?;
        let left: i64 = users::table
            .filter(users::email_key_due.is_not_null())
            .count()
            .get_result(connection)?;
        Ok(usize::try_from(left).unwrap_or(usize::MAX))
    })
}

/// Runs `work` in a transaction that may wait as long as the migrations of another node take.
fn under_the_lock<T>(
    connection: &mut AnyConnection,
    work: impl FnOnce(&mut AnyConnection) -> QueryResult<T>,
) -> QueryResult<T> {
    db::write_transaction(connection, |connection| {
        db::unbounded(|| {
            db::lock_migrations(connection)?;
            work(connection)
        })
    })
}

/// Looks at the users after the number `after`; returns the last one's number, or `None` where
/// there was nobody.
fn renew_chunk(connection: &mut AnyConnection, after: i64) -> QueryResult<Option<i64>> {
    let ids: Vec<i64> = users::table
        .filter(has_old_key())
        .filter(users::id.gt(after))
        .order(users::id)
        .limit(CHUNK)
        .select(users::id)
        .load(connection)?;
    let Some(last) = ids.last().copied() else {
        return Ok(None);
    };
    let still_old = users::table
        .filter(users::id.eq_any(ids))
        .filter(users::email_key_version.lt(KEY_VERSION));
    // Most keys stay as they are. The rows are locked from here on, and what is returned is
    // what they hold.
    let rows: Vec<(i64, String, String)> = diesel::update(still_old)
        .set((
            users::email_key_version.eq(KEY_VERSION),
            users::email_key_due.eq(None::<String>),
        ))
        .returning((users::id, users::email, users::email_key))
        .get_results(connection)?;
    for (id, address, old) in rows {
        let new = email::key(&address);
        if new != old {
            let changed = diesel::update(users::table.filter(users::id.eq(id)))
                .set((users::email_key_version.eq(0), users::email_key_due.eq(new)))
                .execute(connection)?;
            if changed != 1 {
                return Err(diesel::NotFound);
            }
        }
    }
    Ok(Some(last))
}

/// A planner uses the index of these rows only if it sees the number.
fn has_old_key() -> SqlLiteral<Bool> {
    diesel::dsl::sql(&format!("email_key_version < {KEY_VERSION}"))
}

/// Gives each user the key that is due to them, where nobody else has it or is due to have it.
/// Where an address became free, a key may have become free with it.
///
/// One key may become free when another is given, so it looks again until nothing changes.
pub(super) fn settle_keys(connection: &mut AnyConnection) -> QueryResult<()> {
    let settle = format!(
        "UPDATE users SET email_key = email_key_due, email_key_version = {KEY_VERSION}, email_key_due = NULL \
         WHERE email_key_due IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM users other WHERE other.email_key = users.email_key_due AND other.id <> users.id) \
         AND NOT EXISTS (SELECT 1 FROM users other WHERE other.email_key_due = users.email_key_due AND other.id <> users.id)"
    );
    while diesel::sql_query(&settle).execute(connection)? > 0 {}
    Ok(())
}

/// A user whose address is, in its one form, another's as well.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
#[diesel(table_name = users)]
pub struct Colliding {
    /// The address in its one form, for which they collide.
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub key: String,
    /// Primary key.
    pub id: i64,
    /// The address as it is stored.
    pub email: String,
    /// Whether the user may log in at all.
    pub is_active: bool,
    /// Whether the admin lets the user in.
    pub is_staff: bool,
    /// Whether the user may do everything in the admin.
    pub is_superuser: bool,
    /// When the account was made.
    pub date_joined: NaiveDateTime,
    /// When it last logged in.
    pub last_login: Option<NaiveDateTime>,
}

/// Everybody who shares an address with somebody, by address and then by number: those for
/// whom a key is due, and those who have it.
pub fn collisions(connection: &mut AnyConnection) -> QueryResult<BTreeMap<String, Vec<Colliding>>> {
    let columns =
        "u.id, u.email, u.is_active, u.is_staff, u.is_superuser, u.date_joined, u.last_login";
    let rows: Vec<Colliding> = diesel::sql_query(format!(
        "SELECT u.email_key_due AS key, {columns} FROM users u WHERE u.email_key_due IS NOT NULL \
         UNION SELECT u.email_key AS key, {columns} FROM users u \
         WHERE EXISTS (SELECT 1 FROM users d WHERE d.email_key_due = u.email_key AND d.id <> u.id) \
         ORDER BY 1, 2"
    ))
    .load(connection)?;
    let mut groups = BTreeMap::<_, Vec<_>>::new();
    for row in rows {
        groups.entry(row.key.clone()).or_default().push(row);
    }
    Ok(groups)
}
