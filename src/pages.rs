//! What a person sees who opens the server in a browser: Askama pages and their assets, all
//! from the binary.

pub mod assets;
pub mod demo;
pub mod docs;
mod embedded;
pub mod start;

use actix_web::HttpResponse;
use actix_web::http::header;
use askama::Template;

use crate::error::Error;

/// Pages bring their own styles and nothing else.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; \
                           form-action 'none'; frame-ancestors 'none'";

/// Renders a page under a content security policy.
fn render(page: &impl Template, policy: &str) -> Result<HttpResponse, Error> {
    let html = page
        .render()
        .map_err(|error| Error::Internal(Box::new(error)))?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, policy))
        .body(html))
}
