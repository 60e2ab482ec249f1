//! A change of the password against whatever else may happen to the user meanwhile.

use std::convert::Infallible;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use frontgate::schema::users;
use frontgate::sessions::{self, Change, PasswordChange};
use futures_util::future::{join, join_all};

use super::{EMAIL, NEW, change};
use crate::support::change::{by_command, within};
use crate::support::{
    Answer, Backend, Browser, PASSWORD, TestApp, assert_answer, on_both_databases, rows,
};

/// Asks for the new password, and lets `meanwhile` happen after the old one was verified and
/// before the new one is stored: under the lock that the change waits for.
async fn with(
    app: &TestApp,
    backend: Backend,
    browser: &mut Browser<'_>,
    meanwhile: impl FnOnce(&mut Change<'_>),
) -> Answer {
    let mut blocker = app.connect();
    let begin = match backend {
        Backend::Sqlite => "BEGIN IMMEDIATE",
        Backend::Postgres => "BEGIN; UPDATE users SET generation = generation",
    };
    blocker.batch_execute(begin).unwrap();
    let release = async {
        actix_web::rt::time::sleep(Duration::from_millis(400)).await;
        let by = by_command(None);
        let changed = within(&mut blocker, &app.clock, &by, |change| {
            meanwhile(change);
            Ok::<_, Infallible>(())
        });
        drop(changed.unwrap());
        blocker.batch_execute("COMMIT").unwrap();
    };
    join(change(browser, PASSWORD, NEW), release).await.0
}

fn hash(password: &str) -> String {
    frontgate::passwords::encode(password, 4).unwrap()
}

on_both_databases! {
    async fn of_two_changes_at_once_one_wins(backend: Backend) {
        let app = TestApp::with(backend, &[("database_timeout", "30s")]).await;
        let browser = app.signed_up(EMAIL).await;
        let mut phone = app.browser();
        phone.log_in(EMAIL, PASSWORD).await;
        let mut tabs = [(browser.clone(), "a staple of one day"), (browser, "a staple of two days"), (phone, "a staple of three days")];
        let statuses = join_all(tabs.iter_mut().map(|(tab, new)| async { change(tab, PASSWORD, new).await.status })).await;
        let won: Vec<_> = statuses.iter().map(|status| *status == 200).collect();
        assert_eq!(won.iter().filter(|won| **won).count(), 1, "{statuses:?}");
        // The others came too late for their session, or for the old password.
        assert!(statuses.iter().all(|status| [200, 400, 401].contains(status)), "{statuses:?}");
        for ((tab, new), won) in tabs.iter_mut().zip(won) {
            assert_eq!(tab.info().await.status == 200, won);
            assert_eq!(app.browser().log_in(EMAIL, new).await.status == 200, won);
        }
    }

    async fn a_user_who_is_deactivated_meanwhile_keeps_the_old_password_and_no_session(backend: Backend) {
        let app = TestApp::with(backend, &[("database_timeout", "20s")]).await;
        let mut browser = app.signed_up(EMAIL).await;
        let before = rows::user(&app, EMAIL);
        let answer = with(&app, backend, &mut browser, |change| {
            sessions::deactivate(change, before.id).unwrap();
        }).await;
        assert_answer!("info_401_revoked", answer);
        assert_eq!(rows::user(&app, EMAIL).password, before.password);
        assert_eq!(rows::end_reasons(&app), [Some("deactivated".to_owned())]);
    }

    async fn a_user_who_is_deleted_meanwhile_is_gone(backend: Backend) {
        let app = TestApp::with(backend, &[("database_timeout", "20s")]).await;
        let mut browser = app.signed_up(EMAIL).await;
        let id = rows::user(&app, EMAIL).id;
        let answer = with(&app, backend, &mut browser, |change| {
            sessions::delete_user(change, id, None).unwrap();
        }).await;
        assert_answer!("info_401_revoked", answer);
        assert_eq!(rows::counts(&app)[..2], [("users", 0), ("sessions", 0)]);
    }

    async fn a_password_that_an_operator_sets_meanwhile_stays(backend: Backend) {
        let app = TestApp::with(backend, &[("database_timeout", "20s")]).await;
        let mut browser = app.signed_up(EMAIL).await;
        let id = rows::user(&app, EMAIL).id;
        let answer = with(&app, backend, &mut browser, |change| {
            sessions::change_password(change, id, &hash("what the operator says"), PasswordChange::Operator).unwrap();
        }).await;
        // 400 where the old password was looked at only then.
        assert!([400, 401].contains(&answer.status), "{answer}");
        assert_eq!(answer.set_cookies().count(), 0);
        assert_eq!(app.browser().log_in(EMAIL, NEW).await.status, 404);
        assert_eq!(app.browser().log_in(EMAIL, "what the operator says").await.status, 200);
    }

    /// A log-in on another device has just replaced a stale hash.
    async fn a_fresher_hash_of_the_same_password_meanwhile_does_not_matter(backend: Backend) {
        let app = TestApp::with(backend, &[("database_timeout", "20s")]).await;
        let mut browser = app.signed_up(EMAIL).await;
        let answer = with(&app, backend, &mut browser, |change| {
            diesel::update(users::table).set(users::password.eq(hash(PASSWORD))).execute(change.connection).unwrap();
        }).await;
        assert_eq!(answer.status, 200, "{answer}");
        assert_eq!(app.browser().log_in(EMAIL, NEW).await.status, 200);
    }

    /// The session lives, but the password that was typed is the old one no more.
    async fn another_password_meanwhile_is_a_wrong_old_one(backend: Backend) {
        let app = TestApp::with(backend, &[("database_timeout", "20s")]).await;
        let mut browser = app.signed_up(EMAIL).await;
        let answer = with(&app, backend, &mut browser, |change| {
            diesel::update(users::table).set(users::password.eq(hash("what another program set"))).execute(change.connection).unwrap();
        }).await;
        assert_answer!("password_400_wrong", answer);
        assert_eq!(browser.info().await.status, 200);
    }

    /// Whatever was refreshed or opened around the change, only the new session lives.
    async fn refreshes_and_log_ins_that_race_a_change_leave_nothing_of_before_alive(backend: Backend) {
        let app = TestApp::with(backend, &[("database_timeout", "30s"), ("password_hashing_queue", "64")]).await;
        for round in 0..5 {
            let email = format!("ada{round}@example.com");
            let browser = app.signed_up(&email).await;
            let tabs = join_all((0..8).map(|tab| {
                let (mut browser, email) = (browser.clone(), &email);
                async move {
                    let status = match tab {
                        4 => change(&mut browser, PASSWORD, NEW).await.status,
                        2 | 6 => {
                            browser.cookies.clear();
                            browser.log_in(email, PASSWORD).await.status
                        }
                        _ => browser.refresh().await.status,
                    };
                    (tab, status, browser)
                }
            })).await;
            for (tab, status, mut browser) in tabs {
                if tab == 4 {
                    assert_eq!((status, browser.info().await.status), (200, 200));
                    continue;
                }
                if browser.cookies.contains_key("access") {
                    assert_eq!(browser.with_only("access").info().await.status, 401, "tab {tab}");
                }
                if browser.cookies.contains_key("refresh") {
                    assert_eq!(browser.refresh().await.status, 401, "tab {tab}");
                }
            }
        }
    }
}
