//! What every request passes, from the outside in: the log's span, the standing headers,
//! CORS for the user endpoints alone, and the innermost gate.

use actix_cors::Cors;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::{Condition, Next};
use actix_web::{HttpMessage, ResponseError, web};
use tracing_actix_web::RequestId;

use crate::app::App;
use crate::config::ServerSettings;
use crate::cookies::{self, Asked, ClearCookies};
use crate::cross_site;
use crate::error::Error;
use crate::user_app::{ACCESS_EXPIRES_IN, REFRESH_GRACE};

/// The most bytes of headers, names and values together.
pub const HEADER_LIMIT: usize = 16 * 1024;

/// The id under which the log tells of the request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Headers of every answer, unless the answer has its own.
const STANDING: [(HeaderName, HeaderValue); 7] = [
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// Adds the standing headers, to errors too.
pub async fn standing_headers<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let id = request.extensions().get::<RequestId>().copied();
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    if let Some(id) = id.and_then(|id| HeaderValue::from_str(&id.to_string()).ok()) {
        headers.insert(REQUEST_ID, id);
    }
    let allowed = headers.get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
    if allowed.is_none_or(|origin| origin == "*") {
        // What actix-cors tells origins that are not listed is of no use to them, also
        // where everybody may read, but without cookies.
        headers.remove(header::ACCESS_CONTROL_ALLOW_CREDENTIALS);
        headers.remove(header::ACCESS_CONTROL_EXPOSE_HEADERS);
    }
    add_standing_headers(headers);
    Ok(response)
}

/// Adds the standing headers of which an answer has none of its own.
pub(crate) fn add_standing_headers(headers: &mut HeaderMap) {
    for (name, value) in &STANDING {
        if !headers.contains_key(name) {
            headers.insert(name.clone(), value.clone());
        }
    }
}

/// What tools that trace requests add to those of a page: W3C Trace Context and Baggage, Sentry
/// and OpenTelemetry. Nothing reads them here.
const TRACING: [&str; 5] = [
    "traceparent",
    "tracestate",
    "baggage",
    "sentry-trace",
    "x-request-id",
];

/// CORS with credentials for the listed origins, on errors too; nothing where none is
/// listed. It is for the scope of the API alone: what it wraps, a page of a listed origin
/// reads with the cookies of the person who looks at that page.
#[must_use]
pub fn cors(settings: &ServerSettings) -> Condition<Cors> {
    let listed = settings.clone();
    let cors = Cors::default()
        .allowed_origin_fn(move |origin, _| {
            origin
                .to_str()
                .is_ok_and(|origin| cross_site::is_listed(origin, &listed))
        })
        .allowed_methods(["GET", "POST", "PATCH", "DELETE"])
        .allowed_headers([header::CONTENT_TYPE, header::AUTHORIZATION, header::ACCEPT])
        .allowed_headers(TRACING)
        .allowed_headers(settings.cors_allowed_headers.0.iter().map(String::as_str))
        .expose_headers([ACCESS_EXPIRES_IN, REFRESH_GRACE, header::RETRY_AFTER])
        .supports_credentials()
        .max_age(3600);
    Condition::new(!settings.cors_allowed_origins.0.is_empty(), cors)
}

/// The innermost gate: refuses headers that are too large, and everything but `/health/` where this
/// server has not the key of those that were there before; carries out an answer's wish to delete
/// cookies.
pub async fn gate<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    if size(request.headers()) > HEADER_LIMIT {
        let refused = Error::HeadersTooLarge(HEADER_LIMIT).error_response();
        return Ok(request.into_response(refused).map_into_right_body());
    }
    let app = request.app_data::<web::Data<App>>();
    if let Some(Err(refused)) = app.map(|app| app.check_key())
        && !request.path().starts_with("/health/")
    {
        let refused = refused.error_response();
        return Ok(request.into_response(refused).map_into_right_body());
    }
    let mut response = next.call(request).await?;
    let wish = response
        .response_mut()
        .extensions_mut()
        .remove::<ClearCookies>();
    if let Some(clear) = wish {
        delete_cookies(&mut response, clear);
    }
    Ok(response.map_into_left_body())
}

fn size(headers: &HeaderMap) -> usize {
    headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum()
}

fn delete_cookies<B>(response: &mut ServiceResponse<B>, clear: ClearCookies) {
    let request = response.request();
    let Some(app) = request.app_data::<web::Data<App>>() else {
        return;
    };
    let asked = Asked {
        headers: request.headers(),
        path: request.path(),
        users_prefix: app.settings.server.users_prefix.as_str(),
        now: app.now(),
    };
    let deletions = cookies::deletions(&app.settings.cookies, clear, asked);
    for cookie in deletions {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}
