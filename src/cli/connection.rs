//! The connection of a command: to a database that exists and is ours.

use std::error::Error;

use crate::config::Settings;
use crate::db::{self, AnyConnection};

/// Opens the database for a command that changes something in it. A database that has not
/// been migrated to this version is refused, and a missing file is not made.
pub(super) fn open(settings: &Settings) -> Result<AnyConnection, Box<dyn Error>> {
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
    Ok(connection)
}
