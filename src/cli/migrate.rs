//! `frontgate migrate`.

use std::error::Error;
use std::process::ExitCode;

use crate::config::Settings;
use crate::db;

pub(super) fn migrate(settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
    let database = &settings.database;
    let mut connection = db::connect(&database.database_url, database.database_timeout.duration())?;
    let ran = db::migrate(&mut connection)?;
    if ran.is_empty() {
        println!("The database is up to date.");
    }
    for name in ran {
        println!("Applied {name}");
    }
    Ok(ExitCode::SUCCESS)
}
