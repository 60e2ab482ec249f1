//! The one error type of the HTTP side: what a client is told, and what the log is.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use diesel::result::Error as DieselError;

use crate::cookies::ClearCookies;
use crate::db::DatabaseError;
use crate::http::answers::{
    BadRequest, Coded, Detail, Refusal, TokenMessage, TokenNotValid, Unauthorized,
};
use crate::http::field_errors::FieldErrors;
use crate::passwords::HashingBusy;
use crate::sessions::{OpenError, RefreshError};
use crate::tokens::TokenError;
use crate::tokens::signing::SigningError;

/// Why a request was not served. Its answers are those of the HTTP contract, byte for byte.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// 404.
    #[error("Not found.")]
    NotFound,
    /// 405; the route adds `Allow`.
    #[error("Method \"{0}\" not allowed.")]
    MethodNotAllowed(String),
    /// 408: the body took too long.
    #[error("Request body was not received in time.")]
    BodyTimeout,
    /// 408: a head took too long.
    #[error("Request headers were not received in time.")]
    HeadTimeout,
    /// 413.
    #[error("Request body exceeds {0} bytes.")]
    BodyTooLarge(usize),
    /// 431.
    #[error("Request headers exceed {0} bytes.")]
    HeadersTooLarge(usize),
    /// 403 from the cross-site check; says what to set.
    #[error("{0}")]
    CrossSite(String),
    /// 403: an operator may not do this; says why.
    #[error("{0}")]
    Forbidden(String),
    /// 401: nobody is signed in to the admin, whose gate sends them to where one does.
    #[error("Sign in to see this page.")]
    SignInNeeded,
    /// 415.
    #[error("Unsupported media type \"{0}\" in request.")]
    UnsupportedMediaType(String),
    /// 400: the body is no JSON.
    #[error("JSON parse error - {0}")]
    Parse(String),
    /// 400: the body as a whole is wrong.
    #[error("{0}")]
    NonField(String),
    /// 400: some fields are wrong.
    #[error("some fields are wrong")]
    Fields(FieldErrors),
    /// 401: neither cookie nor Bearer header.
    #[error("Authentication cookie is not present")]
    NoCredentials,
    /// 401: a Bearer header that is not of two parts.
    #[error("Authorization header must contain two space-delimited values")]
    BadAuthorizationHeader,
    /// 401: an access token that does not verify, or was revoked.
    #[error("{0}")]
    Token(#[from] TokenError),
    /// 404: wrong password, unknown address or inactive user.
    #[error("No user matching credentials")]
    NoMatchingCredentials,
    /// 401: no refresh cookie.
    #[error("Refresh token not present")]
    RefreshMissing,
    /// 401: a refresh token that does not refresh.
    #[error("Invalid or expired refresh token")]
    RefreshRefused,
    /// 503: passwords wait to be hashed already.
    #[error("Too many log-ins at once. Try again in a moment.")]
    HashingBusy,
    /// 503: what the key of this node signs is refused everywhere.
    #[error("The key that signs tokens was revoked. The operator must set a new SECRET_KEY.")]
    KeyRevoked,
    /// 503: what this node says about tokens, the others do not.
    #[error(
        "This server signs with another key than the others. The operator must give it theirs."
    )]
    OtherKey,
    /// 503: nobody knows whether the token was revoked meanwhile.
    #[error("Revocations are not known to be current. Try again in a moment.")]
    NotFresh,
    /// 503: the server is about to stop, and another one should be asked.
    #[error("The server is stopping.")]
    Stopping,
    /// 503: there are too many connections, and each has a request that is being worked on.
    #[error("Too many connections. Try again in a moment.")]
    TooManyConnections,
    /// 503: the database is away or busy.
    #[error("The service is temporarily unavailable. Try again in a moment.")]
    Unavailable(#[source] DatabaseError),
    /// 500: a bug of ours.
    #[error("A server error occurred.")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Any of the others, with cookies to be deleted.
    #[error("{0}")]
    Clearing(Box<Error>, ClearCookies),
}

/// Seconds that a client waits after a 503. Hashing frees a place several times a second;
/// a database takes a moment.
const RETRY_AFTER: &str = "1";

/// Between one and three seconds: whoever was put off at once must not come back at once.
#[expect(
    clippy::disallowed_methods,
    reason = "it spreads retries and is no secret"
)]
fn jittered() -> &'static str {
    ["1", "2", "3"][usize::from(rand::random::<u8>() % 3)]
}

impl Error {
    /// The same error, whose answer deletes cookies as well.
    #[must_use]
    pub fn clearing(self, clear: ClearCookies) -> Self {
        Self::Clearing(Box::new(self), clear)
    }

    /// The one body of this refusal, as the OpenAPI document describes it.
    fn body(&self) -> Refusal {
        let detail = || Detail {
            detail: self.to_string(),
        };
        let coded = |code| Coded {
            detail: self.to_string(),
            code,
        };
        match self {
            Self::NoMatchingCredentials | Self::RefreshMissing | Self::RefreshRefused => {
                Refusal::Sentence(self.to_string())
            }
            Self::NonField(message) => {
                let errors = FieldErrors::single("non_field_errors", message);
                Refusal::BadRequest(BadRequest::Fields(errors))
            }
            Self::Fields(errors) => Refusal::BadRequest(BadRequest::Fields(errors.clone())),
            Self::Parse(_) => Refusal::BadRequest(BadRequest::Unreadable(detail())),
            Self::Token(error) => Refusal::Unauthorized(Unauthorized::Token(token_body(*error))),
            Self::NoCredentials => Refusal::Unauthorized(Unauthorized::Missing(detail())),
            Self::BadAuthorizationHeader => {
                Refusal::Unauthorized(Unauthorized::Header(coded("bad_authorization_header")))
            }
            Self::CrossSite(_) => Refusal::Coded(coded("cross_site_request")),
            Self::Clearing(inner, _) => inner.body(),
            _ => Refusal::Detail(detail()),
        }
    }
}

fn token_body(error: TokenError) -> TokenNotValid {
    TokenNotValid {
        detail: "Given token not valid for any token type",
        code: "token_not_valid",
        messages: [TokenMessage {
            token_class: "AccessToken",
            token_type: "access",
            message: error.to_string(),
        }],
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NotFound | Self::NoMatchingCredentials => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::HeadTimeout | Self::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::BodyTooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::HeadersTooLarge(_) => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::CrossSite(_) | Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Parse(_) | Self::NonField(_) | Self::Fields(_) => StatusCode::BAD_REQUEST,
            Self::NoCredentials
            | Self::BadAuthorizationHeader
            | Self::Token(_)
            | Self::RefreshMissing
            | Self::RefreshRefused
            | Self::SignInNeeded => StatusCode::UNAUTHORIZED,
            Self::HashingBusy
            | Self::TooManyConnections
            | Self::Stopping
            | Self::KeyRevoked
            | Self::OtherKey
            | Self::NotFresh
            | Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Clearing(inner, _) => inner.status_code(),
        }
    }

    fn error_response(&self) -> HttpResponse {
        if let Self::Clearing(inner, clear) = self {
            let mut response = inner.error_response();
            response.extensions_mut().insert(*clear);
            return response;
        }
        match self {
            Self::Internal(cause) => tracing::error!(%cause, "a request failed"),
            Self::Unavailable(cause) => tracing::warn!(%cause, "a request was put off"),
            Self::NotFresh => tracing::debug!("a request was put off: the lease has run out"),
            Self::KeyRevoked => tracing::error!("the key of SECRET_KEY was revoked: set a new one"),
            Self::HashingBusy => {
                tracing::warn!("a log-in was put off: password_hashing_queue is full");
            }
            _ => {}
        }
        let mut response: HttpResponseBuilder = HttpResponse::build(self.status_code());
        match self {
            Self::NoCredentials | Self::BadAuthorizationHeader | Self::Token(_) => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"api\""));
            }
            Self::HashingBusy
            | Self::TooManyConnections
            | Self::Stopping
            | Self::Unavailable(_) => {
                response.insert_header((header::RETRY_AFTER, RETRY_AFTER));
            }
            Self::NotFresh => {
                response.insert_header((header::RETRY_AFTER, jittered()));
            }
            Self::KeyRevoked | Self::OtherKey => {
                response.insert_header((header::RETRY_AFTER, "60"));
            }
            _ => {}
        }
        response.json(self.body())
    }
}

impl From<FieldErrors> for Error {
    fn from(errors: FieldErrors) -> Self {
        Self::Fields(errors)
    }
}

impl From<DatabaseError> for Error {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Query(_) => Self::Internal(Box::new(error)),
            _ => Self::Unavailable(error),
        }
    }
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        DatabaseError::from(error).into()
    }
}

impl From<HashingBusy> for Error {
    fn from(error: HashingBusy) -> Self {
        match error {
            HashingBusy::Full => Self::HashingBusy,
            HashingBusy::Failed(_) => Self::Internal(Box::new(error)),
        }
    }
}

impl From<OpenError> for Error {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::UserChanged => Self::NoMatchingCredentials,
            OpenError::KeyRevoked => Self::KeyRevoked,
            OpenError::Query(error) => error.into(),
            OpenError::Profile(_) => Self::Internal(Box::new(error)),
        }
    }
}

impl From<RefreshError> for Error {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::Query(error) => error.into(),
            RefreshError::LostRow | RefreshError::Profile(_) => Self::Internal(Box::new(error)),
        }
    }
}

impl From<SigningError> for Error {
    fn from(error: SigningError) -> Self {
        Self::Internal(Box::new(error))
    }
}
