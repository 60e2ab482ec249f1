//! The two cookies: read by exact bytes, written with their settings, deleted in every
//! form in which they may stand. The admin's cookie is read and deleted here, too.

mod deleting;

use actix_web::cookie::time::OffsetDateTime;
use actix_web::cookie::{Cookie, Expiration};
use actix_web::http::header::{self, HeaderMap, HeaderValue};

use crate::clock::Moment;
use crate::config::CookieSettings;

pub use deleting::{Asked, ClearCookies, MOST_BYTES, deletions, deletions_of};

/// Browsers drop cookies over 4096 bytes, name and attributes included (RFC 6265bis,
/// section 5.6): a longer token does not come back.
pub const LONGEST_TOKEN: usize = 3900;

/// With this prefix a browser keeps a cookie only with Secure, the path `/` and no domain, so
/// that no other host can set one (RFC 6265bis, section 4.1.3.2).
pub const HOST_PREFIX: &str = "__Host-";

/// A cookie as the request carried it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// It is not there.
    Absent,
    /// It is there once.
    Once(&'a str),
    /// It is there twice, or is no text: nobody knows which is meant.
    Ambiguous,
}

/// Finds a cookie by the exact bytes of its name. Nothing is decoded: `%5F%5FHost-x` is
/// not `__Host-x`, and bytes that are no text hide no other cookie (RFC 6265, section 5.4).
#[must_use]
pub fn find<'a>(headers: &'a HeaderMap, name: &str) -> Found<'a> {
    let mut found = Found::Absent;
    for header in headers.get_all(header::COOKIE) {
        for pair in header.as_bytes().split(|byte| *byte == b';') {
            let pair = trim(pair);
            let Some(value) = pair
                .strip_prefix(name.as_bytes())
                .and_then(|rest| rest.strip_prefix(b"="))
            else {
                continue;
            };
            found = match (found, std::str::from_utf8(value)) {
                (Found::Absent, Ok(text)) => Found::Once(text),
                _ => Found::Ambiguous,
            };
        }
    }
    found
}

/// Takes off the white space that RFC 6265 knows: spaces and tabs.
fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = bytes {
        bytes = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

/// The `Set-Cookie` header of the access cookie.
#[must_use]
pub fn access(settings: &CookieSettings, token: String, exp: i64, now: Moment) -> HeaderValue {
    let name = settings.access_cookie_name.clone();
    let cookie = dress(settings, name, token, &settings.cookie_path);
    write(&until(cookie, exp, now), settings.cookie_partitioned)
}

/// The `Set-Cookie` header of the refresh cookie.
#[must_use]
pub fn refresh(settings: &CookieSettings, token: String, exp: i64, now: Moment) -> HeaderValue {
    let name = settings.refresh_cookie_name.clone();
    let cookie = dress(settings, name, token, settings.refresh_path());
    write(&until(cookie, exp, now), settings.cookie_partitioned)
}

fn dress(settings: &CookieSettings, name: String, value: String, path: &str) -> Cookie<'static> {
    let mut cookie = Cookie::build(name, value)
        .http_only(true)
        .secure(settings.cookie_secure)
        .same_site(settings.cookie_samesite)
        .path(path.to_owned());
    if let Some(domain) = &settings.cookie_domain {
        cookie = cookie.domain(domain.clone());
    }
    cookie.finish()
}

/// `Max-Age` and `Expires`, both equal to the token's own `exp`.
fn until(mut cookie: Cookie<'static>, exp: i64, now: Moment) -> Cookie<'static> {
    let seconds = exp - now.timestamp();
    cookie.set_max_age(actix_web::cookie::time::Duration::seconds(seconds));
    if let Ok(moment) = OffsetDateTime::from_unix_timestamp(exp) {
        cookie.set_expires(Expiration::from(moment));
    }
    cookie
}

/// The header's bytes. The cookie library of actix does not know `Partitioned` yet.
fn write(cookie: &Cookie<'_>, partitioned: bool) -> HeaderValue {
    let mut text = cookie.to_string();
    if partitioned {
        text.push_str("; Partitioned");
    }
    // Names, paths and domains were validated at the start, and tokens are base64.
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}
