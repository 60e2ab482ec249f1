//! Whatever stands behind the question mark, a page answers it: as a page, with what was
//! typed and nothing of it as markup, and it changes nothing.

use frontgate::admin::parameters::Parameters;
use futures_util::future::join_all;
use regex::Regex;
use reqwest::Method;

use super::{Dice, GRACE, MARKUP, World, routes};
use crate::admin::sessions::{ADA, BEHIND_A_PROXY};
use crate::support::{Answer, Backend, Operator, TestApp, on_both_databases, rows};

/// So many are drawn of all that could be asked, the same in each run.
const QUERIES: usize = 600;
/// Encoded, as they stand in a query.
const TEXTS: [&str; 34] = [
    "%27%20OR%201=1%20--",
    "%27%3B%20DROP%20TABLE%20users%3B%20--",
    "%3Ci%3Ehostile%3C/i%3E",
    "%22%3E%3Ci%3Ehostile%3C/i%3E",
    "%22%20onfocus=hostile%20x=%22",
    "%25",
    "_",
    "%5C",
    "?",
    "$1",
    "%00",
    "a%00b",
    "%0D%0AX-Hostile:%201",
    "%E2%80%AE",
    "%1F%7F",
    "%C4%B0",
    "%CC%81",
    "%FF%FE",
    "%C0%80",
    "%ED%A0%80",
    "%",
    "%zz",
    "+",
    "0",
    "-1",
    "%2B1",
    "1",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "1e9",
    "ada@example.com",
    "yes",
    "no",
];
const WORDS: [&str; 16] = [
    "live",
    "ended",
    "expired",
    "refused",
    "never",
    "joined",
    "last_log_in",
    "seen",
    "created",
    "rotated",
    "revoked",
    "logged_in",
    "long",
    "hour",
    "month",
    "LIVE",
];
const TIMES: [&str; 22] = [
    "0000-01-01",
    "0000-00-00",
    "0001-01-01",
    "-0001-01-01",
    "9999-12-31T23:59:59",
    "9999-12-31T23:59:60",
    "10000-01-01",
    "%2B10000-01-01T00:00",
    "%2B262142-12-31",
    "-262143-01-01",
    "999999999999-01-01",
    "2026-02-30",
    "2026-12-31T23:59:60",
    "2026-12-31T23:59:60Z",
    "2026-01-05T24:00",
    "2026-01-05T12:00",
    "2026-01-05T12:00:00.999999999",
    "2026-01-05T12:00:00%2B01:00",
    "2026-1-5",
    "soon",
    "now()",
    "infinity",
];
const PLACES: [&str; 18] = [
    "0.0.0.0/0",
    "::/0",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "::/129",
    "192.0.2.7/24",
    "192.0.2.7/32",
    "::ffff:192.0.2.7",
    "::ffff:192.0.2.0/120",
    "::ffff:0:0/95",
    "fe80::1%25eth0",
    "127.1",
    "0x7f000001",
    "010.0.0.1",
    "[::1]",
    "10.0.0.0/08",
    "127.0.0.1:80",
    "localhost",
];

/// What is written into a parameter of this name.
fn values<'a>(name: &str, cursors: &'a [String]) -> Vec<&'a str> {
    let own: Vec<&str> = match name {
        "ip" => PLACES.to_vec(),
        "page" => return cursors.iter().map(String::as_str).chain(TEXTS).collect(),
        name if name.ends_with("from") || name.ends_with("before") => TIMES.to_vec(),
        _ => WORDS.to_vec(),
    };
    TEXTS.into_iter().chain(own).collect()
}

/// The names of the fields of a page, and those of links.
fn names(page: &Answer) -> Vec<String> {
    let fields = Regex::new("name=\"([a-z_]+)\"").unwrap();
    let found = fields
        .captures_iter(&page.body)
        .map(|found| found[1].to_owned());
    let mut names: Vec<_> = found
        .filter(|name| name != "csrf_token" && name != "viewport")
        .collect();
    names.extend(["keep", "count"].map(str::to_owned));
    // Those of links; one that a page does not know does no harm.
    names.extend(["page", "span"].map(str::to_owned));
    names.sort_unstable();
    names.dedup();
    names
}

/// The places in the links of a page, and what somebody could make of them.
fn cursors(page: &Answer) -> Vec<String> {
    let links = Regex::new("[on]\\.([0-9]+|-)\\.([0-9]+)\\.([0-9a-f]{8})").unwrap();
    let mut cursors = Vec::new();
    for found in links.captures_iter(&page.body) {
        let (whole, time, digits) = (&found[0], &found[1], &found[3]);
        cursors.push(whole.to_owned());
        cursors.push(whole[..whole.len() - 1].to_owned());
        cursors.push(format!("{whole}0"));
        for way in ["o", "n"] {
            for id in [
                "0",
                "9223372036854775807",
                "9223372036854775808",
                "-1",
                "01",
            ] {
                cursors.push(format!("{way}.{time}.{id}.{digits}"));
            }
            for time in [
                "-",
                "0",
                "-62135596800000000",
                "253402300799999999",
                "9223372036854775807",
                "-9223372036854775808",
            ] {
                cursors.push(format!("{way}.{time}.1.{digits}"));
            }
        }
    }
    cursors
}

fn escaped(text: &str) -> String {
    let mut written = String::new();
    for letter in text.chars() {
        match letter {
            '<' => written.push_str("&#60;"),
            '>' => written.push_str("&#62;"),
            '"' => written.push_str("&#34;"),
            '\'' => written.push_str("&#39;"),
            '&' => written.push_str("&#38;"),
            other => written.push(other),
        }
    }
    written
}

/// Asks, and looks at the answer.
async fn ask(operator: &Operator<'_>, path: &str, query: &str) {
    let asked = format!("{path}?{query}");
    let answer = operator.clone().get(&asked).await;
    assert!(answer.status < 500, "{asked}: {answer}");
    let header = |name| answer.header(name).unwrap_or_default();
    assert_eq!(answer.header("x-hostile"), None, "{asked}: {answer}");
    if !header("content-type").starts_with("text/html") {
        return;
    }
    assert!(!answer.body.contains(MARKUP), "{asked}: {answer}");
    assert!(
        !answer.body.contains("\" onfocus=hostile"),
        "{asked}: {answer}"
    );
    if answer.status != 400 {
        return;
    }
    // A form comes back with what was typed.
    let given = Parameters::parse(query.as_bytes());
    for (name, _) in given.pairs() {
        let field = Regex::new(&format!(
            "<input [^>]*name=\"{name}\"[^>]* value=\"([^\"]*)\""
        ))
        .unwrap();
        let typed = given.get(name).unwrap_or_default();
        let kept = field
            .captures(&answer.body)
            .map(|found| found[1].trim().to_owned());
        let is_choice = answer
            .body
            .contains(&format!("type=\"checkbox\" name=\"{name}\""));
        if !is_choice && !answer.body.contains("\"hidden\" name=\"user\"") {
            assert!(
                kept.is_none_or(|kept| kept == escaped(typed)),
                "{asked}: {answer}"
            );
        }
    }
}

on_both_databases! {
    async fn no_query_breaks_a_page_or_gets_into_it_as_markup(backend: Backend) {
        let app = TestApp::with(backend, &BEHIND_A_PROXY).await;
        let mut operator = app.operator().await;
        app.staff(GRACE, false).await;
        let world = World::new(&app).await;
        let before = rows::counts(&app);
        let mut pages = Vec::new();
        for route in routes(&Method::GET) {
            let path = world.path(route);
            let page = operator.get(&path).await;
            assert!(page.status < 400 || path.starts_with("/admin/setup/"), "{path}: {page}");
            pages.push((path, page));
        }
        assert!(pages.len() > 25, "the route table is read otherwise than it is written");
        let all: Vec<String> = pages.iter().flat_map(|(_, page)| cursors(page)).collect();
        assert!(all.len() > 100, "{all:?}");
        let mut queries = Vec::new();
        let mut dice = Dice(4);
        for (path, page) in &pages {
            // The files have the filters of their list.
            let list = path.rsplit_once("export.").map(|(list, _)| list);
            let form = list.and_then(|list| pages.iter().find(|(path, _)| path == list));
            let names = names(form.map_or(page, |(_, list)| list));
            let mut places = cursors(page);
            places.extend((0..10).map(|_| all[dice.below(all.len())].clone()));
            for name in &names {
                for value in values(name, &places) {
                    queries.push((path.as_str(), format!("{name}={value}")));
                }
            }
            for _ in 0..20 {
                let pairs: Vec<_> = (0..4).map(|_| {
                    let name = &names[dice.below(names.len())];
                    let values = values(name, &places);
                    format!("{name}={}", values[dice.below(values.len())])
                }).collect();
                queries.push((path.as_str(), pairs.join("&")));
            }
            queries.push((path.as_str(), format!("{}={}", names[0], "x".repeat(8000))));
        }
        for drawn in 0..QUERIES.min(queries.len()) {
            let other = drawn + dice.below(queries.len() - drawn);
            queries.swap(drawn, other);
        }
        queries.truncate(QUERIES);
        for some in queries.chunks(8) {
            join_all(some.iter().map(|(path, query)| ask(&operator, path, query))).await;
        }
        let exported = rows::events_of(&app, "events_exported");
        assert!(exported > 0, "an export is an event, and nothing else that is read");
        let expected: Vec<_> = before
            .into_iter()
            .map(|(table, rows)| (table, if table == "events" { rows + exported } else { rows }))
            .collect();
        assert_eq!(rows::counts(&app), expected);
    }

    async fn a_query_that_is_too_long_is_refused(backend: Backend) {
        let app = TestApp::new(backend).await;
        let operator = app.operator().await;
        let cookie = operator.cookie.unwrap();
        for path in ["/admin/users/", "/admin/sessions/", "/admin/events/", "/admin/events/export.csv"] {
            // A head over 32 KiB is refused before it is read.
            for (length, status) in [(20_000, "200"), (100_000, "431")] {
                let query = "x".repeat(length);
                let answer = app.raw(format!("GET {path}?q={query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: __Host-frontgate_admin={cookie}\r\n\r\n")).await;
                assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {answer}");
            }
        }
    }

    async fn what_is_gone_or_was_never_there_is_not_found(backend: Backend) {
        let app = TestApp::with(backend, &BEHIND_A_PROXY).await;
        let mut operator = app.operator().await;
        app.staff(GRACE, false).await;
        let world = World::new(&app).await;
        rows::delete_user(&app, ADA);
        let ids = [
            "0", "-1", "01", "%2B1", "9223372036854775807", "9223372036854775808", "x", "%00", "%FF", "%3Ci%3Ehostile%3C%2Fi%3E",
            "1%20OR%201=1", "..%2F..", "%0D%0AX-Hostile:1", "%C0%AF",
        ];
        let named = Regex::new("\\{[a-z]+\\}").unwrap();
        for method in [Method::GET, Method::POST] {
            for route in routes(&method).into_iter().filter(|route| route.contains('{')) {
                let mut paths: Vec<_> = ids.iter().map(|id| format!("/admin{}", named.replace_all(route, *id))).collect();
                if !route.contains("{ip}") && !route.starts_with("/jobs/") {
                    paths.push(world.path(route));
                }
                for path in paths {
                    let answer = if method == Method::GET { operator.get(&path).await } else { operator.post(&path, &[]).await };
                    // That a session in the admin is over already is said on the page that follows.
                    let is_over = route.contains("{session}") && answer.status == 303;
                    assert!([400, 404].contains(&answer.status) || is_over, "{method} {path}: {answer}");
                    assert!(!answer.body.contains(MARKUP) && answer.header("x-hostile").is_none(), "{path}: {answer}");
                }
            }
        }
    }
}
