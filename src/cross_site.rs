//! Requests that change state and count on cookies must not come from another site.
//!
//! Browsers say where a request comes from: `Sec-Fetch-Site` (Fetch Metadata), or `Origin`
//! where that is missing. Programs that send neither have no ambient cookies to abuse.

use actix_web::http::header::{self, HeaderMap};

use crate::config::ServerSettings;

/// Refuses a request from another site; the error says what to do about it.
pub fn check(headers: &HeaderMap, settings: &ServerSettings) -> Result<(), String> {
    let mut origins = headers.get_all(header::ORIGIN);
    let origin = match (origins.next(), origins.next()) {
        (None, _) => None,
        (Some(one), None) => Some(one.to_str().map_err(|_| refused("an unreadable origin"))?),
        (Some(_), Some(_)) => return Err(refused("two origins")),
    };
    let listed = origin.is_some_and(|origin| is_listed(origin, settings));
    match headers
        .get("sec-fetch-site")
        .map(header::HeaderValue::as_bytes)
    {
        Some(b"same-origin" | b"none") => Ok(()),
        Some(_) if listed => Ok(()),
        Some(_) => Err(refused(origin.unwrap_or("another site"))),
        None => match origin {
            None => Ok(()),
            Some(_) if listed => Ok(()),
            Some(origin) if is_ours(origin, headers, settings) => Ok(()),
            Some(origin) => Err(refused(origin)),
        },
    }
}

/// Whether the settings list this origin.
#[must_use]
pub fn is_listed(origin: &str, settings: &ServerSettings) -> bool {
    settings
        .cors_allowed_origins
        .0
        .iter()
        .any(|listed| listed.as_str() == origin)
}

/// `public_origin` when it is set, else the Host header, under either scheme.
fn is_ours(origin: &str, headers: &HeaderMap, settings: &ServerSettings) -> bool {
    if let Some(ours) = &settings.public_origin {
        return ours.as_str() == origin;
    }
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let authority = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"));
    matches!((host, authority), (Some(host), Some(authority)) if host.eq_ignore_ascii_case(authority))
}

fn refused(origin: &str) -> String {
    let origin: String = origin.chars().take(100).collect();
    format!(
        "Cross-site request from {origin} refused. List the app's origin in cors_allowed_origins, or set public_origin."
    )
}
