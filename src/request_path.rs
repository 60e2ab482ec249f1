//! The path of a request has one spelling.

use actix_web::ResponseError;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;

use crate::error::Error;

/// Answers 404 to a path that has another spelling, before any route is looked for.
///
/// **The rule.** A proxy that allows or refuses paths compares bytes; actix-web decodes `%61` to `a` before
/// it looks for a route. So every path that anybody on the way may read as another one
/// ([RFC 3986, section 6.2.2](https://www.rfc-editor.org/rfc/rfc3986#section-6.2.2)) leads nowhere.
pub async fn one_spelling<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    if !is_normal(request.uri().path()) {
        let refused = Error::NotFound.error_response();
        return Ok(request.into_response(refused).map_into_right_body());
    }
    next.call(request)
        .await
        .map(ServiceResponse::map_into_left_body)
}

/// Whether `path` is in normal form: it begins with a slash, has no empty, `.` or `..` segment, no byte
/// that does not belong into a path, and encodes only what must be encoded.
#[must_use]
pub fn is_normal(path: &str) -> bool {
    let Some(segments) = path.strip_prefix('/') else {
        return false;
    };
    let mut segments = segments.split('/').peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        if matches!(segment, "." | "..") || (segment.is_empty() && !last) || !is_encoded(segment) {
            return false;
        }
    }
    true
}

/// RFC 3986, section 3.3, `pchar`. What is encoded is neither unreserved nor one of the bytes that
/// programs take for a separator, an end or another encoding when they decode once more.
fn is_encoded(segment: &str) -> bool {
    let mut bytes = segment.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let hex = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let (Some(high), Some(low)) = (hex(bytes.next()), hex(bytes.next())) else {
                return false;
            };
            match u8::try_from(high * 16 + low) {
                Ok(byte) if is_unreserved(byte) || b"/\\%".contains(&byte) => return false,
                Ok(0..=0x1f | 0x7f) | Err(_) => return false,
                Ok(_) => {}
            }
        } else if !is_unreserved(byte) && !b"!$&'()*+,;=:@".contains(&byte) {
            return false;
        }
    }
    true
}

/// RFC 3986, section 2.3.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}
