//! `createsuperuser` and `changepassword`.

use diesel::prelude::*;
use frontgate::clock::Clock;
use frontgate::models::revocation::Revocation;
use frontgate::models::user::User;
use frontgate::schema::{events, sessions};
use reqwest::Method;

use crate::support::process::{ServerProcess, cookie, files, run_on};
use crate::support::{Answer, Backend, PASSWORD, TestDatabase, assert_answer, on_both_databases};

const CREATE: [&str; 4] = [
    "createsuperuser",
    "--email",
    "Root@EXAMPLE.com",
    "--password-stdin",
];
const CHANGE: [&str; 4] = [
    "changepassword",
    "--email",
    "ada@example.com",
    "--password-stdin",
];
const NEW: &str = "another horse battery";

on_both_databases! {
    async fn a_superuser_is_made_beside_a_running_server_and_logs_in(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[]);
        assert_answer!("createsuperuser", run_on(&database, &CREATE, &format!("{PASSWORD}\n")));
        assert_eq!(server.log_in("root@example.com", PASSWORD).await.status, 200);
        let user = User::find_by_email(&mut database.connect(), "root@example.com").unwrap().unwrap();
        assert!(user.is_staff && user.is_superuser && user.is_active);
        assert_eq!(user.email, "Root@example.com");
        assert_answer!("createsuperuser_taken", run_on(&database, &CREATE, PASSWORD));
    }

    async fn a_superuser_needs_an_address_and_a_password_that_is_not_weak(backend: Backend) {
        let database = TestDatabase::migrated(backend);
        assert_answer!("createsuperuser_weak", run_on(&database, &CREATE, "12345\nmore\n"));
        assert_answer!("createsuperuser_empty", run_on(&database, &CREATE, ""));
        assert_answer!("createsuperuser_no_terminal", run_on(&database, &CREATE[..3], PASSWORD));
        let bad = ["createsuperuser", "--email", "ada", "--password-stdin"];
        assert_answer!("createsuperuser_bad_address", run_on(&database, &bad, PASSWORD));
        assert!(!User::any_superuser(&mut database.connect()).unwrap());
    }

    async fn a_changed_password_ends_every_session(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[]);
        let first = server.create("ada@example.com").await;
        let second = server.log_in("ada@example.com", PASSWORD).await;
        let other = server.create("grace@example.com").await;
        assert_answer!("changepassword", run_on(&database, &CHANGE, NEW));

        for old in [&first, &second] {
            let answer = server.refresh(&cookie(old, "refresh")).await.unwrap();
            assert_eq!((answer.status, &*answer.body), (401, r#""Invalid or expired refresh token""#));
        }
        assert_eq!(server.refresh(&cookie(&other, "refresh")).await.unwrap().status, 200);
        assert_eq!(server.log_in("ada@example.com", PASSWORD).await.status, 404);
        assert_eq!(server.log_in("ada@example.com", NEW).await.status, 200);

        // A server that starts knows the revocation: the old access token is refused.
        server.kill();
        let server = ServerProcess::start(&database, &[]);
        for (access, status) in [(&first, 401), (&second, 401), (&other, 200)] {
            let request = server.request(Method::GET, "/api/v1/users/");
            let answer = Answer::of(request.bearer_auth(cookie(access, "access"))).await;
            assert_eq!(answer.status, status, "{answer}");
            assert_eq!(answer.body.contains("Token is revoked"), status == 401);
        }

        let mut connection = database.connect();
        let ada = User::find_by_email(&mut connection, "ada@example.com").unwrap().unwrap();
        assert_eq!(ada.generation, 1);
        let ended: i64 = sessions::table.filter(sessions::end_reason.eq("password_changed")).count().get_result(&mut connection).unwrap();
        assert_eq!(ended, 2);
        let revocations = Revocation::live_after(&mut connection, 0, 9, Clock::system().now()).unwrap();
        let revocations: Vec<_> = revocations.iter().map(|row| (&*row.kind, row.subject.clone(), row.generation)).collect();
        assert_eq!(revocations, [("user", ada.id.to_string(), 1)]);
        let noted: Vec<Option<i64>> = events::table.filter(events::kind.eq("password_changed")).select(events::user_id).load(&mut connection).unwrap();
        assert_eq!(noted, [Some(ada.id)]);
    }

    async fn a_password_is_changed_only_for_a_user_and_to_one_that_is_not_weak(backend: Backend) {
        let database = TestDatabase::migrated(backend);
        assert_answer!("changepassword_no_user", run_on(&database, &CHANGE, NEW));
        let made = run_on(&database, &["createsuperuser", "--email", "ada@example.com", "--password-stdin"], PASSWORD);
        assert_eq!(made.code, Some(0), "{made}");
        assert_answer!("changepassword_weak", run_on(&database, &CHANGE, "ada@example.com"));
        let ada = User::find_by_email(&mut database.connect(), "ada@example.com").unwrap().unwrap();
        assert_eq!(ada.generation, 0);
    }
}

#[test]
fn without_a_database_none_is_made() {
    let database = TestDatabase::new(Backend::Sqlite);
    for arguments in [&CREATE as &[&str], &CHANGE, &["flushexpiredtokens"]] {
        let ended = run_on(&database, arguments, PASSWORD);
        assert_eq!(
            ended.to_string(),
            format!(
                "exit code 1\n\nfrontgate: there is no database at {}: run `frontgate migrate` first, or set DATABASE_URL\n",
                database.url.trim_start_matches("sqlite://")
            )
        );
    }
    assert_eq!(files(database.folder.path()), [""; 0]);
}
