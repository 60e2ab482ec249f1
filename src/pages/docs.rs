//! `GET /api/docs/`: Swagger UI over our OpenAPI document, from the binary alone.

use std::sync::{Arc, LazyLock};

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use sha2::{Digest, Sha256};

use super::embedded::Embedded;
use super::render;
use crate::error::Error;

/// Swagger UI writes style attributes and draws its icons from data URLs.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";
/// The files of Swagger UI that the page uses.
const FILES: [&str; 2] = ["swagger-ui.css", "swagger-ui-bundle.js"];

/// The page around Swagger UI.
#[derive(Debug, Template)]
#[template(path = "docs.html")]
pub struct DocsPage;

/// Shows the API's documentation.
pub async fn docs() -> Result<HttpResponse, Error> {
    render(&DocsPage, POLICY)
}

/// The files, and their hashes, which are reckoned once.
static EMBEDDED: LazyLock<Vec<(&str, Embedded)>> = LazyLock::new(|| {
    let config = Arc::new(utoipa_swagger_ui::Config::from("/api/openapi.json"));
    let file = |name: &'static str| {
        let file = utoipa_swagger_ui::serve(name, Arc::clone(&config)).ok()??;
        let sha256 = Sha256::digest(&file.bytes);
        Some((name, Embedded::new(name, file.bytes, &sha256)))
    };
    FILES.into_iter().filter_map(file).collect()
});

/// `GET /api/docs/{file}`: the files of Swagger UI.
pub async fn file(request: HttpRequest, name: web::Path<String>) -> Result<HttpResponse, Error> {
    EMBEDDED
        .iter()
        .find(|(known, _)| *known == name.as_str())
        .map(|(_, file)| file.send(&request))
        .ok_or(Error::NotFound)
}
