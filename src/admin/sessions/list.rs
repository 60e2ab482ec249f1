//! `GET /admin/sessions/`: all sessions, by filters that combine.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use askama::Template;

use super::end_many;
use super::filter::SessionQuery;
use super::line::SessionLine;
use super::tabs::{Tab, tabs};
use super::{at, looked, pager, query};
use crate::admin::frame::{Frame, Section};
use crate::admin::paging::{PATIENCE, ROWS};
use crate::admin::parts::{Pager, grouped};
use crate::admin::render_with;
use crate::admin::staff::Staff;
use crate::app::App;
use crate::clock::Budget;
use crate::db;
use crate::error::Error;
use crate::models::listing::{self, At};

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
    /// Where the filters are sent.
    pub path: &'static str,
    /// What is looked for.
    pub asked: SessionQuery,
    /// The sessions.
    pub lines: Vec<SessionLine>,
    /// What the table is.
    pub caption: String,
    /// The pages around this one.
    pub pager: Pager,
    /// Where ending what is selected leads.
    pub back: String,
    /// Where all that the filters find is ended.
    pub end_many: Option<String>,
}

impl ListPage {
    /// 200, or 400 where something could not be understood.
    pub(super) fn respond(&self) -> Result<HttpResponse, Error> {
        let status = if self.asked.complaints.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::BAD_REQUEST
        };
        render_with(HttpResponseBuilder::new(status), self)
    }
}

/// Lists sessions.
pub async fn list(
    request: HttpRequest,
    staff: Staff,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let parameters = query(&request);
    let (typed, now, clock) = (parameters.clone(), app.now(), app.clock.clone());
    let (asked, page, about) = app
        .database
        .read(move |connection| {
            let asked = SessionQuery::read(connection, &typed)?;
            if !asked.complaints.is_empty() {
                return Ok((asked, None, None));
            }
            let at = at(&typed, &asked.filter)?;
            let budget = Budget::new(&clock, PATIENCE);
            let mut still_time = || budget.is_left();
            let page = listing::page(connection, &asked.filter, at, ROWS, now, &mut still_time)?;
            let about = if asked.is_narrowed() {
                None
            } else {
                Some(db::estimated_rows(connection, "sessions")?)
            };
            Ok::<_, Error>((asked, Some((at, page)), about))
        })
        .await?;
    let (lines, pager) = page.map_or_else(Default::default, |(at, page)| {
        let around = (at, page.newer.map(At::Newer), page.older.map(At::Older));
        let looked = looked(&page.looked);
        let pager = pager(PATH, &parameters, &asked.filter, around, looked);
        (SessionLine::all(&page.rows, now), pager)
    });
    ListPage {
        frame: staff.frame(&app, Section::Sessions),
        tabs: tabs(PATH, &parameters),
        title: "Sessions",
        about: None,
        path: PATH,
        asked,
        end_many: (!lines.is_empty()).then(|| end_many::link(&parameters)),
        lines,
        caption: caption(about),
        pager,
        back: parameters.to_string(),
    }
    .respond()
}

fn caption(about: Option<i64>) -> String {
    match about {
        Some(rows) if rows >= 1000 => {
            format!("Sessions, about {} in all", grouped(rows.unsigned_abs()))
        }
        _ => "Sessions".to_owned(),
    }
}
