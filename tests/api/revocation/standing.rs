//! Keys and everything: revoked for ever.

use diesel::prelude::*;
use frontgate::models::revocation::Revocation;
use frontgate::schema::revocations;
use serde_json::json;

use super::eventually;
use crate::support::{
    Backend, PASSWORD, SECRET, TestApp, assert_answer, forge, on_both_databases, plan,
};

const EMAIL: &str = "ada@example.com";

on_both_databases! {
    async fn below_the_floor_neither_token_is_good_and_a_new_log_in_is_above_it(backend: Backend) {
        let app = TestApp::new(backend).await;
        let browser = app.signed_up(EMAIL).await;
        Revocation::everything(&mut app.connect(), 5, app.clock.now()).unwrap();
        assert_eq!(browser.clone().refresh().await.status, 401);
        eventually("it is refused", async || browser.clone().info().await.status == 401).await;
        let mut newer = app.browser();
        assert_eq!(newer.log_in(EMAIL, PASSWORD).await.status, 200);
        assert_eq!(forge::read(newer.access())["gen"], json!(5));
        assert_eq!(newer.info().await.status, 200);
        assert_eq!(newer.refresh().await.status, 200);
        let second = app.signed_up("grace@example.com").await;
        assert_eq!(forge::read(second.access())["gen"], json!(5));
        let (old, new) = (browser.cookies.clone(), newer.cookies.clone());
        let app = app.restart(&[]).await;
        let mut browser = app.browser();
        browser.cookies = old;
        assert_eq!(browser.info().await.status, 401);
        browser.cookies = new;
        assert_eq!(browser.info().await.status, 200);
    }

    async fn what_a_revoked_key_has_signed_is_refused_and_it_signs_no_more(backend: Backend) {
        let app = TestApp::new(backend).await;
        let browser = app.signed_up(EMAIL).await;
        let key = app.state.policy.key_id.clone();
        Revocation::key(&mut app.connect(), &key, app.clock.now()).unwrap();
        assert_eq!(browser.clone().refresh().await.status, 401);
        assert_answer!("key_revoked_log_in_503", app.browser().log_in(EMAIL, PASSWORD).await);
        eventually("it is refused", async || browser.clone().info().await.status == 401).await;
        // Nothing was stored by the log-in that could not be signed.
        assert_eq!(crate::support::rows::counts(&app)[1], ("sessions", 1));
    }

    async fn another_keys_revocation_concerns_nobody_here(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        Revocation::key(&mut app.connect(), "secret-00000000", app.clock.now()).unwrap();
        assert_eq!(browser.refresh().await.status, 200);
        assert_eq!(app.browser().log_in(EMAIL, PASSWORD).await.status, 200);
    }

    /// Hundreds of thousands of revocations must not make a log-in slow.
    async fn a_log_in_finds_the_few_that_stay_by_an_index(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut connection = app.connect();
        let plan = plan(&mut connection, "SELECT * FROM revocations WHERE kind IN ('everything', 'key')");
        assert!(plan.contains("revocations_standing"), "{plan}");
    }
}

#[test]
fn a_keys_id_is_no_secret_and_depends_on_nothing_else() {
    let key = |secret: &str| {
        let settings =
            crate::support::settings_with("sqlite://never.sqlite3", &[("secret_key", secret)]);
        frontgate::config::SecretKey::obtain(&settings, || true)
            .unwrap()
            .id()
    };
    assert_eq!(key(SECRET), key(SECRET));
    assert_ne!(
        key(SECRET),
        key("another secret key, also 32 bytes or more")
    );
    assert_eq!(key(SECRET).len(), "secret-".len() + 8);
}

#[test]
fn rows_of_keys_and_everything_are_not_purged() {
    crate::support::run(async {
        let app = TestApp::new(Backend::Sqlite).await;
        let mut connection = app.connect();
        Revocation::key(&mut connection, "secret-00000000", app.clock.now()).unwrap();
        Revocation::everything(&mut connection, 1, app.clock.now()).unwrap();
        app.advance(chrono::TimeDelta::days(36_500));
        let purged = frontgate::models::purge::purge_batch(
            &mut connection,
            chrono::TimeDelta::days(90),
            app.clock.now(),
        )
        .unwrap();
        assert_eq!(purged.total(), 0);
        assert_eq!(
            revocations::table
                .count()
                .get_result::<i64>(&mut connection)
                .unwrap(),
            2
        );
    });
}
