//! `POST logout/`: end this session. Either cookie is enough: an expired access token must
//! not keep anyone from logging out.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use super::{client, refresh_token};
use crate::app::App;
use crate::cookies::{ClearCookies, deletions};
use crate::error::Error;
use crate::extract::authenticate;
use crate::input::JsonObject;
use crate::models::user::User;
use crate::rotation::EndReason;
use crate::sessions;
use crate::tokens::TokenError;

/// Log out.
///
/// Ends the session of the access token, or else of the refresh cookie, and deletes both
/// cookies.
#[utoipa::path(
    post,
    path = "/logout/",
    tag = "users",
    security(("access_cookie" = []), ("refresh_cookie" = []), ("bearer" = [])),
    responses(
        (status = 200, description = "The session is ended and both cookies are deleted.", body = String,
            example = json!("ada@example.com has been logged out")),
        (status = 401, description = "Neither token is valid; both cookies are deleted.", body = crate::openapi::TokenNotValid),
        (status = 403, description = "A cross-site request.", body = crate::openapi::Detail),
        (status = 503, description = "The database is away; see `Retry-After`. The cookies stay.", body = crate::openapi::Detail),
    )
)]
pub async fn log_out(
    request: HttpRequest,
    _body: JsonObject,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let (client, now) = (client(&request, &app), app.now());
    let access = authenticate(request.headers(), &app);
    let refresh = refresh_token(&request, &app);
    let (access, refusal) = match access {
        Ok(access) => (Some(access), Error::Token(TokenError::Revoked)),
        Err(error) => (None, error),
    };
    if access.is_none() && refresh.is_none() {
        return Err(cleared(refusal));
    }
    let by_access = access
        .as_ref()
        .map(|access| (access.sid.simple().to_string(), access.user_id));
    let reason = EndReason::LoggedOut;
    let email = App::change(&app, move |connection, revocations| {
        let mut ended = Vec::new();
        let mut user_id = None;
        if let Some((sid, user)) = by_access {
            user_id = Some(user);
            ended.extend(sessions::log_out(
                connection, &sid, user, reason, &client, now,
            )?);
        }
        if let Some(token) = refresh {
            ended.extend(sessions::end_by_refresh_token(
                connection, &token, reason, &client, now,
            )?);
        }
        let user_id = user_id.or_else(|| ended.first().map(|ended| ended.user_id));
        let user = user_id
            .map(|id| User::find(connection, id))
            .transpose()?
            .flatten();
        revocations.extend(ended.into_iter().map(|ended| ended.revocation));
        Ok(user.map(|user| user.email))
    })
    .await?;
    let email = email
        .or_else(|| access.map(|access| access.email.clone()))
        .ok_or_else(|| cleared(refusal))?;
    let mut response = HttpResponse::Ok();
    for cookie in deletions(&app.settings.cookies, ClearCookies::AsSet, "") {
        response.append_header((header::SET_COOKIE, cookie));
    }
    Ok(response.json(format!("{email} has been logged out")))
}

/// The refusal of `GET ""`, deleting the cookies as well.
fn cleared(error: Error) -> Error {
    match error {
        Error::Clearing(..) => error,
        error => error.clearing(ClearCookies::AsSet),
    }
}
