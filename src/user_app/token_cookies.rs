//! Answers with tokens: in cookies, with what a client must know of them.

use actix_web::http::header::{self, HeaderName};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};

use super::request::client;
use super::user_answer::UserAnswer;
use crate::app::{App, SignedPair};
use crate::client_address;
use crate::cookies;
use crate::error::Error;
use crate::sessions::TokenPair;

/// How long the access token lives, in seconds, for clients that cannot read the cookie.
pub const ACCESS_EXPIRES_IN: HeaderName = HeaderName::from_static("x-access-expires-in");

/// For how long a refresh token that was rotated away still answers with its successor, in
/// whole seconds: the time in which a client may send a refresh again.
pub const REFRESH_GRACE: HeaderName = HeaderName::from_static("x-refresh-grace");

/// Puts both tokens into cookies.
pub(super) fn with_cookies(
    mut response: HttpResponseBuilder,
    app: &App,
    pair: SignedPair,
) -> HttpResponseBuilder {
    with_access_cookie(&mut response, app, pair.access, pair.access_exp);
    let settings = &app.settings.cookies;
    let refresh = cookies::refresh(settings, pair.refresh, pair.refresh_exp, app.now());
    response.append_header((header::SET_COOKIE, refresh));
    response
}

/// Puts an access token that expires at `exp` into its cookie.
pub(super) fn with_access_cookie(
    response: &mut HttpResponseBuilder,
    app: &App,
    token: String,
    exp: i64,
) {
    if token.len() > cookies::LONGEST_TOKEN {
        tracing::error!(
            bytes = token.len(),
            "the access cookie is too long and browsers drop it: shorten users.claims or access_token_claims"
        );
    }
    let now = app.now();
    response.insert_header((ACCESS_EXPIRES_IN, exp - now.timestamp()));
    let grace = app.settings.tokens.refresh_grace.delta();
    response.insert_header((REFRESH_GRACE, grace.num_seconds()));
    let access = cookies::access(&app.settings.cookies, token, exp, now);
    response.append_header((header::SET_COOKIE, access));
}

/// Answers a sign-up or a log-in, and remembers one over plain http whose Secure cookies
/// the browser may drop.
pub(super) fn opened(
    response: HttpResponseBuilder,
    request: &HttpRequest,
    app: &App,
    pair: &TokenPair,
) -> Result<HttpResponse, Error> {
    let https = client_address::is_https(request, &app.settings.server.trusted_proxies.0);
    if app.settings.cookies.cookie_secure
        && !https
        && let Some(ip) = client(request, app).ip
    {
        app.cookie_hint.logged_in(&ip, app.now());
    }
    let user = UserAnswer::of_claims(app, &pair.access);
    Ok(with_cookies(response, app, app.sign(pair)?).json(user))
}
