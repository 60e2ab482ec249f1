//! The cookie of an operator who is signed in.
//!
//! It is `__Host-frontgate_admin` where cookies are Secure, so that no other host and no page
//! over plain http can plant one: a planted cookie would sign the operator in as somebody
//! else. Where cookies are not Secure it is `frontgate_admin`, for `/admin` alone.
//!
//! It is read as the API's cookies are, by [`cookies::find`]: one that comes twice counts as
//! none, and the answer deletes every form of it, so that signing in again heals it.

use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderValue};

use crate::clock::Moment;
use crate::config::CookieSettings;
use crate::cookies::{self, Asked, Found};

/// The name of the cookie where it is Secure.
pub const SECURE_NAME: &str = "__Host-frontgate_admin";
/// The name of the cookie where it is not; the only one before there was the other.
pub const PLAIN_NAME: &str = "frontgate_admin";

/// The name of the cookie.
#[must_use]
pub fn name(settings: &CookieSettings) -> &'static str {
    if settings.cookie_secure {
        SECURE_NAME
    } else {
        PLAIN_NAME
    }
}

/// Its path.
#[must_use]
pub fn path(settings: &CookieSettings) -> &'static str {
    if settings.cookie_secure {
        "/"
    } else {
        "/admin"
    }
}

/// Names of cookies that an answer deletes in every form.
#[derive(Debug)]
pub struct ToDelete(Vec<&'static str>);

/// Leaves of the request's cookies the one that signs an operator in, where it came exactly
/// once, and finds those that the answer must delete: one that came twice, and what is left
/// under the name that is not in use.
pub fn narrow(request: &mut ServiceRequest, settings: &CookieSettings) -> ToDelete {
    let name = name(settings);
    let headers = request.headers();
    let found = cookies::find(headers, name);
    let mut to_delete = Vec::new();
    if found == Found::Ambiguous {
        to_delete.push(name);
    }
    if name != PLAIN_NAME && cookies::find(headers, PLAIN_NAME) != Found::Absent {
        to_delete.push(PLAIN_NAME);
    }
    let only = match found {
        Found::Once(value) => HeaderValue::from_str(&format!("{name}={value}")).ok(),
        Found::Absent | Found::Ambiguous => None,
    };
    let headers = request.headers_mut();
    headers.remove(header::COOKIE);
    if let Some(only) = only {
        headers.insert(header::COOKIE, only);
    }
    ToDelete(to_delete)
}

impl ToDelete {
    /// Deletes them, before what the answer sets itself.
    pub fn delete<B>(
        self,
        response: &mut ServiceResponse<B>,
        settings: &CookieSettings,
        now: Moment,
    ) {
        if self.0.is_empty() {
            return;
        }
        let request = response.request();
        let asked = Asked {
            headers: request.headers(),
            path: request.path(),
            users_prefix: "/admin",
            now,
        };
        let secure = settings.cookie_secure;
        let deleted = self.0.iter();
        let mut lines: Vec<_> = deleted
            .flat_map(|name| cookies::deletions_of(name, secure, asked))
            .collect();
        let headers = response.headers_mut();
        lines.extend(headers.remove(header::SET_COOKIE));
        for line in lines {
            headers.append(header::SET_COOKIE, line);
        }
    }
}
