//! What each request to the admin passes: the networks that may, and errors as pages.

use actix_session::SessionMiddleware;
use actix_session::config::{BrowserSession, CookieContentSecurity};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Key, SameSite};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode, header};
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError, web};
use askama::Template;
use sha2::{Digest, Sha512};

use super::parameters::Parameters;
use super::session_store::AdminSessionStore;
use super::{cookie, next, render_with, see_other, sign_in};
use crate::app::App;
use crate::client_address::{self, ClientAddress};
use crate::config::SecretKey;
use crate::cross_site;
use crate::error::Error;
use crate::middleware::add_standing_headers;

/// An error, as a person sees it.
#[derive(Debug, Template)]
#[template(path = "admin/error.html")]
pub struct ErrorPage {
    /// The status of the answer.
    pub status: u16,
    /// What it is, in a few words.
    pub title: &'static str,
    /// What happened and what to do.
    pub message: String,
}

/// The sessions of the operators: a cookie that goes when the browser does, and that no
/// script reads; see [`cookie`].
#[must_use]
pub fn sessions(app: &web::Data<App>, secret: &SecretKey) -> SessionMiddleware<AdminSessionStore> {
    let settings = &app.settings;
    let lifetime = settings.admin.admin_session_lifetime.duration();
    let lifetime = Duration::try_from(lifetime).unwrap_or(Duration::HOUR);
    let key = Sha512::new()
        .chain_update(b"frontgate admin cookie\0")
        .chain_update(secret.expose())
        .finalize();
    SessionMiddleware::builder(AdminSessionStore::new(app.clone()), Key::from(&key))
        .session_lifecycle(BrowserSession::default().state_ttl(lifetime))
        .cookie_name(cookie::name(&settings.cookies).to_owned())
        .cookie_path(cookie::path(&settings.cookies).to_owned())
        .cookie_same_site(SameSite::Lax)
        .cookie_secure(settings.cookies.cookie_secure)
        .cookie_content_security(CookieContentSecurity::Signed)
        .build()
}

/// Lets in what comes from `admin_allowed_networks` and from the admin's own pages, and turns
/// errors into pages: somebody who is not signed in is sent to where one does.
pub async fn gate<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let app = app(request.request())?.clone();
    let settings = &app.settings.cookies;
    let to_delete = cookie::narrow(&mut request, settings);
    let mut response = answer(request, next).await?;
    to_delete.delete(&mut response, settings, app.now());
    Ok(response)
}

async fn answer<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let passes = check_network(request.request()).and_then(|()| check_source(request.request()));
    if let Err(error) = passes {
        let shown = page(&error)?;
        return Ok(request.into_response(shown));
    }
    let response = match next.call(request).await {
        Ok(response) => response.map_into_boxed_body(),
        Err(error) => {
            tracing::warn!(%error, "an operator's session could not be read or written");
            return Err(SessionAway.into());
        }
    };
    let cause = response.response().error();
    let Some(error) = cause.and_then(|cause| cause.as_error::<Error>()) else {
        return Ok(response);
    };
    let mut shown = match error {
        Error::SignInNeeded => see_other(&sign_in_path(response.request())),
        error => page(error)?,
    };
    for name in [header::ALLOW, header::RETRY_AFTER, header::SET_COOKIE] {
        for value in response.headers().get_all(&name) {
            shown.headers_mut().append(name.clone(), value.clone());
        }
    }
    Ok(response.into_response(shown))
}

/// The session middleware failed, and with it the request: its answer passes no other
/// middleware, and brings the standing headers itself.
#[derive(Debug, thiserror::Error)]
#[error("The database is not available. Try again in a moment.")]
struct SessionAway;

impl ResponseError for SessionAway {
    fn status_code(&self) -> StatusCode {
        StatusCode::SERVICE_UNAVAILABLE
    }

    fn error_response(&self) -> HttpResponse {
        let status = self.status_code();
        let mut shown =
            error_page(status, self.to_string()).unwrap_or_else(|_| HttpResponse::new(status));
        let second = header::HeaderValue::from_static("1");
        shown.headers_mut().insert(header::RETRY_AFTER, second);
        add_standing_headers(shown.headers_mut());
        shown
    }
}

/// Refuses what no page of the admin sent: on every route, whatever its method does.
fn check_source(request: &HttpRequest) -> Result<(), Error> {
    let settings = &app(request)?.settings;
    cross_site::check_admin(request.method(), request.headers(), settings).map_err(Error::CrossSite)
}

fn app(request: &HttpRequest) -> Result<&web::Data<App>, Error> {
    let app = request.app_data::<web::Data<App>>();
    app.ok_or_else(|| Error::Internal("the app's state is missing".into()))
}

fn check_network(request: &HttpRequest) -> Result<(), Error> {
    let app = app(request)?;
    let allowed = &app.settings.admin.admin_allowed_networks.0;
    if allowed.is_empty() {
        return Ok(());
    }
    match client_address::find(request, &app.settings.server.trusted_proxies.0) {
        ClientAddress::Known(ip) if allowed.iter().any(|network| network.contains(&ip)) => Ok(()),
        ClientAddress::Known(ip) => Err(Error::Forbidden(format!(
            "The admin cannot be reached from your address, {ip}. \
             The setting admin_allowed_networks says from where it can."
        ))),
        unknown => {
            if app.proxy_hint.is_due(unknown, app.clock.uptime()) {
                tell_operator(unknown);
            }
            let what = match unknown {
                ClientAddress::OfProxy(_) => "from the address of a proxy",
                _ => "through a proxy that does not tell your address",
            };
            Err(Error::Forbidden(format!(
                "The admin cannot be reached {what}. \
                 If you run this server, its log says what to do."
            )))
        }
    }
}

/// Logs what keeps a client from being known; the page is read by strangers, whom the addresses of
/// proxies do not concern.
fn tell_operator(unknown: ClientAddress) {
    match unknown {
        ClientAddress::NotNamed { by } => tracing::warn!(
            proxy = %by,
            "the admin was refused: this address is in trusted_proxies and sent no X-Forwarded-For, or no address in it; let the proxy send the client's address, or come through a proxy that does (docs/security.md, Proxies); told once a minute"
        ),
        ClientAddress::OfProxy(ip) => tracing::warn!(
            address = %ip,
            "the admin was refused: a proxy named this address, which is in trusted_proxies and so opens nothing; list in trusted_proxies what the proxies themselves have, and nothing wider (docs/security.md, Proxies); told once a minute"
        ),
        ClientAddress::Known(_) | ClientAddress::Gone => {}
    }
}

fn page(error: &Error) -> Result<HttpResponse, Error> {
    let message = match error {
        Error::NotFound => "There is no such page, or what it showed is gone.".to_owned(),
        _ => error.to_string(),
    };
    error_page(error.status_code(), message)
}

fn error_page(status: StatusCode, message: String) -> Result<HttpResponse, Error> {
    let page = ErrorPage {
        status: status.as_u16(),
        title: title(status),
        message,
    };
    render_with(HttpResponseBuilder::new(status), &page)
}

/// Where to sign in, and then to go on: a page that was asked for, never a change.
fn sign_in_path(request: &HttpRequest) -> String {
    let asked = request
        .uri()
        .path_and_query()
        .map_or(next::START, |asked| asked.as_str());
    let asked = Parameters::from([("next", asked)]);
    let leads_to_start = request.method() != Method::GET || next::next(&asked) == next::START;
    if leads_to_start {
        return sign_in::PATH.to_owned();
    }
    asked.behind(sign_in::PATH)
}

fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::FORBIDDEN => "This is not allowed",
        StatusCode::NOT_FOUND => "Not found",
        StatusCode::SERVICE_UNAVAILABLE => "Not available right now",
        status if status.is_server_error() => "Something went wrong",
        _ => "This cannot be done",
    }
}
