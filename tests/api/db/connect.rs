//! Connections.

use std::sync::{Arc, Barrier};
use std::time::Duration;

use frontgate::config::DatabaseUrl;
use frontgate::config::values::Value as _;
use frontgate::db::{self, AnyConnection, DatabaseError};
use frontgate::models::user::User;
use serde_json::{Value, json};

use crate::support::{Backend, PASSWORD, TestApp, TestDatabase, text};

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

#[test]
fn a_postgresql_that_cannot_hold_every_name_is_refused() {
    for encoding in ["LATIN1", "WIN1252", "EUC_JP"] {
        let database = TestDatabase::empty(Backend::Postgres);
        database.administer("DROP DATABASE {}");
        database.administer(&format!(
            "CREATE DATABASE {{}} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0"
        ));
        let url = DatabaseUrl::parse(&database.url).unwrap();
        let Err(error) = db::connect(&url, Duration::from_secs(5)) else {
            panic!("{encoding} was accepted");
        };
        let expected = format!("its encoding is {encoding}, which cannot hold every name");
        assert!(error.to_string().contains(&expected), "{error}");
    }
}

#[test]
fn a_postgresql_without_an_encoding_keeps_every_name() {
    crate::support::run(async {
        let database = TestDatabase::empty(Backend::Postgres);
        database.administer("DROP DATABASE {}");
        database
            .administer("CREATE DATABASE {} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0");
        db::migrate(&mut database.connect()).unwrap();
        let app = TestApp::on(database, TestApp::start_of_time(), &[]).await;
        let mut browser = app.browser();
        // The longest names that are allowed, of characters with four bytes.
        let (first, last) = (
            "\u{1f600}".repeat(150),
            "Ωμέγα Łódź 東京 \u{202b}שלום".to_owned(),
        );
        let user = json!({ "email": "ada@bücher.example", "password": PASSWORD, "first_name": first, "last_name": last });
        assert_eq!(browser.post("/create/", user).await.status, 201);
        let profile = browser.get("/profile/").await;
        let profile: Value = serde_json::from_str(&profile.body).unwrap();
        assert_eq!(
            [&profile["first_name"], &profile["last_name"]],
            [&json!(first), &json!(last)]
        );
        let found = User::find_by_email(&mut app.connect(), "ADA@BÜCHER.example").unwrap();
        assert_eq!(found.unwrap().first_name, first);
    });
}

/// Defaults that a server, a database or a role may have.
const DEFAULTS: [&str; 15] = [
    "default_transaction_isolation = 'serializable'",
    "default_transaction_isolation = 'repeatable read'",
    "default_transaction_read_only = on",
    "default_transaction_deferrable = on",
    "statement_timeout = '300ms'",
    "lock_timeout = '1ms'",
    "idle_in_transaction_session_timeout = '1ms'",
    "idle_session_timeout = '5s'",
    "standard_conforming_strings = off",
    "\"DateStyle\" = 'German'",
    "\"DateStyle\" = 'SQL, DMY'",
    "\"TimeZone\" = 'Pacific/Chatham'",
    "\"IntervalStyle\" = 'iso_8601'",
    "bytea_output = 'escape'",
    "extra_float_digits = 0",
];

#[test]
fn defaults_of_the_database_change_nothing() {
    crate::support::run(async {
        for default in DEFAULTS {
            let database = TestDatabase::new(Backend::Postgres);
            database.administer(&format!("ALTER DATABASE {{}} SET {default}"));
            let app = TestApp::on(database, TestApp::start_of_time(), &[]).await;
            let read = |connection: &mut AnyConnection| {
                [
                    "statement_timeout",
                    "idle_session_timeout",
                    "default_transaction_isolation",
                ]
                .map(|name| text(connection, &format!("current_setting('{name}')")))
                .join(" ")
            };
            assert_eq!(on_connections(&app, 1, read).await, ["5s 0 read committed"]);
            let mut ada = app.signed_up("ada@example.com").await;
            let tries = (0..10).map(|_| {
                let mut tab = ada.clone();
                async move { tab.refresh().await.status }
            });
            let statuses = futures_util::future::join_all(tries).await;
            assert_eq!(statuses, [200; 10], "{default}");
            ada.refresh().await;
            assert_eq!(ada.log_out().await.status, 200, "{default}");
        }
    });
}
