//! Refusing everything, or what one key has signed.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use frontgate::app::App;
use frontgate::clock::Clock;
use frontgate::models::event::EventKind;
use frontgate::models::revocation::Standing;
use frontgate::models::session::Session;
use frontgate::models::user::User;
use frontgate::rotation::EndReason;
use frontgate::schema::{blacklisted_tokens, events, revocations, sessions, users};
use frontgate::sessions::{By, open_anew, revoke_everything, revoke_key};

use crate::support::change::{by_command, change, elsewhere, within};
use crate::support::process::{Finished, frontgate};
use crate::support::test_app::SECRET;
use crate::support::{
    Backend, PASSWORD, TestApp, TestDatabase, assert_answer, on_both_databases, rows, text,
};

const EMAIL: &str = "ada@example.com";

/// Refuses everything, as an operator's request to this server would.
async fn refuse_everything(app: &TestApp) {
    App::change(&app.state, by_command(Some(4711)), |change| {
        Ok(revoke_everything(change)?)
    })
    .await
    .unwrap();
}

fn noted(app: &TestApp, kind: EventKind) -> Vec<(Option<i64>, Option<i64>, String)> {
    events::table
        .filter(events::kind.eq(kind.as_str()))
        .order(events::id)
        .select((events::user_id, events::actor_id, events::detail))
        .load(&mut app.connect())
        .unwrap()
}

/// Fifteen hundred sessions of somebody else, which the endpoints know nothing of.
const CROWD: &str = "
INSERT INTO users (id, email, email_key, password, date_joined)
    VALUES (900, 'crowd@example.com', 'crowd@example.com', '!', '2020-01-01 00:00:00');
INSERT INTO sessions (id, sid, user_id, current_jti, created_at, last_seen_at, expires_at, absolute_expires_at, access_until)
    WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 2499)
    SELECT i, 'sid' || i, 900, 'jti' || i, {past}, {past}, {past}, {past}, {past} FROM n;
INSERT INTO outstanding_tokens (user_id, session_id, jti, created_at, expires_at)
    SELECT 900, id, current_jti, created_at, expires_at FROM sessions WHERE user_id = 900;
";

fn crowd(app: &TestApp, backend: Backend) {
    let moment = match backend {
        Backend::Sqlite => "'2020-01-01 00:00:00'",
        Backend::Postgres => "TIMESTAMP '2020-01-01 00:00:00'",
    };
    app.connect()
        .batch_execute(&CROWD.replace("{past}", moment))
        .unwrap();
}

on_both_databases! {
    async fn every_token_is_refused_at_once_and_a_new_log_in_lives(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut ada = app.signed_up(EMAIL).await;
        let mut grace = app.signed_up("grace@example.com").await;
        refuse_everything(&app).await;
        for old in [&mut ada, &mut grace] {
            let answer = old.info().await;
            assert_eq!(answer.status, 401, "{answer}");
            assert!(answer.body.contains("Token is revoked"), "{answer}");
            assert_eq!(old.clone().refresh().await.status, 401);
        }
        // Within the same second: no lifetime decides, the generation does.
        let mut new = app.browser();
        assert_eq!(new.log_in(EMAIL, PASSWORD).await.status, 200);
        assert_eq!((new.info().await.status, new.refresh().await.status, new.info().await.status), (200, 200, 200));
        let mut newcomer = app.signed_up("new@example.com").await;
        assert_eq!((newcomer.info().await.status, newcomer.refresh().await.status), (200, 200));
        assert_eq!(noted(&app, EventKind::EverythingRevoked), [(None, Some(4711), r#"{"generation":1}"#.to_owned())]);

        // Again: what is new is old now.
        refuse_everything(&app).await;
        assert_eq!((new.info().await.status, newcomer.info().await.status), (401, 401));
        let app = app.restart(&[]).await;
        let floor = Standing::read(&mut app.connect()).unwrap().floor;
        assert_eq!(floor, 2);
    }

    async fn a_server_that_starts_later_refuses_everything_from_before(backend: Backend) {
        let app = TestApp::new(backend).await;
        let old = app.signed_up(EMAIL).await.cookies;
        refuse_everything(&app).await;
        let app = app.restart(&[]).await;
        let mut ada = app.browser();
        ada.cookies = old;
        assert_eq!((ada.info().await.status, ada.refresh().await.status), (401, 401));
    }

    /// The generation of one user, whose password was changed often, is above all others.
    async fn the_highest_generation_of_any_user_is_refused_too(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(EMAIL).await;
        for round in 0..3 {
            rows::change_password(&app, EMAIL, &format!("{PASSWORD} {round}"));
        }
        let mut ada = app.browser();
        ada.log_in(EMAIL, &format!("{PASSWORD} 2")).await;
        assert_eq!(ada.info().await.status, 200);
        refuse_everything(&app).await;
        assert_eq!((ada.info().await.status, ada.refresh().await.status), (401, 401));
        assert_eq!(Standing::read(&mut app.connect()).unwrap().floor, 4);
    }

    async fn rows_end_batch_by_batch_and_an_interrupted_run_goes_on(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(EMAIL).await;
        crowd(&app, backend);
        refuse_everything(&app).await;
        let mut new = app.browser();
        new.log_in(EMAIL, PASSWORD).await;
        let mut connection = app.connect();
        let by = by_command(Some(4711));
        let mut batch = |after| change(&mut connection, &app.clock, &by, |change| change.end_refused(after)).unwrap().0;
        let most = app.state.database.pace().rows;
        let first = batch(0);
        assert_eq!(first.sessions, most);
        // Begun anew, as after an interruption: what is left is ended, once.
        let mut last = batch(0);
        let mut ended = first.sessions + last.sessions;
        while ended < 1501 {
            assert_eq!(last.sessions, most);
            last = batch(last.next.unwrap());
            ended += last.sessions;
        }
        assert_eq!(ended, 1501);
        assert_eq!(batch(last.next.unwrap()).next, None);
        assert_eq!(batch(0).sessions, 0);

        let mut connection = app.connect();
        assert!(!Session::any_refused(&mut connection, 1).unwrap());
        let ended: i64 = sessions::table.filter(sessions::end_reason.eq("revoked").and(sessions::ended_by.eq(4711))).count().get_result(&mut connection).unwrap();
        let blacklisted: i64 = blacklisted_tokens::table.filter(blacklisted_tokens::reason.eq("revoked")).count().get_result(&mut connection).unwrap();
        let noted: i64 = events::table.filter(events::kind.eq("session_ended").and(events::reason.eq("revoked"))).count().get_result(&mut connection).unwrap();
        let of_the_crowd: i64 = events::table.filter(events::user_id.eq(900)).count().get_result(&mut connection).unwrap();
        assert_eq!((ended, blacklisted, noted, of_the_crowd), (1501, 1501, 1501, 1500));
        // One row tells every node, however many sessions there were.
        let rows: i64 = revocations::table.count().get_result(&mut connection).unwrap();
        assert_eq!(rows, 1);
        assert_eq!(new.info().await.status, 200);
    }

    async fn a_revoked_key_refuses_everybody_and_opens_nothing(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut ada = app.signed_up(EMAIL).await;
        let kid = app.state.policy.key_id.clone();
        let revoke = |kid: &str| {
            let (is_new, consequences) = change(&mut app.connect(), &app.clock, &by_command(None), |change| revoke_key(change, kid)).unwrap();
            consequences.revocations().iter().for_each(|revocation| app.state.revoked.add(revocation));
            is_new
        };
        assert!(revoke("secret-00000000"));
        assert_eq!((ada.info().await.status, ada.refresh().await.status), (200, 200));
        assert!(revoke(&kid));
        assert!(!revoke(&kid));
        assert_eq!((ada.info().await.status, ada.clone().refresh().await.status), (401, 401));
        let answer = app.browser().log_in(EMAIL, PASSWORD).await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("60")));
        assert_eq!(app.browser().create("new@example.com", PASSWORD).await.status, 503);
        let users: i64 = users::table.count().get_result(&mut app.connect()).unwrap();
        assert_eq!(users, 1);
        let details: Vec<_> = noted(&app, EventKind::KeyRevoked).into_iter().map(|event| event.2).collect();
        assert_eq!(details, [r#"{"kid":"secret-00000000"}"#.to_owned(), format!(r#"{{"kid":"{kid}"}}"#)]);
    }

    async fn a_server_does_not_start_with_a_revoked_key_and_says_what_to_do(backend: Backend) {
        let database = TestDatabase::migrated(backend);
        let environment = [("DATABASE_URL", database.url.as_str()), ("SECRET_KEY", SECRET), ("FRONTGATE_BIND", "127.0.0.1:0")];
        let check = Finished::of(&mut frontgate(database.folder.path(), &["check"], &environment));
        let kid = check.stdout.split("Tokens are signed with key ").nth(1).unwrap().split('.').next().unwrap();
        let clock = Clock::manual(TestApp::start_of_time());
        elsewhere(&mut database.connect(), &clock, &by_command(None), |change| revoke_key(change, kid)).unwrap();
        let ended = Finished::of(&mut frontgate(database.folder.path(), &[], &environment));
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
        // What the log says before is its own matter.
        assert_answer!("serve_key_revoked", ended.stderr.lines().last().unwrap());
    }
}

/// Somebody whose generation rises and who gets a session of it, in a transaction that began
/// earlier and commits later: without the lock it would be above the new floor.
#[test]
fn a_log_in_that_commits_while_everything_is_revoked_is_refused_or_newer() {
    crate::support::run(async {
        let app = TestApp::new(Backend::Postgres).await;
        app.signed_up(EMAIL).await;
        let user = rows::user(&app, EMAIL);
        let mut first = app.connect();
        first.batch_execute("BEGIN").unwrap();
        User::raise_generation(&mut first, user.id).unwrap();
        let user = User::find(&mut first, user.id).unwrap().unwrap();
        let opened = within(&mut first, &app.clock, &By::default(), |change| {
            open_anew(change, &app.state.policy, &user, EndReason::PasswordChanged)
        });
        let (pair, _) = opened.unwrap();
        assert_eq!(pair.access.generation, 1);

        let mut second = app.connect();
        let clock = app.clock.clone();
        let revoking = std::thread::spawn(move || {
            change(&mut second, &clock, &by_command(None), revoke_everything).unwrap()
        });
        let mut eye = app.connect();
        let waiting = "(SELECT CAST(count(*) AS TEXT) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')";
        while text(&mut eye, waiting) != "1" {
            assert!(
                !revoking.is_finished(),
                "it did not wait for the log-in that is under way"
            );
        }
        first.batch_execute("COMMIT").unwrap();
        let ((), consequences) = revoking.join().unwrap();
        assert_eq!(consequences.revocations()[0].generation, 2);
    });
}

/// Ending many rows must not wait for one that is in use, nor may that one be forgotten.
#[test]
fn a_session_that_is_being_refreshed_is_passed_over_and_ended_later() {
    crate::support::run(async {
        let app = TestApp::new(Backend::Postgres).await;
        app.signed_up(EMAIL).await;
        app.signed_up("grace@example.com").await;
        refuse_everything(&app).await;
        let mut busy = app.connect();
        busy.batch_execute("BEGIN; SELECT 1 FROM sessions ORDER BY id LIMIT 1 FOR UPDATE")
            .unwrap();
        let by = by_command(None);
        let mut connection = app.connect();
        let mut end = || {
            let ended = change(&mut connection, &app.clock, &by, |change| {
                change.end_refused(0)
            });
            let left = Session::any_refused(&mut connection, 1).unwrap();
            (ended.unwrap().0.sessions, left)
        };
        assert_eq!(end(), (1, true));
        busy.batch_execute("COMMIT").unwrap();
        assert_eq!(end(), (1, false));
    });
}
