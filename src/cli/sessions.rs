//! `frontgate sessions`: who is logged in, and ending that.

mod filter;
mod list;
mod revoke;
mod session_id;
mod show;

use std::error::Error;
use std::process::ExitCode;

use clap::Subcommand;

pub(super) use revoke::end_rows;

use crate::config::Settings;

#[derive(Debug, Subcommand)]
pub(super) enum Sessions {
    /// List sessions, the newest first.
    #[command(after_help = "Example:\n  frontgate sessions list --user ada@example.com --ended")]
    List(list::List),
    /// Show one session, its refresh tokens and its events.
    #[command(after_help = "Example:\n  frontgate sessions show 0f5e2c5d8d6b4c5e9a3a0d1b2c3d4e5f")]
    Show(show::Show),
    /// End sessions; running servers refuse them at once.
    #[command(
        after_help = "Examples:\n  frontgate sessions revoke --user ada@example.com\n  frontgate sessions revoke --all --dry-run\n  frontgate sessions revoke --network 198.51.100.0/24 --user-agent Firefox --dry-run\n\nWhat narrows the sessions down can be combined: those end of which all of it holds. A running\nserver finishes what this command leaves when it is interrupted.\n\nExit code: 0 also when there was nothing left to end."
    )]
    Revoke(revoke::Revoke),
}

impl Sessions {
    pub(super) fn run(self, settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
        match self {
            Self::List(options) => options.run(settings),
            Self::Show(options) => options.run(settings),
            Self::Revoke(options) => options.run(settings),
        }
    }
}
