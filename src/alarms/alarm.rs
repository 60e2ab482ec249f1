//! What an alarm says.

use chrono::SecondsFormat;
use diesel::QueryResult;
use serde::Serialize;
use serde_json::Value;

use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::models::alarm::{Cause, cause};
use crate::models::event::{EventIdentity, NewEvent};
use crate::models::user::User;

/// An event that somebody should look at, as the program of the operator reads it. It never
/// holds a secret.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Alarm {
    /// What happened.
    pub kind: &'static str,
    /// When, as RFC 3339 writes it, in UTC.
    pub at: String,
    /// Whom it happened to.
    pub user_id: Option<i64>,
    /// The address of that user, while they are there.
    pub email: Option<String>,
    /// Who did it, where that is somebody else.
    pub actor_id: Option<i64>,
    /// Who did it, by name: the operator's address while they are there, or the system user
    /// at the command line, such as `cli:root`.
    pub actor: Option<String>,
    /// Which session.
    pub sid: Option<String>,
    /// Which refresh token, by its `jti`.
    pub jti: Option<String>,
    /// From which address.
    pub ip: Option<String>,
    /// By which browser, or by which command.
    pub user_agent: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// What else there is to know.
    pub detail: Value,
    /// How many alarms of this kind about this user, or this address, it stands for beside
    /// itself.
    #[serde(skip_serializing_if = "is_none")]
    pub more: u64,
    /// How many alarms were dropped before this one, since the program is slower than they
    /// come, with those for which they stood.
    #[serde(skip_serializing_if = "is_none")]
    pub dropped: u64,
    /// Who can cause it.
    #[serde(skip)]
    pub cause: Cause,
    /// When, as the event has it.
    #[serde(skip)]
    moment: Moment,
}

impl Alarm {
    /// The alarm that this event is; `None` for one that nobody need get up for.
    #[must_use]
    pub fn of(event: &NewEvent<'_>, now: Moment) -> Option<Self> {
        let detail = event.detail.unwrap_or("{}");
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let cause = cause(event.kind)?;
        Some(Self {
            kind: event.kind.as_str(),
            at: now.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            user_id: event.user_id,
            email: None,
            actor_id: event.actor_id,
            actor: at_command_line(event, cause),
            sid: owned(event.sid),
            jti: owned(event.jti),
            ip: owned(event.ip),
            user_agent: owned(event.user_agent),
            reason: owned(event.reason),
            // What we wrote is JSON.
            detail: serde_json::from_str(detail).unwrap_or_default(),
            more: 0,
            dropped: 0,
            cause,
            moment: now,
        })
    }

    /// What its event is known by in the audit log.
    pub(crate) fn event(&self) -> EventIdentity<'_> {
        EventIdentity {
            kind: self.kind,
            at: self.moment,
            user_id: self.user_id,
            sid: self.sid.as_deref(),
        }
    }
}

impl Alarm {
    /// Fills in the addresses of the user and of the operator, as far as they are there.
    pub fn name_people(&mut self, connection: &mut AnyConnection) -> QueryResult<()> {
        let ids: Vec<_> = self.user_id.into_iter().chain(self.actor_id).collect();
        let emails = User::emails(connection, &ids)?;
        let address = |id: Option<i64>| id.and_then(|id| emails.get(&id).cloned());
        self.email = address(self.user_id);
        if self.actor_id.is_some() {
            self.actor = address(self.actor_id);
        }
        Ok(())
    }
}

/// The system user, where it was a command: requests have an address, but for those of clients
/// that a proxy did not name, who may call their browser what they like.
fn at_command_line(event: &NewEvent<'_>, cause: Cause) -> Option<String> {
    let command = cause == Cause::Operators && event.ip.is_none();
    let agent = event.user_agent.filter(|_| command)?;
    let (_, name) = agent.strip_suffix(')')?.rsplit_once(" (")?;
    name.starts_with("cli:").then(|| name.to_owned())
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
fn is_none(count: &u64) -> bool {
    *count == 0
}
