//! What every kind of revocation works with, and what it reports.

use diesel::result::Error as DieselError;
use serde::Serialize;

use crate::cli::connection;
use crate::clock::Clock;
use crate::config::Settings;
use crate::db::AnyConnection;
use crate::sessions::{By, Change};

/// What else there is to do where nobody can be asked.
pub(super) const LOOK_FIRST: &str = ", or --dry-run to look first";

/// What was done, or would be.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    /// `session`, `user`, `everything`, `key` or `filter`.
    pub(super) revoked: &'static str,
    /// Of what: ids of sessions, a user's address, a key's id.
    pub(super) subjects: Vec<String>,
    pub(super) dry_run: bool,
    /// Whether anything is different now, or would be.
    pub(super) changed: bool,
    /// How many sessions ended, or would.
    pub(super) sessions: i64,
    /// For people.
    #[serde(skip)]
    pub(super) words: String,
}

/// What every kind of revocation works with.
pub(super) struct Operation<'a> {
    pub(super) settings: &'a Settings,
    pub(super) connection: AnyConnection,
    pub(super) clock: Clock,
    pub(super) by: By,
    pub(super) dry_run: bool,
    pub(super) yes: bool,
}

impl Operation<'_> {
    /// Changes something in one transaction, on behalf of the command.
    pub(super) fn change<T, E: From<DieselError>>(
        &mut self,
        work: impl FnOnce(&mut Change<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let connection = &mut self.connection;
        connection::change(self.settings, connection, &self.clock, &self.by, work)
    }
}

/// A number of sessions in words.
pub(super) fn count(sessions: i64) -> String {
    match sessions {
        1 => "1 session".to_owned(),
        _ => format!("{sessions} sessions"),
    }
}
