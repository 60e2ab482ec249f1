//! The pool, and the only way from a handler to a connection.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::web;
use diesel::prelude::*;
use diesel::r2d2::R2D2Connection;
use diesel::result::Error as DieselError;
use parking_lot::Mutex;

use super::connect::connect_with;
use super::statements::{StatementCounter, Statements, counted_like_this_task};
use super::{AnyConnection, ConnectError, Outcome, is_unavailable, write_and_settle};
use crate::config::{DatabaseSettings, DatabaseUrl};

/// A pool of connections to one database. Clones share it.
#[derive(Clone)]
pub struct Database {
    pool: r2d2::Pool<Manager>,
    statements: Arc<Statements>,
    /// SQLite has one writer at a time, and the others poll: here they queue instead.
    writer: Option<Arc<Mutex<()>>>,
    timeout: Duration,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").finish_non_exhaustive()
    }
}

impl Database {
    /// A pool for the database that the settings name. Connections are opened when they
    /// are needed; the caller has shown already that one can be opened.
    #[must_use]
    pub fn new(settings: &DatabaseSettings) -> Self {
        let statements = Arc::<Statements>::default();
        let timeout = settings.database_timeout.duration();
        let manager = Manager {
            url: settings.database_url.clone(),
            timeout,
            statements: Arc::clone(&statements),
        };
        let pool = r2d2::Pool::builder()
            .max_size(settings.database_pool_size.into())
            .min_idle(Some(0))
            .connection_timeout(timeout)
            .idle_timeout(Some(Duration::from_mins(1)))
            .error_handler(Box::new(LogConnectErrors))
            .build_unchecked(manager);
        let writer = settings.database_url.sqlite_path().map(|_| Arc::default());
        Self {
            pool,
            statements,
            writer,
            timeout,
        }
    }

    /// Whether other servers may work on it: a SQLite file has one server at a time.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.writer.is_none()
    }

    /// How many statements the pool's connections have sent so far.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.statements_of_requests() + self.statements.upkeep.load(Ordering::Relaxed)
    }

    /// How many of them were sent to answer requests, whoever's. The others are the server's own
    /// upkeep: what is written behind, the purge, jobs, whether this server lives.
    #[must_use]
    pub fn statements_of_requests(&self) -> u64 {
        self.statements.requests.load(Ordering::Relaxed)
    }

    /// Runs `work`, which only reads, on a connection and a thread where waiting harms
    /// nobody.
    pub async fn read<T, E>(
        &self,
        work: impl FnOnce(&mut AnyConnection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DatabaseError> + Send + 'static,
    {
        let pool = self.pool.clone();
        on_a_blocking_thread(move || work(&mut *checkout(&pool)?)).await
    }

    /// Runs `work` in a transaction that may write; an error rolls it back.
    pub async fn write<T, E>(
        &self,
        work: impl FnOnce(&mut AnyConnection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DatabaseError> + From<DieselError> + Send + 'static,
    {
        self.write_and_then(work, |_, _| {}).await
    }

    /// Runs `work` in a transaction that may write, and `settled` once its COMMIT has been
    /// answered, or has failed. Both run to their end even when nobody waits for the answer any
    /// more.
    pub async fn write_and_then<T, E>(
        &self,
        work: impl FnOnce(&mut AnyConnection) -> Result<T, E> + Send + 'static,
        settled: impl FnOnce(&T, Outcome) + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DatabaseError> + From<DieselError> + Send + 'static,
    {
        let (pool, writer, timeout) = (self.pool.clone(), self.writer.clone(), self.timeout);
        on_a_blocking_thread(move || {
            let turn = writer.as_ref().map(|writer| writer.try_lock_for(timeout));
            if matches!(turn, Some(None)) {
                return Err(DatabaseError::NoConnection.into());
            }
            write_and_settle(&mut *checkout(&pool)?, work, settled)
        })
        .await
    }

    /// Asks the database for nothing, to see that it answers. While every connection is at work
    /// there is none to ask on, and a server that works is not one that is away.
    pub async fn ping(&self) -> Result<(), DatabaseError> {
        let pool = self.pool.state();
        if pool.idle_connections == 0 && pool.connections >= self.pool.max_size() {
            return Ok(());
        }
        self.read(|connection| {
            diesel::select(diesel::dsl::sql::<diesel::sql_types::Integer>("1"))
                .get_result::<i32>(connection)?;
            Ok(())
        })
        .await
    }
}

async fn on_a_blocking_thread<T, E>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<DatabaseError> + Send + 'static,
{
    web::block(counted_like_this_task(work))
        .await
        .map_err(|_| E::from(DatabaseError::Cancelled))?
}

fn checkout(pool: &r2d2::Pool<Manager>) -> Result<r2d2::PooledConnection<Manager>, DatabaseError> {
    pool.get().map_err(|_| DatabaseError::NoConnection)
}

/// Opens connections by the URL's scheme.
struct Manager {
    url: DatabaseUrl,
    timeout: Duration,
    statements: Arc<Statements>,
}

impl r2d2::ManageConnection for Manager {
    type Connection = AnyConnection;
    type Error = ConnectError;

    fn connect(&self) -> Result<AnyConnection, ConnectError> {
        let counter = StatementCounter(Arc::clone(&self.statements));
        connect_with(&self.url, self.timeout, Some(Box::new(counter)))
    }

    /// A server may have been restarted since the connection was last used; a file has not.
    fn is_valid(&self, connection: &mut AnyConnection) -> Result<(), ConnectError> {
        let AnyConnection::Pg(pg) = connection else {
            return Ok(());
        };
        pg.ping().map_err(|error| ConnectError::Postgres {
            url: String::new(),
            why: error.to_string(),
        })
    }

    fn has_broken(&self, connection: &mut AnyConnection) -> bool {
        match connection {
            AnyConnection::Pg(pg) => pg.is_broken(),
            AnyConnection::Sqlite(sqlite) => sqlite.is_broken(),
        }
    }
}

#[derive(Debug)]
struct LogConnectErrors;

impl r2d2::HandleError<ConnectError> for LogConnectErrors {
    fn handle_error(&self, error: ConnectError) {
        tracing::warn!(%error, "no connection to the database");
    }
}

/// The database did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// No connection could be had in time.
    #[error("no connection to the database could be had in time")]
    NoConnection,
    /// The work was given up, because the server stops or the work panicked.
    #[error("work on the database was given up")]
    Cancelled,
    /// The database is away, busy or full.
    #[error("the database is not available: {0}")]
    Unavailable(DieselError),
    /// A statement failed; a bug of ours.
    #[error("a database statement failed: {0}")]
    Query(DieselError),
}

impl From<DieselError> for DatabaseError {
    fn from(error: DieselError) -> Self {
        if is_unavailable(&error) {
            Self::Unavailable(error)
        } else {
            Self::Query(error)
        }
    }
}
