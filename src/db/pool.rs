//! The pool, and the only way from a handler to a connection.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::web;
use diesel::prelude::*;
use diesel::r2d2::R2D2Connection;
use diesel::result::Error as DieselError;
use diesel::sql_types::Integer;
use parking_lot::Mutex;

use super::connect::connect_with;
use super::hosts::wait_for_connection;
use super::statements::{Statements, counted_like_this_task, opening};
use super::{AnyConnection, ConnectError, Outcome, connect, is_unavailable, write_and_settle};
use crate::config::{DatabaseSettings, DatabaseUrl};

/// A pool of connections to one database. Clones share it.
#[derive(Clone)]
pub struct Database {
    pool: r2d2::Pool<Manager>,
    statements: Arc<Statements>,
    /// SQLite has one writer at a time, and the others poll: here they queue instead.
    writer: Option<Arc<Mutex<()>>>,
    timeout: Duration,
    url: DatabaseUrl,
    /// Set when the server stops: from then on no connection is handed out or kept.
    closed: Arc<AtomicBool>,
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
        let closed = Arc::<AtomicBool>::default();
        // With several hosts the first ones may be away.
        let wait = match &settings.database_url {
            DatabaseUrl::Postgres(url) => wait_for_connection(url, timeout),
            DatabaseUrl::Sqlite(_) => timeout,
        };
        let manager = Manager {
            url: settings.database_url.clone(),
            timeout,
            statements: Arc::clone(&statements),
            closed: Arc::clone(&closed),
        };
        let pool = r2d2::Pool::builder()
            .max_size(settings.database_pool_size.into())
            .min_idle(Some(0))
            .connection_timeout(wait)
            .idle_timeout(Some(Duration::from_mins(1)))
            .error_handler(Box::new(LogConnectErrors))
            .build_unchecked(manager);
        let writer = settings.database_url.sqlite_path().map(|_| Arc::default());
        Self {
            pool,
            statements,
            writer,
            timeout,
            url: settings.database_url.clone(),
            closed,
        }
    }

    /// Closes every connection, those in use as soon as they are given back, and waits for these
    /// as long as for a connection. On SQLite everything that was committed is then in the one
    /// file, unless another program has it open: that is logged.
    pub async fn close(&self) {
        self.closed.store(true, Ordering::Release);
        let all_closed = async {
            loop {
                // One that is taken out is closed when it is given back.
                while self.pool.try_get().is_some() {}
                if self.pool.state().connections == 0 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        if tokio::time::timeout(self.timeout, all_closed)
            .await
            .is_err()
        {
            tracing::warn!("connections to the database are still in use");
        }
        if self.is_shared() {
            return;
        }
        let (url, timeout) = (self.url.clone(), self.timeout);
        let gathered = web::block(move || {
            let mut connection = connect(&url, timeout)?;
            Ok::<_, Failure>(gather(&mut connection)?)
        });
        match gathered.await.map_err(Failure::from).flatten() {
            Ok(true) => {}
            Ok(false) => tracing::warn!(
                "another program uses the database: its newest changes are in the file whose name ends in -wal"
            ),
            Err(error) => {
                tracing::warn!(error, "what is beside the database was not written into it");
            }
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
        let database = self.clone();
        on_a_blocking_thread(move || work(&mut *database.checkout()?)).await
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
        let database = self.clone();
        on_a_blocking_thread(move || {
            let (writer, timeout) = (database.writer.as_ref(), database.timeout);
            let turn = writer.map(|writer| writer.try_lock_for(timeout));
            if matches!(turn, Some(None)) {
                let why = "another change goes on".to_owned();
                return Err(DatabaseError::NoConnection { why }.into());
            }
            write_and_settle(&mut *database.checkout()?, work, settled)
        })
        .await
    }

    fn checkout(&self) -> Result<r2d2::PooledConnection<Manager>, DatabaseError> {
        if self.closed.load(Ordering::Acquire) {
            let why = "the pool is closed".to_owned();
            return Err(DatabaseError::NoConnection { why });
        }
        self.pool.get().map_err(|error| {
            let why = error.to_string();
            DatabaseError::NoConnection { why }
        })
    }

    /// Asks the database for nothing, to see that it answers. While every connection is at work
    /// there is none to ask on, and a server that works is not one that is away.
    pub async fn ping(&self) -> Result<(), DatabaseError> {
        if self.at_work() >= self.pool.max_size() {
            return Ok(());
        }
        let answer = self.read(|connection| {
            diesel::select(diesel::dsl::sql::<Integer>("1")).get_result::<i32>(connection)?;
            Ok(())
        });
        match answer.await {
            // Others were given the connections that came meanwhile, and work on them.
            Err(DatabaseError::NoConnection { .. }) if self.at_work() > 0 => Ok(()),
            answered => answered,
        }
    }

    /// How many connections are at work, if none is idle; else none.
    fn at_work(&self) -> u32 {
        let pool = self.pool.state();
        if pool.idle_connections == 0 {
            pool.connections
        } else {
            0
        }
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Writes what is committed beside a SQLite file into it, and empties what is beside it; says
/// whether that was possible, for readers of other programs may be in the way.
fn gather(connection: &mut AnyConnection) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Checkpoint {
        #[diesel(sql_type = Integer)]
        busy: i32,
    }
    let AnyConnection::Sqlite(sqlite) = connection else {
        return Ok(true);
    };
    let checkpoint: Checkpoint =
        diesel::sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result(sqlite)?;
    Ok(checkpoint.busy == 0)
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

/// Opens connections by the URL's scheme.
struct Manager {
    url: DatabaseUrl,
    timeout: Duration,
    statements: Arc<Statements>,
    closed: Arc<AtomicBool>,
}

impl r2d2::ManageConnection for Manager {
    type Connection = AnyConnection;
    type Error = ConnectError;

    fn connect(&self) -> Result<AnyConnection, ConnectError> {
        opening(|| connect_with(&self.url, self.timeout, Some(&self.statements)))
    }

    /// A server may have been restarted since the connection was last used; a file has not.
    fn is_valid(&self, connection: &mut AnyConnection) -> Result<(), ConnectError> {
        let (AnyConnection::Pg(pg), DatabaseUrl::Postgres(url)) = (connection, &self.url) else {
            return Ok(());
        };
        pg.ping()
            .map_err(|error| ConnectError::postgres(url, &error))
    }

    fn has_broken(&self, connection: &mut AnyConnection) -> bool {
        if self.closed.load(Ordering::Acquire) {
            return true;
        }
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
    #[error("no connection to the database could be had in time: {why}")]
    NoConnection {
        /// The reason, where one is known.
        why: String,
    },
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
