//! `POST /admin/sessions/end/`: several sessions end.

use actix_web::{HttpResponse, web};

use super::ending::{MOST, end_these};
use super::is_sid;
use crate::admin::form::Form;
use crate::admin::frame::Tone;
use crate::admin::parameters::Parameters;
use crate::admin::see_other;
use crate::app::App;
use crate::error::Error;

/// Ends the sessions that are selected, and goes back to the list.
pub async fn end_selected(form: Form, app: web::Data<App>) -> Result<HttpResponse, Error> {
    let mut sids: Vec<_> = form.fields.all("sid").map(str::to_owned).collect();
    sids.sort_unstable();
    sids.dedup();
    if let Some(other) = sids.iter().find(|sid| !is_sid(sid)) {
        let text =
            format!("{other} is no session's id, and nothing was ended. Load the list again.");
        return Err(Error::NonField(text));
    }
    if sids.len() > MOST {
        let text = format!(
            "{} sessions are too many to end at once, and nothing was ended. End at most {MOST}.",
            sids.len()
        );
        return Err(Error::NonField(text));
    }
    if sids.is_empty() {
        let text = "No session was selected, and none was ended. Check some in the first column.";
        form.staff.say(Tone::Warning, text);
    } else {
        let ended = end_these(&form.staff, &app, sids).await?;
        form.staff.say(ended.tone(), ended.in_words());
    }
    Ok(see_other(&back(&form.fields)))
}

/// The list with the filters that it had: never another page.
fn back(fields: &Parameters) -> String {
    let query = fields.exact("back").unwrap_or_default();
    let filters = Parameters::parse(query.as_bytes()).without(&[]);
    filters.behind("/admin/sessions/")
}
