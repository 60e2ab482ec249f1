//! Files in the binary, as they are sent.

use std::borrow::Cow;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, EntityTag, Header, IfNoneMatch};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};

/// A file in the binary.
#[derive(Clone, Debug)]
pub(super) struct Embedded {
    bytes: Bytes,
    kind: &'static str,
    tag: EntityTag,
}

impl Embedded {
    /// `sha256` is that of its bytes; the first half of it is the tag.
    pub(super) fn new(name: &str, bytes: Cow<'static, [u8]>, sha256: &[u8]) -> Self {
        let (half, _) = sha256.split_first_chunk().unwrap_or((&[0; 16], &[]));
        let tag = u128::from_be_bytes(*half);
        Self {
            // All who are sent it share what is in the binary.
            bytes: match bytes {
                Cow::Borrowed(embedded) => Bytes::from_static(embedded),
                Cow::Owned(made) => made.into(),
            },
            kind: kind_of(name),
            tag: EntityTag::new_strong(format!("{tag:032x}")),
        }
    }

    /// Sends the file, or 304 where the client has it.
    ///
    /// **The rule.** A file is asked for each time, and sent only if it is another one than the client
    /// has (RFC 9110, section 13.1.2): so no page mixes the scripts and styles of two versions,
    /// though they import each other by name.
    pub(super) fn send(&self, request: &HttpRequest) -> HttpResponse {
        let known = match IfNoneMatch::parse(request) {
            Ok(IfNoneMatch::Any) => true,
            Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|tag| tag.weak_eq(&self.tag)),
            Err(_) => false,
        };
        let mut answer = HttpResponse::Ok();
        answer
            .insert_header((header::CONTENT_TYPE, self.kind))
            .insert_header((header::CACHE_CONTROL, "public, no-cache"))
            .insert_header(header::ETag(self.tag.clone()));
        if known {
            return answer.status(StatusCode::NOT_MODIFIED).finish();
        }
        answer.body(self.bytes.clone())
    }
}

/// The type of a file by the end of its name. TypeScript has none of its own, and the one that lists of
/// endings give is a video's.
fn kind_of(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css",
        Some("js") => "text/javascript",
        Some("svg") => "image/svg+xml",
        Some("ts") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
