//! `docs/runbook.md`: every command on the page is run, as an operator would copy it.

use std::process::Command;

use serde_json::Value;

use crate::support::process::{Finished, ServerProcess, cookie, run_on};
use crate::support::{Backend, PASSWORD, SECRET, TestDatabase, on_both_databases};

const EMAIL: &str = "ada@example.com";

/// The commands under a heading, one block after the other.
fn blocks(heading: &str) -> Vec<String> {
    let page = include_str!("../../docs/runbook.md");
    let (_, section) = page.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let blocks = section.split("```sh\n").skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap().to_owned())
        .collect()
}

/// Runs commands in one shell, which stops at the first that fails.
fn run(database: &TestDatabase, commands: &[String]) -> Finished {
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_frontgate"));
    let folder = binary.parent().unwrap().display();
    let mut shell = Command::new("bash");
    shell
        .args(["-euo", "pipefail", "-c", &commands.concat()])
        .env_clear()
        .env("PATH", format!("{folder}:/usr/local/bin:/usr/bin:/bin"))
        .env("DATABASE_URL", &database.url)
        .env("SECRET_KEY", SECRET)
        .env("FRONTGATE_BCRYPT_COST", "4")
        .current_dir(database.folder.path());
    let finished = Finished::of(&mut shell);
    assert_eq!(finished.code, Some(0), "{finished}");
    finished
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
}
