//! The connection of a command: to a database that exists and is ours.

use std::error::Error;

use diesel::result::Error as DieselError;

use crate::clock::Clock;
use crate::config::Settings;
use crate::db::{self, AnyConnection};
use crate::models::revocation::Revocation;

/// Opens the database for a command that changes something in it, and tells its time. A
/// database that has not been migrated to this version is refused, and a missing file is
/// not made.
pub(super) fn open(settings: &Settings) -> Result<(AnyConnection, Clock), Box<dyn Error>> {
    let url = &settings.database.database_url;
    if let Some(path) = url.sqlite_path()
        && !path.exists()
    {
        let path = path.display();
        return Err(format!(
            "there is no database at {path}: run `frontgate migrate` first, or set DATABASE_URL"
        )
        .into());
    }
    let mut connection = db::connect(url, settings.database.database_timeout.duration())?;
    db::verify_version(&mut connection)?;
    let clock = Clock::system();
    db::set_clock(&mut connection, &clock)?;
    Ok((connection, clock))
}

/// Changes something in one transaction. What `work` revokes, every running server refuses
/// from the commit on, or a moment later.
pub(super) fn change<T, E: From<DieselError>>(
    settings: &Settings,
    connection: &mut AnyConnection,
    work: impl FnOnce(&mut AnyConnection, &mut Vec<Revocation>) -> Result<T, E>,
) -> Result<T, E> {
    db::write_transaction(connection, |connection| {
        let mut revocations = Vec::new();
        let value = work(connection, &mut revocations)?;
        if settings.revocation.revocation_listen {
            db::wake_followers(connection, &revocations)?;
        }
        Ok(value)
    })
}
