//! `sessions revoke`.

use frontgate::config::SecretKey;
use serde_json::Value;

use super::{Device, counts, log_in, redacted, sessions, sids};
use crate::support::process::{ServerProcess, run_on};
use crate::support::{
    Backend, PASSWORD, TestDatabase, assert_answer, on_both_databases, settings_with,
};

on_both_databases! {
    async fn single_sessions_end_and_the_running_server_refuses_them(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[]);
        let laptop = Device::of(&server.create("ada@example.com").await);
        let phone = log_in(&server, "ada@example.com", "Phone").await;
        let tablet = log_in(&server, "ada@example.com", "Tablet").await;
        let [first, second, third] = &sids(&database)[..] else { panic!() };

        let before = counts(&database);
        assert_answer!("sessions_revoke_session_dry_run", redacted(&sessions(&database, &["revoke", "--session", first, "--dry-run"])));
        // One that is unknown, and nothing at all happens.
        let unknown = "0123456789abcdef0123456789abcdef";
        assert_answer!("sessions_revoke_session_unknown", sessions(&database, &["revoke", "--session", first, "--session", unknown]).to_string().replace(unknown, "<unknown>"));
        assert_eq!(counts(&database), before);
        assert_eq!(laptop.info(&server).await, 200);

        let done = sessions(&database, &["revoke", "--session", first, "--session", second, "--session", first]);
        assert_answer!("sessions_revoke_session", redacted(&done));
        laptop.wait_until_refused(&server).await;
        phone.wait_until_refused(&server).await;
        assert_eq!(tablet.info(&server).await, 200);

        let before = counts(&database);
        assert_answer!("sessions_revoke_session_again", redacted(&sessions(&database, &["revoke", "--session", first])));
        assert_eq!(counts(&database), before);
        let both = sessions(&database, &["revoke", "--session", first, "--session", third, "--json"]);
        let report: Value = serde_json::from_str(&both.stdout).unwrap();
        assert_eq!((both.code, &report["sessions"], &report["changed"]), (Some(0), &1.into(), &true.into()));
    }

    async fn every_session_of_a_user_ends_and_nobody_elses(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[]);
        let laptop = Device::of(&server.create("ada@example.com").await);
        let phone = log_in(&server, "ada@example.com", "Phone").await;
        let grace = Device::of(&server.create("grace@example.com").await);
        let user = ["revoke", "--user", "Ada@Example.com"];
        let before = counts(&database);
        assert_answer!("sessions_revoke_user_dry_run", sessions(&database, &[&user[..], &["--dry-run"]].concat()));
        assert_eq!(counts(&database), before);
        assert_answer!("sessions_revoke_user", sessions(&database, &user));
        laptop.wait_until_refused(&server).await;
        phone.wait_until_refused(&server).await;
        assert_eq!(grace.info(&server).await, 200);
        let before = counts(&database);
        assert_answer!("sessions_revoke_user_again", sessions(&database, &user));
        assert_eq!(counts(&database), before);
        let new = log_in(&server, "ada@example.com", "Phone").await;
        assert_eq!(new.info(&server).await, 200);
    }

    async fn everything_ends_only_when_that_is_confirmed(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[]);
        let ada = Device::of(&server.create("ada@example.com").await);
        let grace = Device::of(&server.create("grace@example.com").await);
        let before = counts(&database);
        assert_answer!("sessions_revoke_all_unconfirmed", run_on(&database, &["sessions", "revoke", "--all"], "yes\n"));
        assert_answer!("sessions_revoke_all_dry_run", sessions(&database, &["revoke", "--all", "--dry-run"]));
        assert_eq!(counts(&database), before);
        assert_eq!((ada.info(&server).await, grace.info(&server).await), (200, 200));

        assert_answer!("sessions_revoke_all", sessions(&database, &["revoke", "--all", "--yes"]));
        ada.wait_until_refused(&server).await;
        grace.wait_until_refused(&server).await;
        assert_eq!(counts(&database).0, 2);
        let new = Device::of(&server.log_in("ada@example.com", PASSWORD).await);
        assert_eq!(new.info(&server).await, 200);

        let again = sessions(&database, &["revoke", "--all", "--yes", "--json"]);
        assert_answer!("sessions_revoke_all_json", again);
        new.wait_until_refused(&server).await;
    }

    async fn a_key_is_revoked_for_ever_and_the_command_says_what_that_means(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[]);
        let ada = Device::of(&server.create("ada@example.com").await);
        let kid = SecretKey::obtain(&settings_with(&database.url, &[]), || true).unwrap().id();
        let before = counts(&database);
        assert_answer!("sessions_revoke_key_unconfirmed", sessions(&database, &["revoke", "--key", &kid]));
        assert_answer!("sessions_revoke_key_dry_run", sessions(&database, &["revoke", "--key", &kid, "--dry-run"]));
        assert_eq!(counts(&database), before);
        assert_answer!("sessions_revoke_key_other", sessions(&database, &["revoke", "--key", "secret-00000000", "--yes"]));
        assert_eq!(ada.info(&server).await, 200);
        assert_answer!("sessions_revoke_key", sessions(&database, &["revoke", "--key", &kid, "--yes"]));
        ada.wait_until_refused(&server).await;
        assert_eq!(server.log_in("ada@example.com", PASSWORD).await.status, 503);
        let before = counts(&database);
        assert_answer!("sessions_revoke_key_again", sessions(&database, &["revoke", "--key", &kid]));
        assert_eq!(counts(&database), before);

        // The way out.
        server.kill();
        let server = ServerProcess::start(&database, &[("SECRET_KEY", "another secret key, of 32 bytes or more")]);
        let new = Device::of(&server.log_in("ada@example.com", PASSWORD).await);
        assert_eq!((new.info(&server).await, ada.info(&server).await), (200, 401));
    }
}
