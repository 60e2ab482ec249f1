//! `GET /`: what runs here, and where to go on.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{PAGE_POLICY, render};
use crate::app::App;
use crate::config::DatabaseUrl;
use crate::error::Error;

/// The start page.
#[derive(Debug, Template)]
#[template(path = "start.html")]
pub struct StartPage<'a> {
    /// This version.
    pub version: &'a str,
    /// The origin under which the examples reach the server.
    pub origin: String,
    /// Where the user endpoints live.
    pub users_prefix: &'a str,
    /// `SQLite` or `PostgreSQL`.
    pub database: &'a str,
    /// How long an access token lives, in words.
    pub access_lifetime: String,
    /// How long a refresh token lives, in words.
    pub refresh_lifetime: String,
    /// Whether there is a demo to link to.
    pub demo: bool,
}

/// Shows the start page.
pub async fn start(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, Error> {
    let settings = &app.settings;
    let origin = match &settings.server.public_origin {
        Some(origin) => origin.to_string(),
        None => format!("http://{}", host(&request)),
    };
    let page = StartPage {
        version: env!("CARGO_PKG_VERSION"),
        origin,
        users_prefix: settings.server.users_prefix.as_str(),
        database: match settings.database.database_url {
            DatabaseUrl::Sqlite(_) => "SQLite",
            DatabaseUrl::Postgres(_) => "PostgreSQL",
        },
        access_lifetime: settings.tokens.access_token_lifetime.to_string(),
        refresh_lifetime: settings.tokens.refresh_token_lifetime.to_string(),
        demo: settings.server.demo,
    };
    render(&page, PAGE_POLICY)
}

/// The Host header, where it is one that a shell can be given.
fn host(request: &HttpRequest) -> &str {
    let plain = |host: &&str| {
        host.chars()
            .all(|c| c.is_ascii_alphanumeric() || ".:-[]".contains(c))
    };
    let host = request.headers().get(header::HOST);
    host.and_then(|host| host.to_str().ok())
        .filter(plain)
        .unwrap_or("127.0.0.1:8000")
}
