//! `docs/runbook.md`: every command on the page is run, as an operator would copy it.

use chrono::TimeDelta;
use diesel::prelude::*;
use frontgate::schema::{events, users};
use serde_json::{Value, json};

use crate::support::process::{ServerProcess, cookie, run_on};
use crate::support::shell::{self, run_commands as run};
use crate::support::{Answer, Backend, PASSWORD, TestDatabase, on_both_databases};

const EMAIL: &str = "ada@example.com";

/// The part of the page under a heading.
fn part(heading: &str) -> &'static str {
    let page = include_str!("../../docs/runbook.md");
    let (_, part) = page.split_once(&format!("\n## {heading}\n")).unwrap();
    part.split("\n## ").next().unwrap()
}

/// The commands under a heading, one block after the other.
fn blocks(heading: &str) -> Vec<String> {
    shell::blocks(part(heading), "sh")
}

fn live_sessions(database: &TestDatabase) -> usize {
    let list = run_on(database, &["sessions", "list", "--json"], "");
    let list: Vec<Value> = serde_json::from_str(&list.stdout).unwrap();
    list.len()
}

/// Asks until the access token is refused; the test is stopped when it never is.
async fn wait_until_refused(server: &ServerProcess, access: &str) {
    loop {
        let request = server.request(reqwest::Method::GET, "/api/v1/users/");
        let status = request.bearer_auth(access).send().await.unwrap().status();
        if status == 401 {
            return;
        }
    }
}

#[test]
fn postgresql_failed_over() {
    crate::support::run(async {
        let database = TestDatabase::new(Backend::Postgres);
        let server = ServerProcess::start(&database, &[]);
        let before = server.create(EMAIL).await;
        run(&database, &blocks("PostgreSQL failed over"));
        wait_until_refused(&server, &cookie(&before, "access")).await;
        assert_eq!(live_sessions(&database), 0);
    });
}

#[test]
fn every_part_of_the_runbook_has_commands() {
    let page = include_str!("../../docs/runbook.md");
    let headings: Vec<_> = page
        .split("\n## ")
        .skip(1)
        .map(|part| part.lines().next().unwrap())
        .collect();
    assert_eq!(
        headings,
        [
            "A laptop was stolen",
            "SECRET_KEY has leaked",
            "The database was restored from a backup",
            "PostgreSQL failed over",
            "Stolen passwords are tried",
            "A colleague has turned",
            "The database's disk is full",
            "End everyone"
        ]
    );
}

on_both_databases! {
    async fn a_laptop_was_stolen(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[]);
        let stolen = server.create(EMAIL).await;
        let others = server.create("grace@example.com").await;
        let done = run(&database, &blocks("A laptop was stolen"));
        let (access, refresh) = (cookie(&stolen, "access"), cookie(&stolen, "refresh"));
        wait_until_refused(&server, &access).await;
        assert_eq!(server.refresh(&refresh).await.unwrap().status, 401);
        assert_eq!(server.log_in(EMAIL, PASSWORD).await.status, 404, "the old password is worth nothing");
        assert_eq!(server.refresh(&cookie(&others, "refresh")).await.unwrap().status, 200);
        let link = done.stdout.lines().find(|line| line.len() == 43 && !line.contains(' ')).unwrap();
        let body = serde_json::json!({ "token": link, "new_password": "another horse battery" });
        let confirmed = server.request(reqwest::Method::POST, "/api/v1/users/password/reset/confirm/").json(&body).send().await.unwrap();
        assert_eq!(confirmed.status(), 200);
        assert_eq!(server.log_in(EMAIL, "another horse battery").await.status, 200);
    }

    async fn the_secret_key_has_leaked(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[]);
        let before = server.create(EMAIL).await;
        let blocks = blocks("SECRET_KEY has leaked");
        run(&database, &blocks[..1]);
        wait_until_refused(&server, &cookie(&before, "access")).await;
        assert_eq!(server.log_in(EMAIL, PASSWORD).await.status, 503);
        server.kill();
        let done = run(&database, &blocks);
        assert!(done.stdout.contains("\nTokens are signed with key secret-"), "{done}");
        assert_eq!(live_sessions(&database), 0);
        let server = ServerProcess::start(&database, &[("SECRET_KEY", "another secret key for tests, 32 bytes or more")]);
        assert_eq!(server.log_in(EMAIL, PASSWORD).await.status, 200);
        assert_eq!(server.refresh(&cookie(&before, "refresh")).await.unwrap().status, 401);
    }

    async fn the_database_was_restored(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[]);
        let before = server.create(EMAIL).await;
        server.kill();
        let done = run(&database, &blocks("The database was restored from a backup"));
        assert!(done.stdout.contains(EMAIL), "{done}");
        let server = ServerProcess::start(&database, &[]);
        wait_until_refused(&server, &cookie(&before, "access")).await;
        assert_eq!(server.refresh(&cookie(&before, "refresh")).await.unwrap().status, 401);
        assert_eq!(server.log_in(EMAIL, PASSWORD).await.status, 200);
    }

    async fn everyone_is_ended(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[]);
        let (ada, grace) = (server.create(EMAIL).await, server.create("grace@example.com").await);
        run(&database, &blocks("End everyone"));
        for answer in [ada, grace] {
            wait_until_refused(&server, &cookie(&answer, "access")).await;
        }
        assert_eq!(live_sessions(&database), 0);
        assert_eq!(server.log_in(EMAIL, PASSWORD).await.status, 200);
    }

    async fn stolen_passwords_are_tried(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[("FRONTGATE_TRUSTED_PROXIES", "127.0.0.1")]);
        server.create(EMAIL).await;
        let grace = server.create("grace@example.com").await;
        let body = json!({ "email": EMAIL, "password": PASSWORD });
        let log_in = server.request(reqwest::Method::POST, "/api/v1/users/login/").json(&body);
        let thief = Answer::of(log_in.header("X-Forwarded-For", "198.51.100.7")).await;
        assert_eq!(thief.status, 200);
        let blocks = blocks("Stolen passwords are tried");
        let done = run(&database, &blocks[..1]);
        assert!(done.stdout.contains(EMAIL), "{done}");
        assert!(!done.stdout.contains("grace@example.com"), "{done}");
        assert_eq!(server.refresh(&cookie(&thief, "refresh")).await.unwrap().status, 200, "nothing has ended yet");
        run(&database, &blocks);
        wait_until_refused(&server, &cookie(&thief, "access")).await;
        assert_eq!(server.log_in(EMAIL, PASSWORD).await.status, 404, "the old password is worth nothing");
        assert_eq!(server.refresh(&cookie(&grace, "refresh")).await.unwrap().status, 200);
    }

    async fn a_colleague_has_turned(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[]);
        for email in ["root@example.com", "eve@example.com"] {
            let made = run_on(&database, &["createsuperuser", "--email", email, "--password-stdin"], PASSWORD);
            assert_eq!(made.code, Some(0), "{made}");
        }
        server.create(EMAIL).await;
        let eve = server.log_in("eve@example.com", PASSWORD).await;
        assert_eq!(eve.status, 200);
        let mut connection = database.connect();
        let id = |connection: &mut _, email: &str| -> i64 {
            users::table.filter(users::email.eq(email)).select(users::id).first(connection).unwrap()
        };
        let (actor, other) = (id(&mut connection, "eve@example.com"), id(&mut connection, EMAIL));
        let at: chrono::NaiveDateTime = events::table.select(events::at).order(events::id.desc()).first(&mut connection).unwrap();
        for actor in [actor, other] {
            diesel::insert_into(events::table)
                .values((
                    events::at.eq(at),
                    events::kind.eq("staff_granted"),
                    events::user_id.eq(other),
                    events::actor_id.eq(actor),
                    events::detail.eq("{}"),
                ))
                .execute(&mut connection)
                .unwrap();
        }
        diesel::update(users::table.find(other)).set(users::is_staff.eq(true)).execute(&mut connection).unwrap();

        let done = run(&database, &blocks("A colleague has turned"));
        wait_until_refused(&server, &cookie(&eve, "access")).await;
        assert_eq!(server.log_in("eve@example.com", PASSWORD).await.status, 404);
        let mut staff: Vec<_> = done.stdout.lines().filter(|line| line.contains('@') && !line.contains(' ')).collect();
        staff.sort_unstable();
        assert_eq!(staff, [EMAIL, "eve@example.com", "root@example.com"], "{done}");
        let queries = shell::blocks(part("A colleague has turned"), "sql");
        let found = shell::query(&database, "UTC", &queries.concat());
        let found: Vec<_> = found.lines().map(|line| line.split_once('|').unwrap().1).collect();
        assert_eq!(found, [format!("staff_granted|{other}||{{}}")]);
    }

    async fn the_disk_of_the_database_is_full(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[]);
        server.create(EMAIL).await;
        let mut connection = database.connect();
        let at: chrono::NaiveDateTime = events::table.select(events::at).first(&mut connection).unwrap();
        for (days, ip) in [(29, "203.0.113.29"), (31, "203.0.113.31")] {
            diesel::insert_into(events::table)
                .values((
                    events::at.eq(at - TimeDelta::days(days)),
                    events::kind.eq("logged_in"),
                    events::ip.eq(ip),
                    events::detail.eq("{}"),
                ))
                .execute(&mut connection)
                .unwrap();
        }
        run(&database, &blocks("The database's disk is full"));
        let kept: Vec<String> = events::table
            .filter(events::kind.eq("logged_in"))
            .select(events::ip.assume_not_null())
            .load(&mut connection)
            .unwrap();
        assert_eq!(kept, ["203.0.113.29"]);
        assert_eq!(server.log_in(EMAIL, PASSWORD).await.status, 200);
    }
}
