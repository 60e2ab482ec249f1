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
mod key_file;
mod log_level;
mod logging;
mod passwords;
mod postgres_url;
mod program;
mod revocation;
mod secret;
mod server;
pub mod source;
mod sqlite_url;
mod text_file;
mod tokens;
mod user_fields;
mod validate;
pub mod values;
mod web_origin;

use std::fmt;
use std::path::{Path, PathBuf};

pub use accounts::AccountSettings;
pub use admin::AdminSettings;
pub use alarms::AlarmSettings;
pub use cookies::CookieSettings;
pub use database::{DatabaseSettings, DatabaseUrl, hide_secrets};
pub use declare::Declaration;
pub use derived_key::DerivedKey;
pub use log_level::LogLevel;
pub use logging::LogSettings;
pub use passwords::PasswordSettings;
pub use program::{Program, ProgramError};
pub use revocation::RevocationSettings;
pub use secret::{SecretKey, SecretKeyError};
pub use server::{ServerSettings, openable};
pub use tokens::{LONGEST_ACCESS_TOKEN_LIFETIME, TokenSettings, UserClaim};
pub use user_fields::{Reserved, UserField};

use source::{Origin, Shown, Values};

/// All settings, read and found to be right.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The HTTP side.
    pub server: ServerSettings,
    /// The database.
    pub database: DatabaseSettings,
    /// Tokens and sessions.
    pub tokens: TokenSettings,
    /// The two cookies.
    pub cookies: CookieSettings,
    /// The revocations' feed.
    pub revocation: RevocationSettings,
    /// Password hashing.
    pub passwords: PasswordSettings,
    /// People's accounts.
    pub accounts: AccountSettings,
    /// The administrators' pages.
    pub admin: AdminSettings,
    /// Who is told of alarms.
    pub alarms: AlarmSettings,
    /// The log.
    pub log: LogSettings,
    /// Each setting as it ended up, in the order of the declarations.
    pub shown: Vec<Shown>,
}

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
        let mut settings = Self {
            server: ServerSettings::read(&mut values),
            database: DatabaseSettings::read(&mut values),
            tokens: TokenSettings::read(&mut values),
            cookies: CookieSettings::read(&mut values),
            revocation: RevocationSettings::read(&mut values),
            passwords: PasswordSettings::read(&mut values),
            accounts: AccountSettings::read(&mut values),
            admin: AdminSettings::read(&mut values),
            alarms: AlarmSettings::read(&mut values),
            log: LogSettings::read(&mut values),
            shown: Vec::new(),
        };
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

    /// Every setting there is, group by group.
    pub fn declarations() -> impl Iterator<Item = &'static Declaration> {
        [
            ServerSettings::DECLARATIONS,
            DatabaseSettings::DECLARATIONS,
            TokenSettings::DECLARATIONS,
            CookieSettings::DECLARATIONS,
            RevocationSettings::DECLARATIONS,
            PasswordSettings::DECLARATIONS,
            AccountSettings::DECLARATIONS,
            AdminSettings::DECLARATIONS,
            AlarmSettings::DECLARATIONS,
            LogSettings::DECLARATIONS,
        ]
        .into_iter()
        .flatten()
    }
}

/// Something is wrong with the settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the settings file {}: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The reason.
        why: String,
    },
    /// Some settings are not right.
    #[error("{}", lines(.0))]
    Problems(Vec<Problem>),
}

/// One setting that is not right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its name.
    pub name: String,
    /// What was given; empty where showing it helps nobody.
    pub value: String,
    /// Where it was given.
    pub origin: Origin,
    /// What would be right.
    pub wanted: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "setting {}", self.name)?;
        if !self.value.is_empty() {
            write!(f, " = {:?}", self.value)?;
        }
        write!(f, " ({}): {}", self.origin, self.wanted)
    }
}

fn lines(problems: &[Problem]) -> String {
    let lines: Vec<_> = problems.iter().map(Problem::to_string).collect();
    lines.join("\n")
}
