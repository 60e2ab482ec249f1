//! Many at once: one caller wins, and all of them are answered the same.

use std::collections::BTreeSet;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use frontgate::schema::{blacklisted_tokens, outstanding_tokens, sessions};
use futures_util::future::{join, join_all, join3};
use serde_json::json;

use crate::support::{Backend, PASSWORD, TestApp, on_both_databases};

on_both_databases! {
    /// The refreshes stand still in time, so that all of them are within the grace.
    async fn two_hundred_refreshes_at_once_make_one_successor(backend: Backend) {
        let app = TestApp::with(backend, &[("database_timeout", "30s")]).await;
        let browser = app.signed_up("ada@example.com").await;
        let answers = join_all((0..200).map(|_| {
            let mut tab = browser.clone();
            async move {
                let answer = tab.refresh().await;
                assert_eq!(answer.status, 200, "{answer}");
                tab.refresh_token().to_owned()
            }
        }))
        .await;
        let distinct: BTreeSet<_> = answers.iter().collect();
        assert_eq!(distinct.len(), 1, "more than one successor");

        let mut connection = app.connect();
        let issued: i64 = outstanding_tokens::table.count().get_result(&mut connection).unwrap();
        let blacklisted: i64 = blacklisted_tokens::table.count().get_result(&mut connection).unwrap();
        assert_eq!((issued, blacklisted), (2, 1));
    }

    async fn refreshes_that_race_a_log_out_leave_nothing_alive(backend: Backend) {
        let app = TestApp::with(backend, &[("database_timeout", "30s")]).await;
        for round in 0..10 {
            let browser = app.signed_up(&format!("ada{round}@example.com")).await;
            let tabs = join_all((0..8).map(|tab| {
                let mut browser = browser.clone();
                async move {
                    if tab == 4 {
                        browser.log_out().await;
                    } else {
                        browser.refresh().await;
                    }
                    browser
                }
            }))
            .await;
            for mut tab in tabs {
                if tab.cookies.contains_key("access") {
                    assert_eq!(tab.with_only("access").info().await.status, 401);
                }
                if tab.cookies.contains_key("refresh") {
                    assert_eq!(tab.refresh().await.status, 401);
                }
            }
        }
        let mut connection = app.connect();
        let live: i64 = sessions::table
            .filter(sessions::ended_at.is_null())
            .count()
            .get_result(&mut connection)
            .unwrap();
        assert_eq!(live, 0);
    }

    /// Two browsers, each with the access cookie of one session and the refresh cookie of the
    /// other. Both wait for the rows, and neither may then wait for the other.
    async fn two_log_outs_with_each_others_cookies_both_end(backend: Backend) {
        let app = TestApp::with(backend, &[("database_timeout", "20s")]).await;
        for emails in [["ada@example.com"; 2], ["grace@example.com", "joan@example.com"]] {
            let mut one = app.signed_up(emails[0]).await;
            let mut other = app.browser();
            if other.create(emails[1], PASSWORD).await.status != 201 {
                other.log_in(emails[1], PASSWORD).await;
            }
            let kept = [one.clone(), other.clone()];
            let refresh = one.refresh_token().to_owned();
            one.cookies.insert("refresh".to_owned(), other.refresh_token().to_owned());
            other.cookies.insert("refresh".to_owned(), refresh);
            let mut blocker = app.connect();
            let block = match backend {
                Backend::Sqlite => "BEGIN IMMEDIATE",
                Backend::Postgres => "BEGIN; UPDATE sessions SET sid = sid",
            };
            blocker.batch_execute(block).unwrap();
            let release = async {
                actix_web::rt::time::sleep(Duration::from_millis(300)).await;
                blocker.batch_execute("ROLLBACK").unwrap();
            };
            let (first, second, ()) = join3(one.log_out(), other.log_out(), release).await;
            assert_eq!((first.status, second.status), (200, 200), "{first}\n{second}");
            for mut browser in kept {
                assert_eq!((browser.info().await.status, browser.refresh().await.status), (401, 401));
            }
        }
    }

    /// From another device, in each of the ways that there are.
    async fn refreshes_that_race_the_end_of_their_session_leave_nothing_alive(backend: Backend) {
        let app = TestApp::with(backend, &[("database_timeout", "30s")]).await;
        for round in 0..9 {
            let email = format!("ada{round}@example.com");
            let phone = app.signed_up(&email).await;
            let mut laptop = app.browser();
            laptop.log_in(&email, PASSWORD).await;
            let refreshes = join_all((0..6).map(|_| {
                let mut tab = phone.clone();
                async move {
                    tab.refresh().await;
                    tab
                }
            }));
            let end = async {
                match round % 3 {
                    0 => laptop.delete(&format!("/sessions/{}/", phone.sid())).await,
                    1 => laptop.post("/logout/others/", json!({})).await,
                    _ => laptop.post("/logout/all/", json!({})).await,
                }
            };
            let (tabs, ended) = join(refreshes, end).await;
            assert!([200, 204].contains(&ended.status), "{ended}");
            for mut tab in tabs {
                if tab.cookies.contains_key("access") {
                    assert_eq!(tab.with_only("access").info().await.status, 401);
                }
                if tab.cookies.contains_key("refresh") {
                    assert_eq!(tab.refresh().await.status, 401);
                }
            }
            assert_eq!(laptop.info().await.status == 200, round % 3 < 2);
        }
    }
}
