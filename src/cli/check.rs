//! `frontgate check`: every setting and where its value came from; `--deploy` warns as
//! Django's does.

use std::error::Error;
use std::process::ExitCode;

use clap::Args;

use super::{connection, print};
use crate::config::deploy::{Warning, warnings};
use crate::config::source::Shown;
use crate::config::{SecretKey, Settings};
use crate::db::{self, MigrationError, StandbyTrouble, tls_built_in};

#[derive(Debug, Args)]
pub(super) struct Check {
    /// Warn of settings that are not fit for the internet.
    #[arg(long)]
    deploy: bool,
    /// Connect to the database too, and look whether it would store changes.
    #[arg(long)]
    database: bool,
}

impl Check {
    pub(super) fn run(self, settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
        print(&table(settings))?;
        if let Some(program) = &settings.alarms.alarm_command {
            program.check()?;
        }
        // Nothing is made by a check: a key that the first start would make is no finding.
        let secret = if let Some(secret) = SecretKey::find(settings)? {
            let kid = secret.id();
            print(&format!("\nTokens are signed with key {kid}.\n"))?;
            secret
        } else {
            print("\nA secret key will be made beside the database at the first start.\n")?;
            SecretKey::random()
        };
        if self.database {
            check_database(settings)?;
        }
        if !self.deploy {
            print(
                "\nThe settings are right. `frontgate check --deploy` looks at them as for the internet.\n",
            )?;
            return Ok(ExitCode::SUCCESS);
        }
        let found = warnings(settings, &secret, tls_built_in());
        for Warning { id, what, hint } in &found {
            print(&format!("\n{id}: {what}\n    {hint}\n"))?;
        }
        let count = found.len();
        if count == 0 {
            print("\nNo warnings.\n")?;
            return Ok(ExitCode::SUCCESS);
        }
        print(&format!(
            "\n{count} warning{}.\n",
            if count == 1 { "" } else { "s" }
        ))?;
        Ok(ExitCode::FAILURE)
    }
}

/// Opens the database as a server does, and fails where changes would not be stored. What could
/// not be seen is a warning, for nobody may be able to change it.
fn check_database(settings: &Settings) -> Result<(), Box<dyn Error>> {
    connection::check_file(settings)?;
    let url = &settings.database.database_url;
    let timeout = settings.database.database_timeout.duration();
    let mut connection = db::connect(url, timeout)?;
    db::refuse_transaction_pooling(&mut connection, url, timeout)?;
    match db::standby_trouble(&mut connection) {
        Ok(None) => {}
        Ok(Some(hidden @ StandbyTrouble::Hidden { .. })) => {
            print(&format!("\nWarning: {hidden}\n"))?;
        }
        Ok(Some(missing @ StandbyTrouble::Missing { .. })) => return Err(missing.into()),
        Err(error) => print(&format!(
            "\nWarning: the database does not tell of synchronous standbys: {error}\n"
        ))?,
    }
    match db::verify_version(&mut connection) {
        Ok(()) => {
            db::verify_writable(&mut connection)?;
            print("\nThe database has the tables of this version and can be written to.\n")?;
        }
        Err(MigrationError::Older { pending }) => {
            let pending = pending.join(", ");
            print(&format!(
                "\nThe database lacks the migrations {pending}, which the next start runs, or \
                 `frontgate migrate`. Whether it can be written to is not known before.\n"
            ))?;
        }
        Err(newer) => return Err(newer.into()),
    }
    Ok(())
}

/// Every setting, its value and where that came from, a line each.
fn table(settings: &Settings) -> String {
    let width = |of: fn(&Shown) -> usize| settings.shown.iter().map(of).max().unwrap_or(0);
    let (names, values) = (
        width(|shown| shown.name.len()),
        width(|shown| shown.value.len()).min(44),
    );
    let lines = settings.shown.iter().map(|shown| {
        let Shown {
            name,
            value,
            origin,
        } = shown;
        format!("{name:names$}  {value:values$}  {origin}\n")
    });
    lines.collect()
}
