//! A thousand connections of each hostile kind: what they cost, and that the honest get in beside them.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use frontgate::connections::open_files;
use serde_json::json;

use crate::support::process::ServerProcess;
use crate::support::{Backend, PASSWORD, TestDatabase};

const CONNECTIONS: usize = 1000;
/// Of the server's memory, everything included.
const MOST_MEMORY: usize = 300 * 1024 * 1024;
/// What one connection may make the server hold, whatever it sends.
const MOST_MEMORY_OF_ONE: usize = 256 * 1024;
/// A thing of 1.4 MB that anybody may ask for.
const BUNDLE: &str = "GET /api/docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n";
const SMALL: &str = "GET / HTTP/1.1\r\nHost:a\r\n\r\n";

/// Sends as much as is taken at once.
fn send(stream: &mut TcpStream, bytes: &[u8]) {
    stream.set_nonblocking(true).unwrap();
    // A server that has enough of it closes the connection, which is its right.
    let mut sent = 0;
    while let Ok(length) = stream.write(&bytes[sent..]) {
        sent += length;
        if sent == bytes.len() || length == 0 {
            break;
        }
    }
    stream.set_nonblocking(false).unwrap();
}

/// Bytes of the process's own that are in memory.
fn memory(server: &ServerProcess) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("RssAnon:"))
        .unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<usize>()
        .unwrap()
        * 1024
}

/// One request on a connection of its own, and its whole answer.
fn ask(server: &ServerProcess, request: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    write!(
        stream,
        "{request}Host: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Somebody logs in and asks who he is.
fn log_in_and_read(server: &ServerProcess) {
    let body = json!({ "email": "ada@example.com", "password": PASSWORD }).to_string();
    let answer = ask(server, "POST /api/v1/users/login/ HTTP/1.1\r\n", &body);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    let cookie = answer
        .lines()
        .find_map(|line| line.strip_prefix("set-cookie: access="));
    let token = cookie.unwrap().split(';').next().unwrap();
    let request = format!("GET /api/v1/users/ HTTP/1.1\r\nCookie: access={token}\r\n");
    let answer = ask(server, &request, "");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("ada@example.com"), "{answer}");
}

/// Opens the connections, has each do its worst several times over, and looks at the server.
fn withstands(worst: impl Fn(&mut TcpStream, usize)) {
    open_files::raise();
    let database = TestDatabase::new(Backend::Sqlite);
    let server = ServerProcess::start(&database, &[("FRONTGATE_MAX_CONNECTIONS", "1000")]);
    let body = json!({ "email": "ada@example.com", "password": PASSWORD }).to_string();
    let answer = ask(&server, "POST /api/v1/users/create/ HTTP/1.1\r\n", &body);
    assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
    log_in_and_read(&server);
    let before = memory(&server);

    let mut hostile: Vec<_> = (0..CONNECTIONS)
        .map(|_| TcpStream::connect(&server.address).unwrap())
        .collect();
    for time in 0..3 {
        for stream in &mut hostile {
            worst(stream, time);
        }
        log_in_and_read(&server);
        let now = memory(&server);
        assert!(now < MOST_MEMORY, "{now} bytes");
        let each = now.saturating_sub(before) / CONNECTIONS;
        assert!(each < MOST_MEMORY_OF_ONE, "{each} bytes a connection");
    }
    drop(hostile);
    log_in_and_read(&server);
}

#[test]
fn requests_that_follow_an_answer_that_is_not_read_stay_with_the_kernel() {
    let many = SMALL.repeat(5000);
    withstands(|stream, time| {
        if time == 0 {
            send(stream, BUNDLE.as_bytes());
        }
        send(stream, many.as_bytes());
    });
}

#[test]
fn small_answers_that_are_not_read_do_not_pile_up() {
    let many = SMALL.repeat(5000);
    withstands(|stream, _| send(stream, many.as_bytes()));
}

#[test]
fn an_answer_that_is_not_read_is_not_copied_for_each_connection() {
    withstands(|stream, _| send(stream, BUNDLE.as_bytes()));
}

#[test]
fn a_second_head_that_only_begins_holds_nothing() {
    withstands(|stream, time| {
        if time == 0 {
            send(
                stream,
                b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n",
            );
        }
        send(stream, b"G");
    });
}

#[test]
fn a_long_head_without_an_end_holds_little() {
    let mut head = "GET / HTTP/1.1\r\nHost: localhost\r\n".to_owned();
    while head.len() < 11_000 {
        write!(head, "X-{}: {}\r\n", head.len(), "x".repeat(80)).unwrap();
    }
    let (start, more) = head.split_at(34);
    withstands(|stream, time| {
        if time == 0 {
            send(stream, start.as_bytes());
        }
        send(stream, more.as_bytes());
    });
}

#[test]
fn a_body_that_never_ends_holds_little() {
    let more = "x".repeat(8000);
    withstands(|stream, time| {
        if time == 0 {
            send(
                stream,
                b"POST /api/v1/users/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 16384\r\n\r\n",
            );
        }
        send(stream, &more.as_bytes()[..5000]);
    });
}

#[test]
fn a_chunked_body_that_nobody_reads_holds_little() {
    let chunks = "4000\r\n".to_owned() + &"x".repeat(0x4000) + "\r\n";
    let chunks = chunks.repeat(40);
    withstands(|stream, time| {
        if time == 0 {
            send(
                stream,
                b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n",
            );
        }
        send(stream, chunks.as_bytes());
    });
}

#[test]
fn connections_that_say_nothing_make_room() {
    withstands(|_, _| {});
}
