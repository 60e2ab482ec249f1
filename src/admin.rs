//! The administrators' pages under `/admin/`: one file a page, with its input, its handler
//! and the struct that its template shows.
//!
//! # The map
//!
//! | To find | Look in |
//! |---|---|
//! | signing in and out, the first administrator | [`sign_in`], [`sign_out`], [`setup`] |
//! | what every page has around it | [`frame`], [`parts`] |
//! | how things stand, and charts of it | [`overview`], [`chart`] |
//! | who may: the operator of a request, and changing something on their behalf | [`staff`] |
//! | what a page is asked: a query, or a form with its CSRF token | [`parameters`], [`form`] |
//! | where an operator's session is kept | [`session_store`] |
//! | what each request passes, and errors as pages | [`gate`] |

pub mod chart;
pub mod form;
pub mod frame;
pub mod gate;
pub mod overview;
pub mod parameters;
pub mod parts;
pub mod session_store;
pub mod setup;
pub mod sign_in;
pub mod sign_out;
pub mod staff;

use actix_web::HttpResponse;
use actix_web::http::header;
use askama::Template;

use crate::error::Error;

/// Our own style sheet and script, forms to ourselves, and nothing else.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
                          img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Renders a page.
fn render(page: &impl Template) -> Result<HttpResponse, Error> {
    render_with(HttpResponse::Ok(), page)
}

/// Renders a page with another status than 200, such as a form with complaints.
fn render_with(
    mut response: actix_web::HttpResponseBuilder,
    page: &impl Template,
) -> Result<HttpResponse, Error> {
    let html = page
        .render()
        .map_err(|error| Error::Internal(Box::new(error)))?;
    Ok(response
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .body(html))
}

/// After a change: the browser reads `location` next, and reloading that changes nothing.
fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, location))
        .finish()
}
