//! `/admin/users/`.

mod claims;
mod delete;
mod detail;
mod end_sessions;
mod list;
mod password;
mod reset_link;
mod role;
mod standing;

use diesel::prelude::*;
use frontgate::schema::{admin_sessions, events};

use crate::support::{Answer, OPERATOR, TestApp, rows};

/// The path of a user's page, or of something below it.
pub fn path(app: &TestApp, email: &str, below: &str) -> String {
    format!("/admin/users/{}/{below}", rows::user(app, email).id)
}

/// Kind, whom, by whom and detail of every event of these kinds, in their order.
pub fn noted(app: &TestApp, kinds: &[&str]) -> Vec<(String, Option<i64>, Option<i64>, String)> {
    events::table
        .filter(events::kind.eq_any(kinds))
        .order(events::id)
        .select((
            events::kind,
            events::user_id,
            events::actor_id,
            events::detail,
        ))
        .load(&mut app.connect())
        .unwrap()
}

/// What [`noted`] says of something that the operator did to a user.
pub fn by_operator(
    app: &TestApp,
    kind: &str,
    email: &str,
    detail: &str,
) -> (String, Option<i64>, Option<i64>, String) {
    let (whom, who) = (rows::user(app, email).id, rows::user(app, OPERATOR).id);
    (kind.to_owned(), Some(whom), Some(who), detail.to_owned())
}

/// How many sessions in the admin a user has.
pub fn admin_sessions_of(app: &TestApp, email: &str) -> i64 {
    admin_sessions::table
        .filter(admin_sessions::user_id.eq(rows::user(app, email).id))
        .count()
        .get_result(&mut app.connect())
        .unwrap()
}

/// The message on top of a page.
pub fn message(page: &Answer) -> &str {
    let (_, rest) = page
        .body
        .split_once("role=\"status\">")
        .unwrap_or_else(|| panic!("no message: {page}"));
    rest.split_once("</p>").unwrap().0
}

/// A page without what differs from run to run: session ids and `jti`s.
pub fn shown(mut page: Answer) -> Answer {
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let mut text = String::new();
    let mut rest = page.body.as_str();
    while let Some(start) = rest.find(is_hex) {
        let length = rest[start..]
            .find(|c| !is_hex(c))
            .unwrap_or(rest.len() - start);
        let (before, from) = rest.split_at(start);
        let (word, after) = from.split_at(length);
        text.push_str(before);
        text.push_str(match length {
            32 => "<id>",
            64 => "<hash>",
            8 if after.starts_with('…') => "<short id>",
            _ => word,
        });
        rest = after;
    }
    text.push_str(rest);
    page.body = text;
    page
}
