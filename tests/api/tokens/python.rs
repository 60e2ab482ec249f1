//! PyJWT and simplejwt 5.5.0 read our tokens, and we read those that simplejwt issued. Both
//! are in `target/python`, where `scripts/install-tools` puts them.

use std::io::Write;
use std::process::{Command, Stdio};

use chrono::TimeDelta;
use diesel::prelude::*;
use frontgate::clock::from_seconds;
use frontgate::models::outstanding_token::NewOutstandingToken;
use frontgate::models::session::NewSession;
use frontgate::schema::users;
use serde_json::{Value, json};

use crate::support::test_app::SECRET;
use crate::support::{Backend, TestApp, forge, on_both_databases, rows};

const EMAIL: &str = "ada@example.com";
const SID: &str = "aaaabbbbccccddddeeeeffff00001111";

/// What `simplejwt.py` answers.
fn python(mut asked: Value) -> Value {
    asked["secret"] = json!(SECRET);
    let root = env!("CARGO_MANIFEST_DIR");
    let mut script = Command::new(format!("{root}/target/python/bin/python"))
        .arg(format!("{root}/tests/api/tokens/simplejwt.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("scripts/install-tools makes target/python: {error}"));
    let mut stdin = script.stdin.take().unwrap();
    stdin.write_all(asked.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = script.wait_with_output().unwrap();
    assert!(output.status.success(), "simplejwt.py failed");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The pair that simplejwt issues to a user at the start of time.
fn issued_by_simplejwt(user_id: Value) -> (String, String) {
    let now = TestApp::start_of_time().timestamp();
    let issued = python(json!({ "issue": { "user_id": user_id, "now": now } }));
    let text = |name: &str| issued[name].as_str().unwrap().to_owned();
    (text("refresh"), text("access"))
}

/// Puts the token into the database as an importer does, with a session of its own.
fn import(app: &TestApp, user_id: i64, refresh: &str) {
    let claims = forge::read(refresh);
    let seconds = |name: &str| from_seconds(claims[name].as_i64().unwrap());
    let (jti, now) = (claims["jti"].as_str().unwrap(), app.clock.now());
    let mut connection = app.connect();
    diesel::update(users::table.filter(users::id.eq(user_id)))
        .set(users::imported_at.eq(now.naive_utc()))
        .execute(&mut connection)
        .unwrap();
    let session_id = NewSession {
        sid: SID,
        user_id,
        generation: 0,
        current_jti: jti,
        expires_at: seconds("exp"),
        absolute_expires_at: now + TimeDelta::days(90),
        access_until: now + TimeDelta::minutes(15),
        ip: None,
        user_agent: "",
    }
    .insert(&mut connection, now)
    .unwrap();
    NewOutstandingToken {
        user_id,
        session_id,
        jti,
        parent_id: None,
        sequence: 0,
        profile: "{}",
        created_at: seconds("iat"),
        expires_at: seconds("exp"),
    }
    .insert(&mut connection)
    .unwrap();
}

on_both_databases! {
    async fn pyjwt_reads_our_tokens(backend: Backend) {
        let app = TestApp::new(backend).await;
        let browser = app.signed_up(EMAIL).await;
        let (access, refresh) = (browser.access(), browser.refresh_token());
        let read = python(json!({ "decode": [access, refresh] }));
        let header = json!({ "alg": "HS256", "typ": "JWT" });
        assert_eq!(read[0], json!({ "header": header, "claims": forge::read(access) }));
        assert_eq!(read[1], json!({ "header": header, "claims": forge::read(refresh) }));
    }

    async fn simplejwt_accepts_our_tokens_and_refuses_them_once_expired(backend: Backend) {
        // simplejwt knows no clock but the machine's.
        let distant = chrono::DateTime::from_timestamp(4_000_000_000, 0).unwrap();
        let database = crate::support::TestDatabase::new(backend);
        let past = TestApp::on(database, TestApp::start_of_time(), &[]).await;
        let expired = past.signed_up(EMAIL).await.access().to_owned();
        let mut lasting = forge::read(&expired);
        lasting["exp"] = json!(distant.timestamp());
        let lasting = forge::claims(&lasting);
        let read = python(json!({ "simplejwt": [expired, lasting] }));
        assert_eq!(read[0], json!({ "error": "Token is expired" }));
        assert_eq!(read[1]["claims"], forge::read(&lasting));
    }

    async fn a_refresh_token_of_simplejwt_rotates_once_its_user_is_imported(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(EMAIL).await;
        let user_id = rows::user(&app, EMAIL).id;
        let (refresh, _) = issued_by_simplejwt(json!(user_id));
        assert_eq!(forge::read(&refresh).as_object().unwrap().len(), 5);
        import(&app, user_id, &refresh);
        let mut browser = app.browser();
        browser.cookies.insert("refresh".to_owned(), refresh.clone());
        let mut second_tab = browser.clone();
        let mut late = browser.clone();

        let answer = browser.refresh().await;
        assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"message":"Token refreshed successfully"}"#));
        let successor = forge::read(browser.refresh_token());
        assert_eq!((&successor["sid"], &successor["user_id"]), (&json!(SID), &json!(user_id)));
        assert_eq!(browser.info().await.body, r#"{"email":"ada@example.com","user_id":1}"#);

        assert_eq!(second_tab.refresh().await.status, 200);
        assert_eq!(second_tab.refresh_token(), browser.refresh_token());

        app.advance(TimeDelta::seconds(10));
        assert_eq!(late.refresh().await.body, r#""Invalid or expired refresh token""#);
        assert_eq!(rows::end_reasons(&app), [None, Some("reuse_detected".to_owned())]);
        assert_eq!(browser.refresh().await.status, 401);
    }

    async fn simplejwts_user_id_may_be_text(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(EMAIL).await;
        let user_id = rows::user(&app, EMAIL).id;
        let (refresh, _) = issued_by_simplejwt(json!(user_id.to_string()));
        import(&app, user_id, &refresh);
        let mut browser = app.browser();
        browser.cookies.insert("refresh".to_owned(), refresh);
        assert_eq!(browser.refresh().await.status, 200);
    }

    async fn a_refresh_token_of_simplejwt_logs_out(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(EMAIL).await;
        let user_id = rows::user(&app, EMAIL).id;
        let (refresh, _) = issued_by_simplejwt(json!(user_id));
        import(&app, user_id, &refresh);
        let mut browser = app.browser();
        browser.cookies.insert("refresh".to_owned(), refresh);
        assert_eq!(browser.log_out().await.body, r#""ada@example.com has been logged out""#);
        assert_eq!(rows::end_reasons(&app), [None, Some("logged_out".to_owned())]);
    }

    async fn a_refresh_token_of_simplejwt_that_was_not_imported_is_refused(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(EMAIL).await;
        let (refresh, _) = issued_by_simplejwt(json!(rows::user(&app, EMAIL).id));
        let mut browser = app.browser();
        browser.cookies.insert("refresh".to_owned(), refresh);
        assert_eq!(browser.refresh().await.status, 401);
        assert_eq!(rows::end_reasons(&app), [None]);
    }
}
