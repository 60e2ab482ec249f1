//! Every setting: its name, its default, what is right for it.
//!
//! Settings are flat. Built-in defaults are overridden by `frontgate.toml`, and that
//! by the environment: `FRONTGATE_` and the name in capitals, with `DATABASE_URL` and
//! `SECRET_KEY` as everyone spells them. They are read once, at start; every problem is
//! reported, each with its name, its value and what would be right.

mod accounts;
mod admin;
mod alarms;
mod cookies;
mod database;
mod declare;
pub mod deploy;
mod derived_key;
mod error;
mod key_file;
mod log_level;
mod logging;
mod passwords;
mod postgres_url;
mod program;
mod revocation;
mod secret;
mod server;
mod settings;
pub mod source;
mod sqlite_url;
mod text_file;
mod tokens;
mod user_fields;
mod validate;
pub mod values;
mod web_origin;

use std::path::Path;

pub use accounts::AccountSettings;
pub use admin::AdminSettings;
pub use alarms::AlarmSettings;
pub use cookies::CookieSettings;
pub use database::{DatabaseSettings, DatabaseUrl, hide_secrets};
pub use declare::Declaration;
pub use derived_key::DerivedKey;
pub use error::{ConfigError, Origin, Problem};
pub use log_level::LogLevel;
pub use logging::LogSettings;
pub use passwords::{PasswordSettings, RESET_LIFETIMES};
pub use program::{Program, ProgramError};
pub use revocation::RevocationSettings;
pub use secret::{SecretKey, SecretKeyError};
pub use server::{ServerSettings, openable};
pub use settings::Settings;
pub use tokens::{LONGEST_ACCESS_TOKEN_LIFETIME, TokenSettings};
pub use user_fields::{Reserved, UserClaim, UserField};
pub use web_origin::WebOrigin;

use source::Values;

impl Settings {
    /// Reads the settings of this process: `file` or else `FRONTGATE_CONFIG` or else
    /// `frontgate.toml` where it exists, then the environment.
    #[expect(clippy::disallowed_methods, reason = "settings are read here, once")]
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut environment = Vec::new();
        let mut problems = Vec::new();
        // A name that is not UTF-8 is none of ours.
        for (name, value) in
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        {
            match value.into_string() {
                Ok(value) => environment.push((name, value)),
                Err(_) if source::is_ours(&name) => problems.push(Problem {
                    name: name.clone(),
                    value: String::new(),
                    origin: Origin::Environment(name),
                    wanted: "write it in UTF-8".to_owned(),
                }),
                Err(_) => {}
            }
        }
        if problems.is_empty() {
            Self::from_sources(file, environment)
        } else {
            Err(ConfigError::Problems(problems))
        }
    }

    /// Reads the settings from the sources given; nothing else is looked at.
    pub fn from_sources(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut values = Values::collect(file, environment)?;
        let mut settings = Self::read(&mut values);
        let known: Vec<_> = Self::declarations().map(|setting| setting.name).collect();
        values.refuse_unknown(&known);
        settings.shown = std::mem::take(&mut values.shown);
        let mut problems = values.problems;
        validate::validate(&settings, &mut problems);
        if problems.is_empty() {
            Ok(settings)
        } else {
            Err(ConfigError::Problems(problems))
        }
    }
}
