//! `GET /api/docs/`: Swagger UI over our OpenAPI document, from the binary alone.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::assets::bytes;
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

/// `GET /api/docs/{file}`: the files of Swagger UI.
pub async fn file(name: web::Path<String>) -> Result<HttpResponse, Error> {
    if !FILES.contains(&name.as_str()) {
        return Err(Error::NotFound);
    }
    let config = Arc::new(utoipa_swagger_ui::Config::from("/api/openapi.json"));
    let file = utoipa_swagger_ui::serve(&name, config)
        .map_err(|error| Error::Internal(error.to_string().into()))?
        .ok_or(Error::NotFound)?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, file.content_type))
        .insert_header((header::CACHE_CONTROL, "public, max-age=86400"))
        .body(bytes(file.bytes)))
}
