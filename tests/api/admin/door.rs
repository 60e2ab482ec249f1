//! The admin on a host and a port of its own: it answers there and nowhere else, and the API
//! does not answer there.

use frontgate::admin::door::{Door, Doors, origin, to_api};
use reqwest::Method;
use reqwest::redirect::Policy;

use crate::support::{Answer, Backend, TestApp, on_both_databases, settings_with};

const NOT_FOUND: &str = r#"{"detail":"Not found."}"#;
const ADMIN: [&str; 4] = ["/admin/", "/admin/login/", "/admin", "/admin/nothing/"];
const API: [&str; 6] = [
    "/api/v1/users/",
    "/api/v1/users/sessions",
    "/api/docs/",
    "/api/openapi.json",
    "/demo/",
    "/demo",
];
const BOTH: [&str; 3] = ["/health/live", "/health/ready/", "/static/admin.css"];

/// Asks for a path at an address, under a Host header.
async fn ask(app: &TestApp, admin_port: bool, host: Option<&str>, path: &str) -> Answer {
    let address = if admin_port {
        app.admin_address.unwrap()
    } else {
        app.address
    };
    let http = reqwest::Client::builder()
        .redirect(Policy::none())
        .build()
        .unwrap();
    let mut request = http.request(Method::GET, format!("http://{address}{path}"));
    if let Some(host) = host {
        request = request.header("Host", host);
    }
    Answer::of(request).await
}

/// Which of the two answers there, by every path.
async fn reached(app: &TestApp, admin_port: bool, host: Option<&str>) -> Door {
    for path in BOTH {
        let answer = ask(app, admin_port, host, path).await;
        assert_eq!(answer.status, 200, "{path}: {answer}");
    }
    let mut answered = Vec::new();
    for paths in [&ADMIN[..], &API] {
        let mut there = Vec::new();
        for path in paths {
            let answer = ask(app, admin_port, host, path).await;
            let is_there = answer.body != NOT_FOUND;
            let as_if_nothing = answer.status == 404 && answer.set_cookies().count() == 0;
            assert!(is_there || as_if_nothing, "{path}: {answer}");
            there.push(is_there);
        }
        there.dedup();
        assert_eq!(there.len(), 1, "all of {paths:?} or none");
        answered.push(there[0]);
    }
    match answered[..] {
        [true, true] => Door::Both,
        [false, true] => Door::Api,
        [true, false] => Door::Admin,
        _ => Door::Neither,
    }
}

on_both_databases! {
    async fn with_nothing_set_both_answer_everywhere(backend: Backend) {
        let app = TestApp::new(backend).await;
        for host in [None, Some("admin.example.com")] {
            assert_eq!(reached(&app, false, host).await, Door::Both);
        }
    }

    async fn on_a_host_of_its_own_the_admin_answers_there_alone(backend: Backend) {
        let settings = [("admin_origin", "https://admin.example.com"), ("public_origin", "https://app.example.com")];
        let app = TestApp::with(backend, &settings).await;
        for host in ["admin.example.com", "admin.example.com:443", "ADMIN.example.com"] {
            assert_eq!(reached(&app, false, Some(host)).await, Door::Admin, "{host}");
        }
        for host in [
            "app.example.com", "example.com", "admin.example.com:80", "admin.example.com:8443", "admin.example.com.evil.example",
            "xadmin.example.com", "admin.example.com.", "127.0.0.1",
        ] {
            assert_eq!(reached(&app, false, Some(host)).await, Door::Api, "{host}");
        }
        assert_eq!(reached(&app, false, None).await, Door::Api);
        let two = "GET /admin/login/ HTTP/1.1\r\nHost: admin.example.com\r\nHost: app.example.com\r\nConnection: close\r\n\r\n";
        let answer = app.raw(two).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
        let none = app.raw("GET /admin/login/ HTTP/1.0\r\n\r\n").await;
        assert!(none.starts_with("HTTP/1.0 404") || none.starts_with("HTTP/1.1 404"), "{none}");
    }

    async fn an_origin_that_is_the_apis_sets_nothing_apart(backend: Backend) {
        let settings = [("admin_origin", "https://app.example.com"), ("public_origin", "https://app.example.com:443/")];
        let app = TestApp::with(backend, &settings).await;
        assert_eq!(reached(&app, false, Some("other.example.com")).await, Door::Both);
    }

    async fn on_a_port_of_its_own_the_admin_answers_there_alone(backend: Backend) {
        let app = TestApp::with(backend, &[("admin_bind", "127.0.0.1:0")]).await;
        for host in [None, Some("app.example.com")] {
            assert_eq!(reached(&app, true, host).await, Door::Admin);
            assert_eq!(reached(&app, false, host).await, Door::Api);
        }
        let start = ask(&app, true, None, "/").await;
        assert_eq!((start.status, start.header("location")), (303, Some("/admin/")), "{start}");
        // Who says that the port is another one is not believed.
        let host = format!("127.0.0.1:{}", app.admin_address.unwrap().port());
        assert_eq!(reached(&app, false, Some(&host)).await, Door::Api);
    }

    async fn with_both_the_port_and_the_host_must_be_right(backend: Backend) {
        let settings = [("admin_bind", "127.0.0.1:0"), ("admin_origin", "https://admin.example.com"), ("public_origin", "https://admin.example.com")];
        let app = TestApp::with(backend, &settings).await;
        assert_eq!(reached(&app, true, Some("admin.example.com")).await, Door::Admin);
        assert_eq!(reached(&app, true, None).await, Door::Neither);
        assert_eq!(reached(&app, false, Some("admin.example.com")).await, Door::Api);
        assert_eq!(reached(&app, false, None).await, Door::Api);
    }

    async fn forms_of_the_admin_are_of_its_own_origin(backend: Backend) {
        let settings = [
            ("admin_bind", "127.0.0.1:0"), ("public_origin", "https://app.example.com"),
            ("cors_allowed_origins", "https://spa.example.com"),
        ];
        for (more, host, table) in [
            (None, None, [("https://app.example.com", 403), ("own", 400), ("https://spa.example.com", 403)]),
            (
                Some(("admin_origin", "https://admin.example.com")), Some("admin.example.com:443"),
                [("https://admin.example.com", 400), ("https://app.example.com", 403), ("https://spa.example.com", 403)],
            ),
        ] {
            let settings: Vec<_> = settings.into_iter().chain(more).collect();
            let app = TestApp::with(backend, &settings).await;
            let address = app.admin_address.unwrap();
            for (origin, status) in table {
                let origin = if origin == "own" { format!("http://{address}") } else { origin.to_owned() };
                let mut request = app.http.post(format!("http://{address}/admin/login/"))
                    .header("Origin", &origin)
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .body("email=x&password=x");
                if let Some(host) = host {
                    request = request.header("Host", host);
                }
                let answer = Answer::of(request).await;
                assert_eq!(answer.status, status, "{origin}: {answer}");
            }
        }
    }
}

#[test]
fn a_door_is_found_by_port_and_host() {
    let doors = |settings: &[(&str, &str)], port: Option<u16>| {
        let settings = settings_with("sqlite://unused.sqlite3", settings);
        Doors::new(&settings, port.map(|port| ([0, 0, 0, 0], port).into()))
    };
    let host = [("admin_origin", "http://admin.example.com:8001")];
    for (settings, own_port, port, host, expected) in [
        (&[][..], None, Some(8000), None, Door::Both),
        (&[], Some(8001), Some(8000), None, Door::Api),
        (&[], Some(8001), Some(8001), None, Door::Admin),
        (&[], Some(8001), None, None, Door::Api),
        (
            &host,
            None,
            Some(8000),
            Some("admin.example.com:8001"),
            Door::Admin,
        ),
        (
            &host,
            None,
            Some(8000),
            Some("admin.example.com"),
            Door::Api,
        ),
        (&host, None, Some(8000), None, Door::Api),
        (
            &host,
            Some(8001),
            Some(8001),
            Some("admin.example.com:8001"),
            Door::Admin,
        ),
        (&host, Some(8001), Some(8001), Some("x"), Door::Neither),
        (
            &host,
            Some(8001),
            Some(8000),
            Some("admin.example.com:8001"),
            Door::Api,
        ),
    ] {
        let found = doors(settings, own_port).door(port, host);
        assert_eq!(
            found, expected,
            "{settings:?} {own_port:?} {port:?} {host:?}"
        );
    }
}

#[test]
fn links_to_the_api_lead_to_where_it_is() {
    let with =
        |settings: &[(&str, &str)]| to_api(&settings_with("sqlite://unused.sqlite3", settings));
    let (public, port) = (
        ("public_origin", "https://app.example.com"),
        ("admin_bind", "127.0.0.1:0"),
    );
    let host = ("admin_origin", "https://admin.example.com");
    let there = Some("https://app.example.com".to_owned());
    assert_eq!(with(&[]), Some(String::new()));
    assert_eq!(
        with(&[public, ("admin_origin", "https://app.example.com")]),
        Some(String::new())
    );
    assert_eq!(with(&[host]), None);
    assert_eq!(with(&[port]), None);
    assert_eq!(with(&[public, host]), there);
    assert_eq!(with(&[public, port]), there);
}

#[test]
fn the_greeting_says_where_the_admin_is() {
    let api = "127.0.0.1:8000".parse().unwrap();
    let admin = Some("127.0.0.1:8001".parse().unwrap());
    let with = |settings: &[(&str, &str)], admin| {
        origin(
            &settings_with("sqlite://unused.sqlite3", settings),
            api,
            admin,
        )
    };
    let set = [("admin_origin", "https://admin.example.com")];
    assert_eq!(with(&[], None), "http://127.0.0.1:8000");
    assert_eq!(with(&[], admin), "http://127.0.0.1:8001");
    assert_eq!(with(&set, None), "https://admin.example.com");
    assert_eq!(with(&set, admin), "https://admin.example.com");
}
