//! Users: an administrator, one with very many sessions, and a crowd that cannot log in.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{ADMINISTRATOR, BUSY_USER, SPAN, Size};
use crate::db::{AnyConnection, Dialect};
use crate::email::KEY_VERSION;

/// The addresses of the two who can log in.
pub const ADDRESSES: [&str; 2] = ["admin@example.com", "ada@example.com"];

/// Makes the users from `first` to `last`; `password` is the hash of the two first. One in
/// fifty is inactive, one in five thousand is staff.
pub fn insert_users(
    connection: &mut AnyConnection,
    size: &Size,
    (first, last): (i64, i64),
    password: &str,
) -> QueryResult<usize> {
    let dialect = Dialect::of(connection);
    let [administrator, busy] = ADDRESSES;
    let joined = format!(
        "({} - ({} - i) * {} / {})",
        size.start_seconds(),
        size.users,
        8 * SPAN,
        size.users
    );
    diesel::sql_query(format!(
        "INSERT INTO users (id, email, email_key, email_key_version, password, is_active, is_staff, is_superuser, date_joined) \
         SELECT i, email, email, {KEY_VERSION}, CASE WHEN i <= {BUSY_USER} THEN $1 ELSE '!' END, NOT {inactive}, \
         i = {ADMINISTRATOR} OR i % 5000 = 3, i = {ADMINISTRATOR}, {joined} \
         FROM (SELECT i, CASE i WHEN {ADMINISTRATOR} THEN '{administrator}' WHEN {BUSY_USER} THEN '{busy}' \
         ELSE 'user' || i || CASE i % 4 WHEN 0 THEN '@example.org' WHEN 1 THEN '@example.net' \
         ELSE '@example.com' END END AS email FROM {numbers}) AS people ORDER BY i",
        inactive = inactive("i"),
        joined = dialect.moment(&joined),
        numbers = dialect.numbers("n", first, last),
    ))
    .bind::<Text, _>(password)
    .execute(connection)
}

/// Whether the user of this number is inactive.
pub(super) fn inactive(user: &str) -> String {
    format!("({user} % 50 = 17)")
}
