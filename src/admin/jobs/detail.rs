//! `GET /admin/jobs/{id}/`: how far a job is, and what came of it.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::id;
use super::line::JobLine;
use crate::admin::frame::{Frame, Section};
use crate::admin::parts::Button;
use crate::admin::render;
use crate::admin::staff::Staff;
use crate::app::App;
use crate::error::Error;
use crate::models::job::Job;

/// A job.
#[derive(Debug, Template)]
#[template(path = "admin/jobs/detail.html")]
pub struct JobPage {
    /// What is around it.
    pub frame: Frame,
    /// The job.
    pub job: JobLine,
    /// Takes it up again, where it failed.
    pub again: Option<Button>,
}

/// Shows a job.
pub async fn detail(
    request: HttpRequest,
    staff: Staff,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let (id, now) = (id(&request)?, app.now());
    let lines = app
        .database
        .read(move |connection| {
            let job = Job::find(connection, id)?.ok_or(Error::NotFound)?;
            JobLine::all(connection, &[job], now).map_err(Error::from)
        })
        .await?;
    let job = lines.into_iter().next().ok_or(Error::NotFound)?;
    let frame = staff.frame(&app, Section::Jobs);
    let path = format!("/admin/jobs/{id}/retry/");
    let again = job
        .has_failed
        .then(|| Button::new(&frame, path, "Take it up again"));
    render(&JobPage { frame, job, again })
}
