//! The seam between the backends: what differs between SQLite and PostgreSQL is here
//! and in the files below, and nowhere else.

mod backend;
mod backend_end;
mod bulk_load;
mod connect;
mod connect_error;
mod connection;
mod establish;
mod estimate;
mod follow;
mod fragments;
mod functions;
mod history;
mod hosts;
mod keys;
mod lock;
mod migrations;
mod pace;
mod pool;
mod pooler;
mod postgres;
mod round_trip;
mod sockets;
mod standbys;
mod statements;
mod unix_socket;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

pub use bulk_load::{Dialect, Removed, begin_bulk_load, continue_keys, tidy_up};
pub use connect::connect;
pub use connect_error::{ConnectError, tls_built_in};
pub use connection::AnyConnection;
pub use estimate::estimated_rows;
pub use follow::{FollowError, Follower, set_clock, wake_followers};
pub use fragments::Fragments;
pub use history::{RefusedServer, put_back_refused, take_refused};
pub use keys::{forget_transactions, last_key, skip_keys};
pub use lock::{ServeLock, ServeLockError};
pub use migrations::{MigrationError, lock_migrations, migrate, verify_version, verify_writable};
pub use pace::Pace;
pub use pool::{Database, DatabaseError};
pub use pooler::refuse_transaction_pooling;
pub use round_trip::unbounded;
pub use standbys::{StandbyTrouble, confirmations, standby_trouble, warn_of_standbys};
pub use statements::as_upkeep;

/// Does the same on each backend, for what Diesel offers on each alone: inserting many rows at once.
macro_rules! on_each_backend {
    ($connection:expr, $own:ident => $work:expr) => {
        match $connection {
            $crate::db::AnyConnection::Pg($own) => $work,
            $crate::db::AnyConnection::Sqlite($own) => $work,
        }
    };
}
pub(crate) use on_each_backend;

/// Runs `work` in a transaction that may write.
///
/// On SQLite it begins `IMMEDIATE`: a transaction that reads and then writes would else
/// fail with "database is locked" whenever another one did the same.
pub fn write_transaction<T, E: From<DieselError>>(
    connection: &mut AnyConnection,
    work: impl FnOnce(&mut AnyConnection) -> Result<T, E>,
) -> Result<T, E> {
    write_and_settle(connection, work, |_, _| {})
}

/// What is known of a transaction whose work succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is stored.
    Committed,
    /// COMMIT failed, or had no answer: the change may be stored or not.
    Unknown,
}

/// As [`write_transaction`]; `settled` hears what is known after the COMMIT.
fn write_and_settle<T, E: From<DieselError>>(
    connection: &mut AnyConnection,
    work: impl FnOnce(&mut AnyConnection) -> Result<T, E>,
    settled: impl FnOnce(&T, Outcome),
) -> Result<T, E> {
    if let AnyConnection::Sqlite(sqlite) = connection {
        AnsiTransactionManager::begin_transaction_sql(sqlite, "BEGIN IMMEDIATE")?;
    } else {
        Transactions::begin_transaction(connection)?;
    }
    match work(connection) {
        Ok(value) => {
            let committed = commit(connection);
            let outcome = match committed {
                Ok(()) => Outcome::Committed,
                Err(_) => Outcome::Unknown,
            };
            settled(&value, outcome);
            committed?;
            Ok(value)
        }
        Err(error) => {
            rollback(connection);
            Err(error)
        }
    }
}

type Transactions = <AnyConnection as Connection>::TransactionManager;

fn commit(connection: &mut AnyConnection) -> QueryResult<()> {
    on_each_backend!(connection, own => AnsiTransactionManager::commit_transaction(own))
}

/// A failed rollback leaves the connection broken, and the pool throws it away.
fn rollback(connection: &mut AnyConnection) {
    let result =
        on_each_backend!(connection, own => AnsiTransactionManager::rollback_transaction(own));
    if let Err(error) = result {
        tracing::warn!(%error, "a transaction could not be rolled back");
    }
}

/// Locks the row of the session `sid` until the transaction ends, and says whether there
/// is one. An `IMMEDIATE` transaction on SQLite has locked everything already.
pub fn lock_session(connection: &mut AnyConnection, sid: &str) -> QueryResult<bool> {
    use crate::schema::sessions;
    let row = sessions::table
        .filter(sessions::sid.eq(sid))
        .select(sessions::id);
    let id: Option<i64> = match connection {
        AnyConnection::Pg(pg) => row.for_update().first(pg).optional()?,
        AnyConnection::Sqlite(sqlite) => row.first(sqlite).optional()?,
    };
    Ok(id.is_some())
}

/// Locks sessions by their primary keys until the transaction ends, in the order of those
/// whatever the plan, and answers which of them there still are: two transactions that are
/// about many sessions, and share some, would else wait for each other for ever. An
/// `IMMEDIATE` transaction on SQLite has locked everything already.
pub fn lock_sessions(connection: &mut AnyConnection, ids: Vec<i64>) -> QueryResult<Vec<i64>> {
    use crate::schema::sessions;
    let AnyConnection::Pg(pg) = connection else {
        return Ok(ids);
    };
    sessions::table
        .filter(sessions::id.eq_any(ids))
        .order(sessions::id)
        .select(sessions::id)
        .for_update()
        .load(pg)
}

/// Keeps every user as they are until the transaction ends: nobody signs up, logs in or
/// changes meanwhile, and whoever had begun to has finished. Reading goes on. An `IMMEDIATE`
/// transaction on SQLite has locked everything already.
pub fn lock_users(connection: &mut AnyConnection) -> QueryResult<()> {
    if let AnyConnection::Pg(pg) = connection {
        pg.batch_execute("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE")?;
    }
    Ok(())
}

/// Locks a user and every active superuser until the transaction ends, in the order of their
/// primary keys whatever the plan, and answers whether each is an active superuser: whoever
/// waits for one user while it holds one with a greater key could wait for ever. An
/// `IMMEDIATE` transaction on SQLite has locked everything already.
pub fn lock_with_superusers(
    connection: &mut AnyConnection,
    user_id: i64,
) -> QueryResult<Vec<bool>> {
    use crate::schema::users;
    let superuser = users::is_superuser.and(users::is_active);
    let rows = users::table
        .filter(users::id.eq(user_id).or(superuser))
        .order(users::id)
        .select(superuser);
    match connection {
        // As an update locks that changes no key.
        AnyConnection::Pg(pg) => rows.for_no_key_update().load(pg),
        AnyConnection::Sqlite(sqlite) => rows.load(sqlite),
    }
}

/// Locks up to `limit` live sessions of a user but for `kept`, those after the primary key
/// `after`, and answers their keys in order; waits for those that somebody else has locked.
pub fn lock_live_sessions_of(
    connection: &mut AnyConnection,
    user_id: i64,
    kept: Option<&str>,
    after: i64,
    limit: usize,
) -> QueryResult<Vec<i64>> {
    use crate::schema::sessions;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = sessions::table
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::id.gt(after))
        .filter(sessions::ended_at.is_null())
        // No session has an empty sid.
        .filter(sessions::sid.ne(kept.unwrap_or_default()))
        .order(sessions::id)
        .limit(limit)
        .select(sessions::id);
    match connection {
        AnyConnection::Pg(pg) => rows.for_update().load(pg),
        AnyConnection::Sqlite(sqlite) => rows.load(sqlite),
    }
}

/// Locks up to `limit` live sessions of a generation below `generation`, those after the
/// primary key `after`, and answers their keys in order. Rows that somebody else has locked
/// are passed over: whoever waits for one session while it holds others could wait for ever.
pub fn lock_live_sessions_below(
    connection: &mut AnyConnection,
    generation: i64,
    after: i64,
    limit: usize,
) -> QueryResult<Vec<i64>> {
    use crate::schema::sessions;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = sessions::table
        .filter(sessions::id.gt(after))
        .filter(sessions::generation.lt(generation))
        .filter(sessions::ended_at.is_null())
        .order(sessions::id)
        .limit(limit)
        .select(sessions::id);
    match connection {
        AnyConnection::Pg(pg) => rows.for_update().skip_locked().load(pg),
        AnyConnection::Sqlite(sqlite) => rows.load(sqlite),
    }
}

/// Locks those of these sessions that have not ended and that nobody else has locked, and
/// answers their keys: whoever waits for one session while it holds others could wait for
/// ever.
pub fn lock_open_sessions(connection: &mut AnyConnection, ids: &[i64]) -> QueryResult<Vec<i64>> {
    use crate::schema::sessions;
    let rows = sessions::table
        .filter(sessions::id.eq_any(ids))
        .filter(sessions::ended_at.is_null())
        .order(sessions::id)
        .select(sessions::id);
    match connection {
        AnyConnection::Pg(pg) => rows.for_update().skip_locked().load(pg),
        AnyConnection::Sqlite(sqlite) => rows.load(sqlite),
    }
}

/// Whether an insert failed because the value is there already.
#[must_use]
pub fn is_unique_violation(error: &DieselError) -> bool {
    matches!(
        error,
        DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)
    )
}

/// Whether a failure may go away, so that the same request may succeed later: the database is
/// away, busy, full or being changed. The others are bugs of ours.
///
/// Diesel hands the SQLSTATE of few errors through, and PostgreSQL speaks the language of its
/// `lc_messages`. So it is told by what a bug looks like, not by what a busy database says: it
/// breaks a constraint, or the error points into the statement. What cannot be known may go away.
#[must_use]
pub fn is_unavailable(error: &DieselError) -> bool {
    match error {
        DieselError::BrokenTransactionManager => true,
        DieselError::RollbackErrorOnCommit { commit_error, .. } => is_unavailable(commit_error),
        DieselError::DatabaseError(kind, information) => match kind {
            DatabaseErrorKind::UniqueViolation
            | DatabaseErrorKind::ForeignKeyViolation
            | DatabaseErrorKind::NotNullViolation
            | DatabaseErrorKind::CheckViolation
            | DatabaseErrorKind::RestrictViolation
            | DatabaseErrorKind::ExclusionViolation => false,
            DatabaseErrorKind::Unknown => {
                let message = information.message();
                information.statement_position().is_none()
                    && !WRONG_SQLITE.iter().any(|part| message.contains(part))
            }
            _ => true,
        },
        _ => false,
    }
}

/// What SQLite says of statements that are wrong. Its messages are never translated, and its
/// errors do not point into the statement.
const WRONG_SQLITE: [&str; 10] = [
    "syntax error",
    "incomplete input",
    "no such ",
    "has no column named",
    "ambiguous column name",
    "misuse of ",
    "wrong number of arguments",
    "values for ",
    "SQL logic error",
    "datatype mismatch",
];
