//! The command line, with Django's verbs. Each command has a file; each reads the same
//! settings, and works beside a running server.

mod account;
mod check;
mod confirm;
mod connection;
mod find_user;
mod flush_expired_tokens;
mod greeting;
mod health_check;
mod migrate;
mod openapi;
mod output;
mod progress;
mod reset_link;
mod restored;
mod seed;
mod serve;
mod sessions;
mod setup_link;
mod signals;
mod table;
mod users;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Settings;
use output::{note, print, print_help};

/// A self-hosted session service for single-page apps.
///
/// Settings come from frontgate.toml and from environment variables, FRONTGATE_ and the
/// setting's name in capitals, with `DATABASE_URL` and `SECRET_KEY`; `frontgate check` lists
/// them all. Without a command, `serve` runs.
#[derive(Debug, Parser)]
#[command(name = "frontgate", version, arg_required_else_help = false)]
#[command(
    after_help = "Example:\n  DATABASE_URL=sqlite:///var/lib/frontgate/frontgate.sqlite3 frontgate serve"
)]
pub struct CommandLine {
    /// The settings file [default: frontgate.toml, where there is one].
    #[arg(long, global = true, value_name = "PATH")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve; migrates the database first (the default).
    #[command(after_help = "Example:\n  FRONTGATE_BIND=0.0.0.0:8000 frontgate serve")]
    Serve,
    /// Run the migrations that have not run yet.
    #[command(after_help = "Example:\n  frontgate migrate")]
    Migrate,
    /// Make a database that was restored from a backup safe: migrate, end everybody, use no number again.
    #[command(
        after_help = "Example:\n  frontgate restored --yes\n\nRun it before a server starts on the database. It can be run again."
    )]
    Restored(restored::AfterRestore),
    /// Make an administrator, who may do everything.
    #[command(name = "createsuperuser")]
    #[command(
        after_help = "Example:\n  echo \"$PASSWORD\" | frontgate createsuperuser --email ada@example.com --password-stdin"
    )]
    CreateSuperuser(account::CreateSuperuser),
    /// Print a link that makes the first administrator in a browser, while there is none.
    #[command(name = "setup-link")]
    #[command(after_help = "Example:\n  docker compose exec frontgate frontgate setup-link")]
    SetupLink,
    /// Change a password and end every session of that user.
    #[command(name = "changepassword")]
    #[command(after_help = "Example:\n  frontgate changepassword --email ada@example.com")]
    ChangePassword(account::ChangePassword),
    /// Make a link that sets a new password once, for someone who has forgotten it.
    #[command(
        after_help = "Example:\n  frontgate reset-link --email ada@example.com --expires 15m"
    )]
    ResetLink(reset_link::ResetLink),
    /// See who is logged in, and end sessions.
    #[command(subcommand)]
    #[command(after_help = "Example:\n  frontgate sessions revoke --user ada@example.com")]
    Sessions(sessions::Sessions),
    /// List, deactivate, activate, rename and delete users.
    #[command(subcommand)]
    #[command(after_help = "Example:\n  frontgate users deactivate --email ada@example.com")]
    Users(users::Users),
    /// Remove expired sessions and tokens now; a running server does so by itself.
    #[command(name = "flushexpiredtokens")]
    #[command(after_help = "Example:\n  frontgate flushexpiredtokens")]
    FlushExpiredTokens,
    /// Fill an empty database for benchmarks; only into an empty database.
    #[command(
        after_help = "Example:\n  frontgate seed --users 10000 --sessions 100000 --tokens 1000000 --events 500000\n\nExit code: 1, and nothing is changed, when the database was ever used."
    )]
    Seed(seed::Seed),
    /// Print every setting and where its value came from.
    #[command(
        after_help = "Example:\n  frontgate check --deploy\n\nExit code: 0 when all is well, 1 when a setting is wrong or --deploy warns."
    )]
    Check(check::Check),
    /// Print the OpenAPI document.
    #[command(after_help = "Example:\n  frontgate openapi > openapi.json")]
    Openapi,
    /// Ask a running server on this machine whether it is ready, for containers.
    #[command(name = "healthcheck")]
    #[command(
        after_help = "Example:\n  frontgate healthcheck\n\nExit code: 0 when the server is ready, 1 when it is not."
    )]
    HealthCheck,
}

/// Reads the command line of this process and runs its command. What goes wrong is told on
/// standard error.
#[must_use]
pub fn main() -> ExitCode {
    let ended = match CommandLine::try_parse() {
        Ok(command) => command.run(),
        Err(said) => print_help(&said)
            .map(|()| u8::try_from(said.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from))
            .map_err(Into::into),
    };
    ended.unwrap_or_else(|error| {
        note(&format!("frontgate: {error}"));
        ExitCode::FAILURE
    })
}

impl CommandLine {
    /// Runs the command.
    ///
    /// # Errors
    /// Whatever keeps it from running, in words for the person at the terminal.
    pub fn run(self) -> Result<ExitCode, Box<dyn Error>> {
        let settings = Settings::load(self.config.as_deref())?;
        match self.command.unwrap_or(Command::Serve) {
            Command::Serve => serve::serve(settings),
            Command::Migrate => migrate::migrate(&settings),
            Command::Restored(options) => options.run(&settings),
            Command::CreateSuperuser(options) => options.run(&settings),
            Command::SetupLink => setup_link::run(&settings),
            Command::ChangePassword(options) => options.run(&settings),
            Command::ResetLink(options) => options.run(&settings),
            Command::Sessions(command) => command.run(&settings),
            Command::Users(command) => command.run(&settings),
            Command::FlushExpiredTokens => flush_expired_tokens::flush(&settings),
            Command::Seed(options) => options.run(&settings),
            Command::Check(options) => options.run(&settings),
            Command::Openapi => openapi::print(&settings),
            Command::HealthCheck => health_check::health_check(&settings),
        }
    }
}
