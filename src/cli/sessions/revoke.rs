//! `frontgate sessions revoke`: sessions, a user's, everybody's, or what a key has signed.

mod everything;
mod key;
mod many;
mod operation;

pub(in crate::cli) use everything::end_rows;

use std::error::Error;
use std::process::ExitCode;

use clap::{ArgGroup, Args};

use self::operation::{Operation, Report, count};
use super::filter::Narrow;
use super::session_id::{no_session, session_id};
use crate::cli::table::{cell, json, time};
use crate::cli::{connection, find_user, print};
use crate::config::Settings;
use crate::email;
use crate::models::session::Session;
use crate::models::session_list::{ListedSession, count_not_ended};
use crate::models::user::User;
use crate::rotation::EndReason;
use crate::sessions::Client;

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("any").required(true).multiple(true).args(ANY)))]
pub(in crate::cli) struct Revoke {
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    narrow: Narrow,
    /// Say what would end, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Do not ask before --all and --key, nor before what narrows down.
    #[arg(long)]
    yes: bool,
    /// A JSON object for programs.
    #[arg(long)]
    json: bool,
}

/// One of these must be given.
const ANY: [&str; 12] = [
    "session",
    "user",
    "all",
    "key",
    "ip",
    "network",
    "user_agent",
    "created_after",
    "created_before",
    "last_seen_after",
    "last_seen_before",
    "keep",
];

#[derive(Debug, Args)]
#[group(multiple = false)]
struct What {
    /// This session; can be given several times.
    #[arg(long, value_name = "SID")]
    session: Vec<String>,
    /// Every session of this user, by address or number; or those that are narrowed down.
    #[arg(long, value_name = "EMAIL_OR_ID")]
    user: Option<String>,
    /// Every session of everybody.
    #[arg(long)]
    all: bool,
    /// Whatever this key has signed or will sign, for ever; `frontgate check` names the key.
    #[arg(long, value_name = "KID")]
    key: Option<String>,
}

impl Revoke {
    pub(super) fn run(self, settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
        let sids = self.what.session.iter().map(|given| session_id(given));
        let sids = sids.collect::<Result<Vec<_>, _>>()?;
        let key = self.what.key.as_deref().map(key::key_id).transpose()?;
        let (connection, clock) = connection::open(settings)?;
        let mut operation = Operation {
            settings,
            connection,
            clock,
            by: Client::command_line("sessions revoke").into(),
            dry_run: self.dry_run,
            yes: self.yes,
        };
        let mut report = match (&self.what.user, &key) {
            (user, None) if self.narrow.is_given() => {
                operation.many(user.as_deref(), &self.narrow)?
            }
            (Some(user), _) => operation.user(user)?,
            (_, Some(kid)) => operation.key(kid)?,
            _ if self.what.all => operation.everything()?,
            _ => operation.sessions(sids)?,
        };
        report.dry_run = self.dry_run;
        if self.json {
            print(&json(&report)?)?;
        } else {
            print(&report.words)?;
            print(match (self.dry_run, report.changed) {
                (true, _) => "Nothing was changed (--dry-run).\n",
                (false, true) => "",
                (false, false) => "Nothing was changed.\n",
            })?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Operation<'_> {
    /// Ends sessions one by one; all of them must be there.
    fn sessions(&mut self, mut sids: Vec<String>) -> Result<Report, Box<dyn Error>> {
        sids.sort();
        sids.dedup();
        let mut found = Vec::new();
        for sid in &sids {
            let session = ListedSession::find(&mut self.connection, sid, self.clock.now())?;
            found.push(session.ok_or_else(|| no_session(sid))?);
        }
        let mut report = Report {
            revoked: "session",
            subjects: sids,
            ..Report::default()
        };
        for ListedSession { row, email, .. } in found {
            let (sid, email) = (&row.sid, email::shown(&email));
            let ended = if self.dry_run {
                row.ended_at.is_none()
            } else {
                self.end_session(sid)?
            };
            let line = match (ended, self.dry_run, row.ended_at) {
                (true, true, _) => format!("Session {sid} of {email} would end.\n"),
                (true, false, _) => format!("Session {sid} of {email} ended.\n"),
                (false, _, Some(at)) => format!(
                    "Session {sid} of {email} had ended already, {}: {}.\n",
                    time(at),
                    cell(row.end_reason.as_deref().unwrap_or_default())
                ),
                (false, _, None) => {
                    format!("Session {sid} of {email} ended a moment before.\n")
                }
            };
            report.words.push_str(&line);
            report.changed |= ended;
            report.sessions += i64::from(ended);
        }
        Ok(report)
    }

    /// Ends one session; `false` when it had ended, or is gone, by now.
    fn end_session(&mut self, sid: &str) -> Result<bool, diesel::result::Error> {
        self.change(|change| {
            let Some(session) = Session::lock(change.connection, sid)? else {
                return Ok(false);
            };
            change.read_clock();
            change.end(&session, EndReason::Revoked)
        })
    }

    /// Ends every session of a user, those that are being opened included.
    fn user(&mut self, given: &str) -> Result<Report, Box<dyn Error>> {
        let user = find_user::by_email_or_id(&mut self.connection, given)?;
        let email = email::shown(&user.email);
        let sessions = if self.dry_run {
            count_not_ended(&mut self.connection, Some(user.id))?
        } else {
            self.end_user(user.id)?
        };
        let words = match (sessions, self.dry_run) {
            (0, _) => format!("{email} has no session that has not ended.\n"),
            (_, false) => format!("{} of {email} ended.\n", count(sessions)),
            (_, true) => format!("{} of {email} would end.\n", count(sessions)),
        };
        Ok(Report {
            revoked: "user",
            subjects: vec![user.email],
            changed: sessions > 0,
            sessions,
            words,
            ..Report::default()
        })
    }

    fn end_user(&mut self, user_id: i64) -> Result<i64, diesel::result::Error> {
        self.change(|change| {
            // Log-ins wait from here on: what they have opened is counted, or newer.
            if !User::lock(change.connection, user_id)?
                || count_not_ended(change.connection, Some(user_id))? == 0
            {
                return Ok(0);
            }
            change.read_clock();
            let ended = change.end_all(user_id, EndReason::Revoked)?;
            Ok(i64::try_from(ended).unwrap_or(i64::MAX))
        })
    }
}
