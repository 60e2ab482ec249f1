//! `sessions show`.

use diesel::prelude::*;
use frontgate::schema::events;
use serde_json::Value;

use super::{log_in, redacted, sessions, sids};
use crate::support::process::ServerProcess;
use crate::support::{Backend, TestDatabase, assert_answer, on_both_databases, wait_for};

on_both_databases! {
    async fn a_session_is_shown_with_its_tokens_and_its_events(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[]);
        server.create("ada@example.com").await;
        let phone = log_in(&server, "ada@example.com", "Phone").await;
        for _ in 0..2 {
            assert_eq!(server.refresh(&phone.refresh).await.unwrap().status, 200);
        }
        let repeats = || -> i64 {
            let repeats = events::table.filter(events::kind.eq("refresh_repeated"));
            repeats.count().get_result(&mut database.connect()).unwrap()
        };
        // They are written once a second.
        wait_for(|| repeats() == 1).await;
        let sid = &sids(&database)[1];
        let ended = sessions(&database, &["revoke", "--session", sid]);
        assert_eq!(ended.code, Some(0), "{ended}");
        assert_answer!("sessions_show", redacted(&sessions(&database, &["show", sid])));
        let hyphenated = format!("{}-{}-{}-{}-{}", &sid[..8], &sid[8..12], &sid[12..16], &sid[16..20], &sid[20..]).to_uppercase();
        let json = sessions(&database, &["show", &hyphenated, "--json"]);
        assert_answer!("sessions_show_json", redacted(&json));
        let value: Value = serde_json::from_str(&json.stdout).unwrap();
        assert_eq!(value["id"], **sid);
        // Never a token, nor what a password was stored as.
        assert!(!json.stdout.contains("eyJ") && !json.stdout.contains("bcrypt"));
    }
}
