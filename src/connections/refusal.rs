//! Answers that are written without actix-http: to what never became a request.

use actix_web::ResponseError;
use actix_web::body::MessageBody;
use actix_web::http::header::{self, HeaderValue};

use crate::error::Error;
use crate::middleware::{HEADER_LIMIT, add_standing_headers};

/// Why a connection is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// 408: a head did not arrive in time.
    HeadTimeout,
    /// 431: a head is too long.
    HeadTooLarge,
    /// 503: there are too many connections, and all are being worked on.
    NoRoom,
}

impl Refusal {
    /// The whole answer, in the form of every other refusal; it closes the connection.
    #[must_use]
    pub(super) fn bytes(self) -> Vec<u8> {
        let error = match self {
            Self::HeadTimeout => Error::HeadTimeout,
            Self::HeadTooLarge => Error::HeadersTooLarge(HEADER_LIMIT),
            Self::NoRoom => Error::TooManyConnections,
        };
        let mut answer = error.error_response();
        let status = answer.status();
        let headers = answer.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        add_standing_headers(headers);
        let (answer, body) = answer.into_parts();
        let body = body.try_into_bytes().unwrap_or_default();
        let mut bytes =
            format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n", body.len()).into_bytes();
        for (name, value) in answer.headers() {
            bytes.extend_from_slice(name.as_str().as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value.as_bytes());
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&body);
        bytes
    }
}
