//! `POST logout/others/`: end all of my sessions but this one.

use actix_web::{HttpRequest, HttpResponse, web};

use super::{EndedAnswer, change_own};
use crate::app::App;
use crate::error::Error;
use crate::extract::authenticate;
use crate::input::NoFields;
use crate::rotation::EndReason;

/// Log out everywhere else.
///
/// Ends every session of the current user but this one.
#[utoipa::path(
    post,
    path = "/logout/others/",
    tag = "account",
    security(("access_cookie" = []), ("bearer" = [])),
    responses(
        (status = 200, description = "All others are ended.", body = EndedAnswer),
    )
)]
pub async fn log_out_others(
    request: HttpRequest,
    _body: NoFields,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let token = authenticate(request.headers(), &app)?;
    let this = token.sid.simple().to_string();
    let ended = change_own(&request, &app, token, move |change, user| {
        Ok(change.end_others(user.id, &this, EndReason::Revoked)?)
    })
    .await?;
    Ok(HttpResponse::Ok().json(EndedAnswer { ended }))
}
