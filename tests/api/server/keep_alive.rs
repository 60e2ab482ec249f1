//! Connections that are kept.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::support::process::ServerProcess;
use crate::support::{Backend, TestDatabase};

/// Longer than actix-web keeps an idle connection by itself (5 s).
const IDLE: Duration = Duration::from_secs(6);

fn ask(stream: &mut TcpStream) -> String {
    write!(
        stream,
        "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
    )
    .unwrap();
    let mut answer = [0; 4096];
    let length = stream.read(&mut answer).unwrap();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

#[test]
fn an_idle_connection_of_a_proxy_is_kept_and_does_not_hold_up_the_stop() {
    let database = TestDatabase::new(Backend::Sqlite);
    // Longer than a test may take: a stop that waited for the proxy would fail.
    let settings = [("FRONTGATE_SHUTDOWN_TIMEOUT", "10m")];
    let server = ServerProcess::start(&database, &settings);
    let mut stream = TcpStream::connect(&server.address).unwrap();
    assert!(ask(&mut stream).starts_with("HTTP/1.1 200 OK"));
    // Nothing happens in between: there is nothing else to wait for.
    std::thread::sleep(IDLE);
    assert!(ask(&mut stream).starts_with("HTTP/1.1 200 OK"));
    server.terminate();
    assert_eq!(server.exit_code(), Some(0));
}
