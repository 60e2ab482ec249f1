//! `frontgate reset-link`: how an operator helps someone who has forgotten the password,
//! until mail does.

use std::error::Error;
use std::process::ExitCode;

use chrono::SecondsFormat;
use clap::Args;

use super::{connection, find_user, note, print};
use crate::config::values::{Lifetime, Value};
use crate::config::{RESET_LIFETIMES, Settings};
use crate::email;
use crate::password_reset::{self, Handout};
use crate::sessions::Client;

#[derive(Debug, Args)]
pub(super) struct ResetLink {
    /// The user's address.
    #[arg(long)]
    email: String,
    /// How long the link works, such as 15m or 1d [default: the setting `password_reset_lifetime`].
    #[arg(long, value_name = "TIME", value_parser = lifetime)]
    expires: Option<Lifetime>,
}

fn lifetime(text: &str) -> Result<Lifetime, String> {
    let lifetime = Lifetime::parse(text)?;
    if RESET_LIFETIMES.contains(&lifetime.delta()) {
        Ok(lifetime)
    } else {
        Err("write from 1m to 7d: whoever has the link has the account".to_owned())
    }
}

impl ResetLink {
    pub(super) fn run(self, settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
        let (mut connection, clock) = connection::open(settings)?;
        let user = find_user::by_email(&mut connection, &self.email)?;
        let email = email::shown(&user.email);
        let lifetime = self
            .expires
            .unwrap_or(settings.passwords.password_reset_lifetime)
            .delta();
        let by = Client::command_line("reset-link").into();
        let (token, now) = connection::change(settings, &mut connection, &clock, &by, |change| {
            let token = password_reset::make(change, user.id, lifetime)?;
            Ok::<_, diesel::result::Error>((token, change.now()))
        })?;
        let token = token
            .ok_or_else(|| format!("{email} is inactive: a new password would not let it in"))?;
        // The link alone goes to standard output, for programs.
        note(&format!(
            "This sets a new password for {email}, once, until {}. Whoever has it has the account.",
            (now + lifetime).to_rfc3339_opts(SecondsFormat::Secs, true)
        ));
        print(&Handout::new(settings, &token).to_string())?;
        Ok(ExitCode::SUCCESS)
    }
}
