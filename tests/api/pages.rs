//! The pages that a person sees, and their files.

mod demo;

use askama::Template;
use frontgate::pages::demo::DemoPage;
use frontgate::pages::docs::DocsPage;
use frontgate::pages::start::StartPage;
use reqwest::Method;

use crate::support::{Answer, Backend, TestApp, assert_answer, on_both_databases};

/// What the page loads or links to.
fn links(html: &str) -> Vec<&str> {
    let parts = html.split("src=\"").chain(html.split("href=\""));
    let is_link = |part: &&str| part.starts_with('/') || part.contains("://");
    let links = parts.filter_map(|part| part.split_once('"').map(|(link, _)| link));
    links
        .filter(is_link)
        .filter(|link| !link.contains('<'))
        .collect()
}

#[test]
fn every_template_renders_its_values_and_escapes_them() {
    let page = StartPage {
        version: "9.8.7",
        origin: "https://app.example.com<script>\"'".to_owned(),
        users_prefix: "/api/v1/users",
        database: "SQLite",
        access_lifetime: "15m".to_owned(),
        refresh_lifetime: "7days".to_owned(),
        demo: true,
    };
    let html = page.render().unwrap();
    for value in [
        "9.8.7",
        "SQLite",
        "lives 15m",
        "lives 7days",
        "https://app.example.com&#60;script&#62;",
    ] {
        assert!(html.contains(value), "{value} in {html}");
    }
    assert!(!html.contains("<script>"), "{html}");
    let html = DocsPage.render().unwrap();
    assert!(html.contains("id=\"swagger-ui\""), "{html}");
    let page = DemoPage {
        users_prefix: "/people",
        access_lifetime: "16m".to_owned(),
        access_milliseconds: 960_000,
        is_slow: true,
    };
    let html = page.render().unwrap();
    for value in [
        "data-users=\"/people/\"",
        "lives 16m",
        "data-access=\"960000\"",
    ] {
        assert!(html.contains(value), "{value} in {html}");
    }
}

on_both_databases! {
    async fn pages_and_all_that_they_load_come_from_this_server(backend: Backend) {
        let app = TestApp::new(backend).await;
        for path in ["/", "/api/docs/", "/demo/"] {
            let page = app.get(path).await;
            assert_eq!(page.status, 200, "{page}");
            assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
            assert!(!page.body.contains("<style"), "{page}");
            assert!(!page.body.contains("style=\""), "{page}");
            assert!(!page.body.contains("https://"), "{page}");
            let links = links(&page.body);
            assert!(links.len() >= 3, "{links:?}");
            for link in links {
                let file = app.get(link).await;
                assert_eq!(file.status, 200, "{link} on {path}: {}", file.status);
            }
        }
    }

    async fn each_page_has_the_policy_that_it_needs(backend: Backend) {
        let app = TestApp::new(backend).await;
        let policy = "content-security-policy";
        assert_eq!(app.get("/").await.header(policy), Some(
            "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ));
        assert_eq!(app.get("/api/docs/").await.header(policy), Some(
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
             connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ));
    }

    /// Every file that there is, by what is in the folders.
    async fn every_file_has_its_type_and_is_asked_for_each_time(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut paths = files_below("static");
        paths.extend(files_below("clients/js/src"));
        assert!(paths.len() > 20, "{paths:?}");
        let mut paths: Vec<_> = paths.into_iter().map(|path| format!("/static/{path}")).collect();
        paths.extend(["/api/docs/swagger-ui.css".to_owned(), "/api/docs/swagger-ui-bundle.js".to_owned()]);
        for path in paths {
            let kind = match path.rsplit('.').next().unwrap() {
                "css" => "text/css",
                "js" => "text/javascript",
                "svg" => "image/svg+xml",
                "ts" => "text/plain; charset=utf-8",
                other => panic!("{path}: what is the type of .{other}?"),
            };
            let file = app.get(&path).await;
            assert_eq!((file.status, file.header("content-type")), (200, Some(kind)), "{path}");
            assert_eq!(file.header("cache-control"), Some("public, no-cache"), "{path}");
            let tag = file.header("etag").unwrap().to_owned();
            assert!(tag.starts_with('"') && tag.len() == 34, "{path}: {tag}");
            for (asked, status) in [
                (tag.clone(), 304),
                (format!("W/{tag}"), 304),
                (format!("\"other\", {tag}"), 304),
                ("*".to_owned(), 304),
                ("\"other\"".to_owned(), 200),
                (tag.trim_matches('"').to_owned(), 200),
                (String::new(), 200),
            ] {
                let request = app.request(Method::GET, &path).header("If-None-Match", &asked);
                let answer = Answer::of(request).await;
                assert_eq!(answer.status, status, "{path} {asked}");
                assert_eq!(answer.header("etag"), Some(tag.as_str()), "{path} {asked}");
                assert_eq!(answer.body.is_empty(), status == 304, "{path} {asked}");
                let anyone = answer.header("access-control-allow-origin");
                assert_eq!(anyone, file.header("access-control-allow-origin"), "{path} {asked}");
            }
        }
    }

    async fn a_hostile_host_header_is_escaped_on_the_start_page(backend: Backend) {
        let app = TestApp::new(backend).await;
        for header in ["Host", "X-Forwarded-Host"] {
            let request = app.request(Method::GET, "/").header(header, "x\"><script>alert(1)</script>");
            let page = Answer::of(request).await;
            assert!(!page.body.contains("<script"), "{header}: {page}");
        }
        let app = TestApp::with(backend, &[("public_origin", "https://www.example.com")]).await;
        assert!(app.get("/").await.body.contains("API=https://www.example.com/api/v1/users"));
    }

    async fn the_api_description_is_served(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut answer = app.get("/api/openapi.json").await;
        assert_eq!(answer.json()["openapi"].as_str().map(|version| version.starts_with("3.")), Some(true));
        answer.body.clear();
        assert_answer!("openapi_headers", answer);
    }
}

/// The paths of all files below a folder of the package, without the folder's.
fn files_below(folder: &str) -> Vec<String> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut open = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                files.push(
                    path.strip_prefix(&root)
                        .unwrap()
                        .to_str()
                        .unwrap()
                        .to_owned(),
                );
            }
        }
    }
    files
}
