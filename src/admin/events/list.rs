//! `GET /admin/events/`: what happened, the newest first.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::filter;
use super::row::EventRow;
use crate::admin::fields::Filters;
use crate::admin::frame::{Frame, Section};
use crate::admin::paging;
use crate::admin::parameters::Parameters;
use crate::admin::parts::Pager;
use crate::admin::search::Search;
use crate::admin::staff::Staff;
use crate::admin::{in_words, render_search};
use crate::app::App;
use crate::error::Error;
use crate::models::event::EventKind;

/// The audit log.
#[derive(Debug, Template)]
#[template(path = "admin/events/list.html")]
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

/// Lists them.
pub async fn events(
    staff: Staff,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let what = (Section::Events.path(), "events");
    let (search, listed) = paging::list(&app, Search::of(&request), what, filter).await?;
    let frame = staff.frame(&app, Section::Events);
    let rows = listed.rows.into_iter();
    let page = EventsPage {
        filters: filters(&search),
        query: search.filters(),
        events: rows.map(|event| EventRow::new(event, frame.now)).collect(),
        pager: listed.pager,
        is_first: listed.is_first,
        frame,
    };
    render_search(&search, &page)
}

fn filters(search: &Search) -> Filters {
    let kinds = EventKind::ALL.iter().map(|kind| kind.as_str());
    let kinds = kinds.map(|word| (word, in_words(word)));
    let fields = vec![
        search.user_field("user", "User"),
        search.user_field("actor", "By operator"),
        search.text_field("sid", "Session", "The whole id."),
        search.place_field("ip"),
        search.text_field("reason", "Reason", "The whole word, such as revoked."),
        search.time_field("from", "From (UTC)"),
        search.time_field("before", "Before (UTC)"),
        search.checks_field("kind", "What happened", kinds),
    ];
    Filters::new(Section::Events.path(), fields)
}
