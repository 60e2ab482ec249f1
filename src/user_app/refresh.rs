//! `POST refresh/`: the refresh token is rotated, and the old one blacklisted.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::{client, refresh_cookie, with_cookies};
use crate::app::App;
use crate::cookies::{ClearCookies, Found};
use crate::error::Error;
use crate::input::NoFields;
use crate::sessions::{self, Refreshed, TokenPair};

/// The answer to a refresh.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"message": "Token refreshed successfully"}))]
pub struct RefreshAnswer {
    /// Always the same sentence.
    pub message: &'static str,
}

/// Refresh.
///
/// Answers a new pair of cookies. The same refresh token again, within `refresh_grace`,
/// answers its successor again; later it is reuse, and ends the session.
#[utoipa::path(
    post,
    path = "/refresh/",
    tag = "users",
    security(("refresh_cookie" = [])),
    responses(
        (status = 200, description = "Both cookies are set anew.", body = RefreshAnswer,
            headers(
                ("Set-Cookie" = String, description = "Both cookies."),
                ("X-Access-Expires-In" = i64, description = "Seconds that the access token lives."),
                ("X-Refresh-Grace" = i64, description = "Seconds in which a refresh may be sent again."),
            )),
        (status = 401, description = "No refresh cookie, or one that no longer refreshes; both cookies are deleted.",
            body = String, content_type = "application/json", example = json!("Invalid or expired refresh token")),
        (status = 503, description = "The database is away; see `Retry-After`. The cookies stay.", body = crate::http::answers::Detail),
    )
)]
pub async fn refresh(
    request: HttpRequest,
    _body: NoFields,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let token = match refresh_cookie(&request, &app) {
        Found::Absent => return Err(Error::RefreshMissing),
        Found::Ambiguous => return Err(Error::RefreshRefused.clearing(ClearCookies::EveryForm)),
        Found::Once(token) => app
            .keys
            .verify_refresh(token, app.now())
            .map_err(|_| Error::RefreshRefused.clearing(ClearCookies::AsSet))?,
    };
    let (policy, arrived) = (Arc::clone(&app.policy), app.now());
    let refreshed = App::change(&app, client(&request, &app), move |change| {
        Ok(sessions::refresh(change, &policy, &token, arrived)?)
    })
    .await?;
    match refreshed {
        Refreshed::Rotated(pair) | Refreshed::Repeated(pair) => answer(&app, &pair),
        Refreshed::Ended(reason) if reason.browser_has_newer_cookies() => {
            Err(Error::RefreshRefused)
        }
        Refreshed::Reuse | Refreshed::Ended(_) | Refreshed::Refused => {
            Err(Error::RefreshRefused.clearing(ClearCookies::AsSet))
        }
    }
}

fn answer(app: &App, pair: &TokenPair) -> Result<HttpResponse, Error> {
    let answer = RefreshAnswer {
        message: "Token refreshed successfully",
    };
    Ok(with_cookies(HttpResponse::Ok(), app, app.sign(pair)?).json(answer))
}
