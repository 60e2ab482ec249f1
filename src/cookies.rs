//! The two cookies: read by exact bytes, written with their settings, deleted in every
//! form in which they may stand.

use actix_web::cookie::time::OffsetDateTime;
use actix_web::cookie::{Cookie, Expiration};
use actix_web::http::header::{self, HeaderMap, HeaderValue};

use crate::clock::Moment;
use crate::config::CookieSettings;

/// Browsers drop cookies over 4096 bytes, name and attributes included (RFC 6265bis,
/// section 5.6): a longer token does not come back.
pub const LONGEST_TOKEN: usize = 3900;

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

/// An answer's wish to delete both cookies; `app` carries it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClearCookies {
    /// The cookies as the settings make them.
    AsSet,
    /// Every form in which a cookie of these names may stand, left from before a setting
    /// was changed or planted by a sibling host: see [`deletions`].
    EveryForm,
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

/// The `Set-Cookie` headers that delete both of ours. `host` is the request's Host header.
///
/// Every form is: host-only and for each parent domain, under `/`, the set path and the user
/// endpoints' prefix; and, for the host and the set domain, Partitioned and not, which are
/// two cookies to a browser. More would outgrow what proxies take as headers.
#[must_use]
pub fn deletions(
    settings: &CookieSettings,
    clear: ClearCookies,
    host: &str,
    users_prefix: &str,
) -> Vec<HeaderValue> {
    let ours = [
        (&settings.access_cookie_name, settings.cookie_path.as_str()),
        (&settings.refresh_cookie_name, settings.refresh_path()),
    ];
    let mut deleted = Vec::new();
    for (name, path) in ours {
        let as_set = dress(settings, name.clone(), String::new(), path);
        deleted.push(write(&gone(as_set), settings.cookie_partitioned));
        if clear == ClearCookies::EveryForm {
            let mut paths = vec!["/", settings.cookie_path.as_str(), path, users_prefix];
            paths.sort_unstable();
            paths.dedup();
            for path in paths {
                for cookie in under(settings, name, path, host) {
                    if !deleted.contains(&cookie) {
                        deleted.push(cookie);
                    }
                }
            }
        }
    }
    deleted
}

/// The deletions of every form of a cookie under one path.
fn under(settings: &CookieSettings, name: &str, path: &str, host: &str) -> Vec<HeaderValue> {
    let of = |domain: Option<&str>, partitioned| {
        let mut cookie = dress(settings, name.to_owned(), String::new(), path);
        cookie.unset_domain();
        if let Some(domain) = domain {
            cookie.set_domain(domain.to_owned());
        }
        write(&gone(cookie), partitioned)
    };
    let partitioned = settings.cookie_partitioned;
    let mut forms = vec![of(None, partitioned)];
    forms.extend(
        domains(host)
            .iter()
            .map(|domain| of(Some(domain), partitioned)),
    );
    // Browsers take Partitioned together with Secure only.
    if settings.cookie_secure {
        forms.push(of(None, !partitioned));
        forms.push(of(settings.cookie_domain.as_deref(), !partitioned));
    }
    forms
}

/// The host and each of its parents that has a dot: no cookie can be set for the others.
/// At most eight, and none for an address.
fn domains(host: &str) -> Vec<String> {
    let name = host.rsplit_once(':').map_or(host, |(name, _port)| name);
    let numeric = name.starts_with('[') || name.ends_with(|c: char| c.is_ascii_digit());
    let plain = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.');
    let first = (plain && !numeric).then_some(name);
    std::iter::successors(first, |name| name.split_once('.').map(|(_, parent)| parent))
        .filter(|name| name.contains('.'))
        .take(8)
        .map(str::to_owned)
        .collect()
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

fn gone(mut cookie: Cookie<'static>) -> Cookie<'static> {
    cookie.set_max_age(actix_web::cookie::time::Duration::ZERO);
    cookie.set_expires(Expiration::from(OffsetDateTime::UNIX_EPOCH));
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
