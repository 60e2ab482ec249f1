//! `GET ""`: who am I, from the token alone.

use actix_web::{HttpRequest, HttpResponse, web};

use super::client;
use super::user_answer::UserAnswer;
use crate::app::App;
use crate::error::Error;
use crate::extract::CurrentUser;

/// Read the current user.
///
/// Answered from the access token alone: no database statement is made, and a session that
/// was ended is refused all the same.
#[utoipa::path(
    get,
    path = "/",
    tag = "users",
    security(("access_cookie" = []), ("bearer" = [])),
    responses(
        (status = 200, description = "The user of this access token.", body = UserAnswer<'static>),
    )
)]
pub async fn info(
    request: HttpRequest,
    app: web::Data<App>,
    user: Result<CurrentUser, Error>,
) -> Result<HttpResponse, Error> {
    match user {
        Ok(CurrentUser(token)) => Ok(HttpResponse::Ok().json(UserAnswer::of_token(&app, &token))),
        Err(error) => {
            if matches!(error, Error::NoCredentials) {
                hint_at_dropped_cookies(&request, &app);
            }
            Err(error)
        }
    }
}

fn hint_at_dropped_cookies(request: &HttpRequest, app: &App) {
    let ip = client(request, app).ip.unwrap_or_default();
    if app.cookie_hint.read_without_cookie(&ip, app.now()) {
        tracing::warn!(
            setting = "cookie_secure",
            "a log-in over plain http was followed by a request without cookies: browsers drop Secure cookies \
             over http. Serve the app over https (and set trusted_proxies), or set cookie_secure = false while \
             developing; see docs/troubleshooting.md, \"logged in, then 401\""
        );
    }
}
