//! Filling an empty database for benchmarks. It can never touch a real one: whatever was
//! used once is refused, and all of it is one transaction.

use diesel::result::Error as DieselError;

use crate::db::{self, AnyConnection};
use crate::models::seed::{
    self, GIVEN_KEYS, Size, TABLES, TokensMade, insert_events, insert_sessions, insert_tokens,
    insert_users,
};

/// How many users one statement makes.
const USERS: i64 = 50_000;
/// How many sessions one statement makes.
const SESSIONS: i64 = 50_000;
/// Of how many sessions one statement makes the tokens.
const TOKENS_OF: i64 = 10_000;
/// How many events one statement makes.
const EVENTS: i64 = 100_000;
/// The most of anything: the numbers that rows are computed from must not overflow.
const MOST: i64 = 20_000_000;
/// The most refresh tokens a session has on average: it keeps its first 32 and its newest 32.
const MOST_TOKENS: i64 = 32;

/// How far the work has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// What is being made, in words.
    pub what: &'a str,
    /// How much of it is there: rows, or indexes.
    pub done: i64,
    /// How much there is to be.
    pub of: i64,
}

/// How many rows were made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seeded {
    /// Rows of `users`.
    pub users: usize,
    /// Rows of `sessions`.
    pub sessions: usize,
    /// Rows of `outstanding_tokens` and `blacklisted_tokens`.
    pub tokens: TokensMade,
    /// Rows of `events`.
    pub events: usize,
}

/// Whether there can be so much of everything.
///
/// # Errors
/// Says what would be right.
pub fn check(size: &Size) -> Result<(), SeedError> {
    for (name, value, least) in [
        ("users", size.users, 2),
        ("sessions", size.sessions, 1),
        ("tokens", size.tokens, size.sessions),
        ("events", size.events, 0),
    ] {
        let most = if name == "tokens" {
            size.sessions.saturating_mul(MOST_TOKENS)
        } else {
            MOST
        };
        if !(least..=most).contains(&value) {
            return Err(SeedError::Size {
                name,
                value,
                least,
                most,
            });
        }
    }
    Ok(())
}

/// Fills the database in one transaction; `password` is the hash with which the two log in
/// who can. `progress` hears of each batch.
pub fn fill(
    connection: &mut AnyConnection,
    size: &Size,
    password: &str,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Seeded, SeedError> {
    check(size)?;
    let seeded = db::write_transaction(connection, |connection| {
        db::lock_users(connection)?;
        if !seed::is_unused(connection)? {
            return Err(SeedError::Used);
        }
        let removed = db::begin_bulk_load(connection, &TABLES)?;
        let seeded = insert(connection, size, password, progress)?;
        let indexes = i64::try_from(removed.len()).unwrap_or(i64::MAX);
        for (done, index) in (0..).zip(&removed) {
            progress(Progress {
                what: "indexes",
                done,
                of: indexes,
            });
            index.restore(connection)?;
        }
        db::continue_keys(connection, &GIVEN_KEYS)?;
        progress(Progress {
            what: "indexes",
            done: indexes,
            of: indexes,
        });
        Ok(seeded)
    })?;
    progress(Progress {
        what: "tidying up",
        done: 0,
        of: 1,
    });
    db::tidy_up(connection, &TABLES)?;
    progress(Progress {
        what: "tidying up",
        done: 1,
        of: 1,
    });
    Ok(seeded)
}

fn insert(
    connection: &mut AnyConnection,
    size: &Size,
    password: &str,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Seeded, SeedError> {
    let mut seeded = Seeded::default();
    let mut stage = |what, rows, batch, of, insert: &mut dyn FnMut(_) -> _| {
        in_batches(
            rows,
            batch,
            |range| {
                let made: usize = insert(range)?;
                Ok(made)
            },
            |done| progress(Progress { what, done, of }),
        )
    };
    seeded.users = stage("users", size.users, USERS, size.users, &mut |range| {
        insert_users(connection, size, range, password)
    })?;
    seeded.sessions = stage(
        "sessions",
        size.sessions,
        SESSIONS,
        size.sessions,
        &mut |range| insert_sessions(connection, size, range),
    )?;
    let tokens = &mut seeded.tokens;
    stage(
        "tokens",
        size.sessions,
        TOKENS_OF,
        size.tokens,
        &mut |range| {
            let made = insert_tokens(connection, size, range, tokens.outstanding)?;
            tokens.outstanding += made.outstanding;
            tokens.blacklisted += made.blacklisted;
            Ok(made.outstanding)
        },
    )?;
    seeded.events = stage("events", size.events, EVENTS, size.events, &mut |range| {
        insert_events(connection, size, range)
    })?;
    seed::note_last_log_ins(connection)?;
    Ok(seeded)
}

/// Calls `insert` with the first and the last number of each batch of `rows`, and says after
/// each how many rows are there now.
fn in_batches(
    rows: i64,
    batch: i64,
    mut insert: impl FnMut((i64, i64)) -> Result<usize, DieselError>,
    mut progress: impl FnMut(i64),
) -> Result<usize, DieselError> {
    let mut made = 0;
    let mut first = 1;
    progress(0);
    while first <= rows {
        let last = rows.min(first + batch - 1);
        made += insert((first, last))?;
        progress(i64::try_from(made).unwrap_or(i64::MAX));
        first = last + 1;
    }
    Ok(made)
}

/// The database was not filled, and is as it was.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// A number is too small or too large.
    #[error("--{name} is {value}: it must be from {least} to {most}")]
    Size {
        /// Of what.
        name: &'static str,
        /// What was asked for.
        value: i64,
        /// The least that there can be.
        least: i64,
        /// The most that there can be.
        most: i64,
    },
    /// There may be something in it that somebody needs.
    #[error(
        "this database has been used: it has users, events or revocations. Only an empty one is filled, so that real data is never touched: make a new one and set DATABASE_URL to it. Nothing was changed."
    )]
    Used,
    /// A statement failed.
    #[error("the database could not be filled, and is as it was: {0}")]
    Database(#[from] DieselError),
}
