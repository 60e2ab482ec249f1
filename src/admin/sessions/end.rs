//! `POST /admin/sessions/{sid}/end/`: a session ends.

use actix_web::{HttpRequest, HttpResponse, web};

use super::sid;
use crate::admin::form::Form;
use crate::admin::frame::Tone;
use crate::admin::{in_words, see_other};
use crate::app::App;
use crate::error::Error;
use crate::models::session::Session;
use crate::rotation::EndReason;
use crate::sessions;

/// Ends a session. One that had ended is no failure: the other operator was faster.
pub async fn end(
    request: HttpRequest,
    form: Form,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let sid = sid(&request)?;
    let path = format!("/admin/sessions/{sid}/");
    let before = form
        .staff
        .act(&app, move |connection, act| {
            let session = Session::lock(connection, &sid)?.ok_or(Error::NotFound)?;
            let reason = EndReason::Revoked;
            let ended = sessions::end_session(connection, &session, reason, act.by, act.now)?;
            let before = (!ended.was_live).then_some(session.end_reason);
            act.changes.end(ended);
            Ok(before.map(Option::unwrap_or_default))
        })
        .await?;
    form.staff.say(
        Tone::Done,
        match before {
            None => "The session has ended, and its tokens are refused from now on.".to_owned(),
            Some(reason) => format!("The session had ended before: {}.", in_words(&reason)),
        },
    );
    Ok(see_other(&path))
}
