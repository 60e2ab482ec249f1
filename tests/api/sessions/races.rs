//! Many at once: one caller wins, and all of them are answered the same.

use std::collections::BTreeSet;

use diesel::prelude::*;
use frontgate::schema::{blacklisted_tokens, outstanding_tokens, sessions};
use futures_util::future::join_all;

use crate::support::{Backend, TestApp, on_both_databases};

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
}
