//! `GET /admin/sessions/followers/`: alarms that two may hold one session.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::detail::From;
use super::line::state;
use super::tabs::{FOLLOWERS, Tab, tabs};
use crate::admin::frame::{Frame, Section};
use crate::admin::paging;
use crate::admin::parts::{Badge, Pager, Time, short};
use crate::admin::person::Person;
use crate::admin::render;
use crate::admin::search::Search;
use crate::admin::staff::Staff;
use crate::app::App;
use crate::clock::Moment;
use crate::error::Error;
use crate::models::event::EventKind;
use crate::models::event_list::{EventFilter, ListedEvent};
use crate::models::session_list::ListedSession;

/// An alarm.
#[derive(Clone, Debug)]
pub struct AlarmLine {
    /// When it was raised.
    pub at: Time,
    /// The session, whole and cut; none where the event names none.
    pub session: Option<(String, String)>,
    /// What became of the session; none where it is gone.
    pub state: Option<Badge>,
    /// Whose it is.
    pub user: Option<Person>,
    /// Who had rotated the token.
    pub first: Option<From>,
    /// Who presented it again.
    pub second: From,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "admin/sessions/followers.html")]
pub struct FollowersPage {
    /// What is around it.
    pub frame: Frame,
    /// The saved views.
    pub tabs: Vec<Tab>,
    /// The alarms, the newest first.
    pub alarms: Vec<AlarmLine>,
    /// The pages around this one.
    pub pager: Pager,
}

/// What an alarm says beside from where it came.
#[derive(Deserialize)]
struct Detail {
    rotated_from: RotatedFrom,
}

#[derive(Deserialize)]
struct RotatedFrom {
    ip: Option<String>,
    user_agent: String,
}

impl AlarmLine {
    /// The line of an alarm, and of its session where that is still there.
    #[must_use]
    pub fn new(alarm: &ListedEvent, session: Option<&ListedSession>, now: Moment) -> Self {
        let event = &alarm.event;
        let detail = serde_json::from_str(&event.detail).ok();
        Self {
            at: Time::new(event.at, now),
            session: alarm.sid.as_ref().map(|sid| (sid.clone(), short(sid))),
            state: session.map(state),
            user: event.user_id.map(|id| Person {
                id,
                email: alarm.email.clone(),
            }),
            first: detail.map(
                |Detail {
                     rotated_from: place,
                 }| { From::new(place.ip.as_deref(), &place.user_agent) },
            ),
            second: From::new(
                event.ip.as_deref(),
                event.user_agent.as_deref().unwrap_or_default(),
            ),
        }
    }
}

/// Lists the alarms.
pub async fn followers(
    request: HttpRequest,
    staff: Staff,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let (search, clock) = (Search::of(&request), app.clock.clone());
    let filter = EventFilter {
        kinds: vec![EventKind::FollowerSuspected],
        ..EventFilter::default()
    };
    let looked = search.look(
        &app,
        |_, _| Ok(filter),
        move |connection, search, filter| {
            let listed = paging::read(connection, search, filter, (FOLLOWERS, "alarms"), &clock)?;
            let sids = listed.rows.iter().filter_map(|row| row.sid.clone());
            let sids: Vec<_> = sids.collect();
            let sessions = ListedSession::of_sids(connection, &sids, clock.now())?;
            Ok((listed, sessions))
        },
    );
    let (search, (listed, sessions)) = looked.await?;
    let frame = staff.frame(&app, Section::Sessions);
    let sessions: HashMap<&str, &ListedSession> = sessions
        .iter()
        .map(|session| (session.row.sid.as_str(), session))
        .collect();
    let line = |alarm: &ListedEvent| {
        let session = alarm.sid.as_deref().and_then(|sid| sessions.get(sid));
        AlarmLine::new(alarm, session.copied(), frame.now)
    };
    render(&FollowersPage {
        tabs: tabs(FOLLOWERS, &search),
        alarms: listed.rows.iter().map(line).collect(),
        pager: listed.pager,
        frame,
    })
}
