//! What becomes of a token with time, and what a server of the same secret makes of it.

use chrono::TimeDelta;
use frontgate::tokens::TokenError;
use serde_json::json;

use super::keys;
use crate::support::{Backend, TestApp, forge, on_both_databases, rows};

#[test]
fn a_verified_token_that_is_remembered_still_expires() {
    let keys = keys(&[]);
    let token = forge::claims(&forge::access());
    let start = TestApp::start_of_time();
    assert!(keys.verify_access(&token, start).is_ok());
    assert!(
        keys.verify_access(&token, start + TimeDelta::seconds(899))
            .is_ok()
    );
    let refused = keys.verify_access(&token, start + TimeDelta::seconds(900));
    assert_eq!(refused, Err(TokenError::Expired));
    assert!(keys.verify_access(&token, start).is_ok());
}

on_both_databases! {
    async fn a_token_is_accepted_until_its_last_second(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up("ada@example.com").await;
        app.advance(TimeDelta::minutes(15) - TimeDelta::milliseconds(1));
        assert_eq!(browser.info().await.status, 200);
        app.advance(TimeDelta::milliseconds(1));
        assert!(browser.info().await.body.contains("Token is expired"));
    }

    async fn our_claims_are_these_in_this_order(backend: Backend) {
        let app = TestApp::new(backend).await;
        let browser = app.signed_up("ada@example.com").await;
        let now = TestApp::start_of_time().timestamp();
        for (token, kind, lifetime) in [(browser.access(), "access", 900), (browser.refresh_token(), "refresh", 604_800)] {
            let (header, rest) = token.split_once('.').unwrap();
            assert_eq!(header, forge::encode(forge::HEADER));
            let claims = forge::read(token);
            let text = |name: &str| claims[name].as_str().unwrap();
            let email = if kind == "access" { r#","email":"ada@example.com""# } else { "" };
            let expected = format!(
                r#"{{"token_type":"{kind}","exp":{},"iat":{now},"jti":"{}","user_id":1,"sid":"{}","gen":0{email}}}"#,
                now + lifetime, text("jti"), text("sid"),
            );
            assert_eq!(rest.split_once('.').unwrap().0, forge::encode(&expected));
            for identity in [text("jti"), text("sid")] {
                let uuid = uuid::Uuid::parse_str(identity).unwrap();
                assert_eq!((uuid.get_version_num(), uuid.simple().to_string().as_str()), (4, identity));
            }
        }
        assert_eq!(forge::read(browser.access())["sid"], forge::read(browser.refresh_token())["sid"]);
    }

    async fn a_server_with_another_secret_refuses_both_tokens(backend: Backend) {
        let app = TestApp::new(backend).await;
        let cookies = app.signed_up("ada@example.com").await.cookies;
        let app = app.restart(&[("secret_key", "another secret key of 32 bytes or more")]).await;
        let mut browser = app.browser();
        browser.cookies = cookies;
        assert!(browser.info().await.body.contains("Token is invalid"));
        assert_eq!(browser.refresh().await.status, 401);
    }

    async fn a_revocation_is_known_after_a_restart(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up("ada@example.com").await;
        let cookies = browser.cookies.clone();
        browser.log_out().await;
        let app = app.restart(&[]).await;
        let mut browser = app.browser();
        browser.cookies = cookies;
        assert!(browser.info().await.body.contains("Token is revoked"));
    }

    async fn a_lower_generation_of_a_revoked_user_is_refused(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up("ada@example.com").await;
        rows::change_password(&app, "ada@example.com", "a password of another day");
        let cookies = browser.cookies.clone();
        browser.log_in("ada@example.com", "a password of another day").await;
        let newer = browser.cookies.clone();
        assert_eq!(forge::read(browser.access())["gen"], json!(1));
        let app = app.restart(&[]).await;
        let mut browser = app.browser();
        browser.cookies = cookies;
        assert!(browser.info().await.body.contains("Token is revoked"));
        browser.cookies = newer;
        assert_eq!(browser.info().await.status, 200);
    }
}
