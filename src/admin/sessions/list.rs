//! `GET /admin/sessions/`: all sessions, by filters that combine.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::end_many;
use super::filter::{filter, filters};
use super::line::SessionLine;
use super::tabs::{Tab, tabs};
use crate::admin::fields::Filters;
use crate::admin::frame::{Frame, Section};
use crate::admin::paging;
use crate::admin::parts::{Pager, grouped};
use crate::admin::render_search;
use crate::admin::search::Search;
use crate::admin::staff::Staff;
use crate::app::App;
use crate::db;
use crate::error::Error;

const PATH: &str = "/admin/sessions/";

/// A list of sessions.
#[derive(Debug, Template)]
#[template(path = "admin/sessions/list.html")]
pub struct ListPage {
    /// What is around it.
    pub frame: Frame,
    /// The saved views.
    pub tabs: Vec<Tab>,
    /// What is above the table.
    pub title: &'static str,
    /// What the view is about, where the title does not say it.
    pub about: Option<String>,
    /// What can be looked for.
    pub filters: Filters,
    /// The sessions.
    pub lines: Vec<SessionLine>,
    /// What the table is.
    pub caption: String,
    /// The pages around this one.
    pub pager: Pager,
    /// Where ending what is selected leads.
    pub back: String,
    /// Where all that the filters find is ended, and what the link says.
    pub end_many: Option<(String, &'static str)>,
}

/// Lists sessions.
pub async fn list(
    request: HttpRequest,
    staff: Staff,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let (search, clock) = (Search::of(&request), app.clock.clone());
    let looked = search.look(&app, filter, move |connection, search, filter| {
        let listed = paging::read(connection, search, filter, (PATH, "sessions"), &clock)?;
        let all = search.filters().is_empty();
        let about = all.then(|| db::estimated_rows(connection, "sessions"));
        Ok((listed, about.transpose()?))
    });
    let (search, (listed, about)) = looked.await?;
    let frame = staff.frame(&app, Section::Sessions);
    let page = ListPage {
        tabs: tabs(PATH, &search),
        title: "Sessions",
        about: None,
        filters: filters(&search, PATH),
        end_many: (!listed.rows.is_empty()).then(|| end_many::link(search.given())),
        lines: SessionLine::all(&listed.rows, frame.now),
        caption: caption(about),
        pager: listed.pager,
        back: search.given().to_string(),
        frame,
    };
    render_search(&search, &page)
}

fn caption(about: Option<i64>) -> String {
    match about {
        Some(rows) if rows >= 1000 => {
            format!("Sessions, about {} in all", grouped(rows.unsigned_abs()))
        }
        _ => "Sessions".to_owned(),
    }
}
