//! Whether a user may log in.

use actix_web::{HttpRequest, HttpResponse, web};

use super::super::form::Form;
use super::{Outcome, hold, path, refuse_self, sessions_ended, user_id};
use crate::app::App;
use crate::error::Error;
use crate::sessions;

/// `POST deactivate/`: the user may log in no more, and every session ends.
pub async fn deactivate(
    form: Form,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    form.staff.check_superuser("deactivate users")?;
    let id = user_id(&request)?;
    let outcome = form.staff.change(&app, move |change, operator| {
        let user = hold(change.connection, operator, id)?;
        if let Some(refused) = refuse_self(operator, id, "deactivate") {
            return Ok(refused);
        }
        let ended = sessions_ended(sessions::deactivate(change, id)?);
        Ok(Outcome::Done(format!(
            "{} may log in no more. {ended}",
            user.email
        )))
    });
    Ok(outcome.await?.show(&form, &path(id)))
}

/// `POST activate/`: the user may log in again. No session comes back.
pub async fn activate(
    form: Form,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    form.staff.check_superuser("activate users")?;
    let id = user_id(&request)?;
    let outcome = form.staff.change(&app, move |change, operator| {
        let user = hold(change.connection, operator, id)?;
        let is_new = sessions::activate(change, id)?;
        let email = user.email;
        Ok(Outcome::Done(if is_new {
            format!("{email} may log in again, with the password from before.")
        } else {
            format!("{email} was active already. Nothing was changed.")
        }))
    });
    Ok(outcome.await?.show(&form, &path(id)))
}
