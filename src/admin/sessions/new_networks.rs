//! `GET /admin/sessions/new-networks/`: sessions that began where their users were not
//! before.

use std::net::IpAddr;

use actix_web::{HttpRequest, HttpResponse, web};
use diesel::QueryResult;

use super::filter::{filter, filters};
use super::line::SessionLine;
use super::list::ListPage;
use super::tabs::{NEW_NETWORKS, tabs};
use crate::admin::frame::Section;
use crate::admin::paging::{self, PATIENCE, ROWS};
use crate::admin::parts::Pager;
use crate::admin::render_search;
use crate::admin::search::Search;
use crate::admin::staff::Staff;
use crate::app::App;
use crate::clock::{Budget, Moment};
use crate::db::AnyConnection;
use crate::error::Error;
use crate::models::earlier_places::{EarlierPlaces, LOOKED_AT};
use crate::models::listing::{self, At, Filter, Order, Place, Present};
use crate::models::session_list::{ListedSession, SessionFilter, SessionOrder};

/// So many sessions are compared with those before them at a time.
const CHUNK: usize = 200;

/// What was found.
#[derive(Default)]
struct Found {
    sessions: Vec<ListedSession>,
    looked_at: usize,
    back_to: Option<Place>,
    /// The page is full or the sessions have ended; else time was up.
    complete: bool,
}

/// Lists sessions that began outside of the networks of their users' sessions before.
pub async fn new_networks(
    request: HttpRequest,
    staff: Staff,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let (now, budget) = (app.now(), Budget::new(&app.clock, PATIENCE));
    let looked = Search::of(&request).look(&app, filter, move |connection, search, filter| {
        let at = paging::place(search, filter)?;
        let found = look(connection, filter, at, now, &|| budget.is_left())?;
        let around = (at, None, found.back_to.map(At::Older));
        let pager = paging::pager(NEW_NETWORKS, search, filter, around, found.how_far());
        Ok((found.sessions, pager))
    });
    let (search, (sessions, pager)): (_, (Vec<_>, Pager)) = looked.await?;
    let page = ListPage {
        frame: staff.frame(&app, Section::Sessions),
        tabs: tabs(NEW_NETWORKS, &search),
        title: "Sessions from new networks",
        about: Some(format!(
            "Sessions that began in a network in which none of the {LOOKED_AT} sessions that the user had \
             before began or was last refreshed. The network is the /16 around an IPv4 address and the /48 \
             around an IPv6 address. A first session is not here, as there is nothing to compare it with. \
             Sessions that were cleaned away after they ended count no more. Somebody who travels is here \
             too: look at what the session did next."
        )),
        filters: filters(&search, NEW_NETWORKS),
        lines: SessionLine::all(&sessions, now),
        caption: "Sessions from new networks".to_owned(),
        pager,
        back: search.given().to_string(),
        end_many: None,
    };
    render_search(&search, &page)
}

impl Found {
    /// How far a look got that was stopped, in a sentence.
    fn how_far(&self) -> Option<String> {
        (!self.complete).then(|| {
            let looked_at = self.looked_at;
            format!(
                "{looked_at} sessions were compared with those before them; there are more to compare."
            )
        })
    }
}

/// Compares sessions of the filter with those before them, until a page is full, they end or
/// time is up.
fn look(
    connection: &mut AnyConnection,
    filter: &SessionFilter,
    mut at: At,
    now: Moment,
    still_time: &dyn Fn() -> bool,
) -> QueryResult<Found> {
    let mut found = Found::default();
    loop {
        let page = listing::page(connection, filter, at, CHUNK, now, &mut || still_time())?;
        let ids: Vec<_> = page.rows.iter().map(|session| session.row.id).collect();
        let places = EarlierPlaces::before(connection, &ids)?;
        for session in page.rows {
            found.looked_at += 1;
            let ip = session
                .row
                .ip
                .as_deref()
                .and_then(|ip| ip.parse::<IpAddr>().ok());
            let before = places.get(&session.row.id);
            if ip.zip(before).is_some_and(|(ip, before)| before.is_new(ip)) {
                found.back_to = Some(place(filter, &session));
                found.sessions.push(session);
            }
            if found.sessions.len() == ROWS {
                found.complete = true;
                return Ok(found);
            }
        }
        found.back_to = page.older;
        let Some(older) = page.older else {
            found.complete = true;
            return Ok(found);
        };
        if !still_time() {
            return Ok(found);
        }
        at = At::Older(older);
    }
}

/// Where a session stands in the list of the filter.
fn place(filter: &SessionFilter, session: &ListedSession) -> Place {
    let ordered = filter
        .listing(&Present::at(Moment::UNIX_EPOCH))
        .driver
        .order;
    let time = match (ordered, filter.order) {
        (Order::Id, _) => None,
        (Order::Time(_), SessionOrder::Created) => Some(session.row.created_at),
        (Order::Time(_), SessionOrder::LastSeen) => Some(session.row.last_seen_at),
    };
    Place {
        micros: time.map(|time| time.and_utc().timestamp_micros()),
        id: session.row.id,
    }
}
