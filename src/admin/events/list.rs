//! `GET /admin/events/`: what happened, the newest first.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde_json::Value;

use super::filter;
use crate::admin::fields::Filters;
use crate::admin::frame::{Frame, Section};
use crate::admin::paging::{self, Listed};
use crate::admin::parameters::Parameters;
use crate::admin::parts::{Badge, Device, Pager, Time};
use crate::admin::person::Person;
use crate::admin::search::Search;
use crate::admin::staff::Staff;
use crate::admin::{in_words, render_search};
use crate::app::App;
use crate::clock::Moment;
use crate::error::Error;
use crate::models::event::EventKind;
use crate::models::event_list::ListedEvent;

/// The audit log.
#[derive(Debug, Template)]
#[template(path = "admin/events.html")]
pub struct EventsPage {
    /// What is around it.
    pub frame: Frame,
    /// What can be looked for.
    pub filters: Filters,
    /// The filters as a query, for what is taken along.
    pub query: Parameters,
    /// What was found.
    pub events: Vec<EventRow>,
    /// The way to the rest.
    pub pager: Pager,
    /// Whether the list begins here, and so what comes next appears in it.
    pub is_first: bool,
}

/// An event in the list.
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
    pub ip: Option<String>,
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
            ip: event.ip,
            reason: event.reason.as_deref().map(in_words),
            detail: detail(&event.detail),
        }
    }
}

/// Lists them.
pub async fn events(
    staff: Staff,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let (clock, mut search) = (app.clock.clone(), Search::of(&request));
    let (search, listed) = app
        .database
        .read(move |connection| {
            let filter = filter(connection, &mut search)?;
            let listed = if search.is_right() {
                let what = (Section::Events.path(), "events");
                paging::read(connection, &search, &filter, what, &clock)?
            } else {
                Listed::default()
            };
            Ok::<_, Error>((search, listed))
        })
        .await?;
    let frame = staff.frame(&app, Section::Events);
    let now = frame.now;
    let events = listed.rows.into_iter();
    let page = EventsPage {
        frame,
        filters: filters(&search),
        query: search.filters(),
        events: events.map(|event| EventRow::new(event, now)).collect(),
        pager: listed.pager,
        is_first: listed.is_first,
    };
    render_search(&search, &page)
}

fn filters(search: &Search) -> Filters {
    let kinds = EventKind::ALL.iter().map(|kind| kind.as_str());
    let kinds = kinds.map(|word| (word, in_words(word)));
    let fields = vec![
        search.text_field("user", "User", "E-mail address or id: whom it happened to."),
        search.text_field("actor", "Operator", "E-mail address or id: who did it."),
        search.text_field("sid", "Session", "The whole id."),
        search.text_field("ip", "Address or network", "Such as 203.0.113.0/24."),
        search.text_field("reason", "Reason", "The whole word, such as revoked."),
        search.time_field("from", "From (UTC)"),
        search.time_field("before", "Before (UTC)"),
        search.checks_field("kind", "What happened", kinds),
    ];
    search.shown(Section::Events.path(), fields)
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
            | EventKind::KeyRevoked,
        ) => "warn",
        _ => "plain",
    };
    Badge::new(class, in_words(kind))
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
