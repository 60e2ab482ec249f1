//! `POST logout/`: end this session. Either cookie is enough: an expired access token must
//! not keep anyone from logging out.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use super::{clear_cookies, client, refresh_token};
use crate::app::App;
use crate::cookies::ClearCookies;
use crate::error::Error;
use crate::extract::authenticate;
use crate::input::NoFields;
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
        (status = 200, description = "The session is ended and both cookies are deleted.", body = String, content_type = "application/json",
            headers(("Set-Cookie" = String, description = "Deletes both cookies.")),
            example = json!("ada@example.com has been logged out")),
        (status = 401, description = "Neither token is valid; both cookies are deleted.", body = crate::http::answers::Unauthorized),
        (status = 503, description = "The database is away, or revocations are not known to be current; see `Retry-After`. The cookies stay.", body = crate::http::answers::Detail),
    )
)]
pub async fn log_out(
    request: HttpRequest,
    _body: NoFields,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let (access, refusal) = match authenticate(request.headers(), &app) {
        Ok(access) => (Some(access), Error::Token(TokenError::Revoked)),
        // Whether the session lives is for the database to say, once it can be asked.
        Err(Error::NotFresh) => return Err(Error::NotFresh),
        Err(refusal) => (None, refusal),
    };
    let refresh = refresh_token(&request, &app);
    let clear = clear_cookies(&request, &app);
    if access.is_none() && refresh.is_none() {
        return Err(cleared(refusal, clear));
    }
    let policy = Arc::clone(&app.policy);
    let email = App::change(&app, client(&request, &app), move |change| {
        let (access, refresh) = (access.as_deref(), refresh.as_ref());
        Ok(sessions::log_out(change, &policy, access, refresh)?)
    })
    .await?
    .ok_or_else(|| cleared(refusal, clear))?;
    let mut response = HttpResponse::Ok().json(format!("{email} has been logged out"));
    response.extensions_mut().insert(clear);
    Ok(response)
}

/// The refusal of `GET ""`, deleting the cookies as well.
fn cleared(error: Error, clear: ClearCookies) -> Error {
    match error {
        Error::Clearing(..) => error,
        error => error.clearing(clear),
    }
}
