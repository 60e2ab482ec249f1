//! Requests that count on cookies must not come from another site.
//!
//! Browsers say where a request comes from: `Sec-Fetch-Site` (Fetch Metadata), or `Origin`
//! where that is missing. Programs that send neither have no ambient cookies to abuse.
//!
//! There are two rules. [`check`] is the API's: pages of a listed origin may use the API as
//! our own may. [`check_admin`] is the admin's: nothing but its own pages operates it.

use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderValue};

use crate::config::WebOrigin;
use crate::config::{ServerSettings, Settings};

/// Refuses a request to the API from another site; the error says what to do about it.
pub fn check(headers: &HeaderMap, settings: &ServerSettings) -> Result<(), String> {
    let refused = |origin: &str| {
        let origin = shortened(origin);
        format!(
            "Cross-site request from {origin} refused. List the app's origin in cors_allowed_origins, or set public_origin."
        )
    };
    let Source { site, origin } = Source::of(headers).map_err(refused)?;
    let listed = origin.is_some_and(|origin| is_listed(origin, settings));
    let passes = match site {
        Some(b"same-origin" | b"none") => true,
        Some(_) => listed,
        None => origin.is_none_or(|origin| {
            listed || is_ours(origin, headers, settings.public_origin.as_ref())
        }),
    };
    if passes {
        Ok(())
    } else {
        Err(refused(origin.unwrap_or("another site")))
    }
}

/// Refuses what is not of the admin's own pages; the error says what to do about it.
///
/// A request passes when `Sec-Fetch-Site` is `same-origin` or `none`, and, where that is
/// missing, when `Origin` is missing too or is the admin's own. An origin that is listed in
/// `cors_allowed_origins` never passes: its pages may use the API in somebody's name, and must
/// not operate the admin in an operator's. A read passes from everywhere when the browser
/// opens a page by it, for links to the admin stand in mails and chats; a script of another
/// origin that fetches a page opens none.
pub fn check_admin(
    method: &Method,
    headers: &HeaderMap,
    settings: &Settings,
) -> Result<(), String> {
    let own = own_admin_origin(settings);
    let Source { site, origin } = Source::of(headers).map_err(refused_by_admin)?;
    let listed = origin.is_some_and(|origin| is_listed(origin, &settings.server));
    // A setting says for certain what is ours; the Host header does not.
    let is_own = |origin| (own.is_some() || !listed) && is_ours(origin, headers, own);
    let opens_page = method.is_safe()
        && origin.is_none()
        && headers
            .get("sec-fetch-mode")
            .is_some_and(|mode| mode == "navigate");
    let passes = match site {
        Some(b"same-origin" | b"none") => !listed || origin.is_some_and(is_own),
        Some(_) => opens_page,
        None => origin.is_none_or(is_own),
    };
    if passes {
        Ok(())
    } else {
        Err(refused_by_admin(origin.unwrap_or("another site")))
    }
}

/// The admin's own origin as the settings have it; `None` where the Host header says it.
fn own_admin_origin(settings: &Settings) -> Option<&WebOrigin> {
    let admin = &settings.admin;
    // On a port of its own it does not have the API's origin.
    let beside_api = admin.admin_bind.is_none();
    let public = settings.server.public_origin.as_ref();
    admin
        .admin_origin
        .as_ref()
        .or_else(|| public.filter(|_| beside_api))
}

/// Whether the settings list this origin.
#[must_use]
pub fn is_listed(origin: &str, settings: &ServerSettings) -> bool {
    let listed = &settings.cors_allowed_origins.0;
    !listed.is_empty()
        && WebOrigin::from_header(origin).is_some_and(|origin| listed.contains(&origin))
}

/// Whether this is the origin that is set, or, where none is set, one that the Host header
/// names, under either scheme.
fn is_ours(origin: &str, headers: &HeaderMap, set: Option<&WebOrigin>) -> bool {
    let Some(origin) = WebOrigin::from_header(origin) else {
        return false;
    };
    if let Some(set) = set {
        return *set == origin;
    }
    let host = headers.get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok());
    host.is_some_and(|host| origin.is_named_by(host))
}

/// Where a request says that it comes from.
struct Source<'a> {
    site: Option<&'a [u8]>,
    origin: Option<&'a str>,
}

impl<'a> Source<'a> {
    /// Reads the headers; the error names what cannot be read. Two values of
    /// `Sec-Fetch-Site` are a site that nobody knows.
    fn of(headers: &'a HeaderMap) -> Result<Self, &'static str> {
        let mut origins = headers.get_all(header::ORIGIN);
        let origin = match (origins.next(), origins.next()) {
            (None, _) => None,
            (Some(one), None) => Some(one.to_str().map_err(|_| "an unreadable origin")?),
            (Some(_), Some(_)) => return Err("two origins"),
        };
        let mut sites = headers.get_all("sec-fetch-site").map(HeaderValue::as_bytes);
        let site = match (sites.next(), sites.next()) {
            (first, None) => first,
            (_, Some(_)) => Some(&b""[..]),
        };
        Ok(Self { site, origin })
    }
}

fn refused_by_admin(origin: &str) -> String {
    let origin = shortened(origin);
    format!(
        "The admin takes nothing but what its own pages send, and this came from {origin}. If that is where you \
         opened the admin, set admin_origin to it, and let the proxy pass the Host header on."
    )
}

fn shortened(origin: &str) -> String {
    origin.chars().take(100).collect()
}
