//! The queries of the documentation, run in the database's own program.

use chrono::{NaiveDateTime, TimeDelta};
use diesel::prelude::*;
use frontgate::schema::events;

use crate::support::process::ServerProcess;
use crate::support::shell::{blocks, query};
use crate::support::{Backend, TestDatabase, on_both_databases};

/// UTC, and as far from it as people live on both sides.
const ZONES: [&str; 3] = ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"];

/// The block of `docs/operations.md` for a database, by its first line.
fn of_operations(backend: Backend) -> String {
    let first = match backend {
        Backend::Sqlite => "-- SQLite\n",
        Backend::Postgres => "-- PostgreSQL\n",
    };
    let mut blocks = blocks(include_str!("../../docs/operations.md"), "sql");
    blocks.retain(|block| block.starts_with(first));
    assert_eq!(blocks.len(), 1);
    blocks.remove(0)
}

on_both_databases! {
    async fn who_guessed_passwords_over_the_last_day_is_found_in_every_time_zone(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[]);
        assert_eq!(server.create("ada@example.com").await.status, 201);
        for guess in ["guess one", "guess two", "guess three"] {
            assert_eq!(server.log_in("ada@example.com", guess).await.status, 404);
        }
        server.terminate();
        assert_eq!(server.exit_code(), Some(0));
        let mut connection = database.connect();
        let written: Vec<(NaiveDateTime, Option<i64>, Option<String>, String)> = events::table
            .filter(events::kind.eq("log_in_failed"))
            .select((events::at, events::user_id, events::ip, events::detail))
            .load(&mut connection)
            .unwrap();
        // Others guess too: within the day, and before it.
        for (ip, hours) in [("203.0.113.23", 23), ("203.0.113.25", 25)] {
            for (at, user_id, _, detail) in &written {
                diesel::insert_into(events::table)
                    .values((
                        events::at.eq(*at - TimeDelta::hours(hours)),
                        events::kind.eq("log_in_failed"),
                        events::user_id.eq(user_id),
                        events::ip.eq(ip),
                        events::detail.eq(detail),
                    ))
                    .execute(&mut connection)
                    .unwrap();
            }
        }
        for zone in ZONES {
            let found = query(&database, zone, &of_operations(backend));
            let mut found: Vec<_> = found.lines().collect();
            found.sort_unstable();
            assert_eq!(found, ["127.0.0.1|1|3", "203.0.113.23|1|3"], "{zone}");
        }
    }
}
