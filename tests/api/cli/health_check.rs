//! `healthcheck`.

use std::net::TcpListener;

use crate::support::process::{Finished, ServerProcess, frontgate};
use crate::support::{Backend, TestDatabase, on_both_databases};

fn ask(bind: &str) -> Finished {
    let folder = tempfile::TempDir::new().unwrap();
    let environment = [("FRONTGATE_BIND", bind)];
    Finished::of(&mut frontgate(
        folder.path(),
        &["healthcheck"],
        &environment,
    ))
}

on_both_databases! {
    async fn a_server_that_is_ready_is_exit_code_0(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[]);
        assert_eq!(ask(&server.address).to_string(), "exit code 0\n\nready\n");
        // A server that listens everywhere is reached on this machine.
        let everywhere = server.address.replace("127.0.0.1", "0.0.0.0");
        assert_eq!(ask(&everywhere).to_string(), "exit code 0\n\nready\n");
    }
}

#[test]
fn when_nothing_listens_it_is_exit_code_1() {
    let bind = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();
    assert_eq!(
        ask(&bind).to_string(),
        format!(
            "exit code 1\n\nfrontgate: {bind} does not answer: Connection refused (os error 111)\n"
        )
    );
}

#[test]
fn when_the_database_is_away_it_is_exit_code_1() {
    let database = TestDatabase::new(Backend::Postgres);
    let server = ServerProcess::start(&database, &[("FRONTGATE_DATABASE_TIMEOUT", "1s")]);
    let bind = server.address.clone();
    database.allow_connections(false);
    assert_eq!(
        ask(&bind).to_string(),
        format!(
            "exit code 1\n\nfrontgate: {bind} is not ready: HTTP/1.1 503 Service Unavailable\n"
        )
    );
    database.allow_connections(true);
    assert_eq!(ask(&bind).code, Some(0));
}
