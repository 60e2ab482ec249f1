//! The administrators' pages under `/admin/`: one file a page, with its input, its handler
//! and the struct that its template shows.
//!
//! # The map
//!
//! | To find | Look in |
//! |---|---|
//! | signing in and out, the first administrator | [`sign_in`], [`next`], [`sign_out`], [`setup`] |
//! | who is logged in, and ending it | [`sessions`], [`address`] |
//! | long work, and how far it is | [`jobs`] |
//! | people, and what operators do to them | [`users`] |
//! | the operator's own account | [`account`] |
//! | where an operator is signed in, a new password, as parts of pages | [`operator_sessions`], [`new_password`] |
//! | what every page has around it, and what pages are made of | [`frame`], [`parts`], [`person`] |
//! | how things stand, and charts of it | [`overview`], [`chart`] |
//! | who may: the operator of a request, and changing something on their behalf | [`staff`] |
//! | what a page is asked: a query, or a form with its CSRF token | [`parameters`], [`form`] |
//! | refresh tokens; the audit log, and an event in a row | [`tokens`], [`events`] |
//! | the filters of every list, and its pages | [`search`], [`fields`], [`paging`] |
//! | where an operator's session is kept, and the cookie of it | [`session_store`], [`cookie`] |
//! | where the admin lives, beside the API or apart | [`door`] |
//! | what each request passes, and errors as pages | [`gate`] |

pub mod account;
pub mod address;
pub mod chart;
pub mod cookie;
pub mod door;
pub mod events;
pub mod fields;
pub mod form;
pub mod frame;
pub mod gate;
pub mod jobs;
pub mod new_password;
pub mod next;
pub mod operator_sessions;
pub mod overview;
pub mod paging;
pub mod parameters;
pub mod parts;
pub mod person;
pub mod search;
pub mod session_store;
pub mod sessions;
pub mod setup;
pub mod sign_in;
pub mod sign_out;
pub mod staff;
pub mod tokens;
pub mod users;

use actix_web::HttpResponse;
use actix_web::http::header;
use askama::Template;

use self::search::Search;
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

/// Renders a list: 400 when a filter could not be read, with the complaint beside it.
fn render_search(search: &Search, page: &impl Template) -> Result<HttpResponse, Error> {
    if search.is_right() {
        render(page)
    } else {
        render_with(HttpResponse::BadRequest(), page)
    }
}

/// A word of the database as a person reads it.
fn in_words(word: &str) -> String {
    word.replace('_', " ")
}

/// After a change: the browser reads `location` next, and reloading that changes nothing.
fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, location))
        .finish()
}
