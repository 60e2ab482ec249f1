//! Filling an empty database for benchmarks.

use diesel::prelude::*;
use frontgate::models::event::EventKind;
use frontgate::models::seed::{Size, TABLES, TokensMade};
use frontgate::schema::{blacklisted_tokens, events, outstanding_tokens, sessions, users};
use frontgate::seed::{Progress, SeedError, Seeded, check, fill};

use crate::support::{Backend, TestApp, TestDatabase, on_both_databases, text};

const SMALL: (i64, i64, i64, i64) = (60, 1003, 9876, 2345);

fn size((users, sessions, tokens, events): (i64, i64, i64, i64)) -> Size {
    Size {
        users,
        sessions,
        tokens,
        events,
        now: TestApp::start_of_time(),
    }
}

fn filled(database: &TestDatabase, numbers: (i64, i64, i64, i64)) -> Seeded {
    fill(
        &mut database.connect(),
        &size(numbers),
        "a hash",
        &mut |_| {},
    )
    .unwrap()
}

/// How many rows `from` has, which may have a WHERE of its own.
fn count(database: &TestDatabase, from: &str) -> String {
    text(
        &mut database.connect(),
        &format!("(SELECT CAST(count(*) AS TEXT) FROM {from})"),
    )
}

/// Everything that the tables and their indexes are made of.
fn schema(database: &TestDatabase, backend: Backend) -> String {
    text(
        &mut database.connect(),
        match backend {
            Backend::Sqlite => {
                "(SELECT group_concat(sql, char(10)) FROM (SELECT sql FROM sqlite_master ORDER BY name))"
            }
            Backend::Postgres => {
                "(SELECT string_agg(line, chr(10) ORDER BY line) FROM \
                 (SELECT indexdef AS line FROM pg_indexes WHERE schemaname = 'public' UNION ALL \
                  SELECT conrelid::regclass || conname || pg_get_constraintdef(oid) FROM pg_constraint) AS lines)"
            }
        },
    )
}

/// A digest of all rows of a table.
fn rows(database: &TestDatabase, backend: Backend, table: &str) -> String {
    text(
        &mut database.connect(),
        &match backend {
            Backend::Sqlite => {
                let columns = text(
                    &mut database.connect(),
                    &format!(
                        "(SELECT group_concat('quote(' || name || ')', '||') FROM pragma_table_info('{table}'))"
                    ),
                );
                format!(
                    "(SELECT coalesce(group_concat(line, char(10)), '') FROM (SELECT {columns} AS line FROM {table} ORDER BY id))"
                )
            }
            Backend::Postgres => {
                format!(
                    "(SELECT coalesce(string_agg(t::text, chr(10) ORDER BY id), '') FROM {table} t)"
                )
            }
        },
    )
}

on_both_databases! {
    async fn counts_are_exact_and_the_schema_is_as_it_was(backend: Backend) {
        let database = TestDatabase::migrated(backend);
        let before = schema(&database, backend);
        let made = filled(&database, SMALL);
        let ended: usize = count(&database, "sessions WHERE ended_at IS NOT NULL").parse().unwrap();
        let tokens = TokensMade { outstanding: 9876, blacklisted: 9876 - 1003 + ended };
        assert_eq!(made, Seeded { users: 60, sessions: 1003, tokens, events: 2345 });
        let found: Vec<_> = TABLES.map(|table| count(&database, table)).into();
        assert_eq!(found, ["60", "1003", "9876", &tokens.blacklisted.to_string(), "2345"]);
        assert_eq!(schema(&database, backend), before);
    }

    /// Each is a count of rows that must not be there.
    async fn rows_are_as_a_server_would_have_written_them(backend: Backend) {
        let database = TestDatabase::migrated(backend);
        filled(&database, SMALL);
        let now = "'2026-01-05 12:00:00'";
        for wrong in [
            // Each session's current token is there, is its last, and not used.
            "sessions s WHERE NOT EXISTS (SELECT 1 FROM outstanding_tokens t WHERE t.session_id = s.id AND t.jti = s.current_jti AND t.sequence = s.token_count - 1 AND t.used_at IS NULL AND t.expires_at = s.expires_at)",
            "sessions s WHERE s.token_count <> (SELECT count(*) FROM outstanding_tokens t WHERE t.session_id = s.id)",
            "sessions WHERE token_count NOT BETWEEN 1 AND 64",
            // The current token of an ended session is blacklisted for the session's reason, that of any other is not.
            "sessions s JOIN outstanding_tokens t ON t.jti = s.current_jti LEFT JOIN blacklisted_tokens b ON b.token_id = t.id WHERE CASE WHEN s.ended_at IS NULL THEN b.id IS NOT NULL ELSE b.id IS NULL OR b.reason <> s.end_reason OR b.blacklisted_at <> s.ended_at END",
            // All others were rotated, when they were used.
            "outstanding_tokens t JOIN sessions s ON s.id = t.session_id LEFT JOIN blacklisted_tokens b ON b.token_id = t.id WHERE t.jti <> s.current_jti AND (b.id IS NULL OR b.reason <> 'rotated' OR t.used_at IS NULL OR b.blacklisted_at <> t.used_at OR t.used_user_agent IS NULL OR t.used_ip IS NULL)",
            // Chains.
            "outstanding_tokens t LEFT JOIN outstanding_tokens p ON p.id = t.parent_id WHERE t.sequence > 0 AND (p.id IS NULL OR p.session_id <> t.session_id OR p.sequence <> t.sequence - 1 OR p.used_at <> t.created_at)",
            "outstanding_tokens t WHERE t.sequence = 0 AND t.parent_id IS NOT NULL",
            "outstanding_tokens t JOIN sessions s ON s.id = t.session_id WHERE t.user_id <> s.user_id OR (t.sequence = 0 AND t.created_at <> s.created_at)",
            "outstanding_tokens WHERE expires_at <= used_at OR length(jti) <> 32",
            // Times.
            "sessions WHERE last_seen_at < created_at OR last_seen_at > {now} OR ended_at < last_seen_at OR ended_at > {now} OR expires_at > absolute_expires_at OR access_until < last_seen_at OR length(sid) <> 32",
            "sessions WHERE (rotated_at IS NULL) <> (token_count = 1) OR rotated_at <> last_seen_at",
            "sessions WHERE (ended_at IS NULL) <> (end_reason IS NULL) OR (ended_by IS NOT NULL AND end_reason <> 'revoked')",
            "users WHERE last_login < date_joined OR (last_login IS NULL) <> (NOT EXISTS (SELECT 1 FROM sessions s WHERE s.user_id = users.id))",
            "events WHERE at > {now}",
            // Those who may have no sessions have none.
            "sessions s JOIN users u ON u.id = s.user_id WHERE NOT u.is_active AND s.ended_at IS NULL",
            // What the log says of sessions is so.
            "events e JOIN sessions s ON s.sid = e.sid WHERE e.user_id <> s.user_id OR e.at < s.created_at OR (e.kind = 'session_ended' AND s.end_reason <> e.reason)",
        ] {
            assert_eq!(count(&database, &wrong.replace("{now}", now)), "0", "{wrong}");
        }
        let connection = &mut database.connect();
        // Every kind of row is there.
        for reason in ["logged_out", "replaced", "reuse_detected", "password_changed", "deactivated", "revoked"] {
            assert_ne!(count(&database, &format!("sessions WHERE end_reason = '{reason}'")), "0", "{reason}");
        }
        for kind in EventKind::ALL {
            assert_ne!(count(&database, &format!("events WHERE kind = '{}'", kind.as_str())), "0", "{kind:?}");
        }
        for there in [
            "sessions WHERE ended_at IS NULL AND expires_at > {now}", "sessions WHERE ended_at IS NULL AND expires_at <= {now}",
            "sessions WHERE ip LIKE '198.%'", "sessions WHERE ip LIKE '2001:db8:%'", "sessions WHERE ip <> last_ip",
        ] {
            assert_ne!(count(&database, &there.replace("{now}", now)), "0", "{there}");
        }
        let agents: Vec<String> = sessions::table.select(sessions::user_agent).distinct().load(connection).unwrap();
        assert_eq!(agents.len(), 20);
        let addresses: Vec<Option<String>> = sessions::table.select(sessions::ip).distinct().load(connection).unwrap();
        for address in addresses.into_iter().flatten() {
            let parsed: std::net::IpAddr = address.parse().unwrap();
            assert_eq!(parsed.to_string(), address);
        }
        let details: Vec<String> = events::table.select(events::detail).distinct().load(connection).unwrap();
        for detail in details {
            assert!(serde_json::from_str::<serde_json::Value>(&detail).unwrap().is_object(), "{detail}");
        }
    }

    async fn the_same_numbers_make_the_same_rows(backend: Backend) {
        let digests = [(); 2].map(|()| {
            let database = TestDatabase::migrated(backend);
            filled(&database, (7, 30, 95, 40));
            TABLES.map(|table| rows(&database, backend, table))
        });
        assert_eq!(digests[0], digests[1]);
    }

    async fn the_least_of_everything_is_enough_and_chains_may_be_long(backend: Backend) {
        for numbers in [(2, 1, 1, 0), (2, 3, 96, 1), (3, 10, 10, 5)] {
            let database = TestDatabase::migrated(backend);
            let made = filled(&database, numbers);
            let made = [made.users, made.sessions, made.tokens.outstanding, made.events].map(|rows| i64::try_from(rows).unwrap());
            assert_eq!(<(i64, i64, i64, i64)>::from(made), numbers);
        }
    }

    async fn ada_has_very_many_sessions_and_both_can_log_in(backend: Backend) {
        let database = TestDatabase::migrated(backend);
        let hash = frontgate::passwords::encode(crate::support::PASSWORD, 4).unwrap();
        fill(&mut database.connect(), &size((20, 2000, 4000, 10)), &hash, &mut |_| {}).unwrap();
        assert_eq!(count(&database, "sessions WHERE user_id = 2"), "200");
        let app = TestApp::on(database, TestApp::start_of_time(), &[]).await;
        for email in ["admin@example.com", "ada@example.com"] {
            assert_eq!(app.browser().log_in(email, crate::support::PASSWORD).await.status, 200);
        }
        // Primary keys go on behind those that were given.
        app.signed_up("new@example.com").await;
        assert_eq!(count(&app.database, "sessions WHERE id > 2000"), "3");
    }

    async fn progress_is_told_of_everything_from_nought_to_its_end(backend: Backend) {
        let database = TestDatabase::migrated(backend);
        let mut heard: Vec<(String, i64, i64)> = Vec::new();
        fill(&mut database.connect(), &size(SMALL), "", &mut |Progress { what, done, of }| {
            heard.push((what.to_owned(), done, of));
        }).unwrap();
        for (what, of) in [("users", 60), ("sessions", 1003), ("tokens", 9876), ("events", 2345), ("tidying up", 1)] {
            let of_it: Vec<_> = heard.iter().filter(|heard| heard.0 == what).collect();
            assert_eq!((of_it[0].1, of_it.last().unwrap().1, of_it[0].2), (0, of, of), "{what}");
        }
    }

    async fn a_database_that_was_used_is_refused_and_stays_as_it_is(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up("ada@example.com").await;
        let before = TABLES.map(|table| rows(&app.database, backend, table));
        let old_schema = schema(&app.database, backend);
        let refused = || fill(&mut app.connect(), &size(SMALL), "", &mut |_| {}).unwrap_err();
        assert!(matches!(refused(), SeedError::Used));
        assert_eq!(TABLES.map(|table| rows(&app.database, backend, table)), before);
        assert_eq!(schema(&app.database, backend), old_schema);
        // Nobody is left, but somebody was there.
        crate::support::rows::delete_user(&app, "ada@example.com");
        assert_eq!(count(&app.database, "users"), "0");
        assert!(matches!(refused(), SeedError::Used));
        assert_eq!(count(&app.database, "users"), "0");
    }

    async fn whoever_breaks_it_off_leaves_nothing_behind(backend: Backend) {
        let database = TestDatabase::migrated(backend);
        let before = schema(&database, backend);
        let broken_off = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            fill(&mut database.connect(), &size(SMALL), "", &mut |progress| {
                assert_ne!(progress.what, "events", "somebody pulls the plug");
            })
        }));
        assert!(broken_off.is_err());
        let left: (i64, i64, i64, i64, i64) = {
            let connection = &mut database.connect();
            (
                users::table.count().get_result(connection).unwrap(),
                sessions::table.count().get_result(connection).unwrap(),
                outstanding_tokens::table.count().get_result(connection).unwrap(),
                blacklisted_tokens::table.count().get_result(connection).unwrap(),
                events::table.count().get_result(connection).unwrap(),
            )
        };
        assert_eq!(left, (0, 0, 0, 0, 0));
        assert_eq!(schema(&database, backend), before);
        assert_eq!(filled(&database, (7, 30, 95, 40)).sessions, 30);
    }
}

#[test]
fn numbers_that_cannot_be_are_refused_with_what_would_be_right() {
    let refused = |numbers| check(&size(numbers)).unwrap_err().to_string();
    let most = i64::MAX;
    assert_eq!(
        [
            refused((1, 10, 10, 10)),
            refused((2, 0, 10, 10)),
            refused((2, 10, 9, 10)),
            refused((2, 10, 321, 10)),
            refused((2, 10, 10, -1)),
            refused((most, 10, 10, 10)),
            refused((2, most, most, 10)),
        ],
        [
            "--users is 1: it must be from 2 to 20000000",
            "--sessions is 0: it must be from 1 to 20000000",
            "--tokens is 9: it must be from 10 to 320",
            "--tokens is 321: it must be from 10 to 320",
            "--events is -1: it must be from 0 to 20000000",
            "--users is 9223372036854775807: it must be from 2 to 20000000",
            "--sessions is 9223372036854775807: it must be from 1 to 20000000",
        ]
    );
    check(&size((100_000, 1_000_000, 10_000_000, 5_000_000))).unwrap();
}
