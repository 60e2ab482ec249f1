//! `users list`, `deactivate`, `activate` and `delete`, beside a running server.

use frontgate::models::user::User;
use reqwest::Method;

use super::sessions::redacted;
use crate::support::process::{Finished, ServerProcess, cookie, run_on};
use crate::support::{Answer, Backend, PASSWORD, TestDatabase, assert_answer, on_both_databases};

const ADA: [&str; 2] = ["--email", "ADA@example.com"];

fn users(database: &TestDatabase, arguments: &[&str]) -> Finished {
    run_on(database, &[&["users"], arguments].concat(), "")
}

/// The server must hear of it, within its lease or so.
async fn wait_until_refused(server: &ServerProcess, access: &str) {
    loop {
        let request = server.request(Method::GET, "/api/v1/users/");
        if Answer::of(request.bearer_auth(access)).await.status == 401 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

on_both_databases! {
    async fn users_are_listed_the_newest_first(backend: Backend) {
        let database = TestDatabase::migrated(backend);
        assert_answer!("users_list_empty", users(&database, &["list"]));
        let create = ["createsuperuser", "--email", "root@example.com", "--password-stdin"];
        assert_eq!(run_on(&database, &create, PASSWORD).code, Some(0));
        let server = ServerProcess::start(&database, &[]);
        server.create("ada@example.com").await;
        assert_eq!(users(&database, &[&["deactivate"], &ADA[..]].concat()).code, Some(0));
        assert_answer!("users_list", redacted(&users(&database, &["list"])));
        assert_answer!("users_list_json", redacted(&users(&database, &["list", "--json", "--limit", "1"])));
    }

    async fn a_deactivated_user_is_refused_by_the_running_server_until_active_again(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[]);
        let ada = server.create("ada@example.com").await;
        assert_answer!("users_deactivate", users(&database, &[&["deactivate"], &ADA[..]].concat()));
        wait_until_refused(&server, &cookie(&ada, "access")).await;
        assert_eq!(server.refresh(&cookie(&ada, "refresh")).await.unwrap().status, 401);
        assert_eq!(server.log_in("ada@example.com", PASSWORD).await.status, 404);
        assert_answer!("users_activate", users(&database, &[&["activate"], &ADA[..]].concat()));
        assert_answer!("users_activate_again", users(&database, &[&["activate"], &ADA[..]].concat()));
        assert_eq!(server.log_in("ada@example.com", PASSWORD).await.status, 200);
        assert_eq!(server.refresh(&cookie(&ada, "refresh")).await.unwrap().status, 401);
    }

    async fn a_user_is_deleted_only_when_that_is_confirmed(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[]);
        let ada = server.create("ada@example.com").await;
        let delete = [&["delete"], &ADA[..]].concat();
        assert_answer!("users_delete_unconfirmed", users(&database, &delete));
        assert!(User::exists(&mut database.connect(), "ada@example.com").unwrap());
        assert_answer!("users_delete", users(&database, &[&delete[..], &["--yes"]].concat()));
        wait_until_refused(&server, &cookie(&ada, "access")).await;
        assert_answer!("users_delete_again", users(&database, &[&delete[..], &["--yes"]].concat()));
        assert_eq!(server.log_in("ada@example.com", PASSWORD).await.status, 404);
        assert_eq!(server.create("ada@example.com").await.status, 201);
    }

    async fn the_last_active_superuser_is_neither_deactivated_nor_deleted(backend: Backend) {
        let database = TestDatabase::migrated(backend);
        let create = |email: &str| {
            let made = run_on(&database, &["createsuperuser", "--email", email, "--password-stdin"], PASSWORD);
            assert_eq!(made.code, Some(0), "{made}");
        };
        create("ada@example.com");
        let (deactivate, delete) = ([&["deactivate"], &ADA[..]].concat(), [&["delete", "--yes"], &ADA[..]].concat());
        assert_answer!("users_deactivate_last_superuser", users(&database, &deactivate));
        assert_answer!("users_delete_last_superuser", users(&database, &delete));
        // Without --yes the reason comes before the question.
        assert_answer!("users_delete_last_superuser", users(&database, &[&["delete"], &ADA[..]].concat()));
        assert!(User::find_by_email(&mut database.connect(), "ada@example.com").unwrap().unwrap().is_active);
        // One who is inactive is no other one.
        create("grace@example.com");
        assert_eq!(users(&database, &["deactivate", "--email", "grace@example.com"]).code, Some(0));
        assert_eq!(users(&database, &deactivate).code, Some(1));
        // And may go, for she is not the last active one.
        assert_eq!(users(&database, &["delete", "--yes", "--email", "grace@example.com"]).code, Some(0));
        create("grace@example.com");
        assert_eq!(users(&database, &delete).code, Some(0));
    }
}
