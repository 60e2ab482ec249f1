//! `GET /static/…`: styles and scripts, embedded in the binary.

use std::borrow::Cow;

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{self, Bytes};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::error::Error;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Assets;

/// The client for browsers, which is an npm package as well.
#[derive(RustEmbed)]
#[folder = "clients/js/src/"]
struct Client;

/// Answers an embedded file. Pages of every origin may import the client.
pub async fn asset(name: web::Path<String>) -> Result<HttpResponse, Error> {
    if let Some(file) = Client::get(&name) {
        let mut answer = answer(file);
        let anyone = header::HeaderValue::from_static("*");
        let headers = answer.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, anyone);
        return Ok(answer);
    }
    Assets::get(&name).map(answer).ok_or(Error::NotFound)
}

fn answer(file: EmbeddedFile) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, file.metadata.mimetype()))
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .body(bytes(file.data))
}

/// The bytes of a file in the binary, which all who are sent it share.
pub(super) fn bytes(file: Cow<'static, [u8]>) -> Bytes {
    match file {
        Cow::Borrowed(embedded) => Bytes::from_static(embedded),
        Cow::Owned(made) => made.into(),
    }
}
