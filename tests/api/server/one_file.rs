//! After a clean stop the SQLite file is whole by itself, however busy the server was.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use diesel::prelude::*;
use frontgate::config::DatabaseUrl;
use frontgate::config::values::Value;
use frontgate::db;
use frontgate::schema::users;
use serde_json::json;

use crate::support::process::ServerProcess;
use crate::support::{Backend, PASSWORD, TestDatabase, run};

/// How often the server is stopped; and how many sign up at once meanwhile.
const STOPS: usize = 12;
const CLIENTS: usize = 4;

/// Signs people up until the server no longer answers; returns who was told that they are in.
async fn sign_up_until_stopped(
    address: String,
    name: String,
    stopping: Arc<AtomicBool>,
) -> Vec<String> {
    let client = reqwest::Client::new();
    let mut answered = Vec::new();
    for number in 0.. {
        let email = format!("{name}-{number}@example.com");
        let body = json!({ "email": email, "password": PASSWORD });
        let request = client
            .post(format!("http://{address}/api/v1/users/create/"))
            .json(&body);
        match request.send().await {
            Ok(answer) if answer.status() == 201 => answered.push(email),
            Ok(answer) => assert_eq!(answer.status(), 503),
            Err(_) => {
                assert!(
                    stopping.load(Ordering::Acquire),
                    "nobody had stopped the server"
                );
                break;
            }
        }
    }
    answered
}

/// The addresses in a copy of the one file.
fn addresses_in_a_copy(database: &TestDatabase) -> Vec<String> {
    let copies = tempfile::TempDir::new().unwrap();
    let copy = copies.path().join("copy.sqlite3");
    std::fs::copy(database.folder.path().join("test.sqlite3"), &copy).unwrap();
    let url = DatabaseUrl::parse(&format!("sqlite://{}", copy.display())).unwrap();
    let mut connection = db::connect(&url, std::time::Duration::from_secs(5)).unwrap();
    users::table
        .select(users::email)
        .load(&mut connection)
        .unwrap()
}

#[test]
fn everybody_who_was_told_that_they_are_in_is_in_a_copy_of_the_one_file() {
    run(async {
        let database = TestDatabase::new(Backend::Sqlite);
        let mut all = Vec::new();
        for round in 0..STOPS {
            let server = ServerProcess::start(&database, &[("FRONTGATE_LOG_LEVEL", "warn")]);
            let stopping = Arc::new(AtomicBool::new(false));
            let clients: Vec<_> = (0..CLIENTS)
                .map(|client| {
                    let (address, stopping) = (server.address.clone(), Arc::clone(&stopping));
                    tokio::spawn(sign_up_until_stopped(
                        address,
                        format!("c{round}-{client}"),
                        stopping,
                    ))
                })
                .collect();
            // At another moment of the work in each round.
            for _ in 0..=round % 3 {
                server
                    .create(&format!("r{round}-{}@example.com", all.len()))
                    .await;
                all.push(format!("r{round}-{}@example.com", all.len()));
            }
            stopping.store(true, Ordering::Release);
            server.terminate();
            for client in clients {
                all.extend(client.await.unwrap());
            }
            assert_eq!(server.exit_code(), Some(0));
            let copied = addresses_in_a_copy(&database);
            let lost: Vec<_> = all.iter().filter(|email| !copied.contains(email)).collect();
            assert!(lost.is_empty(), "round {round}: {lost:?}");
        }
        assert!(all.len() > STOPS * 2, "only {} signed up", all.len());
    });
}

#[test]
fn a_reader_in_the_way_is_told_of_and_the_server_stops_all_the_same() {
    run(async {
        let database = TestDatabase::new(Backend::Sqlite);
        let mut server = ServerProcess::start(&database, &[("FRONTGATE_DATABASE_TIMEOUT", "1s")]);
        server.create("ada@example.com").await;
        let mut reader = database.connect();
        let db::AnyConnection::Sqlite(sqlite) = &mut reader else {
            unreachable!()
        };
        diesel::connection::SimpleConnection::batch_execute(
            sqlite,
            "BEGIN; SELECT count(*) FROM users",
        )
        .unwrap();
        server.create("grace@example.com").await;
        server.terminate();
        server.wait_for("another program uses the database");
        assert_eq!(server.exit_code(), Some(0));
    });
}
