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
use crate::models::user::User;

/// The number that was typed.
const NUMBER: &str = "number";
/// The number that was shown.
const SHOWN: &str = "shown";
/// Whether that was all of them: `no` where there were more.
const ALL: &str = "all";
/// The newest job that there was then. Clocks may be set back: a later job has a greater key.
const LAST_JOB: &str = "last_job";
/// No more of what was typed is repeated.
const REPEATED: usize = 40;

/// Queues the job, if what was shown is typed and still so; else shows it anew, and changes
/// nothing. Whoever confirms one page twice comes to the same job.
pub async fn confirm_many(form: Form, app: web::Data<App>) -> Result<HttpResponse, Error> {
    let own = [CSRF_FIELD, KEEP, COUNT, NUMBER, SHOWN, ALL, LAST_JOB];
    let asked = Asked::read(&form.fields, form.fields.get(KEEP).is_some(), &own)?;
    let seen = look(&app, &form.staff, &asked).await?;
    let last_job = last_job(&form.fields);
    let what = what(&form, &seen);
    if let Some(last) = last_job {
        let (what, by) = (what.clone(), form.staff.user.id);
        let before = move |connection: &mut _| jobs::queued_after(connection, &what, by, last);
        if let Some(id) = app.database.read(before).await? {
            let text = "Nothing new was begun: you have confirmed that page before, and this is its job. Sessions that were opened since live on; look at them again to end them.";
            form.staff.say(Tone::Warning, text);
            return Ok(to(id));
        }
    }
    let last = match check(&form.fields, last_job, seen.counted) {
        Ok(last) => last,
        Err(complaint) => {
            let typed = form.fields.get(NUMBER).unwrap_or_default();
            let typed = typed.chars().take(REPEATED).collect();
            return show(&app, &form.staff, &asked, &seen, Some((typed, complaint)));
        }
    };
    let id = queue(&form, &app, what, seen.counted, last).await?;
    app.jobs.ring();
    let text = "The sessions are being ended. You can leave this page: the job goes on, also when the server is restarted.";
    form.staff.say(Tone::Done, text);
    Ok(to(id))
}

fn to(job: i64) -> HttpResponse {
    see_other(&format!("/admin/jobs/{job}/"))
}

fn what(form: &Form, seen: &Seen) -> EndMany {
    let client = form.staff.client();
    EndMany {
        filter: seen.filter.clone(),
        keep: seen.keep,
        ip: client.ip.clone(),
        user_agent: client.user_agent.clone(),
    }
}

/// The newest job when the page was made that was confirmed; none where that is no key.
fn last_job(fields: &Parameters) -> Option<i64> {
    let last: i64 = fields.get(LAST_JOB)?.parse().ok()?;
    (last >= 0).then_some(last)
}

async fn queue(
    form: &Form,
    app: &web::Data<App>,
    what: EndMany,
    counted: Counted,
    last: i64,
) -> Result<i64, Error> {
    let total = (!counted.more).then_some(counted.sessions);
    let total = total.and_then(|sessions| i64::try_from(sessions).ok());
    let work = form.staff.change(app, move |change, operator| {
        // Of two confirmations at once, the later one waits, and sees the job of the other.
        let by = operator.0.id;
        User::lock(change.connection, by)?;
        if let Some(id) = jobs::queued_after(change.connection, &what, by, last)? {
            return Ok(id);
        }
        jobs::queue(change, &what, total)
    });
    work.await
}

/// The newest job that there was when the sessions were looked for; or why nothing ends, unless
/// the number that was shown is typed, and still good.
fn check(fields: &Parameters, last_job: Option<i64>, now: Counted) -> Result<i64, String> {
    let shown = fields.get(SHOWN).and_then(|shown| shown.parse().ok());
    let shown = shown.map(|sessions| Counted {
        sessions,
        more: fields.get(ALL) == Some("no"),
    });
    let number = now.number();
    if now.sessions == 0 && !now.more {
        return Err(
            "No session was ended: those that you looked at have ended meanwhile.".to_owned(),
        );
    }
    let (Some(shown), Some(last)) = (shown, last_job) else {
        return Err(format!("No session was ended. Type {number} to end these."));
    };
    if shown.has_grown_to(now) {
        return Err(format!(
            "No session was ended: these were {} when you looked, and are {} now. Look at them again; if they are what \
             you want to end, type {number}.",
            shown.in_words(),
            now.in_words()
        ));
    }
    if !shown.is_typed(fields.get(NUMBER).unwrap_or_default()) {
        return Err(format!(
            "No session was ended: this is not the number above. Type {number} to end these."
        ));
    }
    Ok(last)
}
