//! What honest clients do with a connection works as before.

use std::fmt::Write as _;

use crate::support::{Answer, Backend, PASSWORD, TestApp, assert_answer, on_both_databases};

const LIVE: &str = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// The status of each answer on one connection.
async fn statuses(app: &TestApp, requests: &str) -> Vec<u16> {
    let answers = app.raw(requests).await;
    let status = |line: &str| line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok();
    // A body has no line's end after it: the next status line begins within a line.
    let lines = answers.replace("HTTP/1.1 ", "\nHTTP/1.1 ");
    lines.lines().filter_map(status).collect()
}

fn with_length(body: &str) -> String {
    format!(
        "POST /api/v1/users/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn in_chunks(body: &str, trailer: &str) -> String {
    let mut text = "POST /api/v1/users/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned();
    for byte in body.chars() {
        write!(text, "1;name=\"value\"\r\n{byte}\r\n").unwrap();
    }
    text + "0\r\n" + trailer + "\r\n"
}

on_both_databases! {
    async fn requests_in_a_row_are_answered_in_their_order(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up("ada@example.com").await;
        let right = format!(r#"{{"email":"ada@example.com","password":"{PASSWORD}"}}"#);
        // Empty lines within a body end nothing.
        let spaced = format!("\r\n\r\n{{\n\n\"email\":\"ada@example.com\",\r\n\r\n\"password\":\"{PASSWORD}\"}}\r\n\r\n");
        let unread = "GET /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n\r\n\r\n";
        let requests = [
            LIVE.to_owned(),
            with_length(&right),
            in_chunks(&right, ""),
            "\r\n\r\n".to_owned() + LIVE,
            with_length(&spaced),
            "GET /health/live HTTP/1.1\nHost: localhost\n\n".to_owned(),
            in_chunks(&spaced, "X-Trailer: 1\r\n"),
            with_length("{}"),
            LIVE.to_owned(),
            // An answer that comes before the body has ends the connection.
            unread.to_owned(),
            LIVE.to_owned(),
        ];
        let expected = [200, 200, 200, 200, 200, 200, 200, 404, 200, 404];
        assert_eq!(statuses(&app, &requests.concat()).await, expected);
    }

    async fn many_requests_at_once_are_all_answered(backend: Backend) {
        let app = TestApp::new(backend).await;
        assert_eq!(statuses(&app, &LIVE.repeat(1000)).await, [200; 1000]);
    }

    /// Each byte in a packet of its own.
    async fn a_request_in_the_smallest_pieces_is_answered(backend: Backend) {
        let app = TestApp::new(backend).await;
        let text = with_length("{}") + &in_chunks("{}", "X-Trailer: 1\r\n") + LIVE;
        let address = app.address;
        let answers = actix_web::web::block(move || {
            use std::io::{Read, Write};
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            stream.set_nodelay(true).unwrap();
            for byte in text.as_bytes() {
                stream.write_all(&[*byte]).unwrap();
            }
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            let mut answers = String::new();
            stream.read_to_string(&mut answers).unwrap();
            answers
        })
        .await
        .unwrap();
        assert_eq!(answers.matches("HTTP/1.1 404 Not Found").count(), 2, "{answers}");
        assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 1, "{answers}");
    }

    async fn a_large_answer_is_whole(backend: Backend) {
        let app = TestApp::new(backend).await;
        let bundle = app.get("/api/docs/swagger-ui-bundle.js").await;
        let length: usize = bundle.header("content-length").unwrap().parse().unwrap();
        assert_eq!(bundle.body.len(), length);
        assert!(length > 1_000_000, "{length}");
    }

    async fn a_head_that_is_too_long_is_431(backend: Backend) {
        let app = TestApp::new(backend).await;
        for head in [
            format!("GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: {}", "x".repeat(200_000)),
            format!("GET /{}", "x".repeat(40_000)),
            format!("{}{}", LIVE, "x".repeat(40_000)),
        ] {
            let text = app.raw(head.clone()).await;
            let from = text.rfind("HTTP/1.1 ").unwrap();
            assert_answer!("head_431", Answer::parse(head.as_bytes(), &text[from..]));
        }
    }
}
