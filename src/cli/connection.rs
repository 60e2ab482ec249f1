//! The connection of a command: to a database that exists and is ours.

use std::error::Error;

use diesel::result::Error as DieselError;

use super::note;
use crate::activity::Counts;
use crate::alarms;
use crate::clock::Clock;
use crate::config::Settings;
use crate::db::{self, AnyConnection};
use crate::sessions::{By, Change};
use crate::write_behind::Buffer;

/// Opens the database for a command that changes something in it, and tells its time. A
/// database that has not been migrated to this version is refused, and a missing file is
/// not made.
pub(super) fn open(settings: &Settings) -> Result<(AnyConnection, Clock), Box<dyn Error>> {
    check_file(settings)?;
    let url = &settings.database.database_url;
    let timeout = settings.database.database_timeout.duration();
    let mut connection = db::connect(url, timeout)?;
    db::refuse_transaction_pooling(&mut connection, url, timeout)?;
    db::verify_version(&mut connection)?;
    let clock = Clock::system();
    db::set_clock(&mut connection, &clock)?;
    Ok((connection, clock))
}

/// Fails where the database would be a SQLite file that is not there.
pub(super) fn check_file(settings: &Settings) -> Result<(), Box<dyn Error>> {
    if let Some(path) = settings.database.database_url.sqlite_path()
        && !path.exists()
    {
        let path = path.display();
        return Err(format!(
            "there is no database at {path}: run `frontgate migrate` first, or set DATABASE_URL"
        )
        .into());
    }
    Ok(())
}

/// Changes something in one transaction, on behalf of `by`. What `work` revokes, every running
/// server refuses from the commit on, or a moment later; what it counts goes into the figures,
/// and the operator is told of its alarms.
pub(super) fn change<T, E: From<DieselError>>(
    settings: &Settings,
    connection: &mut AnyConnection,
    clock: &Clock,
    by: &By,
    work: impl FnOnce(&mut Change<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let (value, consequences) = db::write_transaction(connection, |connection| {
        let mut change = Change::new(connection, clock, by);
        let value = work(&mut change)?;
        let consequences = change.into_consequences();
        if settings.revocation.revocation_listen {
            db::wake_followers(connection, consequences.revocations())?;
        }
        // Last, for servers that write theirs wait for these rows.
        let mut counts = Counts::default();
        counts.count(consequences.activity(), clock.now());
        counts.write(connection, clock.now())?;
        Ok::<_, E>((value, consequences))
    })?;
    alarms::tell(settings, connection, consequences.alarms(), note);
    Ok(value)
}
