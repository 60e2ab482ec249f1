//! Whatever origin a request to the admin names: nothing but the admin's own pages operates it,
//! and no page of another origin reads it.

use std::fmt::Write as _;

use frontgate::admin::cookie::SECURE_NAME;
use reqwest::Method;
use reqwest::header::HeaderValue;
use reqwest::redirect::Policy;

use super::forms::{FIELDS, FORM, state};
use super::{GRACE, World, routes};
use crate::admin::sessions::BEHIND_A_PROXY;
use crate::support::{Answer, Backend, TestApp, on_both_databases};

const LISTED: &str = "https://spa.example.net";
/// Columns: no Sec-Fetch-Site, and its values; the last is one that no browser sends.
const SITES: [&str; 6] = [
    "-",
    "same-origin",
    "none",
    "same-site",
    "cross-site",
    "Same-Origin",
];
/// Rows: `own` is the server's own origin, `two` its own and a listed one.
const ORIGINS: [&str; 12] = [
    "-",
    "own",
    "own by https",
    "another port",
    LISTED,
    "https://spa.example.net:443",
    "https://www.spa.example.net",
    "https://evil.example",
    "null",
    "two",
    "garbage",
    "\u{e9}",
];

fn origins(app: &TestApp, row: &str) -> Vec<HeaderValue> {
    let own = format!("http://{}", app.address);
    let texts = match row {
        "-" => vec![],
        "own" => vec![own],
        "own by https" => vec![format!("https://{}", app.address)],
        "another port" => vec!["http://127.0.0.1:1".to_owned()],
        "two" => vec![own, LISTED.to_owned()],
        row => vec![row.to_owned()],
    };
    let value = |text: String| HeaderValue::from_bytes(text.as_bytes()).unwrap();
    texts.into_iter().map(value).collect()
}

/// `+` passes the gate, `.` is refused by it, for each row and column. A request of nobody is
/// sent to where one signs in when it passes.
async fn table(app: &TestApp, method: &Method, path: &str, mode: Option<&str>) -> String {
    let http = reqwest::Client::builder()
        .redirect(Policy::none())
        .build()
        .unwrap();
    let mut table = String::new();
    for row in ORIGINS {
        for site in SITES {
            let mut request = http.request(method.clone(), format!("http://{}{path}", app.address));
            for origin in origins(app, row) {
                request = request.header("Origin", origin);
            }
            if site != "-" {
                request = request.header("Sec-Fetch-Site", site);
            }
            if let Some(mode) = mode {
                request = request.header("Sec-Fetch-Mode", mode);
            }
            if *method == Method::POST {
                request = request
                    .header("Content-Type", FORM)
                    .body("email=x&password=x");
            }
            let answer = Answer::of(request).await;
            let readable = answer
                .headers
                .iter()
                .find(|(name, _)| name.starts_with("access-control-"));
            assert_eq!(readable, None, "{method} {path} {row} {site}: {answer}");
            table.push(if answer.status == 403 { '.' } else { '+' });
        }
        writeln!(table, " {}", row.escape_default()).unwrap();
    }
    table
}

const OWN_PAGES_ONLY: &str = "\
+++... -
+++... own
+++... own by https
.++... another port
...... https://spa.example.net
...... https://spa.example.net:443
.++... https://www.spa.example.net
.++... https://evil.example
.++... null
...... two
.++... garbage
...... \\u{e9}
";
/// A link in a mail has no Origin, and says that it opens a page.
const AND_LINKS: &str = "\
++++++ -
+++... own
+++... own by https
.++... another port
...... https://spa.example.net
...... https://spa.example.net:443
.++... https://www.spa.example.net
.++... https://evil.example
.++... null
...... two
.++... garbage
...... \\u{e9}
";

on_both_databases! {
    async fn every_route_takes_what_the_admins_own_pages_send_and_nothing_else(backend: Backend) {
        let app = TestApp::with(backend, &[("cors_allowed_origins", LISTED)]).await;
        app.operator().await;
        app.staff(GRACE, false).await;
        let world = World::new(&app).await;
        for (method, least) in [(Method::GET, 20), (Method::POST, 20)] {
            let routes = routes(&method);
            assert!(routes.len() >= least, "{routes:?}");
            for route in routes {
                let path = world.path(route);
                let found = table(&app, &method, &path, None).await;
                assert_eq!(found, OWN_PAGES_ONLY, "{method} {path}");
                let expected = if method == Method::GET { AND_LINKS } else { OWN_PAGES_ONLY };
                let found = table(&app, &method, &path, Some("navigate")).await;
                assert_eq!(found, expected, "{method} {path}, opening a page");
            }
        }
        let found = table(&app, &Method::OPTIONS, "/admin/nothing/", None).await;
        assert_eq!(found, OWN_PAGES_ONLY, "what is not there");
    }

    async fn a_page_of_a_listed_origin_changes_nothing_with_a_right_form(backend: Backend) {
        let settings = [BEHIND_A_PROXY[0], ("cors_allowed_origins", LISTED)];
        let app = TestApp::with(backend, &settings).await;
        let mut operator = app.operator().await;
        app.staff(GRACE, false).await;
        operator.get("/admin/").await;
        let world = World::new(&app).await;
        let before = state(&app);
        let cookie = format!("{}={}", SECURE_NAME, operator.cookie.clone().unwrap());
        let right = format!("csrf_token={}&{FIELDS}", operator.csrf);
        for route in routes(&Method::POST) {
            let path = world.path(route);
            for headers in [
                &[("Origin", LISTED)][..],
                &[("Origin", LISTED), ("Sec-Fetch-Site", "same-site")],
                &[("Origin", LISTED), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate")],
                &[("Origin", LISTED), ("Sec-Fetch-Site", "same-origin")],
            ] {
                let mut request = app.request(Method::POST, &path).header("Cookie", &cookie);
                for (name, value) in headers {
                    request = request.header(*name, *value);
                }
                let answer = Answer::of(request.header("Content-Type", FORM).body(right.clone())).await;
                assert_eq!(answer.status, 403, "{path} {headers:?}: {answer}");
                assert_eq!(answer.header("access-control-allow-origin"), None, "{path}: {answer}");
            }
        }
        assert_eq!(state(&app), before);
        assert_eq!(operator.get("/admin/").await.status, 200);
    }
}
