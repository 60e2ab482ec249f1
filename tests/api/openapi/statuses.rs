//! Every status that the document names is answered, by each operation that names it.

use std::collections::BTreeSet;
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use futures_util::future::join_all;

use super::operations::Operation;
use crate::support::{Answer, Backend, PASSWORD, TestApp, openapi, run};

/// Statuses that are named and not answered in this test, and why.
const NOT_HERE: [(&str, u16, &str); 3] = [
    ("info", 500, "reads no database; a bug is all that is left"),
    ("live", 500, "does nothing that can fail"),
    (
        "ready",
        500,
        "a query that fails is a database that is away",
    ),
];

const LIMIT: usize = frontgate::input::BODY_LIMIT;

/// What is refused before the view is asked.
async fn refusals(app: &TestApp, operation: &Operation) {
    let bare = || operation.bare(app);
    let mut requests = vec![
        (401, operation.of_nobody(app)),
        (
            431,
            bare().header("X-Long", "x".repeat(frontgate::middleware::HEADER_LIMIT)),
        ),
    ];
    if operation.changes() {
        let json = || bare().header("Content-Type", "application/json");
        requests.extend([
            (403, json().header("Origin", "https://evil.example")),
            (413, json().body(vec![b' '; LIMIT + 1])),
            (415, bare().body("x")),
        ]);
    }
    for (status, request) in requests {
        if operation.statuses.contains(&status) {
            let answer = Answer::of(request).await;
            assert_eq!(answer.status, status, "{}: {answer}", operation.id);
        }
    }
    if operation.changes() {
        // A chunk whose length is no number: no view can read this.
        let head = format!(
            "{} {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            operation.method,
            operation.path_of("0")
        );
        let answer = app.raw(head.clone()).await;
        let answer = Answer::parse(head.as_bytes(), &answer);
        assert_eq!(answer.status, 400, "{}: {answer}", operation.id);
    }
}

/// A request that its head's end never follows.
async fn late(app: &TestApp, operation: &Operation) {
    let head = format!(
        "{} {} HTTP/1.1\r\nHost: localhost\r\n",
        operation.method,
        operation.path_of("0")
    );
    let answer = Answer::parse(head.as_bytes(), &app.raw(head.clone()).await);
    assert_eq!(answer.status, 408, "{}: {answer}", operation.id);
}

async fn successes(app: &TestApp, operations: &[Operation]) {
    for (number, operation) in operations.iter().enumerate() {
        let email = format!("person{number}@example.com");
        let mut browser = app.signed_up(&email).await;
        let request = operation.right(app, &browser, &email);
        let answer = browser.send(request).await;
        assert_eq!(answer.status / 100, 2, "{}: {answer}", operation.id);
    }
}

async fn not_found(app: &TestApp) {
    let mut browser = app.signed_up("nobody@example.com").await;
    assert_eq!(
        browser.log_in("nobody@example.com", "another").await.status,
        404
    );
    let of_nobody = format!("/sessions/{}/", "0".repeat(32));
    assert_eq!(browser.delete(&of_nobody).await.status, 404);
}

/// Nothing finds the users.
async fn bugs(app: &TestApp, operations: &[Operation]) {
    let mut requests = Vec::new();
    for (number, operation) in operations.iter().enumerate() {
        let email = format!("someone{number}@example.com");
        let browser = app.signed_up(&email).await;
        let request = operation.right(app, &browser, &email);
        requests.push((operation, browser, request));
    }
    app.connect()
        .batch_execute("ALTER TABLE users RENAME TO gone")
        .unwrap();
    for (operation, mut browser, request) in requests {
        let answer = browser.send(request).await;
        let expected = if NOT_HERE.iter().any(|(id, ..)| *id == operation.id) {
            200
        } else {
            500
        };
        assert_eq!(answer.status, expected, "{}: {answer}", operation.id);
    }
}

/// Two requests wait for the database, so that no connection can give way.
async fn put_off(operations: &[Operation]) {
    let app = TestApp::with(Backend::Postgres, &[("max_connections", "2")]).await;
    let mut database = app.connect();
    database.batch_execute("BEGIN; LOCK TABLE users").unwrap();
    let waiting: Vec<_> = (0..2)
        .map(|number| {
            let body = format!(r#"{{"email":"{number}@example.com","password":"{PASSWORD}"}}"#);
            let length = body.len();
            let mut stream = TcpStream::connect(app.address).unwrap();
            write!(stream, "POST /api/v1/users/create/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
            stream
        })
        .collect();
    while diesel::select(diesel::dsl::sql::<BigInt>(
        "(SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'users'::regclass)",
    ))
    .get_result::<i64>(&mut database)
    .unwrap()
        < 2
    {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for operation in operations {
        let head = format!(
            "{} {} HTTP/1.1\r\nHost: localhost\r\n\r\n",
            operation.method,
            operation.path_of("0")
        );
        let answer = Answer::parse(head.as_bytes(), &app.raw(head.clone()).await);
        assert_eq!(answer.status, 503, "{}: {answer}", operation.id);
    }
    database.batch_execute("ROLLBACK").unwrap();
    drop(waiting);
}

/// The document is the same for both databases; PostgreSQL alone says who waits for it.
#[test]
fn each_operation_answers_every_status_that_it_names() {
    run(async {
        let app = TestApp::new(Backend::Postgres).await;
        let operations = Operation::all(&app);
        for operation in &operations {
            refusals(&app, operation).await;
        }
        successes(&app, &operations).await;
        not_found(&app).await;
        bugs(&app, &operations).await;
        let hasty = TestApp::with(Backend::Postgres, &[("head_timeout", "200ms")]).await;
        join_all(operations.iter().map(|operation| late(&hasty, operation))).await;
        put_off(&operations).await;

        let seen = openapi::seen();
        let named = operations.iter().flat_map(|operation| {
            let statuses = operation.statuses.iter();
            statuses.map(|status| (operation.id.clone(), *status))
        });
        let unseen: BTreeSet<_> = named.filter(|named| !seen.contains(named)).collect();
        let expected = NOT_HERE.map(|(id, status, _)| (id.to_owned(), status));
        assert_eq!(unseen, BTreeSet::from(expected));
    });
}
