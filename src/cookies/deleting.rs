//! Deleting cookies: those that are set, and those that stand beside them.

use actix_web::cookie::time::Duration;
use actix_web::cookie::time::OffsetDateTime;
use actix_web::cookie::{Cookie, Expiration, SameSite};
use actix_web::http::header::{self, HeaderMap, HeaderValue};

use super::{Found, HOST_PREFIX, dress, find, write};
use crate::clock::Moment;
use crate::config::CookieSettings;

/// An answer's wish to delete both cookies; `app` carries it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClearCookies {
    /// The cookies as the settings make them.
    AsSet,
    /// Every form in which a cookie of these names may stand, left from before a setting
    /// was changed or planted by a sibling host: see [`deletions`].
    EveryForm,
}

/// What an answer must know of its request to delete cookies that this browser has.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The request's headers.
    pub headers: &'a HeaderMap,
    /// Its path, as it was sent.
    pub path: &'a str,
    /// Where the user endpoints live.
    pub users_prefix: &'a str,
    /// When.
    pub now: Moment,
}

/// The most bytes of `Set-Cookie` headers that delete cookies. nginx answers 502 when all
/// headers of an answer are over its `proxy_buffer_size`, which is 4096 as it comes.
pub const MOST_BYTES: usize = 3072;

/// The `Set-Cookie` headers that delete both of ours.
///
/// [`ClearCookies::EveryForm`] deletes what the request can have brought: host-only and for
/// each parent domain, under `/`, the set path and the user endpoints' prefix; a cookie that
/// came twice under every other path, too, that begins the request's (RFC 6265, section 5.1.4,
/// sends no others); and, for the host and the set domain, Partitioned and not, which are two
/// cookies to a browser. What is over [`MOST_BYTES`] is left to the next answer, which
/// begins at another form.
#[must_use]
pub fn deletions(
    settings: &CookieSettings,
    clear: ClearCookies,
    asked: Asked<'_>,
) -> Vec<HeaderValue> {
    let ours = [
        (&settings.access_cookie_name, settings.cookie_path.as_str()),
        (&settings.refresh_cookie_name, settings.refresh_path()),
    ];
    let as_set = ours.map(|(name, path)| {
        let cookie = dress(settings, name.clone(), String::new(), path);
        write(&gone(cookie), settings.cookie_partitioned)
    });
    let mut deleted = as_set.to_vec();
    if clear == ClearCookies::AsSet {
        return deleted;
    }
    let domains = domains(asked.headers);
    let mark = Mark::of(settings);
    let (mut left, mut planted) = (Vec::new(), Vec::new());
    for (name, path) in ours {
        // No browser keeps another form of such a cookie than the one that is set.
        if name.starts_with(HOST_PREFIX) {
            continue;
        }
        let paths = ["/", settings.cookie_path.as_str(), path, asked.users_prefix];
        let paths = distinct(&paths);
        let set = settings.cookie_domain.as_deref();
        left.extend(every_form(name, &paths, &domains, mark));
        for path in &paths {
            left.extend(partitioned_forms(settings, name, path, set));
        }
        if find(asked.headers, name) == Found::Ambiguous {
            let mut others = prefixes(asked.path);
            others.retain(|path| !paths.contains(path));
            planted.extend(every_form(name, &others, &domains, mark));
        }
    }
    // What an earlier setting left goes at once, what somebody planted as fast as it fits.
    for forms in [left, planted] {
        let own: usize = deleted.iter().map(cost).sum();
        let rest = MOST_BYTES.saturating_sub(own);
        deleted.extend(as_many_as_fit(forms, rest, asked.now));
    }
    deleted
}

/// The deletions of every form of a cookie that one name may have brought to this path, for
/// the names that are not those of the settings.
#[must_use]
pub fn deletions_of(name: &str, secure: bool, asked: Asked<'_>) -> Vec<HeaderValue> {
    let mark = if secure { Mark::Secure } else { Mark::None };
    let forms = if name.starts_with(HOST_PREFIX) {
        every_form(name, &["/"], &[], mark)
    } else {
        every_form(name, &prefixes(asked.path), &domains(asked.headers), mark)
    };
    as_many_as_fit(forms, MOST_BYTES, asked.now)
}

/// What a deletion must carry for a browser to take it where the cookie was taken.
#[derive(Clone, Copy, Debug)]
enum Mark {
    None,
    Secure,
    /// `SameSite=None`, without which an answer to a request from another site deletes nothing.
    CrossSite,
}

impl Mark {
    fn of(settings: &CookieSettings) -> Self {
        match (settings.cookie_samesite, settings.cookie_secure) {
            (SameSite::None, _) => Self::CrossSite,
            (_, true) => Self::Secure,
            (_, false) => Self::None,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Secure => "; Secure",
            Self::CrossSite => "; Secure; SameSite=None",
        }
    }
}

/// A deletion for each path, host-only and for each domain. A browser tells cookies apart by
/// name, domain and path; what else they were set with does not matter.
fn every_form(name: &str, paths: &[&str], domains: &[&str], mark: Mark) -> Vec<HeaderValue> {
    let mark = mark.as_str();
    let mut forms = Vec::new();
    for path in paths {
        let host_only = format!("{name}=; Path={path}; Max-Age=0{mark}");
        let shared = domains
            .iter()
            .map(|domain| format!("{name}=; Path={path}; Domain={domain}; Max-Age=0{mark}"));
        let texts = std::iter::once(host_only).chain(shared);
        forms.extend(texts.filter_map(|text| HeaderValue::from_str(&text).ok()));
    }
    forms
}

/// The deletions under one path of a partitioned cookie. Browsers take Partitioned together
/// with Secure only.
fn partitioned_forms(
    settings: &CookieSettings,
    name: &str,
    path: &str,
    domain: Option<&str>,
) -> Vec<HeaderValue> {
    if !settings.cookie_secure {
        return Vec::new();
    }
    let mark = Mark::of(settings).as_str();
    let shared = domain.map(|domain| format!("; Domain={domain}"));
    std::iter::once(String::new())
        .chain(shared)
        .map(|domain| format!("{name}=; Path={path}{domain}; Max-Age=0{mark}; Partitioned"))
        .filter_map(|text| HeaderValue::from_str(&text).ok())
        .collect()
}

/// Every path of which a cookie is sent to `path` (RFC 6265, section 5.1.4): each beginning of it
/// that ends at a slash, with and without that, and the whole of it.
fn prefixes(path: &str) -> Vec<&str> {
    // Nothing that would end the attribute, or begin another one.
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b';';
    if !path.starts_with('/') || !path.bytes().all(plain) {
        return vec!["/"];
    }
    let slashes = path.match_indices('/');
    let mut found: Vec<_> = slashes
        .flat_map(|(at, _)| [&path[..at], &path[..=at]])
        .filter(|prefix| !prefix.is_empty())
        .collect();
    found.push(path);
    distinct(&found)
}

/// The texts in their order, each once.
fn distinct<'a>(texts: &[&'a str]) -> Vec<&'a str> {
    let mut found: Vec<&str> = Vec::new();
    for text in texts {
        if !found.contains(text) {
            found.push(text);
        }
    }
    found
}

/// The bytes of a header in an answer, its name and line end included.
fn cost(header: &HeaderValue) -> usize {
    "set-cookie: \r\n".len() + header.len()
}

/// As many headers as these bytes hold. Where they do not hold all, each second begins in the
/// middle of what the one before sent, so that every one is sent in the end.
fn as_many_as_fit(mut headers: Vec<HeaderValue>, bytes: usize, now: Moment) -> Vec<HeaderValue> {
    let fits = |headers: &[HeaderValue]| {
        let mut left = bytes;
        let fitting = headers.iter().take_while(|header| {
            let rest = left.checked_sub(cost(header));
            left = rest.unwrap_or(0);
            rest.is_some()
        });
        fitting.count()
    };
    let fitting = fits(&headers);
    if fitting < headers.len() {
        let turn = now.timestamp().unsigned_abs() % headers.len() as u64;
        let turn = usize::try_from(turn).unwrap_or(0) * fitting.div_ceil(2) % headers.len();
        headers.rotate_left(turn);
        headers.truncate(fits(&headers));
    }
    headers
}

/// The host and each of its parents that has a dot: no cookie can be set for the others.
/// At most eight, and none for an address.
fn domains(headers: &HeaderMap) -> Vec<&str> {
    let host = headers.get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _port)| name);
    let numeric = name.starts_with('[') || name.ends_with(|c: char| c.is_ascii_digit());
    let plain = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.');
    let first = (plain && !numeric).then_some(name);
    std::iter::successors(first, |name| name.split_once('.').map(|(_, parent)| parent))
        .filter(|name| name.contains('.'))
        .take(8)
        .collect()
}

fn gone(mut cookie: Cookie<'static>) -> Cookie<'static> {
    cookie.set_max_age(Duration::ZERO);
    cookie.set_expires(Expiration::from(OffsetDateTime::UNIX_EPOCH));
    cookie
}
