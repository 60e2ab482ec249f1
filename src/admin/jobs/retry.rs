//! `POST /admin/jobs/{id}/retry/`: a job that failed goes on.

use actix_web::{HttpRequest, HttpResponse, web};

use super::id;
use crate::admin::form::Form;
use crate::admin::frame::Tone;
use crate::admin::see_other;
use crate::app::App;
use crate::error::Error;
use crate::jobs;
use crate::models::job::Job;

/// Queues the job once more, and goes back to its page.
pub async fn retry(
    request: HttpRequest,
    form: Form,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let id = id(&request)?;
    let queued = form
        .staff
        .change(&app, move |change, _| {
            Job::find(change.connection, id)?.ok_or(Error::NotFound)?;
            Ok(jobs::retry(change, id)?)
        })
        .await?;
    if queued {
        app.jobs.ring();
        form.staff.say(
            Tone::Done,
            "The job was queued again, and goes on where it stopped.",
        );
    } else {
        let text = "The job has not failed, or somebody has taken it up again before you.";
        form.staff.say(Tone::Warning, text);
    }
    Ok(see_other(&format!("/admin/jobs/{id}/")))
}
