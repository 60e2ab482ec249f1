//! `frontgate sessions list`.

use std::error::Error;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use crate::cli::table::{cell, device, json, rfc3339, table, time};
use crate::cli::{connection, find_user, print};
use crate::config::Settings;
use crate::email;
use crate::models::listing::{self, At};
use crate::models::session_list::{ListedSession, SessionFilter, State};

#[derive(Debug, Args)]
pub(in crate::cli) struct List {
    /// Only this user's, by address or number.
    #[arg(long, value_name = "EMAIL_OR_ID")]
    user: Option<String>,
    /// Those that have ended or expired as well.
    #[arg(long)]
    ended: bool,
    /// How many at most.
    #[arg(long, value_name = "N", default_value_t = 50, allow_negative_numbers = true,
        value_parser = clap::value_parser!(i64).range(1..=1_000_000))]
    limit: i64,
    /// A JSON array for programs.
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) fn run(self, settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
        let (mut connection, clock) = connection::open(settings)?;
        let user = match &self.user {
            Some(given) => Some(find_user::by_email_or_id(&mut connection, given)?),
            None => None,
        };
        let filter = SessionFilter {
            user_id: user.as_ref().map(|user| user.id),
            state: (!self.ended).then_some(State::Live),
            ..SessionFilter::default()
        };
        let now = clock.now();
        let page = listing::page(
            &mut connection,
            &filter,
            At::Newest,
            usize::try_from(self.limit)?,
            now,
            &mut || true,
        )?;
        let found = page.rows;
        if self.json {
            let shown: Vec<_> = found.iter().map(Shown::of).collect();
            print(&json(&shown)?)?;
        } else if found.is_empty() {
            let whose = user.map_or_else(String::new, |user| {
                format!(" of {}", email::shown(&user.email))
            });
            print(&if self.ended {
                format!(
                    "There is no session{whose}, and there was none that is still remembered.\n"
                )
            } else {
                format!("There is no live session{whose}. --ended shows those that are over.\n")
            })?;
        } else {
            print(&as_table(&found))?;
            if page.older.is_some() {
                print("There may be more: --limit shows them.\n")?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

pub(super) fn as_table(found: &[ListedSession]) -> String {
    let rows: Vec<_> = found
        .iter()
        .map(|session| {
            let row = &session.row;
            [
                row.sid.clone(),
                cell(&email::shown(&session.email)),
                device(&row.last_user_agent),
                cell(row.last_ip.as_deref().unwrap_or_default()),
                time(row.created_at),
                time(row.last_seen_at),
                state_in_words(session),
            ]
        })
        .collect();
    table(
        [
            "ID",
            "USER",
            "DEVICE",
            "IP",
            "CREATED",
            "LAST SEEN",
            "STATE",
        ],
        &rows,
    )
}

/// Until when it lives, or since when and why it does not.
pub(super) fn state_in_words(session: &ListedSession) -> String {
    let row = &session.row;
    match (session.state, row.ended_at) {
        (State::Ended, Some(at)) => format!(
            "ended {}, {}",
            time(at),
            cell(row.end_reason.as_deref().unwrap_or_default())
        ),
        (State::Live, _) => format!("expires {}", time(row.expires_at)),
        (State::Expired, _) => format!("expired {}", time(row.expires_at)),
        (State::Refused | State::Ended, _) => "refused".to_owned(),
    }
}

/// A session as programs read it.
#[derive(Serialize)]
pub(super) struct Shown<'a> {
    id: &'a str,
    state: &'static str,
    user_id: i64,
    email: &'a str,
    created_at: String,
    ip: Option<&'a str>,
    user_agent: &'a str,
    last_seen_at: String,
    last_ip: Option<&'a str>,
    last_user_agent: &'a str,
    refresh_tokens: i64,
    expires_at: String,
    absolute_expires_at: String,
    ended_at: Option<String>,
    end_reason: Option<&'a str>,
    ended_by: Option<i64>,
}

impl<'a> Shown<'a> {
    pub(super) fn of(session: &'a ListedSession) -> Self {
        let row = &session.row;
        Self {
            id: &row.sid,
            state: session.state.as_str(),
            user_id: row.user_id,
            email: &session.email,
            created_at: rfc3339(row.created_at),
            ip: row.ip.as_deref(),
            user_agent: &row.user_agent,
            last_seen_at: rfc3339(row.last_seen_at),
            last_ip: row.last_ip.as_deref(),
            last_user_agent: &row.last_user_agent,
            refresh_tokens: row.token_count,
            expires_at: rfc3339(row.expires_at),
            absolute_expires_at: rfc3339(row.absolute_expires_at),
            ended_at: row.ended_at.map(rfc3339),
            end_reason: row.end_reason.as_deref(),
            ended_by: row.ended_by,
        }
    }
}
