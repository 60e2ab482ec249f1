//! Ambiguous cookies are deleted in every form in which they may stand.

use actix_web::http::header::{self, HeaderMap, HeaderValue};
use chrono::DateTime;
use frontgate::cookies::{Asked, ClearCookies, MOST_BYTES, deletions};
use reqwest::Method;

use crate::support::{
    Answer, Backend, TestApp, USERS, assert_answer, on_both_databases, settings_with,
};

/// What a browser sends to this path of this host, both cookies once.
fn once(host: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Ok(host) = HeaderValue::from_bytes(host.as_bytes()) {
        headers.insert(header::HOST, host);
    }
    headers.insert(
        header::COOKIE,
        HeaderValue::from_static("access=a; refresh=b"),
    );
    headers
}

/// The same with cookies that come twice.
fn twice(host: &str, cookies: &'static str) -> HeaderMap {
    let mut headers = once(host);
    headers.append(header::COOKIE, HeaderValue::from_static(cookies));
    headers
}

fn lines(settings: &[(&str, &str)], headers: &HeaderMap, path: &str, now: i64) -> Vec<String> {
    let settings = settings_with("sqlite://unused.sqlite3", settings).cookies;
    let asked = Asked {
        headers,
        path,
        users_prefix: USERS,
        now: DateTime::from_timestamp(now, 0).unwrap(),
    };
    let deleted = deletions(&settings, ClearCookies::EveryForm, asked);
    let lines = deleted
        .iter()
        .map(|cookie| cookie.to_str().unwrap().to_owned());
    lines.collect()
}

/// The deletions for a Host header, one a line.
fn deleted(settings: &[(&str, &str)], host: &str) -> String {
    lines(settings, &once(host), USERS, 0).join("\n")
}

/// What a browser that has a cookie under each of these paths and domains keeps of them.
fn left(deletions: &[String], name: &str, planted: &[(String, Option<&str>)]) -> Vec<String> {
    let forms = planted.iter().map(|(path, domain)| {
        let domain = domain.map_or_else(String::new, |domain| format!("; Domain={domain}"));
        format!("{name}=; Path={path}{domain}; Max-Age=0")
    });
    forms
        .filter(|form| {
            let is_it = |line: &&String| **line == *form || line.starts_with(&format!("{form};"));
            deletions.iter().find(is_it).is_none()
        })
        .collect()
}

/// Every path of which RFC 6265 (section 5.1.4) sends a cookie to `path`, written as it says it.
fn matching_paths(path: &str) -> Vec<String> {
    let every = (1..=path.len()).map(|length| &path[..length]);
    every
        .filter(|cookie| {
            *cookie == path || cookie.ends_with('/') || path[cookie.len()..].starts_with('/')
        })
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_cookie_planted_under_any_path_and_domain_heals() {
    let host = "app.example.com";
    let domains = [None, Some("app.example.com"), Some("example.com")];
    for path in [
        "/api/v1/users/",
        "/api/v1/users",
        "/api/v1/users/refresh/",
        "/api/v1/users/logout/all",
    ] {
        let planted: Vec<_> = matching_paths(path)
            .into_iter()
            .flat_map(|path| domains.map(|domain| (path.clone(), domain)))
            .collect();
        assert!(planted.len() >= 18, "{planted:?}");
        for (name, cookies) in [("access", "access=planted"), ("refresh", "refresh=planted")] {
            for settings in [
                &[][..],
                &[("cookie_secure", "false")],
                &[("cookie_samesite", "None")],
            ] {
                // In a few answers, where they do not fit into one.
                let headers = twice(host, cookies);
                let deleted: Vec<_> = (0..60)
                    .flat_map(|second| lines(settings, &headers, path, second))
                    .collect();
                assert_eq!(
                    left(&deleted, name, &planted),
                    Vec::<String>::new(),
                    "{path} {deleted:#?}"
                );
            }
        }
    }
}

#[test]
fn what_does_not_fit_into_one_answer_is_deleted_by_the_next_ones() {
    let host = "auth.staging.eu.customers.example.co.uk";
    let path = "/api/v1/users/logout/others/";
    let headers = twice(host, "access=planted; refresh=planted");
    let planted: Vec<_> = matching_paths(path)
        .into_iter()
        .flat_map(|path| [(path.clone(), None), (path, Some("example.co.uk"))])
        .collect();
    let mut all = Vec::new();
    for second in 1_700_000_000..1_700_000_200 {
        let deleted = lines(&[], &headers, path, second);
        let bytes: usize = deleted.iter().map(|line| line.len() + 14).sum();
        assert!(bytes <= MOST_BYTES, "{bytes}");
        assert!(deleted.len() > 20, "{deleted:#?}");
        all.extend(deleted);
    }
    for name in ["access", "refresh"] {
        assert_eq!(left(&all, name, &planted), Vec::<String>::new());
    }
}

#[test]
fn a_name_that_only_its_own_host_can_set_has_one_form() {
    let settings = [
        ("access_cookie_name", "__Host-access"),
        ("refresh_cookie_name", "__Host-refresh"),
    ];
    let deleted = lines(
        &settings,
        &twice("app.example.com", "__Host-access=a; __Host-access=b"),
        USERS,
        0,
    );
    assert_eq!(deleted.len(), 2, "{deleted:#?}");
}

#[test]
fn a_path_that_would_end_the_attribute_is_not_repeated() {
    for path in ["/api;Domain=evil.example/x", "/a\"b", "*", ""] {
        let deleted = lines(&[], &twice("localhost", "access=planted"), path, 0);
        assert!(
            !deleted.iter().any(|line| line.contains("evil")),
            "{deleted:#?}"
        );
    }
}

#[test]
fn every_form_is_each_path_on_the_host_alone_and_on_each_parent_domain() {
    let settings = [
        ("cookie_domain", "example.com"),
        ("cookie_path", "/api"),
        ("refresh_cookie_path", "/api/v1/users"),
    ];
    assert_answer!(
        "deletions_every_form",
        deleted(&settings, "app.eu.example.com:8443")
    );
}

#[test]
fn every_deletion_ends_the_cookie_and_none_comes_twice() {
    for host in [
        "app.example.com",
        "localhost:8000",
        "",
        "a.b.c.d.e.f.g.h.i.j.k.l",
    ] {
        let text = deleted(&[("cookie_partitioned", "true")], host);
        let lines: Vec<_> = text.lines().collect();
        let mut seen = lines.clone();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), lines.len(), "{text}");
        for line in lines {
            assert!(line.contains("; Max-Age=0"), "{line}");
        }
    }
}

#[test]
fn hosts_without_a_parent_domain_name_none() {
    for host in [
        "localhost",
        "localhost:8000",
        "127.0.0.1:8000",
        "[::1]:8000",
        "[::1]",
        "",
        "evil; Domain=example.com",
        "app.example.com\"",
        "ex\u{e4}mple.com",
    ] {
        let text = deleted(&[], host);
        assert!(!text.contains("Domain"), "Host: {host}\n{text}");
        assert_eq!(text.lines().count(), 10, "Host: {host}\n{text}");
    }
}

#[test]
fn a_partitioned_cookie_and_its_like_that_is_not_are_both_deleted() {
    for set in ["true", "false"] {
        let settings = [("cookie_samesite", "None"), ("cookie_partitioned", set)];
        let text = deleted(&settings, "localhost");
        for name in ["access", "refresh"] {
            for path in ["/", USERS] {
                let form = format!("{name}=; Path={path}; Max-Age=0; Secure; SameSite=None");
                for form in [form.clone(), format!("{form}; Partitioned")] {
                    assert!(text.lines().any(|line| line == form), "{form}: {text}");
                }
            }
        }
    }
    let plain = deleted(&[("cookie_secure", "false")], "localhost");
    assert!(!plain.contains("Partitioned"), "{plain}");
}

/// A request whose cookies are these, to a host with parent domains.
async fn with_cookies(app: &TestApp, method: Method, path: &str, cookies: &str) -> Answer {
    let request = app
        .request(method, &format!("{USERS}{path}"))
        .header("Host", "app.example.com")
        .header("Cookie", cookies);
    Answer::of(request).await
}

on_both_databases! {
    async fn an_access_cookie_that_comes_twice_is_401_and_deletes_every_form(backend: Backend) {
        let app = TestApp::new(backend).await;
        let browser = app.signed_up("ada@example.com").await;
        let cookies = format!("access={}; access=planted", browser.access());
        let answer = with_cookies(&app, Method::GET, "/", &cookies).await;
        assert_answer!("cookies_info_401_twice", answer);
    }

    async fn a_refresh_cookie_that_comes_twice_is_401_and_deletes_every_form(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up("ada@example.com").await;
        let cookies = format!("refresh=planted; refresh={}", browser.refresh_token());
        let answer = with_cookies(&app, Method::POST, "/refresh/", &cookies).await;
        assert_answer!("cookies_refresh_401_twice", answer);
        let answer = browser.refresh().await;
        assert_eq!(answer.status, 200, "the session was not touched\n{answer}");
    }

    async fn logging_out_with_a_refresh_cookie_that_comes_twice_deletes_every_form(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up("ada@example.com").await;
        let cookies = format!("refresh=planted; refresh={}", browser.refresh_token());
        let answer = with_cookies(&app, Method::POST, "/logout/", &cookies).await;
        assert_answer!("cookies_logout_401_twice", answer);
        assert_eq!(browser.info().await.status, 200, "nobody was logged out");
    }

    async fn logging_out_by_one_cookie_heals_the_other_that_comes_twice(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up("ada@example.com").await;
        let cookies = format!("access=planted; access={}; refresh={}", browser.access(), browser.refresh_token());
        let answer = with_cookies(&app, Method::POST, "/logout/", &cookies).await;
        assert_answer!("logout_200_twice", answer);
        assert_eq!(browser.info().await.status, 401);
    }

    async fn logging_in_ignores_cookies_that_come_twice(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up("ada@example.com").await;
        let request = app
            .request(Method::POST, &format!("{USERS}/login/"))
            .header("Cookie", "access=a; access=b; refresh=c; refresh=d")
            .json(&serde_json::json!({ "email": "ada@example.com", "password": "correct horse battery" }));
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, 200, "{answer}");
        assert_eq!(answer.set_cookies().count(), 2, "{answer}");
        assert_eq!(browser.info().await.status, 200, "the first session goes on");
    }
}
