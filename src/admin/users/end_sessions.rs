//! Ending what a user is logged in with: all of it, or one session in the admin. Staff may.

use actix_web::{HttpRequest, HttpResponse, web};

use super::super::form::Form;
use super::{Outcome, number, path, sessions_ended, user_id};
use crate::app::App;
use crate::error::Error;
use crate::models::admin_session::AdminSession;
use crate::models::event::{EventKind, NewEvent};
use crate::models::user::User;
use crate::rotation::EndReason;

/// `POST end-sessions/`: every session of the user ends, those in the admin too.
pub async fn end_all(
    form: Form,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let id = user_id(&request)?;
    let outcome = form.staff.change(&app, move |change, _| {
        if !User::lock(change.connection, id)? {
            return Err(Error::NotFound);
        }
        let ended = change.end_all(id, EndReason::Revoked)?;
        Ok(Outcome::Done(sessions_ended(ended)))
    });
    Ok(outcome.await?.show(&form, &path(id)))
}

/// `POST admin-sessions/{session}/end/`: the operator whose page it is is signed out of the
/// admin there.
pub async fn end_admin_session(
    form: Form,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let (id, session) = (user_id(&request)?, number(&request, "session")?);
    let outcome = form.staff.change(&app, move |change, _| {
        if !AdminSession::end_of_user(change.connection, session, id)? {
            return Ok(Outcome::Refused(
                "That session in the admin had ended already. Nothing was changed.".to_owned(),
            ));
        }
        change.note(&NewEvent {
            user_id: Some(id),
            detail: Some(r#"{"sessions":1}"#),
            ..change.event(EventKind::AdminSessionEnded)
        })?;
        Ok(Outcome::Done("The session in the admin ended.".to_owned()))
    });
    Ok(outcome.await?.show(&form, &path(id)))
}
