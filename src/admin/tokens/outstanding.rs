//! `GET /admin/tokens/`: every refresh token that was issued and is still remembered.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use diesel::QueryResult;

use super::{path, reason, reasons, state};
use crate::admin::fields::Filters;
use crate::admin::frame::{Frame, Section};
use crate::admin::paging;
use crate::admin::parts::{Badge, Pager, Time};
use crate::admin::render_search;
use crate::admin::search::Search;
use crate::admin::staff::Staff;
use crate::app::App;
use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::error::Error;
use crate::models::outstanding_token_list::{ListedOutstandingToken, OutstandingTokenFilter};

/// Refresh tokens.
#[derive(Debug, Template)]
#[template(path = "admin/tokens/outstanding.html")]
pub struct OutstandingPage {
    /// What is around it.
    pub frame: Frame,
    /// What can be looked for.
    pub filters: Filters,
    /// What was found.
    pub tokens: Vec<OutstandingRow>,
    /// The way to the rest.
    pub pager: Pager,
}

/// A token in the list.
#[derive(Clone, Debug)]
pub struct OutstandingRow {
    /// Its identity.
    pub jti: String,
    /// Where its page is.
    pub path: String,
    /// What became of it.
    pub state: Badge,
    /// Whose it is.
    pub user_id: i64,
    /// The address of that user.
    pub email: String,
    /// The session that it belongs to.
    pub sid: String,
    /// Its place in that session, from 0 on.
    pub sequence: i64,
    /// When it was issued.
    pub created: Time,
    /// When it expires.
    pub expires: Time,
    /// When it was blacklisted.
    pub blacklisted: Option<Time>,
}

impl OutstandingRow {
    /// How this token is shown.
    #[must_use]
    pub fn new(token: ListedOutstandingToken, now: Moment) -> Self {
        Self {
            path: path(&token.jti),
            state: state(token.reason.as_deref(), token.expires_at, now),
            user_id: token.user_id,
            email: token.email,
            sid: token.sid,
            sequence: token.sequence,
            created: Time::new(token.created_at, now),
            expires: Time::new(token.expires_at, now),
            blacklisted: token.blacklisted_at.map(|at| Time::new(at, now)),
            jti: token.jti,
        }
    }
}

/// Lists them, the newest first.
pub async fn outstanding(
    staff: Staff,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let what = (Section::Tokens.path(), "tokens");
    let (search, listed) = paging::list(&app, Search::of(&request), what, filter).await?;
    let frame = staff.frame(&app, Section::Tokens);
    let rows = listed.rows.into_iter();
    let page = OutstandingPage {
        filters: filters(&search),
        tokens: rows
            .map(|token| OutstandingRow::new(token, frame.now))
            .collect(),
        pager: listed.pager,
        frame,
    };
    render_search(&search, &page)
}

fn filter(
    connection: &mut AnyConnection,
    search: &mut Search,
) -> QueryResult<OutstandingTokenFilter> {
    Ok(OutstandingTokenFilter {
        user_id: search.user(connection, "user")?,
        jti: search.text("jti"),
        session_id: None,
        blacklisted: search.yes_no("blacklisted"),
        reason: reason(search),
        expired: search.yes_no("expired"),
        expires_from: search.time("expires_from"),
        expires_before: search.time("expires_before"),
    })
}

fn filters(search: &Search) -> Filters {
    let fields = vec![
        search.text_field("jti", "Token (jti)", "The whole of it."),
        search.user_field("user", "User"),
        search.yes_no_field("blacklisted", "Blacklisted"),
        search.choice_field("reason", "Blacklisted because", reasons()),
        search.yes_no_field("expired", "Expired"),
        search.time_field("expires_from", "Expires from (UTC)"),
        search.time_field("expires_before", "Expires before (UTC)"),
    ];
    Filters::new(Section::Tokens.path(), fields)
}
