//! The user endpoints, one file a view, named as in the Django `user_app`.

pub mod change_password;
pub mod change_profile;
pub mod confirm_reset;
pub mod create_user;
pub mod delete_account;
pub mod end_session;
pub mod info;
pub mod log_in;
pub mod log_out;
pub mod log_out_all;
pub mod log_out_others;
pub mod profile;
pub mod refresh;
pub mod sessions;
pub mod user_answer;

mod fields;
mod own;

use actix_web::http::header::{self, HeaderName};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use chrono::{NaiveDateTime, SecondsFormat};
use serde::Serialize;
use utoipa::ToSchema;

use self::own::{change_own, change_own_among_superusers, current_user};
use self::user_answer::UserAnswer;
use crate::app::{App, SignedPair};
use crate::client_address;
use crate::cookies::{self, ClearCookies, Found};
use crate::error::Error;
use crate::extract::has_bearer;
use crate::failed_log_ins::Failure;
use crate::http::field_errors::FieldErrors;
use crate::models::user::User;
use crate::passwords::Verdict;
use crate::sessions::{Client, TokenPair};
use crate::tokens::RefreshToken;

/// How long the access token lives, in seconds, for clients that cannot read the cookie.
pub const ACCESS_EXPIRES_IN: HeaderName = HeaderName::from_static("x-access-expires-in");

/// For how long a refresh token that was rotated away still answers with its successor, in
/// whole seconds: the time in which a client may send a refresh again.
pub const REFRESH_GRACE: HeaderName = HeaderName::from_static("x-refresh-grace");

/// How many sessions a log-out ended.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"ended": 3}))]
pub struct EndedAnswer {
    /// The sessions that lived until now.
    pub ended: usize,
}

/// A moment of the database, in whole seconds (RFC 3339).
fn rfc_3339(moment: NaiveDateTime) -> String {
    moment.and_utc().to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Who asks.
fn client(request: &HttpRequest, app: &App) -> Client {
    client_address::client(request, &app.settings.server.trusted_proxies.0)
}

/// Puts both tokens into cookies.
fn with_cookies(
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
fn with_access_cookie(response: &mut HttpResponseBuilder, app: &App, token: String, exp: i64) {
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
fn opened(
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

/// The refresh cookie. Beside a Bearer header cookies are not read: the cross-site check
/// does not apply then, and nothing may count on them.
fn refresh_cookie<'a>(request: &'a HttpRequest, app: &App) -> Found<'a> {
    if has_bearer(request.headers()) {
        return Found::Absent;
    }
    cookies::find(request.headers(), &app.settings.cookies.refresh_cookie_name)
}

/// The verified refresh token of the request's cookie, if there is exactly one that
/// verifies.
fn refresh_token(request: &HttpRequest, app: &App) -> Option<RefreshToken> {
    match refresh_cookie(request, app) {
        Found::Once(token) => app.keys.verify_refresh(token, app.now()).ok(),
        Found::Absent | Found::Ambiguous => None,
    }
}

/// The deletion of both cookies. One that came twice is deleted in every form, or the other
/// one would stay.
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

/// Fails when it is not the user's password. Whoever relies on it compares `user.password`
/// once more in the transaction that it is for.
async fn check_password(
    request: &HttpRequest,
    app: &App,
    user: &User,
    password: String,
) -> Result<(), Error> {
    if is_password(request, app, user, password).await? {
        Ok(())
    } else {
        Err(wrong_password())
    }
}

/// Whether it is the user's password. A wrong one counts as a failed log-in: somebody who
/// came by a session may guess here as well.
async fn is_password(
    request: &HttpRequest,
    app: &App,
    user: &User,
    password: String,
) -> Result<bool, Error> {
    let stored = Some(user.password.clone());
    if app.passwords.verify(password, stored).await? != Verdict::Wrong {
        return Ok(true);
    }
    let failure = Failure::WrongPassword(user.id);
    app.log_in_failed(failure, &client(request, app));
    Ok(false)
}

/// Also the answer to a password that was right when it was verified and is not any more.
fn wrong_password() -> Error {
    FieldErrors::single(
        "password",
        "Your password was entered incorrectly. Please enter it again.",
    )
    .into()
}
