//! `reset-link`.

use chrono::TimeDelta;
use diesel::prelude::*;
use frontgate::clock::Clock;
use frontgate::schema::{events, one_time_tokens, users};
use frontgate::sessions::Client;
use reqwest::Method;
use serde_json::json;

use crate::support::process::{Finished, ServerProcess, frontgate, run_on};
use crate::support::test_app::SECRET;
use crate::support::{Answer, Backend, PASSWORD, TestDatabase, assert_answer, on_both_databases};

const LINK: [&str; 3] = ["reset-link", "--email", "ADA@example.com"];

fn sign_up(database: &TestDatabase) {
    let arguments = [
        "createsuperuser",
        "--email",
        "ada@example.com",
        "--password-stdin",
    ];
    let made = run_on(database, &arguments, PASSWORD);
    assert_eq!(made.code, Some(0), "{made}");
}

/// What was printed, without what differs from run to run.
fn shown(ended: &Finished, token: &str) -> String {
    let text = ended.to_string().replace(token, "<token>");
    let (before, after) = text.split_once(", once, until ").unwrap();
    let (moment, after) = after.split_once('.').unwrap();
    assert!(moment.len() == 20 && moment.ends_with('Z'), "{moment}");
    format!("{before}, once, until <moment>.{after}")
}

on_both_databases! {
    async fn a_link_sets_a_password_on_a_running_server(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[]);
        assert_eq!(server.create("ada@example.com").await.status, 201);
        let made = run_on(&database, &LINK, "");
        let token = made.stdout.lines().next().unwrap().to_owned();
        assert_answer!("reset_link", shown(&made, &token));
        let body = json!({ "token": token, "new_password": "another horse battery" });
        let request = server.request(Method::POST, "/api/v1/users/password/reset/confirm/");
        assert_eq!(Answer::of(request.json(&body)).await.status, 200);
        assert_eq!(server.log_in("ada@example.com", "another horse battery").await.status, 200);
        let noted: Vec<(Option<i64>, Option<String>, String)> = events::table
            .filter(events::kind.eq("reset_link_made"))
            .select((events::actor_id, events::user_agent, events::detail))
            .load(&mut database.connect())
            .unwrap();
        assert_eq!(noted, [(None, Some(Client::command_line("reset-link").user_agent), "{}".to_owned())]);
    }

    async fn the_page_of_a_setting_stands_in_the_link_and_its_lifetime_is_asked_for(backend: Backend) {
        let database = TestDatabase::migrated(backend);
        sign_up(&database);
        let environment = [
            ("DATABASE_URL", database.url.as_str()),
            ("SECRET_KEY", SECRET),
            ("FRONTGATE_PASSWORD_RESET_URL", "https://app.example.com/reset?lang=de"),
            ("FRONTGATE_PASSWORD_RESET_LIFETIME", "2h"),
        ];
        let lifetimes = [(&LINK[..], TimeDelta::hours(2)), (&[LINK[0], LINK[1], LINK[2], "--expires", "15m"], TimeDelta::minutes(15))];
        for (arguments, lifetime) in lifetimes {
            let made = Finished::of(&mut frontgate(database.folder.path(), arguments, &environment));
            let (page, token) = made.stdout.trim_end().split_once("&token=").unwrap();
            assert_eq!((page, token.len()), ("https://app.example.com/reset?lang=de", 43));
            assert_answer!("reset_link_page", shown(&made, token));
            let (created, expires): (chrono::NaiveDateTime, chrono::NaiveDateTime) = one_time_tokens::table
                .order(one_time_tokens::id.desc())
                .select((one_time_tokens::created_at, one_time_tokens::expires_at))
                .first(&mut database.connect())
                .unwrap();
            assert_eq!(expires - created, lifetime);
            assert!((Clock::system().now().naive_utc() - created).abs() < TimeDelta::minutes(5));
        }
    }

    async fn who_is_unknown_or_inactive_gets_no_link(backend: Backend) {
        let database = TestDatabase::migrated(backend);
        assert_answer!("reset_link_no_user", run_on(&database, &LINK, ""));
        sign_up(&database);
        diesel::update(users::table).set(users::is_active.eq(false)).execute(&mut database.connect()).unwrap();
        assert_answer!("reset_link_inactive", run_on(&database, &LINK, ""));
        let links: i64 = one_time_tokens::table.count().get_result(&mut database.connect()).unwrap();
        assert_eq!(links, 0);
    }
}

#[test]
fn a_lifetime_that_is_none_or_too_long_is_refused() {
    let database = TestDatabase::new(Backend::Sqlite);
    let mut told = String::new();
    for expires in ["soon", "0s", "59s", "8d"] {
        let arguments = [LINK[0], LINK[1], LINK[2], "--expires", expires];
        let ended = run_on(&database, &arguments, "");
        assert_eq!(ended.code, Some(2), "{ended}");
        told.push_str(ended.stderr.lines().next().unwrap());
        told.push('\n');
    }
    assert_answer!("reset_link_expires", told);
}
