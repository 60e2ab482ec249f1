//! `GET /admin/sessions/{sid}/`: one session, its family tree and its events.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use diesel::QueryResult;

use super::family::{Again, Family, Fate, Member, Step};
use super::line::state;
use super::picture::{self, Picture};
use super::sid;
use crate::admin::events::row::EventRow;
use crate::admin::frame::{Frame, Section};
use crate::admin::paging::PATIENCE;
use crate::admin::parts::{Badge, Button, Danger, Device, Time, short};
use crate::admin::person::Person;
use crate::admin::staff::Staff;
use crate::admin::{in_words, render};
use crate::app::App;
use crate::clock::{Budget, Moment};
use crate::db::AnyConnection;
use crate::error::Error;
use crate::models::event_list::{EventFilter, ListedEvent};
use crate::models::listing::{self, At};
use crate::models::outstanding_token::{KEPT, TokenUse};
use crate::models::session_list::ListedSession;
use crate::models::user::User;

/// How many of a session's events are looked at for its tree, the newest.
const EVENTS: usize = 500;
/// How many of them are listed.
const LISTED: usize = 50;

/// Where something came from.
#[derive(Clone, Debug)]
pub struct From {
    /// The address.
    pub ip: Option<String>,
    /// The browser.
    pub device: Device,
}

impl From {
    pub(super) fn new(ip: Option<&str>, user_agent: &str) -> Self {
        Self {
            ip: ip.map(str::to_owned),
            device: Device::new(user_agent),
        }
    }
}

/// When a session ended, why and by whom.
#[derive(Clone, Debug)]
pub struct End {
    /// When.
    pub at: Time,
    /// Why.
    pub reason: String,
    /// The operator.
    pub by: Option<Person>,
}

/// A token that came back, in the table.
#[derive(Clone, Debug)]
pub struct AgainLine {
    /// What became of it.
    pub badge: Badge,
    /// When the last time.
    pub at: Time,
    /// From where.
    pub from: From,
}

/// A row of the table of tokens.
#[derive(Clone, Debug)]
pub struct TokenLine {
    /// Its number; none for tokens that are gone.
    pub number: Option<i64>,
    /// How many are gone.
    pub gone: i64,
    /// Its `jti`, whole and cut.
    pub jti: (String, String),
    /// When it was used.
    pub used: Option<Time>,
    /// From where.
    pub from: Option<From>,
    /// What became of it.
    pub badge: Badge,
    /// When it came back.
    pub again: Vec<AgainLine>,
}

/// A session.
#[derive(Debug, Template)]
#[template(path = "admin/sessions/detail.html")]
pub struct DetailPage {
    /// What is around it.
    pub frame: Frame,
    /// Its id.
    pub sid: String,
    /// Whose it is.
    pub user_id: i64,
    /// The same as an address.
    pub email: String,
    /// What became of it.
    pub state: Badge,
    /// Ends it, while it has not ended.
    pub ending: Option<Danger>,
    /// When, why and by whom it ended.
    pub end: Option<End>,
    /// Where it began.
    pub first: From,
    /// From where it was last refreshed.
    pub last: From,
    /// When it began.
    pub created: Time,
    /// When it was last refreshed.
    pub seen: Time,
    /// When the current refresh token expires.
    pub expires: Time,
    /// When it ends at the latest.
    pub latest: Time,
    /// Refresh tokens ever issued.
    pub issued: i64,
    /// The tree.
    pub picture: Picture,
    /// The tree as a table.
    pub tokens: Vec<TokenLine>,
    /// How many of the first and of the newest tokens are remembered.
    pub kept: i64,
    /// Its newest events, the newest first.
    pub events: Vec<EventRow>,
    /// Whether there are more events than are listed.
    pub more_events: bool,
}

/// What the page is made of.
struct Found {
    session: ListedSession,
    tokens: Vec<TokenUse>,
    events: Vec<ListedEvent>,
    ended_by: Option<String>,
}

/// Shows a session.
pub async fn detail(
    request: HttpRequest,
    staff: Staff,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let sid = sid(&request)?;
    let (now, clock) = (app.now(), app.clock.clone());
    let found = app
        .database
        .read(move |connection| {
            let budget = Budget::new(&clock, PATIENCE);
            find(connection, &sid, now, &mut || budget.is_left()).map_err(Error::from)
        })
        .await?
        .ok_or(Error::NotFound)?;
    render(&page(staff.frame(&app, Section::Sessions), &found, now))
}

fn find(
    connection: &mut AnyConnection,
    sid: &str,
    now: Moment,
    still_time: &mut dyn FnMut() -> bool,
) -> QueryResult<Option<Found>> {
    let Some(session) = ListedSession::find(connection, sid, now)? else {
        return Ok(None);
    };
    let filter = EventFilter {
        sid: Some(sid.to_owned()),
        ..EventFilter::default()
    };
    let page = listing::page(connection, &filter, At::Newest, EVENTS, now, still_time)?;
    let ended_by = match session.row.ended_by {
        Some(id) => User::find(connection, id)?.map(|user| user.email),
        None => None,
    };
    Ok(Some(Found {
        tokens: TokenUse::of_session(connection, session.row.id)?,
        events: page.rows,
        session,
        ended_by,
    }))
}

fn page(frame: Frame, found: &Found, now: Moment) -> DetailPage {
    let (session, row) = (&found.session, &found.session.row);
    let family = Family::new(session, &found.tokens, &found.events);
    let action = format!("/admin/sessions/{}/end/", row.sid);
    let ending = row.ended_at.is_none().then(|| {
        let button = Button::new(&frame, action, "End session");
        Danger::new(
            button,
            "Its tokens are refused at once, on every server. The person has to log in again on that device.",
        )
    });
    let time = |at| Time::new(at, now);
    DetailPage {
        sid: row.sid.clone(),
        user_id: row.user_id,
        email: session.email.clone(),
        state: state(session),
        ending,
        end: row.ended_at.map(|at| End {
            at: time(at),
            reason: in_words(row.end_reason.as_deref().unwrap_or_default()),
            by: row.ended_by.map(|id| Person {
                id,
                email: found.ended_by.clone(),
            }),
        }),
        first: From::new(row.ip.as_deref(), &row.user_agent),
        last: From::new(row.last_ip.as_deref(), &row.last_user_agent),
        created: time(row.created_at),
        seen: time(row.last_seen_at),
        expires: time(row.expires_at),
        latest: time(row.absolute_expires_at),
        issued: row.token_count,
        picture: picture::draw(session, &family),
        tokens: family.steps.iter().map(|step| token(step, now)).collect(),
        kept: KEPT,
        events: found
            .events
            .iter()
            .take(LISTED)
            .map(|event| EventRow::new(event.clone(), now))
            .collect(),
        more_events: found.events.len() > LISTED,
        frame,
    }
}

fn token(step: &Step, now: Moment) -> TokenLine {
    let member: &Member = match step {
        Step::Token(member) => member,
        Step::Gone(gap) => {
            return TokenLine {
                number: None,
                gone: gap.count,
                jti: Default::default(),
                used: None,
                from: None,
                badge: Badge::new("plain", "Gone"),
                again: again(&gap.again, now),
            };
        }
    };
    let used = member.used.as_ref();
    TokenLine {
        number: Some(member.sequence),
        gone: 0,
        jti: (member.jti.clone(), short(&member.jti)),
        used: used.map(|(at, _)| Time::new(*at, now)),
        from: used.map(|(_, place)| From::new(place.ip.as_deref(), &place.user_agent)),
        badge: match &member.fate {
            Fate::Current => Badge::new("good", "Current"),
            Fate::Rotated if member.moved => Badge::new("warn", "Rotated, another place"),
            Fate::Rotated => Badge::new("plain", "Rotated"),
            Fate::Last(reason) => Badge::new(
                if reason == "reuse_detected" {
                    "bad"
                } else {
                    "plain"
                },
                &format!("Last: {}", in_words(reason)),
            ),
        },
        again: again(&member.again, now),
    }
}

fn again(all: &[Again], now: Moment) -> Vec<AgainLine> {
    let line = |again: &Again| AgainLine {
        badge: match (again.refused, again.elsewhere) {
            (true, _) => Badge::new("bad", "Refused: used again too late"),
            (false, true) => Badge::new(
                "warn",
                &format!("Answered again {}×, elsewhere", again.count),
            ),
            (false, false) => Badge::new("plain", &format!("Answered again {}×", again.count)),
        },
        at: Time::new(again.at, now),
        from: From::new(again.place.ip.as_deref(), &again.place.user_agent),
    };
    all.iter().map(line).collect()
}
