//! What a request brings: who asks, and the refresh token.

use actix_web::HttpRequest;

use crate::app::App;
use crate::client_address;
use crate::cookies::{self, ClearCookies, Found};
use crate::extract::has_bearer;
use crate::sessions::Client;
use crate::tokens::RefreshToken;

/// Who asks.
pub(super) fn client(request: &HttpRequest, app: &App) -> Client {
    client_address::client(request, &app.settings.server.trusted_proxies.0)
}

/// The refresh cookie. Beside a Bearer header cookies are not read: the cross-site check
/// does not apply then, and nothing may count on them.
pub(super) fn refresh_cookie<'a>(request: &'a HttpRequest, app: &App) -> Found<'a> {
    if has_bearer(request.headers()) {
        return Found::Absent;
    }
    cookies::find(request.headers(), &app.settings.cookies.refresh_cookie_name)
}

/// The verified refresh token of the request's cookie, if there is exactly one that
/// verifies.
pub(super) fn refresh_token(request: &HttpRequest, app: &App) -> Option<RefreshToken> {
    match refresh_cookie(request, app) {
        Found::Once(token) => app.keys.verify_refresh(token, app.now()).ok(),
        Found::Absent | Found::Ambiguous => None,
    }
}

/// The deletion of both cookies. One that came twice is deleted in every form, or the other
/// one would stay.
pub(super) fn clear_cookies(request: &HttpRequest, app: &App) -> ClearCookies {
    let settings = &app.settings.cookies;
    let names = [&settings.access_cookie_name, &settings.refresh_cookie_name];
    let twice = |name: &&String| cookies::find(request.headers(), name) == Found::Ambiguous;
    if names.iter().any(twice) {
        ClearCookies::EveryForm
    } else {
        ClearCookies::AsSet
    }
}
