//! The OpenAPI document and the answers agree: the check that every answer passes bites, nothing that the
//! document names is without an answer, and fields are refused as their schemas say.

mod fields;
mod operations;
mod statuses;

use std::panic::AssertUnwindSafe;

use frontgate::openapi::openapi;
use futures_util::FutureExt;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::openapi::{Asked, Server};
use crate::support::{Answer, Backend, PASSWORD, TestApp, USERS, run, settings_with};

/// A request, a change to the document, and what the check says of the answer then.
type Bite = (
    fn(&TestApp, &str) -> RequestBuilder,
    fn(&mut Value),
    &'static str,
);

fn info(app: &TestApp, access: &str) -> RequestBuilder {
    app.request(Method::GET, &format!("{USERS}/"))
        .bearer_auth(access)
}

fn nobody(app: &TestApp, _: &str) -> RequestBuilder {
    app.request(Method::GET, &format!("{USERS}/"))
}

fn log_in(app: &TestApp, _: &str) -> RequestBuilder {
    let body = json!({ "email": "ada@example.com", "password": PASSWORD });
    app.request(Method::POST, &format!("{USERS}/login/"))
        .json(&body)
}

fn put(app: &TestApp, _: &str) -> RequestBuilder {
    app.request(Method::PUT, &format!("{USERS}/profile/"))
}

fn options(app: &TestApp, _: &str) -> RequestBuilder {
    app.request(Method::OPTIONS, &format!("{USERS}/profile"))
}

fn head(app: &TestApp, _: &str) -> RequestBuilder {
    app.request(Method::HEAD, "/health/live")
}

fn elsewhere(app: &TestApp, _: &str) -> RequestBuilder {
    app.request(Method::GET, "/api/v2/users/")
}

fn operation<'d>(document: &'d mut Value, path: &str, method: &str) -> &'d mut Value {
    let path = match path.strip_prefix("/health/") {
        Some(_) => path.to_owned(),
        None => format!("{USERS}{path}"),
    };
    let operation = &mut document["paths"][path][method];
    assert!(operation.is_object());
    operation
}

fn remove(from: &mut Value, key: &str) {
    from.as_object_mut().unwrap().remove(key).unwrap();
}

/// The response 200 of reading who one is.
fn read(document: &mut Value) -> &mut Value {
    &mut operation(document, "/", "get")["responses"]["200"]
}

fn user(document: &mut Value) -> &mut Value {
    &mut document["components"]["schemas"]["UserAnswer"]
}

const BITES: [Bite; 17] = [
    (
        info,
        |d| remove(&mut operation(d, "/", "get")["responses"], "200"),
        "the status 200 is not named",
    ),
    (
        nobody,
        |d| remove(&mut operation(d, "/", "get")["responses"], "401"),
        "the status 401 is not named",
    ),
    (
        head,
        |d| remove(&mut operation(d, "/health/live", "get")["responses"], "200"),
        "the status 200 is not named",
    ),
    (
        info,
        |d| read(d)["content"] = json!({ "text/plain": {} }),
        "the content type Some(\"application/json\") is not named",
    ),
    (
        info,
        |d| remove(read(d), "content"),
        "a body is sent, and none is described",
    ),
    (
        info,
        |d| user(d)["properties"]["email"] = json!({ "type": "integer" }),
        "the body at \"/email\"",
    ),
    (
        info,
        |d| user(d)["properties"]["email"] = json!({ "format": "uuid" }),
        "the body at \"/email\"",
    ),
    (
        info,
        |d| user(d)["required"] = json!(["email", "name"]),
        "\"name\" is a required property",
    ),
    (
        info,
        |d| remove(&mut user(d)["properties"], "user_id"),
        "Additional properties are not allowed",
    ),
    (
        nobody,
        |d| d["components"]["schemas"]["Unauthorized"] = json!({ "type": "string" }),
        "the body at \"\"",
    ),
    (
        info,
        |d| read(d)["headers"] = json!({ "X-New": { "required": true } }),
        "the header X-New is promised and not sent",
    ),
    (
        nobody,
        |d| {
            remove(
                &mut operation(d, "/", "get")["responses"]["401"]["headers"],
                "WWW-Authenticate",
            );
        },
        "the header www-authenticate is sent and not described",
    ),
    (
        log_in,
        |d| {
            remove(
                &mut operation(d, "/login/", "post")["responses"]["200"]["headers"],
                "X-Refresh-Grace",
            );
        },
        "the header x-refresh-grace is sent and not described",
    ),
    (
        log_in,
        |d| {
            operation(d, "/login/", "post")["responses"]["200"]["headers"]["Set-Cookie"]["schema"]
                ["type"] = json!("integer");
        },
        "the header Set-Cookie is no integer",
    ),
    (
        put,
        |d| remove(&mut d["paths"][format!("{USERS}/profile/")], "patch"),
        "Allow is",
    ),
    (
        options,
        |d| remove(&mut d["paths"][format!("{USERS}/profile/")], "get"),
        "Allow is",
    ),
    (
        elsewhere,
        |d| d["components"]["responses"]["NotFound"]["content"] = json!({ "text/html": {} }),
        "is not named",
    ),
];

#[test]
fn a_document_that_says_something_else_fails_the_test_that_sees_the_answer() {
    run(async {
        let app = TestApp::new(Backend::Sqlite).await;
        let access = app.signed_up("ada@example.com").await.access().to_owned();
        let settings = settings_with("sqlite://unused.sqlite3", &[]);
        let right = serde_json::to_value(openapi(&settings)).unwrap();
        let port = app.address.port();
        for (request, change, expected) in BITES {
            Server::tell_document(&settings, port, right.clone());
            Answer::of(request(&app, &access)).await;
            let mut other = right.clone();
            change(&mut other);
            assert_ne!(right, other, "{expected}");
            Server::tell_document(&settings, port, other);
            let answer = Answer::of(request(&app, &access));
            let Err(failed) = AssertUnwindSafe(answer).catch_unwind().await else {
                panic!("the check did not say: {expected}");
            };
            let message = failed.downcast_ref::<String>().unwrap();
            assert!(message.contains(expected), "{expected}: {message}");
            assert!(message.contains(" answered "), "{message}");
        }
    });
}

/// An answer that came over a raw connection passes the same check.
#[test]
fn a_raw_answer_that_is_not_described_fails_too() {
    let parse = |head: &str, status: &str| {
        let (head, status) = (head.to_owned(), status.to_owned());
        let answer = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\n\r\n{{\"detail\":\"Not found.\"}}"
        );
        std::panic::catch_unwind(move || Answer::parse(head.as_bytes(), &answer)).is_ok()
    };
    assert!(parse("GET /nothing HTTP/1.1\r\n", "404 Not Found"));
    assert!(!parse("GET /nothing HTTP/1.1\r\n", "402 Payment Required"));
    assert!(!parse("GET /health/live HTTP/1.1\r\n", "404 Not Found"));
    assert!(
        parse("GET /health/li", "404 Not Found"),
        "no operation is named yet"
    );
    assert!(Asked::read(b"GET /health/live HTTP/1.1\r\n").is_some());
}
