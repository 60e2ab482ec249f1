//! Ambiguous cookies are deleted in every form in which they may stand.

use frontgate::cookies::{ClearCookies, deletions};
use reqwest::Method;

use crate::support::{
    Answer, Backend, TestApp, USERS, assert_answer, on_both_databases, settings_with,
};

/// The deletions for a Host header, one a line.
fn deleted(settings: &[(&str, &str)], host: &str) -> String {
    let settings = settings_with("sqlite://unused.sqlite3", settings).cookies;
    let lines: Vec<_> = deletions(&settings, ClearCookies::EveryForm, host, USERS)
        .iter()
        .map(|cookie| cookie.to_str().unwrap().to_owned())
        .collect();
    lines.join("\n")
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
            assert!(line.contains("; Max-Age=0; "), "{line}");
            assert!(
                line.contains("; Expires=Thu, 01 Jan 1970 00:00:00 GMT"),
                "{line}"
            );
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
        assert_eq!(text.lines().count(), 8, "Host: {host}\n{text}");
    }
}

#[test]
fn a_partitioned_cookie_and_its_like_that_is_not_are_both_deleted() {
    for set in ["true", "false"] {
        let settings = [("cookie_samesite", "None"), ("cookie_partitioned", set)];
        let text = deleted(&settings, "localhost");
        for name in ["access", "refresh"] {
            for path in ["/", USERS] {
                let attributes = format!("{name}=; HttpOnly; SameSite=None; Secure; Path={path}; ");
                let of_it: Vec<_> = text
                    .lines()
                    .filter(|line| line.starts_with(&attributes))
                    .map(|line| line.ends_with("; Partitioned"))
                    .collect();
                assert_eq!(of_it.len(), 2, "{text}");
                assert_ne!(of_it[0], of_it[1], "{text}");
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
