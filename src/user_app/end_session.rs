//! `DELETE sessions/{id}/`: end one of my sessions, such as that of a lost phone.

use actix_web::{HttpRequest, HttpResponse, web};

use super::fields::{SessionId, is_session_id};
use super::{change_own, clear_cookies};
use crate::app::App;
use crate::error::Error;
use crate::extract::authenticate;
use crate::input::NoFields;
use crate::rotation::EndReason;

/// End one of my sessions.
///
/// Its access tokens are refused from now on, and its refresh token too. Ending one that
/// has ended already changes nothing and is answered the same. Ending the session of this
/// request deletes both cookies as well.
#[utoipa::path(
    delete,
    path = "/sessions/{id}/",
    tag = "account",
    security(("access_cookie" = []), ("bearer" = [])),
    params(("id" = inline(SessionId), Path, description = "The `id` from `GET sessions/`.", example = "0b5c1a3f5d7e4c0f9a8b7c6d5e4f3a2b")),
    responses(
        (status = 204, description = "The session is over.",
            headers(("Set-Cookie" = Option<String>, description = "Deletes both cookies, where it was the session of this request."))),
        (status = 404, description = "No session of the current user has this id.", body = crate::http::answers::Detail,
            example = json!({"detail": "Not found."})),
    )
)]
pub async fn end_session(
    request: HttpRequest,
    _body: NoFields,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let token = authenticate(request.headers(), &app)?;
    let id = request.match_info().get("id").unwrap_or_default();
    if !is_session_id(id) {
        return Err(Error::NotFound);
    }
    let is_this = id == token.sid.simple().to_string();
    let id = id.to_owned();
    change_own(&request, &app, token, move |change, user| {
        let ended = change.end_by_sid(&id, user.id, EndReason::Revoked)?;
        ended.map(|_| ()).ok_or(Error::NotFound)
    })
    .await?;
    let mut response = HttpResponse::NoContent().finish();
    if is_this {
        let clear = clear_cookies(&request, &app);
        response.extensions_mut().insert(clear);
    }
    Ok(response)
}
