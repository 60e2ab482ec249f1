//! `frontgate setup-link`: a link that makes the first administrator, for servers whose
//! greeting nobody reads at a terminal.

use std::error::Error;
use std::process::ExitCode;

use super::{connection, note, print};
use crate::admin::{door, setup};
use crate::config::Settings;
use crate::db;

pub(super) fn run(settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
    let (mut connection, clock) = connection::open(settings)?;
    let token = db::write_transaction(&mut connection, |connection| {
        setup::make_link(connection, clock.now())
    })?
    .ok_or("there is an administrator already, who can make others in the admin; `frontgate createsuperuser` makes one too")?;
    // The link alone goes to standard output, for programs.
    note(&format!(
        "This makes the first administrator, once, within {} minutes. It is a secret.",
        setup::LIFETIME.num_minutes()
    ));
    let origin = door::origin(settings, settings.server.bind, settings.admin.admin_bind);
    print(&format!("{}\n", setup::link(&origin, &token)))?;
    Ok(ExitCode::SUCCESS)
}
