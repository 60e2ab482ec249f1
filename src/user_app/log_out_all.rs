//! `POST logout/all/`: end all of my sessions, this one too.

use actix_web::{HttpRequest, HttpResponse, web};

use super::own::end_own;
use super::{EndedAnswer, clear_cookies};
use crate::app::App;
use crate::error::Error;
use crate::extract::authenticate;
use crate::input::NoFields;
use crate::rotation::EndReason;

/// Log out everywhere.
///
/// Ends every session of the current user, this one too, and deletes both cookies. Who logs
/// in again within the same second has a session that lives.
#[utoipa::path(
    post,
    path = "/logout/all/",
    tag = "account",
    security(("access_cookie" = []), ("bearer" = [])),
    responses(
        (status = 200, description = "All sessions are ended and both cookies are deleted.", body = EndedAnswer,
            headers(("Set-Cookie" = String, description = "Deletes both cookies."))),
    )
)]
pub async fn log_out_all(
    request: HttpRequest,
    _body: NoFields,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let token = authenticate(request.headers(), &app)?;
    let ended = end_own(&request, &app, token, |change, user, reused| {
        let ended = change.end_all(user.id, EndReason::Revoked)?;
        Ok(ended + usize::from(reused))
    })
    .await?;
    let mut response = HttpResponse::Ok().json(EndedAnswer { ended });
    let clear = clear_cookies(&request, &app);
    response.extensions_mut().insert(clear);
    Ok(response)
}
