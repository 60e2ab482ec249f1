//! Which servers there are.

mod refused;

use std::time::Duration;

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use frontgate::models::node::Node;
use frontgate::nodes::{self, all, leave, report};
use reqwest::Method;

use crate::support::process::ServerProcess;
use crate::support::{Answer, Backend, TestApp, TestDatabase, on_both_databases, text};

fn rows(app: &TestApp) -> Vec<Node> {
    Node::all(&mut app.connect()).unwrap()
}

/// Another server's row.
fn insert(app: &TestApp, name: &str, seen: &str) {
    app.connect()
        .batch_execute(&format!(
            "INSERT INTO nodes (name, version, started_at, last_seen_at) \
             VALUES ('{name}', '9.9.9', '2026-01-01 00:00:00', '{seen}')"
        ))
        .unwrap();
}

fn count(app: &TestApp) -> String {
    text(
        &mut app.connect(),
        "(SELECT CAST(count(*) AS TEXT) FROM nodes)",
    )
}

/// The clock moves, and nothing looks at the revocations.
const STILL: [(&str, &str); 3] = [
    ("revocation_max_staleness", "2h"),
    ("revocation_poll_interval", "1h"),
    ("node_name", "b"),
];

on_both_databases! {
    async fn a_server_knows_itself_without_a_statement_of_its_own(backend: Backend) {
        let app = TestApp::with(backend, &STILL).await;
        let started = app.clock.now();
        app.advance(TimeDelta::seconds(90));
        app.clock.advance_uptime(Duration::from_millis(1500));
        let before = app.state.database.statements();
        let this = nodes::this(&app.state);
        let now = app.clock.now();
        let wanted = Node {
            name: "b".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started_at: started.naive_utc(),
            last_seen_at: now.naive_utc(),
            fresh_at: Some((now - TimeDelta::milliseconds(1500)).naive_utc()),
        };
        assert_eq!(this, wanted);
        assert_eq!(app.state.database.statements(), before);
        assert_eq!(all(&app.state).await.unwrap(), [wanted]);
    }

    async fn without_a_name_it_is_called_by_its_machine_and_its_real_port(backend: Backend) {
        let app = TestApp::new(backend).await;
        let name = nodes::this(&app.state).name;
        let (machine, port) = name.rsplit_once(':').unwrap();
        assert!(!machine.is_empty());
        assert_eq!(port, app.address.port().to_string());
    }

    async fn only_on_a_database_that_others_share_it_is_written(backend: Backend) {
        let app = TestApp::with(backend, &STILL).await;
        let before = app.state.database.statements();
        for _ in 0..3 {
            app.advance(TimeDelta::seconds(10));
            report(&app.state).await;
        }
        match backend {
            Backend::Sqlite => {
                assert_eq!(app.state.database.statements(), before);
                assert_eq!(rows(&app), []);
            }
            Backend::Postgres => assert_eq!(rows(&app), [nodes::this(&app.state)]),
        }
        leave(&app.state).await;
        assert_eq!(rows(&app), []);
        report(&app.state).await;
        assert_eq!(rows(&app), [], "who has left does not come back");
    }

    async fn servers_that_are_gone_are_forgotten_after_a_day(backend: Backend) {
        let app = TestApp::new(backend).await;
        insert(&app, "a", "2026-01-05 12:00:00");
        let purge = async || frontgate::purge::purge_all(&app.state.database, TimeDelta::days(90), app.clock.now(), |_| {}).await.unwrap();
        app.advance(TimeDelta::days(1) - TimeDelta::microseconds(1));
        purge().await;
        assert_eq!(count(&app), "1");
        app.advance(TimeDelta::microseconds(1));
        purge().await;
        assert_eq!(count(&app), "0");
    }

    async fn readiness_says_what_it_always_said(backend: Backend) {
        let app = TestApp::with(backend, &STILL).await;
        report(&app.state).await;
        assert_eq!(app.get("/health/ready").await.body, r#"{"status":"ready","dropped_log_lines":0}"#);
    }
}

#[test]
fn others_are_shown_as_they_last_said_and_itself_as_it_is_now() {
    crate::support::run(async {
        let app = TestApp::with(Backend::Postgres, &STILL).await;
        report(&app.state).await;
        insert(&app, "a", "2026-01-05 11:59:00");
        insert(&app, "c", "2026-01-05 11:58:00");
        app.advance(TimeDelta::seconds(5));
        let found = all(&app.state).await.unwrap();
        let names: Vec<_> = found.iter().map(|node| node.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c"]);
        assert_eq!(found[1], nodes::this(&app.state));
        assert_eq!(found[2].fresh_at, None);
        // Another process that took over its name keeps it.
        app.connect()
            .batch_execute("UPDATE nodes SET started_at = '2026-01-05 13:00:00' WHERE name = 'b'")
            .unwrap();
        leave(&app.state).await;
        assert_eq!(count(&app), "3");
    });
}

/// What a server does that finds so late that another one has another key: where it was cut off for
/// longer than others count as up, that can be.
#[test]
fn of_servers_with_different_keys_the_one_that_started_later_answers_nothing() {
    crate::support::run(async {
        let app = TestApp::with(Backend::Postgres, &STILL).await;
        let sets = |sql: &str| app.connect().batch_execute(sql).unwrap();
        let statuses = async || {
            report(&app.state).await;
            let mut statuses = Vec::new();
            for path in ["/health/live", "/health/ready", "/api/v1/users/"] {
                statuses.push(app.get(path).await.status);
            }
            let refresh = app.request(Method::POST, "/api/v1/users/refresh/");
            let refresh = Answer::of(refresh.header("Cookie", "refresh=theirs")).await;
            let deletes = refresh.set_cookies().count() > 0;
            assert_eq!(deletes, refresh.status == 401, "{refresh:?}");
            statuses.push(refresh.status);
            statuses
        };
        let well = [200, 200, 401, 401];
        for (name, started, key, expected) in [
            ("a", "11:59:59", "NULL", well),
            ("a", "11:59:59", "'secret-other'", [200, 503, 503, 503]),
            ("a", "12:00:01", "'secret-other'", well),
            // One that has taken over the name of this server.
            ("b", "11:59:59", "'secret-other'", [200, 503, 503, 503]),
            ("b", "12:00:01", "'secret-other'", well),
        ] {
            report(&app.state).await;
            sets(&format!(
                "DELETE FROM nodes WHERE name = '{name}'; \
                 INSERT INTO nodes (name, version, started_at, last_seen_at, key_id, settings_id) \
                 VALUES ('{name}', '9.9.9', '2026-01-05 {started}', '2026-01-05 12:00:00', {key}, NULL)"
            ));
            assert_eq!(statuses().await, expected, "{name} {started} {key}");
            sets("DELETE FROM nodes");
            assert_eq!(statuses().await, well, "it is gone");
        }
    });
}

#[test]
fn a_process_comes_and_goes() {
    crate::support::run(async {
        let database = TestDatabase::new(Backend::Postgres);
        let server = ServerProcess::start(&database, &[("FRONTGATE_NODE_NAME", "first")]);
        let names = || -> Vec<String> {
            let found = Node::all(&mut database.connect()).unwrap();
            found.into_iter().map(|node| node.name).collect()
        };
        for _ in 0..500 {
            if names() == ["first"] {
                break;
            }
            actix_web::rt::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(names(), ["first"]);
        server.terminate();
        assert_eq!(server.exit_code(), Some(0));
        assert_eq!(names(), [] as [&str; 0]);
    });
}
