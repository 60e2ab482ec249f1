//! `frontgate flushexpiredtokens`, as simplejwt's command.

use std::error::Error;
use std::process::ExitCode;

use super::output::progress;
use super::{connection, print};
use crate::config::Settings;
use crate::db::Database;
use crate::purge::purge_all;

pub(super) fn flush(settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
    let (_, clock) = connection::open(settings)?;
    let database = Database::new(&settings.database);
    let now = clock.now();
    let retention = settings.database.event_retention.delta();
    let purge = purge_all(&database, retention, now, |sum| {
        progress(&format!("{} rows removed …", sum.total()));
    });
    let purged = actix_web::rt::System::new().block_on(purge)?;
    print(&format!(
        "Removed {} expired sessions with their tokens, {} expired tokens of live sessions, {} old events, {} other rows.\n",
        purged.sessions, purged.tokens, purged.events, purged.others
    ))?;
    Ok(ExitCode::SUCCESS)
}
