//! `POST /admin/sessions/end-many/`: somebody has typed how many sessions are to end.

use actix_web::{HttpResponse, web};

use super::counted::Counted;
use super::end_many::{Asked, COUNT, KEEP, Seen, look, show};
use crate::admin::form::{CSRF_FIELD, Form};
use crate::admin::frame::Tone;
use crate::admin::parameters::Parameters;
use crate::admin::see_other;
use crate::app::App;
use crate::error::Error;
use crate::jobs::{self, EndMany};

/// The number that was typed.
const NUMBER: &str = "number";
/// The number that was shown.
const SHOWN: &str = "shown";
/// Whether that was all of them: `no` where there were more.
const ALL: &str = "all";
/// No more of what was typed is repeated.
const REPEATED: usize = 40;

/// Queues the job, if what was shown is typed and still so; else shows it anew, and changes
/// nothing.
pub async fn confirm_many(form: Form, app: web::Data<App>) -> Result<HttpResponse, Error> {
    let own = [CSRF_FIELD, KEEP, COUNT, NUMBER, SHOWN, ALL];
    let asked = Asked::read(&form.fields, form.fields.get(KEEP).is_some(), &own)?;
    let seen = look(&app, &form.staff, &asked).await?;
    if let Some(complaint) = complaint(&form.fields, seen.counted) {
        let typed = form.fields.get(NUMBER).unwrap_or_default();
        let typed = typed.chars().take(REPEATED).collect();
        return show(&app, &form.staff, &asked, &seen, Some((typed, complaint)));
    }
    let id = queue(&form, &app, seen).await?;
    app.jobs.ring();
    let text = "The sessions are being ended. You can leave this page: the job goes on, also when the server is restarted.";
    form.staff.say(Tone::Done, text);
    Ok(see_other(&format!("/admin/jobs/{id}/")))
}

async fn queue(form: &Form, app: &web::Data<App>, seen: Seen) -> Result<i64, Error> {
    let client = form.staff.client();
    let what = EndMany {
        filter: seen.filter,
        keep: seen.keep,
        ip: client.ip.clone(),
        user_agent: client.user_agent.clone(),
    };
    let counted = seen.counted;
    let total = (!counted.more).then_some(counted.sessions);
    let total = total.and_then(|sessions| i64::try_from(sessions).ok());
    let work = form.staff.act(app, move |connection, act| {
        jobs::queue(connection, &what, total, act.by.actor_id, act.now)
    });
    work.await
}

/// Why nothing ends; none where the number that was shown is typed, and still good.
fn complaint(fields: &Parameters, now: Counted) -> Option<String> {
    let shown = fields.get(SHOWN).and_then(|shown| shown.parse().ok());
    let shown = shown.map(|sessions| Counted {
        sessions,
        more: fields.get(ALL) == Some("no"),
    });
    let number = now.number();
    if now.sessions == 0 && !now.more {
        return Some(
            "No session was ended: those that you looked at have ended meanwhile.".to_owned(),
        );
    }
    let Some(shown) = shown else {
        return Some(format!("No session was ended. Type {number} to end these."));
    };
    if shown.has_grown_to(now) {
        return Some(format!(
            "No session was ended: these were {} when you looked, and are {} now. Look at them again; if they are what \
             you want to end, type {number}.",
            shown.in_words(),
            now.in_words()
        ));
    }
    if !shown.is_typed(fields.get(NUMBER).unwrap_or_default()) {
        return Some(format!(
            "No session was ended: this is not the number above. Type {number} to end these."
        ));
    }
    None
}
