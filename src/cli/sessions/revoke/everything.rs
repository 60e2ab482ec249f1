//! `frontgate sessions revoke --all`.

use std::error::Error;

use super::operation::{LOOK_FIRST, Operation, Report, count};
use crate::cli::confirm::confirm;
use crate::cli::connection;
use crate::cli::output::progress;
use crate::clock::Clock;
use crate::config::Settings;
use crate::db::AnyConnection;
use crate::models::revocation::Standing;
use crate::models::session::Session;
use crate::models::session_list::count_not_ended;
use crate::sessions::{self, By};

/// How often sessions that somebody else keeps locked are looked for again.
const ROUNDS: u32 = 100;

impl Operation<'_> {
    /// Refuses everything at once, and then ends the sessions' rows.
    pub(super) fn everything(&mut self) -> Result<Report, Box<dyn Error>> {
        let before = count_not_ended(&mut self.connection, None)?;
        let mut report = Report {
            revoked: "everything",
            changed: true,
            sessions: before,
            ..Report::default()
        };
        if self.dry_run {
            report.words = format!(
                "Every token that was handed out would be refused, and {} would end.\n",
                count(before)
            );
            return Ok(report);
        }
        let question = format!("This logs everybody out: {}.", count(before));
        confirm(&question, LOOK_FIRST, self.yes)?;
        self.refuse_everything()?;
        let (settings, own) = (self.settings, &mut self.connection);
        let ended = end_rows(settings, own, &self.clock, &self.by);
        report.sessions = ended.map_err(|error| {
            format!(
                "everything that was handed out is refused; not every session is marked as ended yet, \
                 and the same command goes on with that: {error}"
            )
        })?;
        report.words = format!(
            "Everything that was handed out is refused; {} ended. Whoever logs in again is let in.\n",
            count(report.sessions)
        );
        Ok(report)
    }

    fn refuse_everything(&mut self) -> Result<(), diesel::result::Error> {
        self.change(sessions::revoke_everything)
    }
}

/// Ends what is refused, batch by batch, with rests for others between them; those of an
/// earlier run that was interrupted as well. Returns how many sessions.
pub(in crate::cli) fn end_rows(
    settings: &Settings,
    connection: &mut AnyConnection,
    clock: &Clock,
    by: &By,
) -> Result<i64, Box<dyn Error>> {
    let mut sum = 0;
    for _ in 0..ROUNDS {
        let mut after = 0;
        loop {
            let batch = connection::change(settings, connection, clock, by, |change| {
                change.end_refused(after)
            })?;
            sum += i64::try_from(batch.sessions)?;
            let Some(next) = batch.next else {
                break;
            };
            after = next;
            progress(&format!("{} ended …", count(sum)));
            std::thread::sleep(connection.pace().rest);
        }
        let floor = Standing::read(connection)?.floor;
        if !Session::any_refused(connection, floor)? {
            return Ok(sum);
        }
        std::thread::sleep(connection.pace().rest);
    }
    Err("some of them are in use all the time".into())
}
