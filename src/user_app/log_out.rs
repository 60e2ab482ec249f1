//! `POST logout/`: end this session. Either cookie is enough: an expired access token must
//! not keep anyone from logging out.

use actix_web::{HttpRequest, HttpResponse, web};

use super::{client, refresh_token};
use crate::app::App;
use crate::cookies::{self, ClearCookies, Found};
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
    let access_sid = access
        .as_ref()
        .ok()
        .map(|access| access.sid.simple().to_string());
    let access_user = access.as_ref().ok().map(|access| access.user_id);
    let (email, ended) = app
        .database
        .write(move |connection| {
            let mut ended = Vec::new();
            let mut user_id = access_user;
            if let (Some(sid), Some(user_id)) = (access_sid, access_user) {
                let reason = EndReason::LoggedOut;
                ended.extend(sessions::log_out(
                    connection, &sid, user_id, reason, &client, now,
                )?);
            }
            if let Some(token) = refresh {
                let reason = EndReason::LoggedOut;
                let by_refresh =
                    sessions::end_by_refresh_token(connection, &token, reason, &client, now)?;
                if user_id.is_none() {
                    user_id = by_refresh.as_ref().map(|ended| ended.user_id);
                }
                ended.extend(by_refresh);
            }
            let user = user_id
                .map(|id| User::find(connection, id))
                .transpose()?
                .flatten();
            Ok::<_, Error>((user.map(|user| user.email), ended))
        })
        .await?;
    for session in &ended {
        app.learn(session);
    }
    let email = match (email, access) {
        (Some(email), _) => email,
        (None, Ok(access)) => access.email.clone(),
        (None, Err(error)) => return Err(cleared(error, clear_cookies(&request, &app))),
    };
    let mut response = HttpResponse::Ok().json(format!("{email} has been logged out"));
    response
        .extensions_mut()
        .insert(clear_cookies(&request, &app));
    Ok(response)
}

/// A cookie that came twice is deleted in every form, or the other one would stay.
fn clear_cookies(request: &HttpRequest, app: &App) -> ClearCookies {
    let settings = &app.settings.cookies;
    let names = [&settings.access_cookie_name, &settings.refresh_cookie_name];
    let twice = |name: &&String| cookies::find(request.headers(), name) == Found::Ambiguous;
    if names.iter().any(twice) {
        ClearCookies::EveryForm
    } else {
        ClearCookies::AsSet
    }
}

/// The refusal of `GET ""`, deleting the cookies as well.
fn cleared(error: Error, clear: ClearCookies) -> Error {
    match error {
        Error::Clearing(inner, clear) => Error::Clearing(inner, clear),
        Error::Internal(_) => error,
        Error::NoCredentials | Error::BadAuthorizationHeader | Error::Token(_) => {
            error.clearing(clear)
        }
        _ => Error::Token(TokenError::Invalid).clearing(clear),
    }
}
