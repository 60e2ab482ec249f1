//! `GET /admin/tokens/blacklisted/`: refresh tokens that no longer refresh.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

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
use crate::error::Error;
use crate::models::blacklisted_token_list::{BlacklistedTokenFilter, ListedBlacklistedToken};

/// Where the list is.
const PATH: &str = "/admin/tokens/blacklisted/";

/// Blacklisted tokens.
#[derive(Debug, Template)]
#[template(path = "admin/tokens/blacklisted.html")]
pub struct BlacklistedPage {
    /// What is around it.
    pub frame: Frame,
    /// What can be looked for.
    pub filters: Filters,
    /// What was found.
    pub tokens: Vec<BlacklistedRow>,
    /// The way to the rest.
    pub pager: Pager,
}

/// A token in the list.
#[derive(Clone, Debug)]
pub struct BlacklistedRow {
    /// Its identity.
    pub jti: String,
    /// Where its page is.
    pub path: String,
    /// Why it is here.
    pub reason: Badge,
    /// Since when.
    pub blacklisted: Time,
    /// When it expires.
    pub expires: Time,
    /// Whose it is.
    pub user_id: i64,
    /// The address of that user.
    pub email: String,
    /// The session that it belongs to.
    pub sid: String,
}

impl BlacklistedRow {
    /// How this token is shown.
    #[must_use]
    pub fn new(token: ListedBlacklistedToken, now: Moment) -> Self {
        Self {
            path: path(&token.jti),
            reason: state(Some(&token.reason), token.expires_at, now),
            blacklisted: Time::new(token.blacklisted_at, now),
            expires: Time::new(token.expires_at, now),
            user_id: token.user_id,
            email: token.email,
            sid: token.sid,
            jti: token.jti,
        }
    }
}

/// Lists them, the one blacklisted last first.
pub async fn blacklisted(
    staff: Staff,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let search = Search::of(&request);
    let listed = paging::list(&app, search, (PATH, "tokens"), |_, search| {
        Ok(filter(search))
    });
    let (search, listed) = listed.await?;
    let frame = staff.frame(&app, Section::Tokens);
    let rows = listed.rows.into_iter();
    let page = BlacklistedPage {
        filters: filters(&search),
        tokens: rows
            .map(|token| BlacklistedRow::new(token, frame.now))
            .collect(),
        pager: listed.pager,
        frame,
    };
    render_search(&search, &page)
}

fn filter(search: &mut Search) -> BlacklistedTokenFilter {
    BlacklistedTokenFilter {
        reason: reason(search),
        from: search.time("from"),
        before: search.time("before"),
    }
}

fn filters(search: &Search) -> Filters {
    let fields = vec![
        search.choice_field("reason", "Blacklisted because", reasons()),
        search.time_field("from", "Blacklisted from (UTC)"),
        search.time_field("before", "Blacklisted before (UTC)"),
    ];
    Filters::new(PATH, fields)
}
