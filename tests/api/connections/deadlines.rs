//! Whatever is waited for on a connection has an end, on its first request and on every other.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::support::{Answer, Backend, TestApp, assert_answer, on_both_databases};

const LIVE: &str = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
const BUNDLE: &str = "GET /api/docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n";
/// How long a test waits for what must come; much longer than any deadline that is set here.
const PATIENCE: Duration = Duration::from_secs(30);

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// A new connection, or one that has had a request already.
async fn connection(app: &TestApp, used: bool) -> TcpStream {
    let address = app.address;
    blocking(move || {
        let mut stream = connect(address);
        let mut answer = Vec::new();
        if used {
            stream.write_all(LIVE.as_bytes()).unwrap();
        }
        while used && !answer.ends_with(br#"{"status":"live"}"#) {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            answer.push(byte[0]);
        }
        stream
    })
    .await
}

/// Everything up to the end of the connection. Only a time-out is no end.
fn rest(mut stream: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => bytes,
        Err(error) if error.kind() == ErrorKind::ConnectionReset => bytes,
        Err(error) => panic!("the connection did not end: {error}"),
    }
}

/// Sends `bytes` one by one for as long as they are taken.
fn drip(stream: &TcpStream, bytes: &'static [u8]) {
    let mut stream = stream.try_clone().unwrap();
    std::thread::spawn(move || {
        for byte in bytes.iter().cycle() {
            if stream.write_all(&[*byte]).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    });
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    actix_web::web::block(work).await.unwrap()
}

on_both_databases! {
    async fn a_head_that_does_not_arrive_is_408_on_every_request(backend: Backend) {
        let app = TestApp::with(backend, &[("head_timeout", "200ms")]).await;
        for used in [false, true] {
            for part in ["G", "GET / HTTP/1.1\r\nHost: localhost\r\n", "\r\nGET / HTTP/1.1\r\nA:"] {
                let mut stream = connection(&app, used).await;
                stream.write_all(part.as_bytes()).unwrap();
                let answer = blocking(move || rest(stream)).await;
                let answer = Answer::parse(part.as_bytes(), &String::from_utf8(answer).unwrap());
                assert_answer!("head_408", answer);
            }
        }
    }

    async fn a_head_that_drips_is_408_on_every_request(backend: Backend) {
        let app = TestApp::with(backend, &[("head_timeout", "200ms")]).await;
        for used in [false, true] {
            let mut stream = connection(&app, used).await;
            stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ").unwrap();
            drip(&stream, b"x");
            let answer = blocking(move || rest(stream)).await;
            let answer = String::from_utf8(answer).unwrap();
            assert!(answer.starts_with("HTTP/1.1 408 "), "{answer:?}");
        }
    }

    async fn an_idle_connection_is_closed_without_a_word(backend: Backend) {
        let app = TestApp::with(backend, &[("head_timeout", "200ms"), ("keep_alive", "200ms")]).await;
        for used in [false, true] {
            for part in ["", "\r\n"] {
                let mut stream = connection(&app, used).await;
                stream.write_all(part.as_bytes()).unwrap();
                assert_eq!(blocking(move || rest(stream)).await, b"");
            }
        }
    }

    async fn a_body_that_drips_is_408_on_every_request(backend: Backend) {
        let app = TestApp::with(backend, &[("body_timeout", "200ms")]).await;
        let post = "POST /api/v1/users/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
        for used in [false, true] {
            for (framing, bytes) in [
                ("Content-Length: 10000\r\n\r\n", b" " as &[u8]),
                ("Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
            ] {
                let mut stream = connection(&app, used).await;
                stream.write_all(post.as_bytes()).unwrap();
                stream.write_all(framing.as_bytes()).unwrap();
                drip(&stream, bytes);
                let answer = blocking(move || rest(stream)).await;
                let answer = String::from_utf8(answer).unwrap();
                assert!(answer.starts_with("HTTP/1.1 408 "), "{answer:?}");
            }
        }
    }

    /// A view that does not read it answers; then the connection ends.
    async fn a_body_that_nobody_reads_and_that_drips_ends_the_connection(backend: Backend) {
        let app = TestApp::with(backend, &[("body_timeout", "200ms")]).await;
        for used in [false, true] {
            for (framing, bytes) in [
                ("Content-Length: 10000\r\n\r\n", b" " as &[u8]),
                ("Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
            ] {
                let mut stream = connection(&app, used).await;
                write!(stream, "GET /health/live HTTP/1.1\r\nHost: localhost\r\n{framing}").unwrap();
                drip(&stream, bytes);
                let answer = blocking(move || rest(stream)).await;
                let answer = String::from_utf8(answer).unwrap();
                assert!(answer.starts_with("HTTP/1.1 200 "), "{answer:?}");
            }
        }
    }

    async fn an_answer_that_is_not_read_ends_the_connection(backend: Backend) {
        let app = TestApp::with(backend, &[("write_timeout", "200ms")]).await;
        for used in [false, true] {
            let mut stream = connection(&app, used).await;
            // More answers than any kernel holds for a client.
            for _ in 0..20 {
                if stream.write_all(BUNDLE.as_bytes()).is_err() {
                    break;
                }
            }
            blocking(move || {
                wait_for_the_end(&stream);
                assert!(rest(stream).len() < 20 * 1_000_000);
            })
            .await;
        }
    }

    async fn an_answer_that_is_read_byte_by_byte_ends_the_connection(backend: Backend) {
        let app = TestApp::with(backend, &[("write_timeout", "200ms")]).await;
        let mut stream = connection(&app, true).await;
        for _ in 0..20 {
            stream.write_all(BUNDLE.as_bytes()).unwrap();
        }
        let mut slow = stream.try_clone().unwrap();
        std::thread::spawn(move || {
            while slow.read_exact(&mut [0]).is_ok() {
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        blocking(move || wait_for_the_end(&stream)).await;
    }
}

/// Until the server has reset the connection; what it has sent is still unread.
fn wait_for_the_end(stream: &TcpStream) {
    let mut tries = 0;
    loop {
        // An empty write looks at the connection and changes nothing; a reset is told once.
        if stream.take_error().unwrap().is_some() {
            return;
        }
        tries += 1;
        assert!(tries < 3000, "the connection did not end");
        std::thread::sleep(Duration::from_millis(10));
    }
}
