//! Stopping.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use crate::support::process::{ServerProcess, files};
use crate::support::{Backend, PASSWORD, TestDatabase, on_both_databases};

on_both_databases! {
    /// The server says "100 Continue" once the handler waits for the body, so that the
    /// log-in is certainly under way when the signal comes.
    async fn a_log_in_that_is_under_way_is_finished_before_the_server_stops(backend: Backend) {
        let database = TestDatabase::new(backend);
        let mut server = ServerProcess::start(&database, &[("FRONTGATE_WORKERS", "1")]);
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
        let mut answer = BufReader::new(&stream);
        let mut line = String::new();
        answer.read_line(&mut line).unwrap();
        assert_eq!(line, "HTTP/1.1 100 Continue\r\n");

        server.terminate();
        server.wait_for("stopping: finishing the requests that are under way");
        write!(&stream, "{body}").unwrap();
        let mut rest = String::new();
        answer.read_to_string(&mut rest).unwrap();
        assert!(rest.contains("HTTP/1.1 200 OK"), "{rest}");
        assert!(rest.ends_with(r#"{"email":"ada@example.com","user_id":1}"#), "{rest}");
        assert_eq!(server.exit_code(), Some(0));
        if backend == Backend::Sqlite {
            assert_eq!(files(database.folder.path()), ["test.sqlite3"]);
        }
    }
}
