//! An event, as every page that lists events shows it.

use serde_json::Value;

use crate::admin::in_words;
use crate::admin::parts::{Badge, Device, Source, Time};
use crate::admin::person::Person;
use crate::clock::Moment;
use crate::models::event::EventKind;
use crate::models::event_list::ListedEvent;

/// An event in a row of a table.
#[derive(Clone, Debug)]
pub struct EventRow {
    /// When it happened.
    pub at: Time,
    /// What it is.
    pub kind: Badge,
    /// Whom it happened to.
    pub user: Option<Person>,
    /// Who did it, where that is somebody else.
    pub actor: Option<Person>,
    /// Which session.
    pub sid: Option<String>,
    /// Which refresh token, by its `jti`.
    pub jti: Option<String>,
    /// From which address.
    pub ip: Option<Source>,
    /// By what.
    pub device: Option<Device>,
    /// Why.
    pub reason: Option<String>,
    /// What else there is to know: names and values.
    pub detail: Vec<(String, String)>,
}

impl EventRow {
    /// How this event is shown.
    #[must_use]
    pub fn new(listed: ListedEvent, now: Moment) -> Self {
        let event = listed.event;
        let person = |id: Option<i64>, email| id.map(|id| Person { id, email });
        Self {
            at: Time::new(event.at, now),
            kind: badge(&event.kind),
            user: person(event.user_id, listed.email),
            actor: person(event.actor_id, listed.actor_email),
            sid: listed.sid,
            jti: event.jti,
            device: event
                .user_agent
                .as_deref()
                .map(|agent| Device::of_event(event.ip.as_deref(), agent)),
            ip: event.ip.as_deref().map(Source::new),
            reason: event.reason.as_deref().map(in_words),
            detail: detail(&event.detail),
        }
    }
}

/// What somebody should look at stands out.
fn badge(kind: &str) -> Badge {
    let known = EventKind::ALL.iter().find(|known| known.as_str() == kind);
    let class = match known {
        Some(EventKind::ReuseDetected | EventKind::FollowerSuspected) => "bad",
        Some(
            EventKind::LogInFailed
            | EventKind::GuessingSuspected
            | EventKind::SuperuserCreated
            | EventKind::SuperuserGranted
            | EventKind::RefreshRepeated
            | EventKind::EverythingRevoked
            | EventKind::KeyRevoked
            | EventKind::DatabaseRefused,
        ) => "warn",
        _ => "plain",
    };
    Badge::new(class, &in_words(kind))
}

/// The fields of the object, those of objects in it under both names; what is no object stays
/// as it is.
fn detail(json: &str) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    match serde_json::from_str(json) {
        Ok(value @ Value::Object(_)) => flatten(String::new(), value, &mut fields),
        _ => fields.push(("detail".to_owned(), json.to_owned())),
    }
    fields
}

fn flatten(name: String, value: Value, fields: &mut Vec<(String, String)>) {
    match value {
        Value::Object(inner) => {
            for (field, value) in inner {
                let field = in_words(&field);
                let within = if name.is_empty() {
                    field
                } else {
                    format!("{name}, {field}")
                };
                flatten(within, value, fields);
            }
        }
        Value::String(text) => fields.push((name, text)),
        value => fields.push((name, value.to_string())),
    }
}
