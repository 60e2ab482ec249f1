//! `GET /static/…`: styles and scripts, embedded in the binary.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use rust_embed::RustEmbed;

use super::embedded::Embedded;
use crate::error::Error;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Assets;

/// The client for browsers, which is an npm package as well.
#[derive(RustEmbed)]
#[folder = "clients/js/src/"]
struct Client;

/// Sends an embedded file. Pages of every origin may import the client.
pub async fn asset(request: HttpRequest, name: web::Path<String>) -> Result<HttpResponse, Error> {
    let client = Client::get(&name);
    let of_client = client.is_some();
    let file = client
        .or_else(|| Assets::get(&name))
        .ok_or(Error::NotFound)?;
    let sha256 = file.metadata.sha256_hash();
    let mut answer = Embedded::new(&name, file.data, &sha256).send(&request);
    if of_client {
        let anyone = header::HeaderValue::from_static("*");
        answer
            .headers_mut()
            .insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, anyone);
    }
    Ok(answer)
}
