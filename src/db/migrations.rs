//! The migrations, embedded for both backends under the same names.

use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{AnyConnection, unbounded};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
/// Any number will do, as long as nobody else on the database uses it.
const ADVISORY_LOCK: i64 = 0x66_726f_6e74_6761;

/// Runs what has not run yet, in one transaction and under a lock, so that several nodes
/// may start at once. Returns the names of the migrations that ran. Where nothing is pending,
/// PostgreSQL is only asked to let rows be read and written.
///
/// # Errors
/// A database that a newer version migrated is refused and left as it is.
pub fn migrate(connection: &mut AnyConnection) -> Result<Vec<String>, MigrationError> {
    match connection {
        AnyConnection::Pg(pg) => pg.transaction(|pg| unbounded(|| migrate_postgres(pg))),
        AnyConnection::Sqlite(sqlite) => sqlite.immediate_transaction(|sqlite| {
            pending::<Sqlite>(sqlite.applied_migrations().map_err(failed)?, SQLITE)?;
            let ran = sqlite.run_pending_migrations(SQLITE).map_err(failed)?;
            let ran = ran.iter().map(ToString::to_string).collect();
            refuse_read_only(sqlite)?;
            Ok(ran)
        }),
    }
}

fn migrate_postgres(pg: &mut PgConnection) -> Result<Vec<String>, MigrationError> {
    // The lock ends with the transaction; the wait for it may be long.
    pg.batch_execute("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;")?;
    pg.batch_execute(&format!("SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))?;
    let pending = pending_on_postgres(pg)?;
    let ran = if pending.is_empty() {
        Vec::new()
    } else {
        let role = text(pg, "current_user::text")?;
        let ran = pg.run_pending_migrations(POSTGRES);
        let ran = ran.map_err(|error| MigrationError::Refused {
            pending,
            role,
            error,
        })?;
        ran.iter().map(ToString::to_string).collect()
    };
    forget_foreign_transactions(pg)?;
    Ok(ran)
}

/// Holds the lock of [`migrate`] until the transaction ends: of several nodes that start at once
/// one goes first. An `IMMEDIATE` transaction on SQLite has locked everything already.
pub fn lock_migrations(connection: &mut AnyConnection) -> QueryResult<()> {
    let AnyConnection::Pg(pg) = connection else {
        return Ok(());
    };
    pg.batch_execute("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;")?;
    unbounded(|| pg.batch_execute(&format!("SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")))
}

/// The names of the migrations that have not run. Diesel would create its table first, for which
/// PostgreSQL wants the right to create tables even where it exists.
fn pending_on_postgres(pg: &mut PgConnection) -> Result<Vec<String>, MigrationError> {
    let exists = text(
        pg,
        "(to_regclass('__diesel_schema_migrations') IS NOT NULL)::text",
    )? == "true";
    let applied = if exists {
        diesel::sql_query("SELECT version FROM __diesel_schema_migrations").load::<Applied>(pg)?
    } else {
        Vec::new()
    };
    let applied = applied.into_iter().map(|row| row.version.into()).collect();
    pending::<Pg>(applied, POSTGRES)
}

#[derive(QueryableByName)]
struct Applied {
    #[diesel(sql_type = Text)]
    version: String,
}

fn text(pg: &mut PgConnection, expression: &str) -> QueryResult<String> {
    diesel::select(diesel::dsl::sql::<Text>(expression)).get_result(pg)
}

/// Ids of transactions mean nothing on another server: after a restore they may lie ahead,
/// and every poll would read those rows again. A row that can be seen and whose transaction
/// is yet to come is from elsewhere.
fn forget_foreign_transactions(pg: &mut PgConnection) -> Result<(), MigrationError> {
    let forgotten = diesel::sql_query(
        "UPDATE revocations SET transaction_id = 0 \
         WHERE transaction_id >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint",
    )
    .execute(pg)?;
    if forgotten > 0 {
        tracing::info!(
            rows = forgotten,
            "revocations of a restored database were taken over"
        );
    }
    Ok(())
}

/// SQLite opens a file that it may not write as a read-only one, and `BEGIN IMMEDIATE`
/// passes over that; a statement that would write, and changes nothing, does not.
fn refuse_read_only(sqlite: &mut SqliteConnection) -> Result<(), MigrationError> {
    sqlite
        .batch_execute("DELETE FROM __diesel_schema_migrations WHERE false")
        .map_err(MigrationError::ReadOnly)
}

/// Refuses a database of this version that cannot be written to: a read-only one, a standby, or one
/// whose tables this role may only read. Changes nothing.
pub fn verify_writable(connection: &mut AnyConnection) -> Result<(), MigrationError> {
    match connection {
        AnyConnection::Pg(pg) => pg
            .batch_execute("INSERT INTO revocations SELECT * FROM revocations WHERE false")
            .map_err(MigrationError::NotWritable),
        AnyConnection::Sqlite(sqlite) => refuse_read_only(sqlite),
    }
}

/// Refuses a database whose migrations are not exactly ours; changes nothing.
pub fn verify_version(connection: &mut AnyConnection) -> Result<(), MigrationError> {
    let pending = match connection {
        AnyConnection::Pg(pg) => pending_on_postgres(pg)?,
        AnyConnection::Sqlite(sqlite) => {
            pending::<Sqlite>(sqlite.applied_migrations().map_err(failed)?, SQLITE)?
        }
    };
    if pending.is_empty() {
        Ok(())
    } else {
        Err(MigrationError::Older { pending })
    }
}

/// The names of those of `ours` that are not among the applied ones, in their order.
fn pending<B: Backend>(
    applied: Vec<MigrationVersion<'static>>,
    ours: EmbeddedMigrations,
) -> Result<Vec<String>, MigrationError>
where
    EmbeddedMigrations: MigrationSource<B>,
{
    let mut known: Vec<Box<dyn Migration<B>>> = ours.migrations().map_err(failed)?;
    known.sort_by(|one, other| one.name().version().cmp(&other.name().version()));
    let unknown = applied.iter().find(|applied| {
        !known
            .iter()
            .any(|migration| migration.name().version() == **applied)
    });
    if let Some(version) = unknown {
        let version = version.to_string();
        return Err(MigrationError::Newer { version });
    }
    let pending = known
        .iter()
        .filter(|migration| !applied.contains(&migration.name().version()))
        .map(|migration| migration.name().to_string());
    Ok(pending.collect())
}

fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> MigrationError {
    MigrationError::Failed(error)
}

/// The schema cannot be brought to ours.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// A newer version was here.
    #[error(
        "the database was migrated by a newer frontgate (migration {version} is unknown to {}): run that version, or restore a backup from before",
        env!("CARGO_PKG_VERSION")
    )]
    Newer {
        /// The migration that we do not know.
        version: String,
    },
    /// Some of ours have not run.
    #[error("the database lacks the migrations {}: run `frontgate migrate`", pending.join(", "))]
    Older {
        /// Their names.
        pending: Vec<String>,
    },
    /// The file cannot be written.
    #[error(
        "cannot write to the database of DATABASE_URL: {0}; make the file and its folder writable for this user"
    )]
    ReadOnly(diesel::result::Error),
    /// A PostgreSQL does not let this role write.
    #[error(
        "no change can be stored in the database of DATABASE_URL: {0}; name a server that is no standby, and a role that may write to the tables"
    )]
    NotWritable(diesel::result::Error),
    /// PostgreSQL refused to run them.
    #[error(
        "the migrations {} are pending, and the role {role} could not run them: {error}; nothing was changed. Where {role} may only read and write rows, run `frontgate migrate` once with a DATABASE_URL of the role that owns the tables, then start again",
        pending.join(", ")
    )]
    Refused {
        /// Their names.
        pending: Vec<String>,
        /// The role of `DATABASE_URL`.
        role: String,
        /// What the database said.
        error: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A migration, or asking for them, failed.
    #[error("migrating the database failed, and nothing was changed: {0}")]
    Failed(Box<dyn std::error::Error + Send + Sync>),
    /// The transaction failed.
    #[error("asking the database for its migrations failed, and nothing was changed: {0}")]
    Query(#[from] diesel::result::Error),
}
