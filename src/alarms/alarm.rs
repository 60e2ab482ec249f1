//! What an alarm says.

use chrono::SecondsFormat;
use serde::Serialize;
use serde_json::Value;

use crate::clock::Moment;
use crate::models::alarm::{Cause, cause};
use crate::models::event::NewEvent;

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
    /// come.
    #[serde(skip_serializing_if = "is_none")]
    pub dropped: u64,
    /// Who can cause it.
    #[serde(skip)]
    pub cause: Cause,
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
        })
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
fn is_none(count: &u64) -> bool {
    *count == 0
}
