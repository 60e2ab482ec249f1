//! `GET /admin/jobs/`: the newest jobs.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::line::JobLine;
use crate::admin::frame::{Frame, Section};
use crate::admin::render;
use crate::admin::staff::Staff;
use crate::app::App;
use crate::error::Error;
use crate::models::job::Job;

/// How many jobs are shown.
const SHOWN: i64 = 100;

/// The newest jobs.
#[derive(Debug, Template)]
#[template(path = "admin/jobs/list.html")]
pub struct JobsPage {
    /// What is around it.
    pub frame: Frame,
    /// The jobs, the newest first.
    pub lines: Vec<JobLine>,
    /// Whether any is not over yet.
    pub are_open: bool,
    /// Whether there are older ones.
    pub are_more: bool,
}

/// Lists jobs.
pub async fn list(staff: Staff, app: web::Data<App>) -> Result<HttpResponse, Error> {
    let now = app.now();
    let mut lines = app
        .database
        .read(move |connection| {
            let jobs = Job::newest(connection, SHOWN + 1)?;
            JobLine::all(connection, &jobs, now).map_err(Error::from)
        })
        .await?;
    let shown = usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let are_more = lines.len() > shown;
    lines.truncate(shown);
    render(&JobsPage {
        frame: staff.frame(&app, Section::Jobs),
        are_open: lines.iter().any(|line| line.is_open),
        lines,
        are_more,
    })
}
