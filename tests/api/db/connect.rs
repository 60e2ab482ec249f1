//! Connections.

use std::sync::{Arc, Barrier};
use std::time::Duration;

use frontgate::config::DatabaseUrl;
use frontgate::config::values::Value;
use frontgate::db::{self, AnyConnection, DatabaseError};

use crate::support::{Backend, TestApp, TestDatabase, text};

/// What `report` says on `count` connections that are in use at the same time.
async fn on_connections(
    app: &TestApp,
    count: usize,
    report: fn(&mut AnyConnection) -> String,
) -> Vec<String> {
    let all = Arc::new(Barrier::new(count));
    let reads = (0..count).map(|_| {
        let (all, database) = (Arc::clone(&all), app.state.database.clone());
        actix_web::rt::spawn(async move {
            let read = database.read(move |connection| {
                let report = report(connection);
                all.wait();
                Ok::<_, DatabaseError>(report)
            });
            read.await.unwrap()
        })
    });
    let reads: Vec<_> = reads.collect();
    let mut reports = Vec::new();
    for read in reads {
        reports.push(read.await.unwrap());
    }
    reports
}

#[test]
fn every_sqlite_connection_of_the_pool_is_durable_and_checks_foreign_keys() {
    crate::support::run(async {
        let app = TestApp::with(Backend::Sqlite, &[("database_timeout", "7s")]).await;
        let reports = on_connections(&app, 4, |connection| {
            let pragmas = [
                "journal_mode",
                "synchronous",
                "foreign_keys",
                "trusted_schema",
            ];
            let mut values = pragmas.map(|pragma| {
                text(
                    connection,
                    &format!("(SELECT CAST({pragma} AS TEXT) FROM pragma_{pragma})"),
                )
            });
            let timeout = "(SELECT CAST(timeout AS TEXT) FROM pragma_busy_timeout)";
            values[3] = format!("{} {}", values[3], text(connection, timeout));
            values.join(" ")
        });
        assert_eq!(reports.await, ["wal 2 1 0 7000"; 4]);
    });
}

#[test]
fn every_postgresql_connection_of_the_pool_has_its_time_outs() {
    crate::support::run(async {
        let app = TestApp::with(Backend::Postgres, &[("database_timeout", "7s")]).await;
        let reports = on_connections(&app, 4, |connection| {
            [
                "statement_timeout",
                "lock_timeout",
                "idle_in_transaction_session_timeout",
                "TimeZone",
                "synchronous_commit",
                "application_name",
            ]
            .map(|setting| text(connection, &format!("current_setting('{setting}')")))
            .join(" ")
        });
        assert_eq!(reports.await, ["7s 7s 7s UTC on frontgate"; 4]);
    });
}

#[test]
fn a_postgresql_that_answers_before_it_is_durable_is_refused() {
    let database = TestDatabase::new(Backend::Postgres);
    database.administer("ALTER DATABASE {} SET synchronous_commit = off");
    let url = DatabaseUrl::parse(&database.url).unwrap();
    let Err(error) = db::connect(&url, Duration::from_secs(5)) else {
        panic!("it was accepted");
    };
    let error = error.to_string();
    assert!(
        error.contains("synchronous_commit is off: answered changes would be lost at a crash"),
        "{error}"
    );
    database.administer("ALTER DATABASE {} SET synchronous_commit = local");
    db::connect(&url, Duration::from_secs(5)).unwrap();
}
