//! `frontgate seed`, for benchmarks.

use std::error::Error;
use std::process::ExitCode;

use clap::Args;

use super::confirm::confirm;
use super::progress::{Progress, Reporter};
use super::{connection, print};
use crate::config::Settings;
use crate::db;
use crate::models::seed::{ADDRESSES, BUSY_SESSIONS, Size};
use crate::passwords;
use crate::seed::{self, check, fill};

#[derive(Debug, Args)]
pub(super) struct Seed {
    /// How many users.
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    users: i64,
    /// How many sessions: live, ended and expired ones of the last 90 days.
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    sessions: i64,
    /// How many refresh tokens: at least one a session, and 32 on average at most.
    #[arg(long, value_name = "N", default_value_t = 10_000_000)]
    tokens: i64,
    /// How many rows of the audit log.
    #[arg(long, value_name = "N", default_value_t = 5_000_000)]
    events: i64,
    /// The password of admin@example.com and ada@example.com; without it a random one is
    /// made and printed.
    #[arg(long)]
    password: Option<String>,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

impl Seed {
    pub(super) fn run(self, settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
        let (mut connection, clock) = connection::open(settings)?;
        let size = Size {
            users: self.users,
            sessions: self.sessions,
            tokens: self.tokens,
            events: self.events,
            now: clock.now(),
        };
        check(&size)?;
        let question = format!(
            "This fills an empty database with {} users, {} sessions, {} refresh tokens and {} events, for benchmarks.",
            size.users, size.sessions, size.tokens, size.events
        );
        confirm(&question, "", self.yes)?;
        let password = self.password.unwrap_or_else(passwords::random);
        let hash = passwords::encode(&password, settings.passwords.bcrypt_cost)?;
        let mut reporter = Reporter::new(&clock);
        let mut report = |made: seed::Progress<'_>| {
            reporter.hear(Progress {
                what: made.what,
                done: made.done,
                of: made.of,
            });
        };
        let seeded = db::unbounded(|| fill(&mut connection, &size, &hash, &mut report))?;
        let [administrator, busy] = ADDRESSES;
        print(&format!(
            "{} users, {} sessions, {} refresh tokens, {} of them blacklisted, and {} events, in {:.1} s.\n\
             {administrator} is a superuser, and {busy} has up to {BUSY_SESSIONS} sessions; the password of both is {password}\n",
            seeded.users,
            seeded.sessions,
            seeded.tokens.outstanding,
            seeded.tokens.blacklisted,
            seeded.events,
            reporter.elapsed().as_secs_f64(),
        ))?;
        Ok(ExitCode::SUCCESS)
    }
}
