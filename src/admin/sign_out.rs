//! `POST /admin/logout/`: the operator's session ends.

use actix_web::{HttpResponse, web};

use super::form::Form;
use super::see_other;
use crate::app::App;
use crate::error::Error;
use crate::models::event::{EventKind, NewEvent};

/// Signs out.
pub async fn sign_out(form: Form, app: web::Data<App>) -> Result<HttpResponse, Error> {
    form.staff
        .change_own(&app, |change, operator| {
            Ok(change.note(&NewEvent {
                user_id: Some(operator.0.id),
                ..change.event(EventKind::AdminSignedOut)
            })?)
        })
        .await?;
    form.staff.sign_out();
    Ok(see_other(super::sign_in::PATH))
}
