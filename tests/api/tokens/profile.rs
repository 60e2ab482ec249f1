//! `iss` and `aud`: required once they are set, and an `aud` that is not set is another's.

use frontgate::tokens::TokenError;
use serde_json::{Value, json};

use super::keys;
use crate::support::forge;
use crate::support::{Backend, TestApp, on_both_databases};

const ISSUER: (&str, &str) = ("issuer", "https://auth.example.com");
const AUDIENCE: (&str, &str) = ("audience", "shop");

/// What keys with these settings say about an access token with this claim.
fn refusal(settings: &[(&str, &str)], claim: &str, value: Option<&Value>) -> Option<TokenError> {
    let mut claims = forge::access();
    if let Some(value) = value {
        claims[claim] = value.clone();
    }
    let token = forge::claims(&claims);
    keys(settings)
        .verify_access(&token, TestApp::start_of_time())
        .err()
}

#[test]
fn without_an_issuer_of_ours_any_is_accepted() {
    for iss in [
        None,
        Some(json!("https://other.example.com")),
        Some(json!(5)),
    ] {
        assert_eq!(refusal(&[], "iss", iss.as_ref()), None, "{iss:?}");
    }
}

#[test]
fn an_issuer_that_is_set_must_be_there_to_the_letter() {
    assert_eq!(refusal(&[ISSUER], "iss", Some(&json!(ISSUER.1))), None);
    let wrong = [
        "https://auth.example.com/",
        "https://AUTH.example.com",
        " https://auth.example.com",
        "",
    ]
    .map(Value::from);
    let wrong = wrong
        .into_iter()
        .chain([json!([ISSUER.1]), json!(5), json!(null)])
        .map(Some);
    for iss in wrong.chain([None]) {
        assert_eq!(
            refusal(&[ISSUER], "iss", iss.as_ref()),
            Some(TokenError::Invalid),
            "{iss:?}"
        );
    }
}

#[test]
fn without_an_audience_of_ours_a_token_for_somebody_is_refused() {
    assert_eq!(refusal(&[], "aud", None), None);
    for aud in [
        json!("shop"),
        json!(["shop"]),
        json!([]),
        json!(""),
        json!(null),
        json!(5),
    ] {
        assert_eq!(
            refusal(&[], "aud", Some(&aud)),
            Some(TokenError::Invalid),
            "{aud}"
        );
    }
}

#[test]
fn an_audience_that_is_set_must_be_the_tokens_or_one_of_its_list() {
    for aud in [json!("shop"), json!(["shop"]), json!(["till", "shop"])] {
        assert_eq!(refusal(&[AUDIENCE], "aud", Some(&aud)), None, "{aud}");
    }
    let wrong = [
        json!("till"),
        json!("Shop"),
        json!("shop "),
        json!(["till"]),
        json!([]),
        json!([["shop"]]),
        json!({ "shop": true }),
        json!(5),
        json!(null),
    ];
    for aud in wrong.map(Some).into_iter().chain([None]) {
        assert_eq!(
            refusal(&[AUDIENCE], "aud", aud.as_ref()),
            Some(TokenError::Invalid),
            "{aud:?}"
        );
    }
}

on_both_databases! {
    async fn both_are_written_into_both_tokens(backend: Backend) {
        let app = TestApp::with(backend, &[ISSUER, AUDIENCE]).await;
        let mut browser = app.signed_up("ada@example.com").await;
        for _ in 0..2 {
            for token in [browser.access(), browser.refresh_token()] {
                let claims = forge::read(token);
                assert_eq!((&claims["iss"], &claims["aud"]), (&json!(ISSUER.1), &json!(AUDIENCE.1)));
            }
            assert_eq!(browser.info().await.status, 200);
            assert_eq!(browser.refresh().await.status, 200);
        }
    }

    async fn a_retry_answers_the_same_bytes_though_the_settings_changed_within_the_grace(backend: Backend) {
        let app = TestApp::with(backend, &[ISSUER]).await;
        let mut browser = app.signed_up("ada@example.com").await;
        let old = browser.cookies.clone();
        browser.refresh().await;
        let rotated = browser.refresh_token().to_owned();
        let app = app.restart(&[ISSUER, ("refresh_token_lifetime", "1d"), ("access_token_lifetime", "1m")]).await;
        let mut retry = app.browser();
        retry.cookies = old;
        assert_eq!(retry.refresh().await.status, 200);
        assert_eq!(retry.refresh_token(), rotated);
    }
}
