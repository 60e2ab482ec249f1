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
        .act(&app, |connection, act| {
            NewEvent {
                user_id: Some(act.operator.id),
                ..act.by.client.event(EventKind::AdminSignedOut)
            }
            .insert(connection, act.now)
            .map_err(Error::from)
        })
        .await?;
    form.staff.sign_out();
    Ok(see_other(super::sign_in::PATH))
}
