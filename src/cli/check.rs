//! `frontgate check`: every setting and where its value came from; `--deploy` warns as
//! Django's does.

use std::error::Error;
use std::process::ExitCode;

use clap::Args;

use crate::config::deploy::warnings;
use crate::config::{DatabaseUrl, SecretKey, Settings};
use crate::db::tls_built_in;

#[derive(Debug, Args)]
pub(super) struct Check {
    /// Warn of settings that are not fit for the internet.
    #[arg(long)]
    deploy: bool,
}

impl Check {
    pub(super) fn run(self, settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
        print_settings(settings);
        // Nothing is made by a check: a key that the first start would make is no finding.
        let to_be_made = match &settings.database.database_url {
            DatabaseUrl::Sqlite(path) => {
                settings.tokens.secret_key.is_none()
                    && settings.tokens.secret_key_file.is_none()
                    && !SecretKey::path_beside(path).exists()
            }
            DatabaseUrl::Postgres(_) => false,
        };
        if to_be_made {
            println!("\nA secret key will be made beside the database at the first start.");
        }
        let secret = if to_be_made {
            SecretKey::random()
        } else {
            SecretKey::obtain(settings)?
        };
        if !self.deploy {
            println!(
                "\nThe settings are right. `frontgate check --deploy` looks at them as for the internet."
            );
            return Ok(ExitCode::SUCCESS);
        }
        let found = warnings(settings, &secret, tls_built_in());
        for warning in &found {
            println!("\n{}: {}\n    {}", warning.id, warning.what, warning.hint);
        }
        let count = found.len();
        if count == 0 {
            println!("\nNo warnings.");
            return Ok(ExitCode::SUCCESS);
        }
        println!("\n{count} warning{}.", if count == 1 { "" } else { "s" });
        Ok(ExitCode::FAILURE)
    }
}

fn print_settings(settings: &Settings) {
    let width = |of: fn(&crate::config::source::Shown) -> usize| {
        settings.shown.iter().map(of).max().unwrap_or(0)
    };
    let (names, values) = (
        width(|shown| shown.name.len()),
        width(|shown| shown.value.len()).min(44),
    );
    for shown in &settings.shown {
        println!(
            "{:names$}  {:values$}  {}",
            shown.name, shown.value, shown.origin
        );
    }
}
