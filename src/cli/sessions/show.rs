//! `frontgate sessions show`.

use std::error::Error;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use serde_json::Value;

use super::list::{Shown, state_in_words};
use super::session_id::{no_session, session_id};
use crate::cli::table::{cell, device, json, rfc3339, table, time};
use crate::cli::{connection, print};
use crate::config::Settings;
use crate::email;
use crate::models::event::Event;
use crate::models::outstanding_token::TokenUse;
use crate::models::session_list::ListedSession;
use crate::visible::visible;

/// How many of a session's events are shown, the newest.
const EVENTS: i64 = 100;

#[derive(Debug, Args)]
pub(in crate::cli) struct Show {
    /// The session's id.
    #[arg(value_name = "SID")]
    sid: String,
    /// A JSON object for programs.
    #[arg(long)]
    json: bool,
}

impl Show {
    pub(super) fn run(self, settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
        let sid = session_id(&self.sid)?;
        let (mut connection, clock) = connection::open(settings)?;
        let session = ListedSession::find(&mut connection, &sid, clock.now())?
            .ok_or_else(|| no_session(&sid))?;
        let tokens = TokenUse::of_session(&mut connection, session.row.id)?;
        let events = Event::newest_of_session(&mut connection, &sid, EVENTS)?;
        print(&if self.json {
            json(&Whole {
                session: Shown::of(&session),
                tokens: tokens
                    .iter()
                    .map(|token| ShownToken::of(token, &session))
                    .collect(),
                events: events.iter().map(ShownEvent::of).collect(),
            })?
        } else {
            let (facts, tokens) = (facts(&session), tokens_table(&tokens, &session));
            let events = events_table(&events);
            format!("{facts}\nRefresh tokens\n{tokens}\nEvents\n{events}")
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

fn facts(session: &ListedSession) -> String {
    let row = &session.row;
    let from = |ip: &Option<String>, agent: &str| {
        let ip = cell(ip.as_deref().unwrap_or_default());
        let agent = visible(agent);
        format!(
            "from {ip} by {}",
            if agent.is_empty() { "-" } else { &agent }
        )
    };
    let lines = [
        ("session", row.sid.clone()),
        (
            "user",
            format!("{} (number {})", email::shown(&session.email), row.user_id),
        ),
        ("state", state_in_words(session)),
        (
            "created",
            format!(
                "{} {}",
                time(row.created_at),
                from(&row.ip, &row.user_agent)
            ),
        ),
        (
            "last seen",
            format!(
                "{} {}",
                time(row.last_seen_at),
                from(&row.last_ip, &row.last_user_agent)
            ),
        ),
        ("ends at the latest", time(row.absolute_expires_at)),
        ("refresh tokens", row.token_count.to_string()),
    ];
    let lines = lines.map(|(name, value)| format!("{name:18}  {value}\n"));
    lines.concat()
}

fn token_state<'a>(token: &'a TokenUse, session: &ListedSession) -> &'a str {
    match &token.blacklisted {
        Some(reason) => reason,
        None if token.jti == session.row.current_jti => "current",
        None => "-",
    }
}

fn tokens_table(tokens: &[TokenUse], session: &ListedSession) -> String {
    let rows: Vec<_> = tokens
        .iter()
        .map(|token| {
            [
                token.sequence.to_string(),
                token.jti.clone(),
                time(token.created_at),
                token.used_at.map_or_else(|| "-".to_owned(), time),
                cell(token.used_ip.as_deref().unwrap_or_default()),
                device(token.used_user_agent.as_deref().unwrap_or_default()),
                cell(token_state(token, session)),
            ]
        })
        .collect();
    table(
        [
            "NO",
            "JTI",
            "CREATED",
            "USED",
            "FROM IP",
            "BY DEVICE",
            "STATE",
        ],
        &rows,
    )
}

fn events_table(events: &[Event]) -> String {
    let rows: Vec<_> = events
        .iter()
        .map(|event| {
            [
                time(event.at),
                cell(&event.kind),
                cell(event.reason.as_deref().unwrap_or_default()),
                cell(event.ip.as_deref().unwrap_or_default()),
                device(event.user_agent.as_deref().unwrap_or_default()),
            ]
        })
        .collect();
    table(["AT", "KIND", "REASON", "IP", "DEVICE"], &rows)
}

#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    session: Shown<'a>,
    tokens: Vec<ShownToken<'a>>,
    events: Vec<ShownEvent<'a>>,
}

#[derive(Serialize)]
struct ShownToken<'a> {
    sequence: i64,
    jti: &'a str,
    state: &'a str,
    created_at: String,
    expires_at: String,
    used_at: Option<String>,
    used_ip: Option<&'a str>,
    used_user_agent: Option<&'a str>,
}

impl<'a> ShownToken<'a> {
    fn of(token: &'a TokenUse, session: &ListedSession) -> Self {
        Self {
            sequence: token.sequence,
            jti: &token.jti,
            state: token_state(token, session),
            created_at: rfc3339(token.created_at),
            expires_at: rfc3339(token.expires_at),
            used_at: token.used_at.map(rfc3339),
            used_ip: token.used_ip.as_deref(),
            used_user_agent: token.used_user_agent.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct ShownEvent<'a> {
    at: String,
    kind: &'a str,
    actor_id: Option<i64>,
    jti: Option<&'a str>,
    ip: Option<&'a str>,
    user_agent: Option<&'a str>,
    reason: Option<&'a str>,
    detail: Value,
}

impl<'a> ShownEvent<'a> {
    fn of(event: &'a Event) -> Self {
        Self {
            at: rfc3339(event.at),
            kind: &event.kind,
            actor_id: event.actor_id,
            jti: event.jti.as_deref(),
            ip: event.ip.as_deref(),
            user_agent: event.user_agent.as_deref(),
            reason: event.reason.as_deref(),
            detail: serde_json::from_str(&event.detail).unwrap_or_default(),
        }
    }
}
