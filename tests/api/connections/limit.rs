//! How many connections there are, and who gives way.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use frontgate::connections::open_files;
use frontgate::db::AnyConnection;

use crate::support::{Answer, Backend, PASSWORD, TestApp, assert_answer, on_both_databases, run};

const LIVE: &str = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";

fn settings(most: &'static str) -> [(&'static str, &'static str); 2] {
    [("workers", "1"), ("max_connections", most)]
}

async fn ask(stream: &TcpStream, request: &str) -> String {
    let mut stream = stream.try_clone().unwrap();
    let request = request.to_owned();
    actix_web::web::block(move || {
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        // A connection that was closed meanwhile may say so here or when it is read.
        let _ = stream.write_all(request.as_bytes());
        let mut answer = [0; 4096];
        let length = stream.read(&mut answer).unwrap_or(0);
        String::from_utf8_lossy(&answer[..length]).into_owned()
    })
    .await
    .unwrap()
}

#[test]
fn as_many_connections_as_fit_beside_other_files() {
    for (wanted, open_files, crowds, most) in [
        (4096, 1 << 20, 2, 4096),
        (4096, 1024, 2, 448),
        (100, 1024, 2, 100),
        (4096, 1024, 64, 1),
        (4096, 0, 1, 1),
        (usize::MAX, 1 << 20, 1, (1 << 20) - 256 - 160),
    ] {
        let fits = open_files::connections_within(wanted, open_files, crowds);
        assert_eq!(fits, most, "{wanted} {open_files} {crowds}");
    }
}

on_both_databases! {
    async fn the_longest_without_a_request_gives_way(backend: Backend) {
        let app = TestApp::with(backend, &settings("8")).await;
        let kept: Vec<_> = (0..6).map(|_| TcpStream::connect(app.address).unwrap()).collect();
        for used in [0, 1, 2, 3, 4, 5, 0, 2] {
            let answer = ask(&kept[used], LIVE).await;
            assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer:?}");
            assert!(!answer.contains("connection: close"), "{answer}");
        }
        // The ninth has the first give way: the second that was opened.
        let mut silent: Vec<_> = (0..3).map(|_| TcpStream::connect(app.address).unwrap()).collect();
        assert_eq!(ask(&kept[1], "").await, "");
        for used in [0, 2, 3, 4, 5] {
            let answer = ask(&kept[used], LIVE).await;
            assert!(answer.starts_with("HTTP/1.1 200 OK"), "{used} {answer:?}");
        }
        silent.clear();
    }

    async fn the_new_get_in_beside_those_that_only_hold_their_place(backend: Backend) {
        let app = TestApp::with(backend, &settings("4")).await;
        let held: Vec<_> = (0..40)
            .map(|part| {
                let mut stream = TcpStream::connect(app.address).unwrap();
                stream.write_all(&LIVE.as_bytes()[..part]).unwrap();
                stream
            })
            .collect();
        for _ in 0..10 {
            let stream = TcpStream::connect(app.address).unwrap();
            let answer = ask(&stream, LIVE).await;
            assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer:?}");
        }
        drop(held);
    }

    async fn where_connections_are_scarce_answers_close_theirs(backend: Backend) {
        let app = TestApp::with(backend, &settings("4")).await;
        let streams: Vec<_> = (0..4).map(|_| TcpStream::connect(app.address).unwrap()).collect();
        let answer = ask(&streams[3], LIVE).await;
        assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
        drop(streams);
        // The server learns a moment later that they are gone.
        while ask(&TcpStream::connect(app.address).unwrap(), LIVE)
            .await
            .contains("\r\nconnection: close\r\n")
        {}
    }
}

/// Two requests wait for the database, so that no connection can give way. PostgreSQL alone says
/// who waits.
#[test]
fn where_no_connection_can_give_way_the_new_one_is_503() {
    run(async {
        let app = TestApp::with(Backend::Postgres, &settings("2")).await;
        let mut database = app.connect();
        database.batch_execute("BEGIN; LOCK TABLE users").unwrap();
        let waiting: Vec<_> = (0..2)
            .map(|_| TcpStream::connect(app.address).unwrap())
            .collect();
        for (number, mut stream) in waiting.iter().enumerate() {
            let body = format!(r#"{{"email":"{number}@example.com","password":"{PASSWORD}"}}"#);
            let head = format!(
                "POST /api/v1/users/create/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            write!(stream, "{head}{body}").unwrap();
        }
        while waiting_for_users(&mut database) < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let refused = TcpStream::connect(app.address).unwrap();
        let answer = Answer::parse(LIVE.as_bytes(), &ask(&refused, LIVE).await);
        assert_answer!("connections_503", answer);
        database.batch_execute("ROLLBACK").unwrap();
        for stream in &waiting {
            let answer = ask(stream, "").await;
            assert!(answer.starts_with("HTTP/1.1 201 Created"), "{answer}");
        }
    });
}

fn waiting_for_users(database: &mut AnyConnection) -> i64 {
    diesel::select(diesel::dsl::sql::<BigInt>(
        "(SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'users'::regclass)",
    ))
    .get_result(database)
    .unwrap()
}
