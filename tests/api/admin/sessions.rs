//! `/admin/sessions/` and `/admin/addresses/`.

mod address;
mod detail;
mod ending;
mod family;
mod list;
mod suspicious;

use diesel::prelude::*;
use frontgate::schema::{events, sessions};
use regex::Regex;
use reqwest::Method;
use serde_json::json;

use crate::support::{Answer, Browser, PASSWORD, TestApp, USERS, rows};

pub(super) const ADA: &str = "ada@example.com";
pub(super) const FIREFOX: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";
pub(super) const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
/// Clients say from where they come.
pub(super) const BEHIND_A_PROXY: [(&str, &str); 1] = [("trusted_proxies", "127.0.0.1")];

/// A POST under the users' prefix, from an address and by a user agent.
async fn post_from(
    app: &TestApp,
    browser: &mut Browser<'_>,
    path: &str,
    ip: &str,
    agent: &str,
    email: &str,
) -> Answer {
    let body = json!({ "email": email, "password": PASSWORD });
    let request = app
        .request(Method::POST, &format!("{USERS}{path}"))
        .header("X-Forwarded-For", ip)
        .header("User-Agent", agent)
        .json(&body);
    browser.send(request).await
}

/// Somebody who logs in, or signs up where nobody has that address.
pub(super) async fn logged_in<'a>(
    app: &'a TestApp,
    email: &str,
    ip: &str,
    agent: &str,
) -> Browser<'a> {
    let mut browser = app.browser();
    let known = frontgate::models::user::User::exists(&mut app.connect(), email).unwrap();
    let path = if known { "/login/" } else { "/create/" };
    let answer = post_from(app, &mut browser, path, ip, agent, email).await;
    assert!(answer.status < 300, "{answer}");
    browser
}

async fn refresh_from(app: &TestApp, browser: &mut Browser<'_>, ip: &str, agent: &str) -> u16 {
    post_from(app, browser, "/refresh/", ip, agent, "")
        .await
        .status
}

/// The page with ids that differ from run to run replaced.
pub(super) fn steady(mut page: Answer) -> Answer {
    let whole = Regex::new("[0-9a-f]{32}").unwrap();
    let cut = Regex::new("[0-9a-f]{8}…").unwrap();
    let body = whole.replace_all(&page.body, "<id>");
    page.body = cut.replace_all(&body, "<cut>…").into_owned();
    page
}

/// Which of these sessions the page has a link to.
fn listed(page: &Answer, all: &[&Browser<'_>]) -> Vec<bool> {
    assert_eq!(page.status, 200, "{page}");
    let link = |browser: &&Browser<'_>| {
        page.body
            .contains(&format!("/admin/sessions/{}/\"", browser.sid()))
    };
    all.iter().map(link).collect()
}

/// Who ended each session and why, in the order in which they were opened.
fn ended_by(app: &TestApp) -> Vec<(Option<String>, Option<i64>)> {
    sessions::table
        .order(sessions::id)
        .select((sessions::end_reason, sessions::ended_by))
        .load(&mut app.connect())
        .unwrap()
}

type Noted = (Option<i64>, Option<i64>, Option<String>, Option<String>);

/// Whose session each event of an end tells of, who did it, which session and from where.
fn noted_ends(app: &TestApp) -> Vec<Noted> {
    events::table
        .filter(events::kind.eq("session_ended"))
        .filter(events::reason.eq("revoked"))
        .order(events::id)
        .select((events::user_id, events::actor_id, events::sid, events::ip))
        .load(&mut app.connect())
        .unwrap()
}

fn id(app: &TestApp, email: &str) -> i64 {
    rows::user(app, email).id
}
