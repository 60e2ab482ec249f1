//! `GET /admin/addresses/{ip}/`: who was at an address; and ending what lives there.

use std::net::IpAddr;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::form::Form;
use super::frame::{Frame, Section, Tone};
use super::paging::{self, PATIENCE};
use super::parts::{Button, Danger, Device, Pager, Time};
use super::person::Person;
use super::search::Search;
use super::sessions::ending::{MOST, end_these};
use super::sessions::line::SessionLine;
use super::staff::Staff;
use super::{render, see_other};
use crate::app::App;
use crate::clock::Budget;
use crate::error::Error;
use crate::models::address::{LOOKED_AT, Visitor, Visits};
use crate::models::event::EventKind;
use crate::models::event_list::{EventFilter, ListedEvent};
use crate::models::listing::{self, At};
use crate::models::session_list::SessionFilter;

/// How many users, sessions that passed through and failures are shown.
const SHOWN: usize = 50;

/// Failed log-ins, in a row of a table.
#[derive(Clone, Debug)]
pub struct FailureLine {
    /// When they were noted.
    pub at: Time,
    /// Whose.
    pub user: Option<Person>,
    /// How many.
    pub count: u64,
    /// By which browser.
    pub device: Device,
}

/// An address.
#[derive(Debug, Template)]
#[template(path = "admin/address.html")]
pub struct AddressPage {
    /// What is around it.
    pub frame: Frame,
    /// The address.
    pub ip: IpAddr,
    /// Ends them, where there are any and not too many.
    pub ending: Option<Danger>,
    /// Whether there are too many for that.
    pub too_many: bool,
    /// What was not looked at.
    pub remarks: Vec<String>,
    /// Who was here.
    pub visitors: Vec<Visitor>,
    /// How many more there are.
    pub more_visitors: usize,
    /// Sessions that began here or were last seen here.
    pub lines: Vec<SessionLine>,
    /// The pages around this one.
    pub pager: Pager,
    /// Sessions that were refreshed from here in between.
    pub passing: Vec<SessionLine>,
    /// How many more there are.
    pub more_passing: usize,
    /// Log-ins that failed here, the newest first.
    pub failures: Vec<FailureLine>,
    /// Whether there are more.
    pub more_failures: bool,
}

#[derive(Deserialize)]
struct Detail {
    count: u64,
}

/// Shows an address.
pub async fn address(
    request: HttpRequest,
    staff: Staff,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let ip = ip(&request)?;
    let (search, path) = (Search::of(&request), format!("/admin/addresses/{ip}/"));
    let filter = SessionFilter {
        ip: Some(ip),
        ..SessionFilter::default()
    };
    let (list, now, clock) = (path.clone(), app.now(), app.clock.clone());
    let (visits, listed, failed) = app
        .database
        .read(move |connection| {
            let budget = Budget::new(&clock, PATIENCE);
            let mut still_time = || budget.is_left();
            let visits = Visits::of(connection, ip, now, &mut still_time)?;
            let what = (list.as_str(), "sessions");
            let listed =
                paging::read_within(connection, &search, &filter, what, now, &mut still_time)?;
            let failed = EventFilter {
                ip: Some(ip),
                kinds: vec![EventKind::LogInFailed],
                ..EventFilter::default()
            };
            let failed =
                listing::page(connection, &failed, At::Newest, SHOWN, now, &mut still_time)?;
            Ok::<_, Error>((visits, listed, failed))
        })
        .await?;
    let frame = staff.frame(&app, Section::Sessions);
    let live = visits.live().count();
    let too_many = live > MOST || !visits.complete;
    let ending = (live > 0 && !too_many).then(|| {
        let button = Button::new(&frame, format!("{path}end/"), "End its sessions");
        let consequence = match live {
            1 => "One session lives that began here, was last seen here or passed through. It is refused at once, on every server.".to_owned(),
            live => format!("{live} sessions live that began here, were last seen here or passed through. All of them are refused at once, on every server, also those of people who share this address."),
        };
        Danger::new(button, consequence)
    });
    let visitors = visits.visitors();
    render(&AddressPage {
        ip,
        ending,
        too_many: live > 0 && too_many,
        remarks: remarks(&visits),
        more_visitors: visitors.len().saturating_sub(SHOWN),
        visitors: visitors.into_iter().take(SHOWN).collect(),
        lines: SessionLine::all(&listed.rows, now),
        pager: listed.pager,
        more_passing: visits.passing.len().saturating_sub(SHOWN),
        passing: visits
            .passing
            .iter()
            .take(SHOWN)
            .map(|session| SessionLine::new(session, now))
            .collect(),
        failures: failed
            .rows
            .iter()
            .map(|event| failure(event, now))
            .collect(),
        more_failures: failed.older.is_some(),
        frame,
    })
}

/// `POST /admin/addresses/{ip}/end/`: what lives at an address ends.
pub async fn end(
    request: HttpRequest,
    form: Form,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let ip = ip(&request)?;
    let now = app.now();
    let visits = app
        .database
        .read(move |connection| Visits::of(connection, ip, now, &mut || true).map_err(Error::from))
        .await?;
    let sids: Vec<_> = visits
        .live()
        .map(|session| session.row.sid.clone())
        .collect();
    if sids.len() > MOST || !visits.complete {
        let text = format!(
            "More than {MOST} sessions are known of {ip}, and no session was ended. \
             End them as a job instead: the link is below."
        );
        form.staff.say(Tone::Warning, text);
    } else {
        let ended = end_these(&form.staff, &app, sids).await?;
        form.staff.say(ended.tone(), ended.in_words());
    }
    Ok(see_other(&format!("/admin/addresses/{ip}/")))
}

/// What was not looked at, in sentences.
fn remarks(visits: &Visits) -> Vec<String> {
    let sessions = (!visits.complete).then(|| {
        format!("The {LOOKED_AT} newest sessions of this address were looked at: users and numbers are at least these.")
    });
    let passing = (!visits.passing_complete).then(|| {
        format!("The {LOOKED_AT} newest tokens and events of this address were looked at for sessions that passed through: there may be more of those.")
    });
    sessions.into_iter().chain(passing).collect()
}

/// The address in the path, as the database spells it.
fn ip(request: &HttpRequest) -> Result<IpAddr, Error> {
    let given = request.match_info().get("ip").unwrap_or_default();
    let ip: IpAddr = given.parse().map_err(|_| Error::NotFound)?;
    Ok(ip.to_canonical())
}

fn failure(listed: &ListedEvent, now: crate::clock::Moment) -> FailureLine {
    let event = &listed.event;
    let detail = serde_json::from_str(&event.detail).ok();
    FailureLine {
        at: Time::new(event.at, now),
        user: event.user_id.map(|id| Person {
            id,
            email: listed.email.clone(),
        }),
        count: detail.map_or(1, |Detail { count }| count),
        device: Device::new(event.user_agent.as_deref().unwrap_or_default()),
    }
}
