//! Reading what the place before could not see, step by step.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use frontgate::clock::Clock;
use frontgate::config::DatabaseUrl;
use frontgate::config::values::Value;
use frontgate::db::{self, Follower, wake_followers};
use frontgate::models::revocation::Revocation;

use super::{eventually, revoke};
use crate::support::{Backend, TestApp, TestDatabase, on_both_databases, run};

const LONG: Duration = Duration::from_secs(20);

fn start(url: &str, clock: &Clock) -> (Follower, Vec<String>) {
    let url = DatabaseUrl::parse(url).unwrap();
    let mut first = Vec::new();
    let found = |revocation: &Revocation| first.push(revocation.subject.clone());
    (
        Follower::start(&url, LONG, true, clock, found).unwrap(),
        first,
    )
}

struct Following {
    database: TestDatabase,
    clock: Clock,
    follower: Follower,
    first: Vec<String>,
}

impl Following {
    fn new(database: TestDatabase) -> Self {
        let clock = Clock::manual(TestApp::start_of_time());
        let (follower, first) = start(&database.url, &clock);
        Self {
            database,
            clock,
            follower,
            first,
        }
    }

    fn poll(&mut self) -> Vec<String> {
        let mut found = Vec::new();
        self.follower
            .poll(&self.clock, |revocation| {
                found.push(revocation.subject.clone());
            })
            .unwrap();
        found
    }
}

on_both_databases! {
    async fn the_start_reads_what_still_matters_and_a_poll_only_what_is_new(backend: Backend) {
        let database = TestDatabase::migrated(backend);
        let mut connection = database.connect();
        revoke(&mut connection, "old");
        connection.batch_execute("UPDATE revocations SET until = '2026-01-05 11:59:59'").unwrap();
        revoke(&mut connection, "one");
        let mut following = Following::new(database);
        assert_eq!(following.first, ["one"]);
        assert!(following.poll().is_empty());
        revoke(&mut connection, "two");
        revoke(&mut connection, "three");
        assert_eq!(following.poll(), ["two", "three"]);
        assert!(following.poll().is_empty());
    }

    async fn a_purge_takes_nothing_from_what_is_to_be_read(backend: Backend) {
        let database = TestDatabase::migrated(backend);
        let mut connection = database.connect();
        revoke(&mut connection, "one");
        let mut following = Following::new(database);
        connection.batch_execute("DELETE FROM revocations").unwrap();
        assert!(following.poll().is_empty());
        revoke(&mut connection, "two");
        assert_eq!(following.poll(), ["two"]);
    }

    async fn what_is_rolled_back_was_never_revoked(backend: Backend) {
        let mut following = Following::new(TestDatabase::migrated(backend));
        let mut connection = following.database.connect();
        connection.batch_execute("BEGIN").unwrap();
        let row = revoke(&mut connection, "one");
        wake_followers(&mut connection, &[row]).unwrap();
        connection.batch_execute("ROLLBACK").unwrap();
        assert!(following.poll().is_empty());
        assert!(!following.follower.heard(|_| panic!("it was rolled back")).unwrap());
    }

    async fn more_than_a_page_is_read_to_its_end(backend: Backend) {
        let mut following = Following::new(TestDatabase::migrated(backend));
        let mut connection = following.database.connect();
        let series = match backend {
            Backend::Sqlite => "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 20001) SELECT n FROM s",
            Backend::Postgres => "SELECT n FROM generate_series(1, 20001) s(n)",
        };
        connection.batch_execute(&format!("INSERT INTO revocations (kind, subject, reason, revoked_at, until) SELECT 'user', n, '', '2026-01-05 00:00:00', '2026-02-05 00:00:00' FROM ({series}) q")).unwrap();
        assert_eq!(following.poll().len(), 20_001);
        assert_eq!(start(&following.database.url, &following.clock).1.len(), 20_001);
    }
}

/// The one that was written first commits last, with polls in between: however many there
/// are, and so however long it takes, the next one sees it.
#[test]
fn a_revocation_that_commits_late_and_out_of_order_is_seen() {
    run(async {
        let mut following = Following::new(TestDatabase::new(Backend::Postgres));
        let (mut first, mut second) = (following.database.connect(), following.database.connect());
        first.batch_execute("BEGIN").unwrap();
        revoke(&mut first, "first");
        second.batch_execute("BEGIN").unwrap();
        revoke(&mut second, "second");
        assert!(following.poll().is_empty());
        second.batch_execute("COMMIT").unwrap();
        assert_eq!(following.poll(), ["second"]);
        let mut others = following.database.connect();
        for number in 0..50 {
            revoke(&mut others, &number.to_string());
            assert_eq!(following.poll(), [number.to_string()]);
        }
        first.batch_execute("COMMIT").unwrap();
        assert_eq!(following.poll(), ["first"]);
        assert!(following.poll().is_empty());
    });
}

#[test]
fn a_revocation_inside_a_savepoint_is_seen_when_the_whole_commits() {
    run(async {
        let mut following = Following::new(TestDatabase::new(Backend::Postgres));
        let mut connection = following.database.connect();
        connection
            .batch_execute("BEGIN; SELECT pg_current_xact_id(); SAVEPOINT s")
            .unwrap();
        revoke(&mut connection, "one");
        connection.batch_execute("RELEASE s").unwrap();
        assert!(following.poll().is_empty());
        connection.batch_execute("COMMIT").unwrap();
        assert_eq!(following.poll(), ["one"]);
    });
}

#[test]
fn a_notification_tells_a_revocation_without_a_poll() {
    run(async {
        let mut following = Following::new(TestDatabase::new(Backend::Postgres));
        let mut connection = following.database.connect();
        let written = db::write_transaction(&mut connection, |connection| {
            let row = revoke(connection, "0123456789abcdef0123456789abcdef");
            wake_followers(connection, std::slice::from_ref(&row)).map(|()| row)
        });
        let (written, mut told) = (written.unwrap(), Vec::new());
        eventually("it is heard", async || {
            assert!(
                !following
                    .follower
                    .heard(|revocation| told.push(revocation.clone()))
                    .unwrap()
            );
            !told.is_empty()
        })
        .await;
        let told = &told[0];
        assert_eq!(
            (&told.kind, &told.subject, told.generation),
            (&written.kind, &written.subject, written.generation)
        );
        assert_eq!(told.until, written.until);
        // What the poll finds once more does no harm.
        assert_eq!(following.poll().len(), 1);
    });
}

#[test]
fn many_revocations_at_once_ask_for_a_poll_instead() {
    run(async {
        let mut following = Following::new(TestDatabase::new(Backend::Postgres));
        let mut connection = following.database.connect();
        let rows: Vec<_> = (0..17)
            .map(|number| revoke(&mut connection, &number.to_string()))
            .collect();
        wake_followers(&mut connection, &rows).unwrap();
        eventually("it is heard", async || {
            following.follower.heard(|_| panic!("one by one")).unwrap()
        })
        .await;
        assert_eq!(following.poll().len(), 17);
    });
}

/// Somebody else's notification on the same channel, or that of a later version.
#[test]
fn a_notification_that_is_not_understood_asks_for_a_poll() {
    run(async {
        let mut following = Following::new(TestDatabase::new(Backend::Postgres));
        for payload in [
            "",
            "session",
            "session 0 never 0123",
            "session 0 99999999999999999 0123",
        ] {
            following
                .database
                .connect()
                .batch_execute(&format!("NOTIFY frontgate_revocations, '{payload}'"))
                .unwrap();
            eventually("it is heard", async || {
                following.follower.heard(|_| panic!("{payload}")).unwrap()
            })
            .await;
        }
    });
}

#[test]
fn the_transactions_of_a_restored_database_are_not_read_for_ever() {
    run(async {
        let database = TestDatabase::new(Backend::Postgres);
        let mut connection = database.connect();
        revoke(&mut connection, "one");
        connection
            .batch_execute("UPDATE revocations SET transaction_id = 4000000000")
            .unwrap();
        revoke(&mut connection, "two");
        db::migrate(&mut connection).unwrap();
        let mut following = Following::new(database);
        assert_eq!(following.first, ["one", "two"]);
        assert!(following.poll().is_empty());
    });
}
