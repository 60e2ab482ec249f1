//! Several who change the same at once: nobody waits for ever, and nothing is done twice.

use std::future::Future;

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use frontgate::schema::{events, revocations, sessions, users};
use futures_util::future::{join, join_all};
use reqwest::Method;
use serde_json::json;

use super::end_many;
use super::sessions::ADA;
use crate::support::{
    Answer, Backend, PASSWORD, TestApp, USERS, on_both_databases, rows, run, text,
};

const GRACE: &str = "grace@example.com";

/// Sends a request while somebody has the user of the smallest primary key, and shows that
/// it waits for that one without having any other user. PostgreSQL comes upon the rows in
/// another order than that of their keys.
async fn waits_for_the_first_user_with_no_other(
    app: &TestApp,
    request: impl Future<Output = Answer>,
) -> Answer {
    let mut busy = app.connect();
    busy.batch_execute(
        "UPDATE users SET first_name = 'moved' WHERE id = (SELECT min(id) FROM users);
         DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET enable_indexscan = off', current_database());
         EXECUTE format('ALTER DATABASE %I SET enable_bitmapscan = off', current_database()); END $$;
         BEGIN; SELECT 1 FROM users WHERE id = (SELECT min(id) FROM users) FOR NO KEY UPDATE",
    )
    .unwrap();
    let watch = async {
        let mut look = app.connect();
        let waits = "(SELECT CAST(count(*) AS TEXT) FROM pg_stat_activity \
                     WHERE datname = current_database() AND wait_event_type = 'Lock')";
        while text(&mut look, waits) == "0" {
            tokio::task::yield_now().await;
        }
        let others = look.batch_execute(
            "SELECT 1 FROM users WHERE id > (SELECT min(id) FROM users) FOR NO KEY UPDATE NOWAIT",
        );
        busy.batch_execute("COMMIT").unwrap();
        others
    };
    let (answer, others) = join(request, watch).await;
    others.unwrap();
    answer
}

#[test]
fn an_operator_who_changes_somebody_takes_the_users_in_the_order_of_their_keys() {
    run(async {
        for target in [ADA, GRACE] {
            let app = TestApp::new(Backend::Postgres).await;
            app.signed_up(ADA).await;
            let mut operator = app.operator().await;
            app.staff(GRACE, true).await;
            let path = format!("/admin/users/{}/deactivate/", rows::user(&app, target).id);
            // Where it is a superuser, the first one is a superuser as well.
            if target == GRACE {
                let ada = users::table.filter(users::email.eq(ADA));
                diesel::update(ada)
                    .set(users::is_superuser.eq(true))
                    .execute(&mut app.connect())
                    .unwrap();
            }
            let answer =
                waits_for_the_first_user_with_no_other(&app, operator.post(&path, &[])).await;
            assert_eq!(answer.status, 303, "{answer}");
            assert!(!rows::user(&app, target).is_active);
        }
    });
}

#[test]
fn a_superuser_who_leaves_takes_the_users_in_the_order_of_their_keys() {
    run(async {
        let app = TestApp::new(Backend::Postgres).await;
        app.operator().await;
        app.staff(GRACE, true).await;
        let mut browser = app.browser();
        browser.log_in(GRACE, PASSWORD).await;
        let body = json!({ "password": PASSWORD });
        let request = app
            .request(Method::DELETE, &format!("{USERS}/"))
            .json(&body);
        let answer = waits_for_the_first_user_with_no_other(&app, browser.send(request)).await;
        assert_eq!(answer.status, 204, "{answer}");
    });
}

on_both_databases! {
    async fn who_confirms_twice_ends_nothing_twice(backend: Backend) {
        let app = TestApp::with(backend, &[("workers", "4")]).await;
        app.signed_up(ADA).await;
        let mut operator = app.operator().await;
        app.advance(TimeDelta::seconds(5));
        let page = operator.get(end_many::PATH).await;
        let sent = end_many::fields(&page, "1");
        let twice = join_all([operator.clone(), operator.clone()].iter_mut().map(|operator| end_many::confirm(operator, &sent))).await;
        assert!(twice.iter().all(|answer| answer.status == 303), "{twice:?}");
        assert_eq!(twice[0].header("location"), twice[1].header("location"));
        let done: Vec<_> = end_many::work(&app).await.iter().map(|job| job.done).collect();
        assert_eq!(done, [1]);
        let ended = events::table.filter(events::kind.eq("session_ended")).count();
        let revoked = revocations::table.filter(revocations::kind.eq("session")).count();
        let connection = &mut app.connect();
        assert_eq!((ended.get_result(connection), revoked.get_result(connection)), (Ok(1_i64), Ok(1_i64)));
    }

    async fn a_token_that_is_blacklisted_while_it_refreshes_leaves_nothing_alive_or_a_session_that_goes_on(backend: Backend) {
        let app = TestApp::with(backend, &[("workers", "4"), ("database_timeout", "20s")]).await;
        let operator = app.operator().await;
        for round in 0..10 {
            let mut browser = app.signed_up(&format!("ada{round}@example.com")).await;
            let jti: String = sessions::table
                .filter(sessions::sid.eq(browser.sid()))
                .select(sessions::current_jti)
                .first(&mut app.connect())
                .unwrap();
            let path = format!("/admin/tokens/{jti}/blacklist/");
            let mut other = operator.clone();
            let (refreshed, blacklisted) = join(browser.refresh(), other.post(&path, &[])).await;
            assert_eq!(blacklisted.status, 303, "{blacklisted}");
            // Either the successor was there before, and its session goes on, or there is none.
            let goes_on = refreshed.status == 200;
            assert!(goes_on || refreshed.status == 401, "{refreshed}");
            assert_eq!(browser.refresh().await.status == 200, goes_on);
        }
    }

    async fn two_who_end_the_same_sessions_in_several_ways_both_get_an_answer(backend: Backend) {
        let app = TestApp::with(backend, &[("workers", "4"), ("database_timeout", "20s")]).await;
        let operator = app.operator().await;
        let browser = app.signed_up(ADA).await;
        rows::open_sessions(&app, &browser, 40);
        let id = rows::user(&app, ADA).id;
        let sids: Vec<String> = sessions::table
            .filter(sessions::user_id.eq(id))
            .order(sessions::sid.desc())
            .select(sessions::sid)
            .load(&mut app.connect())
            .unwrap();
        let mut selected: Vec<_> = sids.iter().map(|sid| ("sid", sid.as_str())).collect();
        selected.reverse();
        let ways: [(String, &[(&str, &str)]); 5] = [
            ("/admin/sessions/end/".to_owned(), &selected),
            (format!("/admin/users/{id}/end-sessions/"), &[]),
            ("/admin/addresses/127.0.0.1/end/".to_owned(), &[]),
            (format!("/admin/users/{id}/deactivate/"), &[]),
            (format!("/admin/sessions/{}/end/", sids[7]), &[]),
        ];
        let answers = join_all(ways.iter().map(|(path, fields)| {
            let mut operator = operator.clone();
            async move { operator.post(path, fields).await }
        }))
        .await;
        for answer in &answers {
            assert_eq!(answer.status, 303, "{answer}");
        }
        let ends = events::table.filter(events::kind.eq("session_ended")).filter(events::user_id.eq(id));
        let noted: i64 = ends.count().get_result(&mut app.connect()).unwrap();
        assert_eq!(noted, 41, "each session ended once");
    }
}
