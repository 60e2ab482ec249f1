//! `GET /demo/`: a single-page app of ours, in which a person sees a session living.

pub mod statements;

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::TimeDelta;

use super::render;
use crate::app::App;
use crate::error::Error;

/// The demo is what an app may be under a strict policy: nothing inline, nothing from elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Whoever must wait longer for a silent refresh is told how to wait less.
const PATIENCE: TimeDelta = TimeDelta::minutes(2);

/// The page of the demo.
#[derive(Debug, Template)]
#[template(path = "demo.html")]
pub struct DemoPage<'a> {
    /// Where the user endpoints live.
    pub users_prefix: &'a str,
    /// How long an access token lives, in words.
    pub access_lifetime: String,
    /// How long an access token lives, in milliseconds.
    pub access_milliseconds: i64,
    /// Whether a person would have to wait for a silent refresh.
    pub is_slow: bool,
}

/// Shows the demo.
pub async fn demo(app: web::Data<App>) -> Result<HttpResponse, Error> {
    let access = app.settings.tokens.access_token_lifetime;
    let page = DemoPage {
        users_prefix: app.settings.server.users_prefix.as_str(),
        access_lifetime: access.to_string(),
        access_milliseconds: access.delta().num_milliseconds(),
        is_slow: access.delta() > PATIENCE,
    };
    render(&page, POLICY)
}
