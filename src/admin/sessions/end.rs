//! `POST /admin/sessions/{sid}/end/`: a session ends.

use actix_web::{HttpRequest, HttpResponse, web};

use super::sid;
use crate::admin::form::Form;
use crate::admin::frame::Tone;
use crate::admin::{in_words, see_other, users};
use crate::app::App;
use crate::error::Error;
use crate::models::session::Session;
use crate::rotation::EndReason;

/// The field that says which page comes next: [`TO_USER`], or else that of the session.
pub const BACK: &str = "back";
/// The page of the session's user.
pub const TO_USER: &str = "user";

/// Ends a session. One that had ended is no failure: the other operator was faster.
pub async fn end(
    request: HttpRequest,
    form: Form,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let sid = sid(&request)?;
    let path = format!("/admin/sessions/{sid}/");
    let (user_id, before) = form
        .staff
        .change(&app, move |change, _| {
            let session = Session::lock(change.connection, &sid)?.ok_or(Error::NotFound)?;
            let ended = change.end(&session, EndReason::Revoked)?;
            let before = (!ended).then_some(session.end_reason);
            Ok((session.user_id, before.map(Option::unwrap_or_default)))
        })
        .await?;
    form.staff.say(
        Tone::Done,
        match before {
            None => "The session has ended, and its tokens are refused from now on.".to_owned(),
            Some(reason) => format!("The session had ended before: {}.", in_words(&reason)),
        },
    );
    Ok(see_other(&match form.fields.get(BACK) {
        Some(TO_USER) => users::path(user_id),
        _ => path,
    }))
}
