//! `sessions list`.

use serde_json::Value;

use super::{log_in, redacted, sessions};
use crate::support::process::ServerProcess;
use crate::support::{Backend, TestDatabase, assert_answer, on_both_databases};

on_both_databases! {
    async fn sessions_are_listed_the_newest_first(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[]);
        assert_answer!("sessions_list_empty", sessions(&database, &["list"]));
        assert_answer!("sessions_list_empty_ended", sessions(&database, &["list", "--ended"]));
        assert_eq!(sessions(&database, &["list", "--json"]).to_string(), "exit code 0\n\n[]\n");

        server.create("ada@example.com").await;
        server.create("grace.hopper@example.com").await;
        log_in(&server, "ada@example.com", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0").await;
        let ended = log_in(&server, "ada@example.com", "curl").await;
        let request = server.request(reqwest::Method::POST, "/api/v1/users/logout/").bearer_auth(&ended.access);
        assert_eq!(request.send().await.unwrap().status(), 200);
        assert_answer!("sessions_list", redacted(&sessions(&database, &["list"])));
        assert_answer!("sessions_list_ended", redacted(&sessions(&database, &["list", "--ended", "--user", "ADA@example.com"])));
        assert_answer!("sessions_list_limit", redacted(&sessions(&database, &["list", "--ended", "--limit", "1"])));
        let one = sessions(&database, &["list", "--ended", "--json", "--limit", "1"]);
        assert_answer!("sessions_list_json", redacted(&one));

        let all: Value = serde_json::from_str(&sessions(&database, &["list", "--json", "--ended"]).stdout).unwrap();
        let all = all.as_array().unwrap();
        assert_eq!(all.len(), 4);
        let id = all[2]["user_id"].to_string();
        let grace: Value = serde_json::from_str(&sessions(&database, &["list", "--json", "--user", &id]).stdout).unwrap();
        assert_eq!(grace.as_array().unwrap(), &all[2..3]);
        chrono::DateTime::parse_from_rfc3339(all[0]["created_at"].as_str().unwrap()).unwrap();
    }
}
