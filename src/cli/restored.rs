//! `frontgate restored`: makes a database that was restored from a backup safe to serve.

use std::error::Error;
use std::process::ExitCode;

use clap::Args;

use super::confirm::confirm;
use super::sessions::end_rows;
use super::{connection, migrate, print};
use crate::config::Settings;
use crate::sessions::{self, Client, Restored};

#[derive(Debug, Args)]
pub(super) struct AfterRestore {
    /// The highest `user_id` that your own systems know of, where that may be a million above the backup's, or this backup was restored before.
    #[arg(long, value_name = "NUMBER", default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..=1_000_000_000_000))]
    after_user: i64,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

impl AfterRestore {
    /// Migrates, refuses everything in one transaction, and then ends the sessions' rows.
    pub(super) fn run(self, settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
        connection::check_file(settings)?;
        let question =
            "This is for a database that was just restored from a backup. It logs everybody out.";
        confirm(question, "", self.yes)?;
        migrate::migrate(settings)?;
        let (mut connection, clock) = connection::open(settings)?;
        let by = Client::command_line("restored").into();
        let done = connection::change(settings, &mut connection, &clock, &by, |change| {
            sessions::revoke_after_restore(change, self.after_user)
        })?;
        print(&in_words(&done))?;
        let ended = end_rows(settings, &mut connection, &clock, &by).map_err(|error| {
            format!(
                "everything that was handed out is refused; not every session is marked as ended yet, \
                 and `frontgate sessions revoke --all` goes on with that: {error}"
            )
        })?;
        print(&format!(
            "Sessions marked as ended: {ended}.\n\n\
             Users, passwords, roles and addresses are those of the backup: look through `frontgate users list`.\n\
             A key that was revoked after the backup has to be revoked again.\n"
        ))?;
        Ok(ExitCode::SUCCESS)
    }
}

fn in_words(done: &Restored) -> String {
    let Restored {
        users_after,
        links,
        operators,
        jobs,
    } = done;
    format!(
        "Every token from before is refused, by every server; whoever logs in again is let in.\n\
         New users get numbers above {users_after}: none is used a second time.\n\
         Links that work no longer: {links}. Operators signed out: {operators}. Jobs given up: {jobs}.\n"
    )
}
