//! `sessions revoke` with what narrows the sessions down.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use frontgate::schema::{events, jobs};
use frontgate::sessions::Client;
use regex::Regex;
use serde_json::Value;

use super::{Device, counts, log_in, redacted, sessions};
use crate::support::process::ServerProcess;
use crate::support::{Backend, TestDatabase, assert_answer, on_both_databases};

on_both_databases! {
    async fn what_is_narrowed_down_is_shown_first_and_then_refused_by_the_running_server(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[]);
        let laptop = Device::of(&server.create("ada@example.com").await);
        let phone = log_in(&server, "ada@example.com", "Phone/1").await;
        let other_phone = log_in(&server, "ada@example.com", "A phone/2").await;
        let grace = Device::of(&server.create("grace@example.com").await);
        let before = counts(&database);
        let phones = ["revoke", "--user", "ada@example.com", "--user-agent", "PHONE", "--network", "127.0.0.0/8", "--created-after", "2020-01-01"];
        let run = |more: &[&str]| sessions(&database, &[&phones[..], more].concat());
        assert_answer!("sessions_revoke_many_dry_run", redacted(&run(&["--dry-run"])));
        assert_answer!("sessions_revoke_many_unasked", run(&[]));
        assert_eq!(counts(&database), before);

        assert_answer!("sessions_revoke_many", Regex::new(r"in .* a second").unwrap().replace(&run(&["--yes"]).to_string(), "in <time>"));
        phone.wait_until_refused(&server).await;
        other_phone.wait_until_refused(&server).await;
        assert_eq!((laptop.info(&server).await, grace.info(&server).await), (200, 200));
        let (ended, _, revoked) = counts(&database);
        assert_eq!((ended, revoked), (2, 2));
        let noted: Vec<(String, Option<String>)> = events::table.filter(events::reason.eq("revoked")).order(events::id)
            .select((events::kind, events::user_agent)).load(&mut database.connect()).unwrap();
        let by = Some(Client::command_line("sessions revoke").user_agent);
        let one = ("session_ended".to_owned(), by.clone());
        assert_eq!(noted, [one.clone(), one, ("many_sessions_ended".to_owned(), by)]);

        let after = counts(&database);
        assert_answer!("sessions_revoke_many_none", run(&["--yes"]));
        assert_eq!(counts(&database), after);
    }

    async fn everybody_is_out_but_one(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[]);
        let ada = Device::of(&server.create("ada@example.com").await);
        let grace = Device::of(&server.create("grace@example.com").await);
        let done = sessions(&database, &["revoke", "--keep", "ada@example.com", "--yes", "--json"]);
        let report: Value = serde_json::from_str(&done.stdout).unwrap();
        assert_eq!((&report["revoked"], &report["sessions"], &report["changed"]), (&"filter".into(), &1.into(), &true.into()), "{done}");
        grace.wait_until_refused(&server).await;
        assert_eq!(ada.info(&server).await, 200);
        let left = jobs::table.filter(jobs::state.ne("done")).count().get_result(&mut database.connect());
        assert_eq!(left, Ok(0));
    }

    async fn what_cannot_be_meant_is_refused(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[]);
        server.create("ada@example.com").await;
        let before = counts(&database);
        for (arguments, code) in [
            (&["--all", "--ip", "127.0.0.1"] as &[&str], 2),
            (&["--session", "0f5e2c5d8d6b4c5e9a3a0d1b2c3d4e5f", "--user-agent", "x"], 2),
            (&["--key", "secret-00000000", "--keep", "1"], 2),
            (&["--user", "1", "--keep", "1"], 2),
            (&["--ip", "localhost"], 2),
            (&["--network", "10.0.0.0/33"], 2),
            (&["--created-before", "yesterday"], 2),
            (&["--created-before", "2026-02-30"], 2),
            (&["--keep", "nobody@example.com"], 1),
            (&["--user", "nobody@example.com", "--ip", "127.0.0.1"], 1),
        ] {
            let refused = sessions(&database, &[&["revoke", "--yes"], arguments].concat());
            assert_eq!(refused.code, Some(code), "{arguments:?}: {refused}");
        }
        assert_eq!(counts(&database), before);
    }

    /// As when the command was killed in the middle.
    async fn a_running_server_finishes_what_the_command_leaves(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[]);
        let ada = Device::of(&server.create("ada@example.com").await);
        server.kill();
        let now = match backend {
            Backend::Sqlite => "datetime('now', '+1 second')",
            Backend::Postgres => "now() AT TIME ZONE 'UTC'",
        };
        let past = match backend {
            Backend::Sqlite => "'2020-01-01 00:00:00'",
            Backend::Postgres => "TIMESTAMP '2020-01-01 00:00:00'",
        };
        database.connect().batch_execute(&format!(
            "INSERT INTO jobs (kind, parameters, state, owner, leased_until, created_at, updated_at) \
             VALUES ('end_sessions', '{{\"filter\":{{}},\"user_agent\":\"\"}}', 'running', 'somebody', {past}, {now}, {now})"
        )).unwrap();
        let server = ServerProcess::start(&database, &[]);
        ada.wait_until_refused(&server).await;
    }
}
