//! `frontgate flushexpiredtokens`, as simplejwt's command.

use std::error::Error;
use std::process::ExitCode;

use super::connection;
use crate::config::Settings;
use crate::db::Database;
use crate::purge::purge_all;

pub(super) fn flush(settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
    let (_, clock) = connection::open(settings)?;
    let database = Database::new(&settings.database);
    let now = clock.now();
    let purged = actix_web::rt::System::new().block_on(purge_all(&database, now, |sum| {
        eprintln!("{} rows removed …", sum.total());
    }))?;
    println!(
        "Removed {} expired sessions with their tokens, {} expired tokens of live sessions, {} other rows.",
        purged.sessions, purged.tokens, purged.others
    );
    Ok(ExitCode::SUCCESS)
}
