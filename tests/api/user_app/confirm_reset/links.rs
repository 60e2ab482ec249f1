//! Which links work, and how often.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use diesel::prelude::*;
use frontgate::schema::one_time_tokens;
use futures_util::future::join;

use super::{CONFIRM, EMAIL, NEW, confirm};
use crate::support::process::run_on;
use crate::support::{Backend, TestApp, assert_answer, on_both_databases, rows};

/// Changes every link that there is behind the server's back.
macro_rules! change_links {
    ($app:expr, $change:expr) => {
        diesel::update(one_time_tokens::table)
            .set($change)
            .execute(&mut $app.connect())
            .unwrap()
    };
}

on_both_databases! {
    async fn a_link_that_does_not_work_is_refused_in_the_same_bytes_whatever_is_wrong(backend: Backend) {
        let app = TestApp::new(backend).await;
        for name in ["ada", "inactive", "deleted"] {
            app.signed_up(&format!("{name}@example.com")).await;
        }
        let used = rows::reset_link(&app, EMAIL);
        assert_eq!(confirm(&app, &used, NEW).await.status, 200);
        let foreign = rows::reset_link(&app, EMAIL);
        change_links!(app, one_time_tokens::purpose.eq("verify_email"));
        let expired = rows::reset_link(&app, EMAIL);
        app.advance(TimeDelta::hours(1));
        let working = rows::reset_link(&app, EMAIL);
        let inactive = rows::reset_link(&app, "inactive@example.com");
        rows::deactivate(&app, "inactive@example.com");
        let deleted = rows::reset_link(&app, "deleted@example.com");
        rows::delete_user(&app, "deleted@example.com");
        let before = rows::counts(&app);

        let mut texts = vec![used, foreign, expired, inactive, deleted];
        // Unknown ones, and whatever is no token at all.
        texts.extend(["A".repeat(43), "x".repeat(12_000), "token".to_owned(), "\0".to_owned(), "'; --".to_owned(), "\u{e9}".repeat(43)]);
        for text in [format!("{working} "), format!(" {working}"), format!("{working}="), format!("{working}A"), format!("{working}\0"), working[..42].to_owned(), working.to_lowercase()] {
            texts.push(text);
        }
        // The last character carries two bits that mean nothing, and must be nought.
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let last = alphabet.find(working.chars().last().unwrap()).unwrap();
        texts.push(format!("{}{}", &working[..42], &alphabet[last + 1..last + 2]));
        for text in texts {
            // A weak password tells nothing of the link.
            for password in [NEW, "12345"] {
                assert_answer!("confirm_400_link", confirm(&app, &text, password).await);
            }
        }
        assert_eq!(rows::counts(&app), before);
        assert_eq!(confirm(&app, &working, NEW).await.status, 200);
    }

    async fn a_link_from_before_a_deactivation_never_works_again(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(EMAIL).await;
        let link = rows::reset_link(&app, EMAIL);
        for command in ["deactivate", "activate"] {
            let done = run_on(&app.database, &["users", command, "--email", EMAIL], "");
            assert_eq!(done.code, Some(0), "{done}");
        }
        assert_answer!("confirm_400_link", confirm(&app, &link, NEW).await);
    }

    async fn a_link_works_until_its_very_end(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(EMAIL).await;
        let (late, in_time) = (rows::reset_link(&app, EMAIL), rows::reset_link(&app, EMAIL));
        app.advance(TimeDelta::hours(1) - TimeDelta::microseconds(1));
        assert!(confirm(&app, &late, "12345").await.body.contains("too short"));
        assert_eq!(confirm(&app, &in_time, NEW).await.status, 200);
        let late = rows::reset_link(&app, EMAIL);
        app.advance(TimeDelta::hours(1));
        assert_answer!("confirm_400_link", confirm(&app, &late, NEW).await);
    }

    async fn of_two_who_use_one_link_at_once_exactly_one_wins(backend: Backend) {
        let app = TestApp::with(backend, &[("database_timeout", "30s"), ("password_hashing_threads", "2")]).await;
        app.signed_up(EMAIL).await;
        for round in 0..20 {
            let link = rows::reset_link(&app, EMAIL);
            let passwords = [format!("first horse battery {round}"), format!("second horse battery {round}")];
            let (first, second) = join(confirm(&app, &link, &passwords[0]), confirm(&app, &link, &passwords[1])).await;
            let statuses = [first.status, second.status];
            assert!(statuses == [200, 400] || statuses == [400, 200], "{first}\n{second}");
            for (password, status) in passwords.iter().zip(statuses) {
                let wanted = if status == 200 { 200 } else { 404 };
                assert_eq!(app.browser().log_in(EMAIL, password).await.status, wanted);
            }
        }
    }

    async fn of_two_links_of_one_user_the_first_that_is_used_makes_the_other_useless(backend: Backend) {
        let app = TestApp::with(backend, &[("database_timeout", "30s"), ("password_hashing_threads", "2")]).await;
        app.signed_up(EMAIL).await;
        app.signed_up("grace@example.com").await;
        let graces = rows::reset_link(&app, "grace@example.com");
        for _ in 0..10 {
            let (one, other) = (rows::reset_link(&app, EMAIL), rows::reset_link(&app, EMAIL));
            let (first, second) = join(confirm(&app, &one, NEW), confirm(&app, &other, NEW)).await;
            let statuses = [first.status, second.status];
            assert!(statuses == [200, 400] || statuses == [400, 200], "{first}\n{second}");
        }
        assert_eq!(confirm(&app, &graces, NEW).await.status, 200);
    }

    async fn a_password_that_changes_otherwise_makes_links_useless(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(EMAIL).await;
        let link = rows::reset_link(&app, EMAIL);
        rows::change_password(&app, EMAIL, "a password of another day");
        assert_answer!("confirm_400_link", confirm(&app, &link, NEW).await);
    }

    /// At this cost a hash takes hours: the answer comes because none is made.
    async fn a_link_that_does_not_work_costs_no_hash(backend: Backend) {
        let app = TestApp::with(backend, &[("bcrypt_cost", "31")]).await;
        assert_answer!("confirm_400_link", confirm(&app, &"A".repeat(43), NEW).await);
    }

    async fn the_database_holds_the_hash_of_a_link_and_not_the_link(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(EMAIL).await;
        let link = rows::reset_link(&app, EMAIL);
        let (hash, data): (Vec<u8>, String) = one_time_tokens::table
            .select((one_time_tokens::token_hash, one_time_tokens::data))
            .first(&mut app.connect())
            .unwrap();
        assert_eq!((hash.len(), data.as_str()), (32, "{}"));
        // What is stored opens nothing.
        let stored = URL_SAFE_NO_PAD.encode(&hash);
        assert_ne!(stored, link);
        assert_answer!("confirm_400_link", confirm(&app, &stored, NEW).await);
        assert_eq!(app.get(CONFIRM).await.status, 405);
    }

    async fn links_that_have_expired_are_removed(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(EMAIL).await;
        rows::reset_link(&app, EMAIL);
        let count = || one_time_tokens::table.count().get_result::<i64>(&mut app.connect()).unwrap();
        for (wait, left) in [(TimeDelta::minutes(59), 1), (TimeDelta::minutes(1), 0)] {
            app.advance(wait);
            frontgate::purge::purge_all(&app.state.database, TimeDelta::days(90), app.clock.now(), |_| {}).await.unwrap();
            assert_eq!(count(), left);
        }
    }
}
