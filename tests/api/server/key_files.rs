//! Each SQLite file has a secret key of its own.

use std::os::unix::fs::symlink;
use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use reqwest::Method;
use tempfile::TempDir;

use crate::support::process::{ServerProcess, cookie, files, frontgate};
use crate::support::{Answer, run};

/// A server on a file in the folder, with a key that nobody gives it, or with this one.
fn serve(folder: &Path, database: &str, key: Option<&str>) -> ServerProcess {
    let url = format!("sqlite://{database}");
    let mut environment = vec![
        ("DATABASE_URL", url.as_str()),
        ("FRONTGATE_BIND", "127.0.0.1:0"),
        ("FRONTGATE_BCRYPT_COST", "4"),
    ];
    environment.extend(key.map(|key| ("SECRET_KEY", key)));
    ServerProcess::spawn(&mut frontgate(folder, &["serve"], &environment))
}

async fn status(server: &ServerProcess, access: &str) -> u16 {
    let request = server.request(Method::GET, "/api/v1/users/");
    Answer::of(request.bearer_auth(access)).await.status
}

fn stop(server: ServerProcess) {
    server.terminate();
    assert_eq!(server.exit_code(), Some(0));
}

/// Makes a database that has handed out a token signed with this key; returns the token.
async fn used(folder: &Path, database: &str, key: &str) -> String {
    let server = serve(folder, database, Some(key));
    let answer = server.create("ada@example.com").await;
    stop(server);
    cookie(&answer, "access")
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name))
        .unwrap()
        .trim()
        .to_owned()
}

const OLD: &str = "an old key, as older versions would have made it";

#[test]
fn two_databases_of_one_stem_have_two_keys() {
    run(async {
        let folder = TempDir::new().unwrap();
        let names = [
            "app.db",
            "app.sqlite3",
            "app",
            "app.sqlite",
            "app.db.sqlite3",
            "app.secret.sqlite3",
        ];
        let mut servers = Vec::new();
        let mut tokens = Vec::new();
        for name in names {
            let server = serve(folder.path(), name, None);
            tokens.push(cookie(&server.create("ada@example.com").await, "access"));
            servers.push(server);
        }
        for (at, server) in servers.iter().enumerate() {
            for (of, token) in tokens.iter().enumerate() {
                let expected = if at == of { 200 } else { 401 };
                assert_eq!(
                    status(server, token).await,
                    expected,
                    "{} on {}",
                    names[of],
                    names[at]
                );
            }
        }
        let keys = files(folder.path())
            .into_iter()
            .filter(|name| name.ends_with("secret"))
            .count();
        assert_eq!(keys, names.len());
    });
}

#[test]
fn a_database_keeps_the_key_that_it_had_under_the_older_name() {
    run(async {
        for (database, own) in [
            ("app.db", "app.db-secret"),
            ("app", "app-secret"),
            ("app.sqlite3", "app.secret"),
        ] {
            let folder = TempDir::new().unwrap();
            let token = used(folder.path(), database, OLD).await;
            std::fs::write(folder.path().join("app.secret"), OLD).unwrap();
            for _ in 0..2 {
                let server = serve(folder.path(), database, None);
                assert_eq!(status(&server, &token).await, 200, "{database}");
                stop(server);
                assert_eq!(read(folder.path(), own), OLD);
            }
            assert_eq!(files(folder.path()).len(), 2, "{:?}", files(folder.path()));
        }
    });
}

#[test]
fn of_two_that_shared_a_key_the_one_with_its_name_keeps_it() {
    run(async {
        for order in [["app.db", "app.sqlite3"], ["app.sqlite3", "app.db"]] {
            let folder = TempDir::new().unwrap();
            let mut tokens = Vec::new();
            for database in order {
                tokens.push(used(folder.path(), database, OLD).await);
            }
            std::fs::write(folder.path().join("app.secret"), OLD).unwrap();
            let servers = order.map(|database| serve(folder.path(), database, None));
            for (at, server) in servers.iter().enumerate() {
                for (of, token) in tokens.iter().enumerate() {
                    // A token of one reads nothing of the other, and it does not tell them apart.
                    let expected = if order[at] == "app.sqlite3" { 200 } else { 401 };
                    let accepted = status(server, token).await;
                    assert!(
                        accepted == expected || at != of,
                        "{} on {}: {accepted}",
                        order[of],
                        order[at]
                    );
                }
            }
            assert_ne!(read(folder.path(), "app.db-secret"), OLD);
            assert_eq!(read(folder.path(), "app.secret"), OLD);
        }
    });
}

#[test]
fn a_new_database_leaves_the_key_to_the_one_that_was_there_before() {
    run(async {
        for (before, new, its) in [
            ("app.db", "app.sqlite3", "app.db-secret"),
            ("app.db", "app.sqlite", "app.secret"),
        ] {
            let folder = TempDir::new().unwrap();
            let token = used(folder.path(), before, OLD).await;
            std::fs::write(folder.path().join("app.secret"), OLD).unwrap();
            let newer = serve(folder.path(), new, None);
            assert_eq!(read(folder.path(), its), OLD, "{before}, then {new}");
            assert_eq!(status(&newer, &token).await, 401);
            let older = serve(folder.path(), before, None);
            assert_eq!(status(&older, &token).await, 200);
            assert_eq!(read(folder.path(), "app.db-secret"), OLD);
        }
    });
}

#[test]
fn a_copy_beside_it_takes_no_key_away_from_a_database_whose_tokens_have_expired() {
    run(async {
        let folder = TempDir::new().unwrap();
        let server = serve(folder.path(), "app.sqlite3", None);
        let token = cookie(&server.create("ada@example.com").await, "access");
        stop(server);
        let database = folder.path().join("app.sqlite3");
        let mut connection = SqliteConnection::establish(database.to_str().unwrap()).unwrap();
        connection
            .batch_execute("PRAGMA foreign_keys = ON; DELETE FROM outstanding_tokens")
            .unwrap();
        drop(connection);
        std::fs::copy(&database, folder.path().join("app.bak")).unwrap();
        let key = read(folder.path(), "app.secret");
        let server = serve(folder.path(), "app.sqlite3", None);
        assert_eq!(read(folder.path(), "app.secret"), key);
        assert_eq!(status(&server, &token).await, 200);
        stop(server);
        let names = files(folder.path());
        assert!(!names.contains(&"app.bak-secret".to_owned()), "{names:?}");
    });
}

#[test]
fn a_symbolic_link_is_followed_before_the_key_is_looked_for() {
    run(async {
        let (folder, links) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let server = serve(folder.path(), "app.sqlite3", None);
        let token = cookie(&server.create("ada@example.com").await, "access");
        stop(server);
        for (link, inside) in [
            ("other.sqlite3", true),
            ("app.db", true),
            ("app.sqlite3", false),
            ("x", false),
        ] {
            let place = if inside { folder.path() } else { links.path() };
            symlink(folder.path().join("app.sqlite3"), place.join(link)).unwrap();
            let server = serve(place, link, None);
            assert_eq!(status(&server, &token).await, 200, "{link}");
            stop(server);
        }
        assert!(
            files(links.path())
                .iter()
                .all(|name| !name.contains("secret"))
        );
        let keys: Vec<_> = files(folder.path())
            .into_iter()
            .filter(|name| name.contains("secret"))
            .collect();
        assert_eq!(keys, ["app.secret"]);
    });
}
