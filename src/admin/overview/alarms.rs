//! An alarm: what happened, to whom, and where to look next.

use std::collections::HashMap;

use serde_json::Value;

use crate::admin::in_words;
use crate::admin::parts::{Badge, Device, Source, Time, grouped};
use crate::admin::person::Person;
use crate::clock::Moment;
use crate::models::event::{Event, EventKind};

/// An alarm in the list.
#[derive(Clone, Debug)]
pub struct AlarmRow {
    /// When it was raised.
    pub at: Time,
    /// What it is.
    pub what: Badge,
    /// What that means, in a sentence.
    pub meaning: String,
    /// Whom it concerns.
    pub user: Option<Person>,
    /// Who did it, where that is an operator.
    pub actor: Option<Person>,
    /// Which session, whole.
    pub sid: Option<String>,
    /// From which address or network.
    pub ip: Option<Source>,
    /// By what.
    pub device: Option<Device>,
}

/// Of whom an alarm tells.
pub fn people(alarm: &Event) -> impl Iterator<Item = i64> {
    [alarm.user_id, alarm.actor_id].into_iter().flatten()
}

impl AlarmRow {
    /// The row of an alarm; `emails` has the users who are still there.
    #[must_use]
    pub fn new(alarm: &Event, emails: &HashMap<i64, String>, now: Moment) -> Self {
        let (what, meaning) = tell(alarm);
        let person = |id: Option<i64>| id.map(|id| Person::of(id, emails));
        let agent = alarm.user_agent.as_deref();
        Self {
            at: Time::new(alarm.at, now),
            what,
            meaning,
            user: person(alarm.user_id),
            actor: person(alarm.actor_id),
            sid: alarm.sid.clone(),
            device: agent.map(|agent| Device::of_event(alarm.ip.as_deref(), agent)),
            ip: alarm.ip.as_deref().map(Source::new),
        }
    }
}

/// A badge, and a sentence.
fn tell(alarm: &Event) -> (Badge, String) {
    let detail: Value = serde_json::from_str(&alarm.detail).unwrap_or_default();
    let number = |name: &str| detail.get(name).and_then(Value::as_u64).unwrap_or(0);
    let text = |name: &str| detail.pointer(name).and_then(Value::as_str);
    let kind = EventKind::ALL
        .iter()
        .find(|kind| kind.as_str() == alarm.kind);
    match kind {
        Some(EventKind::ReuseDetected) => (
            Badge::new("bad", "Reuse"),
            "A refresh token that had been replaced was used again. The session has ended.".to_owned(),
        ),
        Some(EventKind::FollowerSuspected) => (
            Badge::new("bad", "Follower"),
            match text("/rotated_from/ip") {
                _ if detail.get("in_a_row").is_some() => format!(
                    "Each of {} refreshes in a row was repeated a moment later{}. Two may hold this session.",
                    number("in_a_row"),
                    if detail.get("rotated_from") == detail.get("repeated_from") {
                        ", from the same place"
                    } else {
                        ", the last one from another place"
                    }
                ),
                Some(first) if Some(first) != alarm.ip.as_deref() => format!(
                    "A refresh token was used from {first} and at once again from elsewhere. Two may hold this session."
                ),
                _ => "A refresh token was used by one program and at once again by another. Two may hold this session."
                    .to_owned(),
            },
        ),
        Some(EventKind::GuessingSuspected) => (
            Badge::new("warn", "Guessing"),
            format!(
                "{} log-ins {} failed within an hour. Somebody may be guessing passwords.",
                grouped(number("count")),
                match &alarm.ip {
                    _ if alarm.user_id.is_some() => "of one user",
                    Some(ip) if ip.contains('/') => "from one network",
                    Some(_) => "from one address",
                    None => "from clients whose address is not known",
                }
            ),
        ),
        Some(EventKind::StaffGranted) => (
            Badge::new("plain", "New staff"),
            "The admin lets this user in.".to_owned(),
        ),
        Some(EventKind::SuperuserGranted | EventKind::SuperuserCreated) => (
            Badge::new("warn", "New superuser"),
            "This user may do everything in the admin.".to_owned(),
        ),
        Some(EventKind::EverythingRevoked) => (
            Badge::new("warn", "Everything ended"),
            "Everybody's sessions were ended.".to_owned(),
        ),
        Some(EventKind::KeyRevoked) => (
            Badge::new("warn", "Key revoked"),
            format!(
                "Every token that the key {} has signed is refused.",
                text("/kid").unwrap_or("?")
            ),
        ),
        Some(EventKind::DatabaseRefused) => (
            Badge::new("bad", "Database refused"),
            match alarm.reason.as_deref() {
                Some("older_timeline") => format!(
                    "The PostgreSQL server {} was the primary before a failover and runs again. Stop it.",
                    text("/server").unwrap_or("?")
                ),
                _ => format!(
                    "The PostgreSQL server {} is of another cluster than this database.",
                    text("/server").unwrap_or("?")
                ),
            },
        ),
        _ => (Badge::new("warn", &in_words(&alarm.kind)), String::new()),
    }
}
