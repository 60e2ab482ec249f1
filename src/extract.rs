//! Who the request speaks for: extracted before the handler, so that handlers read like
//! the sentence that describes them.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest, HttpRequest, web};

use crate::app::App;
use crate::cookies::{self, ClearCookies, Found};
use crate::error::Error;
use crate::tokens::{AccessToken, TokenError};

/// A user by a verified access token whose session lives. No database statement is made:
/// signature, claims and the revocations in memory decide.
#[derive(Clone, Debug)]
pub struct CurrentUser(pub Arc<AccessToken>);

impl FromRequest for CurrentUser {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let app = request.app_data::<web::Data<App>>();
        ready(match app {
            Some(app) => authenticate(request.headers(), app).map(Self),
            None => Err(Error::Internal("the app's state is missing".into())),
        })
    }
}

/// The `Authorization` header decides where there is a Bearer one; else the cookie.
pub fn authenticate(headers: &HeaderMap, app: &App) -> Result<Arc<AccessToken>, Error> {
    let token = match bearer(headers) {
        Some(token) => token?,
        None => match cookies::find(headers, &app.settings.cookies.access_cookie_name) {
            Found::Absent => return Err(Error::NoCredentials),
            Found::Once(token) => token,
            Found::Ambiguous => {
                return Err(Error::Token(TokenError::Invalid).clearing(ClearCookies::EveryForm));
            }
        },
    };
    app.verify_access(token)
}

/// The token of a Bearer header (RFC 6750, section 2.1), the scheme in any case (RFC 9110,
/// section 11.1). Headers of another scheme count as none.
fn bearer(headers: &HeaderMap) -> Option<Result<&str, Error>> {
    let header = headers.get(header::AUTHORIZATION)?;
    let Ok(text) = header.to_str() else {
        let scheme = header.as_bytes().split(|byte| *byte == b' ').next();
        let bearer = scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"Bearer"));
        return bearer.then_some(Err(Error::Token(TokenError::Invalid)));
    };
    let mut parts = text.split_ascii_whitespace();
    if !parts.next()?.eq_ignore_ascii_case("Bearer") {
        return None;
    }
    Some(match (parts.next(), parts.next()) {
        (Some(token), None) => Ok(token),
        _ => Err(Error::BadAuthorizationHeader),
    })
}

/// Whether the request authenticates with a header, so that cookies are not read and the
/// cross-site check does not apply.
#[must_use]
pub fn has_bearer(headers: &HeaderMap) -> bool {
    bearer(headers).is_some()
}
