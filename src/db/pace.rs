//! How fast long work goes, so that others get their turn beside it.

use std::time::Duration;

use super::{AnyConnection, Database};

/// How much long work does in one transaction, and how long it rests afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How many rows one transaction is about.
    pub rows: usize,
    /// How long the work rests between two transactions.
    pub rest: Duration,
}

/// PostgreSQL has many writers at a time: a batch keeps only those waiting who want its rows.
const MANY_WRITERS: Pace = Pace {
    rows: 1000,
    rest: Duration::from_millis(20),
};

/// SQLite has one writer at a time: everybody waits for the batch that is under way.
const ONE_WRITER: Pace = Pace {
    rows: 300,
    rest: Duration::from_millis(10),
};

impl AnyConnection {
    /// The pace of long work on this connection.
    #[must_use]
    pub fn pace(&self) -> Pace {
        match self {
            Self::Pg(_) => MANY_WRITERS,
            Self::Sqlite(_) => ONE_WRITER,
        }
    }
}

impl Database {
    /// The pace of long work on this database.
    #[must_use]
    pub fn pace(&self) -> Pace {
        if self.is_shared() {
            MANY_WRITERS
        } else {
            ONE_WRITER
        }
    }
}
