//! Which requests count as cross-site, and that those change nothing.

use std::fmt::Write as _;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use diesel::prelude::*;
use frontgate::cross_site::check;
use frontgate::schema::{events, outstanding_tokens, sessions, users};
use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::support::{
    Answer, Backend, PASSWORD, TestApp, USERS, assert_answer, on_both_databases, settings_with,
};

const HOST: &str = "app.example.com:8443";
const LISTED: (&str, &str) = ("cors_allowed_origins", "https://spa.example.net");
const PUBLIC: (&str, &str) = ("public_origin", "https://www.example.com");
/// Columns: no Sec-Fetch-Site, and its values; `odd` is one that no browser sends.
const SITES: [&str; 6] = ["-", "same-origin", "none", "same-site", "cross-site", "odd"];
const ORIGINS: [&str; 11] = [
    "-",
    "https://app.example.com:8443",
    "http://app.example.com:8443",
    "https://APP.example.com:8443",
    "https://app.example.com",
    "https://app.example.com:8443.evil.example",
    "https://spa.example.net",
    "https://www.example.com",
    "https://www.example.com:443",
    "null",
    "two",
];

/// Every origin with every site: `+` passes, `.` is refused.
fn table(settings: &[(&str, &str)]) -> String {
    let settings = settings_with("sqlite://unused.sqlite3", settings).server;
    let mut table = String::new();
    for origin in ORIGINS {
        let verdicts = SITES.map(|site| {
            let mut headers = HeaderMap::new();
            let mut add = |name, value: &str| {
                headers.append(
                    HeaderName::from_static(name),
                    HeaderValue::from_str(value).unwrap(),
                );
            };
            add("host", HOST);
            match origin {
                "-" => {}
                "two" => {
                    add("origin", "https://app.example.com:8443");
                    add("origin", "https://spa.example.net");
                }
                origin => add("origin", origin),
            }
            if site != "-" {
                add("sec-fetch-site", site);
            }
            if check(&headers, &settings).is_ok() {
                "+"
            } else {
                "."
            }
        });
        writeln!(table, "{} {origin}", verdicts.join("")).unwrap();
    }
    table
}

#[test]
fn with_nothing_set_the_host_header_says_who_we_are() {
    assert_eq!(
        table(&[]),
        "\
+++... -
+++... https://app.example.com:8443
+++... http://app.example.com:8443
+++... https://APP.example.com:8443
.++... https://app.example.com
.++... https://app.example.com:8443.evil.example
.++... https://spa.example.net
.++... https://www.example.com
.++... https://www.example.com:443
.++... null
...... two
"
    );
}

#[test]
fn a_listed_origin_passes_from_whatever_site() {
    assert_eq!(
        table(&[LISTED]),
        "\
+++... -
+++... https://app.example.com:8443
+++... http://app.example.com:8443
+++... https://APP.example.com:8443
.++... https://app.example.com
.++... https://app.example.com:8443.evil.example
++++++ https://spa.example.net
.++... https://www.example.com
.++... https://www.example.com:443
.++... null
...... two
"
    );
}

#[test]
fn a_public_origin_stands_in_for_the_host_header() {
    assert_eq!(
        table(&[PUBLIC, LISTED]),
        "\
+++... -
.++... https://app.example.com:8443
.++... http://app.example.com:8443
.++... https://APP.example.com:8443
.++... https://app.example.com
.++... https://app.example.com:8443.evil.example
++++++ https://spa.example.net
+++... https://www.example.com
+++... https://www.example.com:443
.++... null
...... two
"
    );
}

#[test]
fn a_port_that_is_the_schemes_own_makes_no_difference() {
    let settings = settings_with("sqlite://unused.sqlite3", &[]).server;
    for (host, origin, passes) in [
        ("app.example.com:443", "https://app.example.com", true),
        ("app.example.com", "https://app.example.com:443", true),
        ("APP.example.com:443", "https://app.example.com", true),
        ("app.example.com:80", "http://app.example.com", true),
        ("app.example.com:", "https://app.example.com", true),
        ("[2001:db8::1]:443", "https://[2001:db8::1]", true),
        ("[2001:DB8:0::1]", "https://[2001:db8::1]", true),
        ("app.example.com:80", "https://app.example.com", false),
        ("app.example.com:443", "http://app.example.com", false),
        ("app.example.com:444", "https://app.example.com", false),
        ("app.example.com.", "https://app.example.com", false),
        (
            "app.example.com:443@evil.example",
            "https://evil.example",
            false,
        ),
        ("app.example.com/", "https://app.example.com", false),
        ("app.example.com", "https://app.example.com/", false),
        ("app.example.com", "//app.example.com", false),
        ("app.example.com", "ftp://app.example.com", false),
        ("app.example.com", "https:app.example.com", false),
        ("", "https://", false),
    ] {
        let mut headers = HeaderMap::new();
        for (name, value) in [("host", host), ("origin", origin)] {
            let value = HeaderValue::from_str(value).unwrap();
            headers.append(HeaderName::from_static(name), value);
        }
        assert_eq!(
            check(&headers, &settings).is_ok(),
            passes,
            "{host:?} {origin:?}"
        );
    }
}

#[test]
fn listed_origins_count_by_scheme_host_and_port() {
    let listed = (
        "cors_allowed_origins",
        "https://Spa.Example.net:443/, http://localhost:5173",
    );
    let settings = settings_with("sqlite://unused.sqlite3", &[listed]).server;
    for (origin, passes) in [
        ("https://spa.example.net", true),
        ("http://localhost:5173", true),
        ("http://spa.example.net", false),
        ("https://spa.example.net:8443", false),
        ("https://spa.example.net.evil.example", false),
        ("https://evil.example/https://spa.example.net", false),
        ("http://localhost:51730", false),
        ("http://localhost", false),
        ("*", false),
        ("", false),
    ] {
        let mut headers = HeaderMap::new();
        headers.append(
            HeaderName::from_static("origin"),
            HeaderValue::from_static(origin),
        );
        assert_eq!(check(&headers, &settings).is_ok(), passes, "{origin:?}");
    }
}

/// How many rows there are of everything that a request may add.
fn rows(app: &TestApp) -> [i64; 4] {
    let mut connection = app.connect();
    [
        users::table.count().get_result(&mut connection).unwrap(),
        sessions::table.count().get_result(&mut connection).unwrap(),
        outstanding_tokens::table
            .count()
            .get_result(&mut connection)
            .unwrap(),
        events::table.count().get_result(&mut connection).unwrap(),
    ]
}

/// The four requests that change state, each of which would succeed.
fn requests(app: &TestApp, cookies: &str) -> [(&'static str, RequestBuilder); 4] {
    let post = |path: &str, email: &str| {
        app.request(Method::POST, &format!("{USERS}{path}"))
            .header("Cookie", cookies)
            .json(&json!({ "email": email, "password": PASSWORD }))
    };
    [
        ("create", post("/create/", "eve@example.com")),
        ("login", post("/login/", "ada@example.com")),
        ("refresh", post("/refresh/", "")),
        ("logout", post("/logout/", "")),
    ]
}

on_both_databases! {
    async fn a_cross_site_request_is_refused_and_changes_nothing(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up("ada@example.com").await;
        let cookies = format!("access={}; refresh={}", browser.access(), browser.refresh_token());
        let before = rows(&app);
        let mut bodies = Vec::new();
        for (name, request) in requests(&app, &cookies) {
            let answer = Answer::of(request.header("Origin", "https://evil.example")).await;
            assert_eq!(answer.status, 403, "{name}: {answer}");
            bodies.push(answer.to_string());
        }
        assert_answer!("cross_site_403", bodies[0]);
        bodies.dedup();
        assert_eq!(bodies.len(), 1, "every view says the same: {bodies:#?}");
        assert_eq!(rows(&app), before);
        assert_eq!(browser.info().await.status, 200);
        let answer = browser.with_only("refresh").refresh().await;
        assert_eq!(answer.status, 200, "{answer}");
    }

    async fn the_refusal_names_the_origin_or_says_that_there_was_none(backend: Backend) {
        let app = TestApp::new(backend).await;
        let post = || app.request(Method::POST, &format!("{USERS}/refresh/"));
        let answer = Answer::of(post().header("Sec-Fetch-Site", "cross-site")).await;
        assert_answer!("cross_site_403_no_origin", answer);
        let answer = Answer::of(post().header("Origin", "null")).await;
        assert_answer!("cross_site_403_null", answer);
        let two = post().header("Origin", "https://a.example").header("Origin", "https://b.example");
        assert_answer!("cross_site_403_two", Answer::of(two).await);
        let long = format!("https://{}.example", "a".repeat(1_000));
        let answer = Answer::of(post().header("Origin", long)).await;
        assert!(answer.body.len() < 300, "{answer}");
    }

    async fn requests_that_are_not_cross_site_or_come_from_a_listed_origin_succeed(backend: Backend) {
        for (site, origin) in [(None, None), (Some("same-origin"), Some("null")), (Some("none"), None), (Some("cross-site"), Some(LISTED.1))] {
            let app = TestApp::with(backend, &[LISTED]).await;
            let mut browser = app.signed_up("ada@example.com").await;
            for (place, status) in [201, 200, 200, 200].into_iter().enumerate() {
                browser.log_in("ada@example.com", PASSWORD).await;
                let cookies = format!("access={}; refresh={}", browser.access(), browser.refresh_token());
                let (name, mut request) = requests(&app, &cookies).into_iter().nth(place).unwrap();
                for (header, value) in [("Sec-Fetch-Site", site), ("Origin", origin)] {
                    if let Some(value) = value {
                        request = request.header(header, value);
                    }
                }
                let answer = Answer::of(request).await;
                assert_eq!(answer.status, status, "{name} {site:?} {origin:?}: {answer}");
            }
        }
    }

    async fn an_authorization_header_without_a_token_is_named(backend: Backend) {
        let app = TestApp::new(backend).await;
        let request = app.request(Method::GET, &format!("{USERS}/")).header("Authorization", "Bearer");
        assert_answer!("info_401_bad_header", Answer::of(request).await);
    }

    async fn a_read_is_not_checked(backend: Backend) {
        let app = TestApp::new(backend).await;
        let browser = app.signed_up("ada@example.com").await;
        let request = app
            .request(Method::GET, &format!("{USERS}/"))
            .header("Cookie", format!("access={}", browser.access()))
            .header("Sec-Fetch-Site", "cross-site")
            .header("Origin", "https://evil.example");
        assert_eq!(Answer::of(request).await.status, 200);
    }

    async fn beside_a_bearer_header_nothing_is_checked_and_no_cookie_is_read(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut ada = app.signed_up("ada@example.com").await;
        let mut bob = app.signed_up("bob@example.com").await;
        let cookies = format!("access={}; refresh={}", ada.access(), ada.refresh_token());
        let bearer = format!("Bearer {}", bob.access());
        for (name, request) in requests(&app, &cookies) {
            let request = request.header("Authorization", &bearer).header("Origin", "https://evil.example");
            let answer = Answer::of(request).await;
            match name {
                "create" => assert_eq!(answer.status, 201, "{answer}"),
                "login" => assert_eq!(answer.status, 200, "{answer}"),
                "refresh" => assert_answer!("refresh_401_bearer", answer),
                _ => assert_answer!("logout_200_bearer", answer),
            }
        }
        assert_eq!(ada.info().await.status, 200, "her cookies came along and were not read");
        assert_eq!(ada.refresh().await.status, 200);
        assert_eq!(bob.info().await.status, 401, "the header decided");
    }

    async fn nothing_of_the_own_account_is_changed_from_another_site(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up("ada@example.com").await;
        let mut phone = app.browser();
        phone.log_in("ada@example.com", PASSWORD).await;
        let before = rows(&app);
        let session = format!("/sessions/{}/", phone.sid());
        for (method, path) in [(Method::DELETE, session.as_str()), (Method::POST, "/logout/others/"), (Method::POST, "/logout/all/"), (Method::POST, "/password/")] {
            let request = || app
                .request(method.clone(), &format!("{USERS}{path}"))
                .json(&json!({ "old_password": PASSWORD, "new_password": "a staple of another day" }));
            let answer = browser.send(request().header("Origin", "https://evil.example")).await;
            assert_answer!("cross_site_403", answer);
            let answer = browser.send(request().header("Sec-Fetch-Site", "same-site")).await;
            assert_eq!(answer.status, 403, "{path}: {answer}");
        }
        assert_eq!(rows(&app), before);
        assert_eq!((browser.info().await.status, phone.info().await.status), (200, 200));
        let bearer = app.request(Method::DELETE, &format!("{USERS}{session}")).bearer_auth(browser.access());
        let answer = Answer::of(bearer.header("Origin", "https://evil.example")).await;
        assert_eq!(answer.status, 204, "a header is no cookie: {answer}");
        assert_eq!(phone.info().await.status, 401);
    }

    async fn another_authorization_scheme_does_not_exempt(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up("ada@example.com").await;
        for scheme in ["Basic YTpi", "Bearerx y", "Bear er", ""] {
            let request = app
                .request(Method::POST, &format!("{USERS}/logout/"))
                .header("Cookie", format!("access={}", browser.access()))
                .header("Authorization", scheme)
                .header("Origin", "https://evil.example");
            let answer = Answer::of(request).await;
            assert_eq!(answer.status, 403, "{scheme}: {answer}");
        }
        let answer = browser.log_out().await;
        assert_eq!(answer.status, 200, "she was still logged in: {answer}");
    }
}
