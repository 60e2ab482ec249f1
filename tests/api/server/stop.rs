//! Stopping.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use crate::support::process::{ServerProcess, files};
use crate::support::{Backend, PASSWORD, TestDatabase, assert_answer, on_both_databases};

/// Something that is certainly under way: the server says "100 Continue" once the handler
/// waits for the body.
struct LogIn {
    stream: TcpStream,
    answer: BufReader<TcpStream>,
    body: String,
}

impl LogIn {
    async fn begin(server: &ServerProcess) -> Self {
        assert_eq!(server.create("ada@example.com").await.status, 201);
        let body = format!(r#"{{"email":"ada@example.com","password":"{PASSWORD}"}}"#);
        let stream = TcpStream::connect(&server.address).unwrap();
        write!(
            &stream,
            "POST /api/v1/users/login/ HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
            server.address,
            body.len()
        )
        .unwrap();
        let mut answer = BufReader::new(stream.try_clone().unwrap());
        let mut line = String::new();
        answer.read_line(&mut line).unwrap();
        assert_eq!(line, "HTTP/1.1 100 Continue\r\n");
        Self {
            stream,
            answer,
            body,
        }
    }

    /// What is answered once the body is there, until the server closes the connection or
    /// the answer is whole.
    fn finish(mut self) {
        write!(&self.stream, "{}", self.body).unwrap();
        let mut rest = String::new();
        while !rest.ends_with('}') && self.answer.read_line(&mut rest).unwrap() > 0 {
            if let Some(length) = rest.strip_suffix("\r\n\r\n").and_then(|head| {
                head.lines()
                    .find_map(|line| line.strip_prefix("content-length: "))
            }) {
                let mut body = vec![0; length.parse().unwrap()];
                self.answer.read_exact(&mut body).unwrap();
                rest += std::str::from_utf8(&body).unwrap();
            }
        }
        assert!(rest.contains("HTTP/1.1 200 OK"), "{rest}");
        assert!(
            rest.ends_with(r#"{"email":"ada@example.com","user_id":1}"#),
            "{rest}"
        );
    }
}

on_both_databases! {
    async fn a_log_in_that_is_under_way_is_finished_before_the_server_stops(backend: Backend) {
        for signal in ["TERM", "INT", "QUIT"] {
            let database = TestDatabase::new(backend);
            let mut server = ServerProcess::start(&database, &[("FRONTGATE_WORKERS", "1")]);
            let log_in = LogIn::begin(&server).await;
            server.signal(signal);
            server.wait_for("stopping: finishing the requests that are under way");
            log_in.finish();
            assert_eq!(server.exit_code(), Some(0), "{signal}");
            if backend == Backend::Sqlite {
                assert_eq!(files(database.folder.path()), ["test.sqlite3"]);
            }
        }
    }
}

#[test]
fn signals_that_ask_for_nothing_are_ignored() {
    crate::support::run(async {
        for signal in ["HUP", "USR1", "USR2"] {
            let database = TestDatabase::new(Backend::Sqlite);
            let mut server = ServerProcess::start(&database, &[]);
            let log_in = LogIn::begin(&server).await;
            for _ in 0..2 {
                server.signal(signal);
                server.wait_for("a signal was ignored");
            }
            log_in.finish();
            assert_eq!(server.get("/health/ready").await.status, 200, "{signal}");
            server.terminate();
            assert_eq!(server.exit_code(), Some(0), "{signal}");
        }
    });
}

/// The request that is under way would hold the first one up for half a minute.
#[test]
fn the_second_signal_stops_at_once() {
    crate::support::run(async {
        for (first, second, code) in [
            ("TERM", "TERM", 143),
            ("INT", "INT", 130),
            ("TERM", "INT", 130),
            ("INT", "QUIT", 131),
        ] {
            let database = TestDatabase::new(Backend::Sqlite);
            let settings = [
                ("FRONTGATE_SHUTDOWN_TIMEOUT", "10m"),
                ("FRONTGATE_BODY_TIMEOUT", "10m"),
            ];
            let mut server = ServerProcess::start(&database, &settings);
            let _under_way = LogIn::begin(&server).await;
            server.signal(first);
            server.wait_for("stopping: finishing the requests that are under way");
            // These do not count.
            server.signal("HUP");
            server.wait_for("a signal was ignored");
            server.signal(second);
            server.wait_for("stopping at once");
            assert_eq!(server.exit_code(), Some(code), "{first} {second}");
        }
    });
}

on_both_databases! {
    /// Only the second signal ends it: the delay is longer than any test.
    async fn a_server_that_is_to_stop_serves_on_and_is_not_ready(backend: Backend) {
        let database = TestDatabase::new(backend);
        let mut server = ServerProcess::start(&database, &[("FRONTGATE_SHUTDOWN_DELAY", "10m")]);
        assert_eq!(server.create("ada@example.com").await.status, 201);
        let ready = server.get("/health/ready").await;
        assert_eq!((ready.status, ready.header("connection")), (200, None));
        server.terminate();
        server.wait_for("stopping: finishing the requests that are under way");
        let mut ready = server.get("/health/ready").await;
        while ready.status == 200 {
            ready = server.get("/health/ready").await;
        }
        assert_answer!("health_stopping_503", ready);
        let answer = server.log_in("ada@example.com", PASSWORD).await;
        assert_eq!(
            (answer.status, answer.header("connection")),
            (200, Some("close")),
            "{answer}"
        );
        assert_eq!(server.get("/health/live").await.status, 200);
        server.terminate();
        assert_eq!(server.exit_code(), Some(128 + 15));
    }

    async fn a_server_stops_by_itself_after_the_delay(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[("FRONTGATE_SHUTDOWN_DELAY", "100ms")]);
        server.terminate();
        assert_eq!(server.exit_code(), Some(0));
    }
}
