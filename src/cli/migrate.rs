//! `frontgate migrate`.

use std::error::Error;
use std::process::ExitCode;

use super::print;
use crate::config::Settings;
use crate::db;
use crate::models::user::renew_keys;

pub(super) fn migrate(settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
    let database = &settings.database;
    let (url, timeout) = (&database.database_url, database.database_timeout.duration());
    let mut connection = db::connect(url, timeout)?;
    db::refuse_transaction_pooling(&mut connection, url, timeout)?;
    let ran = db::migrate(&mut connection)?;
    if ran.is_empty() {
        print("The database is up to date.\n")?;
    }
    for name in ran {
        print(&format!("Applied {name}\n"))?;
    }
    let colliding = renew_keys(&mut connection)?;
    if colliding > 0 {
        print(&format!(
            "{colliding} users share an address with somebody: `frontgate users collisions` shows them.\n"
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
