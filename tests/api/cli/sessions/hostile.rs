//! What strangers wrote, and what operators mistype.

use std::fmt::Write;

use diesel::prelude::*;
use frontgate::schema::{sessions as rows, users};
use serde_json::Value;

use super::{counts, sessions, sids};
use crate::support::process::{ServerProcess, run_on};
use crate::support::{Backend, TestDatabase, assert_answer, on_both_databases};

/// Clears the screen, sets the title, turns writing around, feigns another line and a
/// statement; C0, C1, DEL, bidirectional overrides, a zero width space, a line separator.
const AGENT: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\r\n\0\u{7f}\u{202e}\u{2066}\u{200b}\u{2028}'; DROP TABLE sessions; --\"\\";

on_both_databases! {
    async fn nothing_that_a_terminal_obeys_is_printed(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[]);
        server.create("ada@example.com").await;
        // PostgreSQL keeps no NUL.
        let agent = if backend == Backend::Postgres { AGENT.replace('\0', "") } else { AGENT.to_owned() };
        diesel::update(rows::table)
            .set((rows::user_agent.eq(&agent), rows::last_user_agent.eq(&agent), rows::last_ip.eq(&agent)))
            .execute(&mut database.connect())
            .unwrap();
        diesel::update(users::table)
            .set(users::email.eq("\u{1b}[31mada\u{202e}@example.com"))
            .execute(&mut database.connect())
            .unwrap();
        let sid = &sids(&database)[0];
        for arguments in [
            &["sessions", "list"] as &[&str],
            &["sessions", "list", "--json"],
            &["sessions", "show", sid],
            &["sessions", "show", sid, "--json"],
            &["users", "list"],
            &["users", "list", "--json"],
            &["sessions", "revoke", "--session", sid, "--dry-run"],
            &["sessions", "revoke", "--user", "ada@example.com", "--dry-run"],
            &["sessions", "revoke", "--user", "ada@example.com", "--dry-run", "--json"],
            &["sessions", "revoke", "--user", "\u{1b}]0;owned\u{7}@example.com"],
            &["sessions", "revoke", "--user", "\u{9b}31m"],
            &["sessions", "revoke", "--session", "\u{1b}[2J"],
            &["sessions", "revoke", "--key", "secret-\u{1b}[2J\u{202e}"],
            &["sessions", "show", "\u{202e}\u{1b}[2J"],
            &["users", "deactivate", "--email", "\u{1b}[2J@example.com"],
            &["reset-link", "--email", "\u{1b}[2J@example.com"],
            &["reset-link", "--email", "ada@example.com"],
            &["changepassword", "--email", "\u{1b}[2J@example.com", "--password-stdin"],
            &["changepassword", "--email", "ada@example.com", "--password-stdin"],
            &["sessions", "list", "--user", "ada@example.com"],
            &["users", "deactivate", "--email", "ada@example.com"],
            &["reset-link", "--email", "ada@example.com"],
        ] {
            let ended = run_on(&database, arguments, "a staple of another day\n");
            let printed = format!("{}{}", ended.stdout, ended.stderr);
            let obeyed = |c: char| c != '\n' && (c.is_control() || "\u{202e}\u{2066}\u{200b}\u{2028}".contains(c));
            assert!(!printed.contains(obeyed), "{arguments:?}: {printed:?}");
            assert!(!printed.is_empty());
        }
        // A program gets the text as it is.
        let shown: Value = serde_json::from_str(&sessions(&database, &["show", sid, "--json"]).stdout).unwrap();
        assert_eq!(shown["user_agent"], *agent);
    }

    async fn what_is_mistyped_is_exit_code_1_or_2_with_words_and_changes_nothing(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[]);
        server.create("ada@example.com").await;
        let before = counts(&database);
        let mut all = String::new();
        for (code, arguments) in [
            (1, &["sessions", "revoke", "--session", "1"] as &[&str]),
            (1, &["sessions", "revoke", "--session", ""]),
            (1, &["sessions", "revoke", "--session", "' OR '1'='1"]),
            (1, &["sessions", "revoke", "--user", "nobody@example.com"]),
            (1, &["sessions", "revoke", "--user", "99999999999999999999"]),
            (2, &["sessions", "revoke", "--user", "-1"]),
            (1, &["sessions", "revoke", "--user", "4711"]),
            (1, &["sessions", "revoke", "--user", "ada"]),
            (1, &["sessions", "revoke", "--user", "' OR 1=1 --@example.com"]),
            (1, &["sessions", "revoke", "--key", "secret-XYZ"]),
            (1, &["sessions", "revoke", "--key", "SECRET-0123abcd"]),
            (1, &["sessions", "show", "0123456789abcdef0123456789abcdef"]),
            (1, &["sessions", "list", "--user", "nobody@example.com"]),
            (2, &["sessions", "revoke"]),
            (2, &["sessions", "revoke", "--all", "--user", "ada@example.com"]),
            (2, &["sessions", "revoke", "--session", "1", "--key", "secret-0123abcd"]),
            (2, &["sessions", "list", "--limit", "0"]),
            (2, &["sessions", "list", "--limit", "-1"]),
            (2, &["sessions", "list", "--limit", "99999999999999999999"]),
            (2, &["sessions", "list", "--limit", "1000001"]),
            (2, &["sessions"]),
        ] {
            let ended = run_on(&database, arguments, "");
            assert_eq!((ended.code, ended.stdout.as_str()), (Some(code), ""), "{ended}");
            let words = ended.stderr.lines().next().unwrap();
            writeln!(all, "{}\n    {words}", arguments.join(" ")).unwrap();
        }
        assert_answer!("sessions_mistyped", all);
        assert_eq!(counts(&database), before);
        assert_eq!(sessions(&database, &["list", "--limit", "1000000"]).code, Some(0));
    }
}
