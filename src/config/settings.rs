//! All settings together.

use super::accounts::AccountSettings;
use super::admin::AdminSettings;
use super::alarms::AlarmSettings;
use super::cookies::CookieSettings;
use super::database::DatabaseSettings;
use super::declare::Declaration;
use super::logging::LogSettings;
use super::passwords::PasswordSettings;
use super::revocation::RevocationSettings;
use super::server::ServerSettings;
use super::source::{Shown, Values};
use super::tokens::TokenSettings;

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
    /// Reads each setting, and keeps what is wrong in `values`.
    pub(super) fn read(values: &mut Values) -> Self {
        Self {
            server: ServerSettings::read(values),
            database: DatabaseSettings::read(values),
            tokens: TokenSettings::read(values),
            cookies: CookieSettings::read(values),
            revocation: RevocationSettings::read(values),
            passwords: PasswordSettings::read(values),
            accounts: AccountSettings::read(values),
            admin: AdminSettings::read(values),
            alarms: AlarmSettings::read(values),
            log: LogSettings::read(values),
            shown: Vec::new(),
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
