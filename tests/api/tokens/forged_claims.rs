//! Tokens that are signed with our key and whose claims are not right.

use frontgate::tokens::TokenError;
use serde_json::{Value, json};

use super::{keys, refusal};
use crate::support::TestApp;
use crate::support::forge::{self, HEADER, access, access_with, access_without, token};

fn now() -> i64 {
    TestApp::start_of_time().timestamp()
}

/// What is said about an access token with one claim changed.
fn with(name: &str, value: Value) -> Option<TokenError> {
    refusal(&forge::claims(&access_with(name, value)))
}

fn without(name: &str) -> Option<TokenError> {
    refusal(&forge::claims(&access_without(name)))
}

/// What is said about an access token with one claim written as `literal`.
fn with_literal(name: &str, literal: &str) -> Option<TokenError> {
    let marked = access_with(name, json!("MARK")).to_string();
    refusal(&token(HEADER, &marked.replace("\"MARK\"", literal)))
}

/// What no time is: integers that fit into 64 bits alone are.
fn no_times() -> Vec<String> {
    let soon = now() + 60;
    vec![
        format!("{soon}.0"),
        format!("{soon}.5"),
        format!("{}e0", soon),
        "1e30".to_owned(),
        "1e400".to_owned(),
        "9223372036854775808".to_owned(),
        "99999999999999999999999999".to_owned(),
        "-9223372036854775809".to_owned(),
        format!("\"{soon}\""),
        "true".to_owned(),
        "null".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        format!("0{soon}"),
        format!("+{soon}"),
        "NaN".to_owned(),
        "Infinity".to_owned(),
    ]
}

#[test]
fn a_time_that_is_no_integer_is_refused() {
    for name in ["exp", "iat", "nbf"] {
        for literal in no_times() {
            assert_eq!(
                with_literal(name, &literal),
                Some(TokenError::Invalid),
                "{name} {literal}"
            );
        }
    }
}

#[test]
fn a_token_without_exp_or_iat_is_refused() {
    assert_eq!(without("exp"), Some(TokenError::Invalid));
    assert_eq!(without("iat"), Some(TokenError::Invalid));
}

#[test]
fn exp_equal_to_now_is_expired_and_one_second_later_is_not() {
    for past in [now(), now() - 1, 1, 0, -1, i64::MIN] {
        assert_eq!(
            with("exp", json!(past)),
            Some(TokenError::Expired),
            "{past}"
        );
    }
    assert_eq!(with("exp", json!(now() + 1)), None);
    // Half a second later it is still the same second.
    let half = TestApp::start_of_time() + chrono::TimeDelta::milliseconds(999);
    let last = forge::claims(&access_with("exp", json!(now() + 1)));
    assert!(keys(&[]).verify_access(&last, half).is_ok());
}

#[test]
fn iat_may_be_five_seconds_ahead_and_no_more_and_is_not_negative() {
    for fine in [now() + 5, now(), now() - 85_500] {
        assert_eq!(with("iat", json!(fine)), None, "{fine}");
    }
    for wrong in [now() + 6, now() + 3600, i64::MAX, -1, i64::MIN] {
        assert_eq!(
            with("iat", json!(wrong)),
            Some(TokenError::Invalid),
            "{wrong}"
        );
    }
}

#[test]
fn nbf_is_kept_to() {
    assert_eq!(with("nbf", json!(now() + 5)), None);
    assert_eq!(with("nbf", json!(now() - 1)), None);
    assert_eq!(with("nbf", json!(now() + 6)), Some(TokenError::Invalid));
}

#[test]
fn a_token_needs_a_jti() {
    assert_eq!(without("jti"), Some(TokenError::NoId));
    assert_eq!(with("jti", json!("")), Some(TokenError::NoId));
    for wrong in [json!(5), json!(null), json!(true), json!(["a"])] {
        assert_eq!(
            with("jti", wrong.clone()),
            Some(TokenError::Invalid),
            "{wrong}"
        );
    }
}

#[test]
fn a_token_needs_the_type_of_the_place_where_it_is_shown() {
    assert_eq!(without("token_type"), Some(TokenError::NoType));
    for wrong in ["refresh", "Access", "access ", "", "sliding"] {
        assert_eq!(
            with("token_type", json!(wrong)),
            Some(TokenError::WrongType),
            "{wrong:?}"
        );
    }
    for wrong in [json!(5), json!(null), json!(["access"])] {
        assert_eq!(
            with("token_type", wrong.clone()),
            Some(TokenError::Invalid),
            "{wrong}"
        );
    }
    let token = forge::claims(&access());
    let refused = keys(&[]).verify_refresh(&token, TestApp::start_of_time());
    assert_eq!(refused, Err(TokenError::WrongType));
}

/// simplejwt looks at signature and times first, then at `jti`, then at `token_type`.
#[test]
fn the_first_thing_that_is_wrong_is_told() {
    let mut claims = access();
    claims["exp"] = json!(now());
    claims["token_type"] = json!("refresh");
    claims.as_object_mut().unwrap().remove("jti");
    assert_eq!(refusal(&forge::claims(&claims)), Some(TokenError::Expired));
    claims["exp"] = json!(now() + 1);
    assert_eq!(refusal(&forge::claims(&claims)), Some(TokenError::NoId));
    claims["jti"] = json!("a");
    assert_eq!(
        refusal(&forge::claims(&claims)),
        Some(TokenError::WrongType)
    );
}

#[test]
fn user_id_is_a_positive_integer_or_its_plain_text() {
    assert_eq!(without("user_id"), Some(TokenError::Invalid));
    for literal in [
        "0",
        "-7",
        "7.0",
        "7.5",
        "7e0",
        "true",
        "null",
        "[7]",
        "{}",
        "9223372036854775808",
        "\"\"",
        "\"0\"",
        "\"-7\"",
        "\"+7\"",
        "\" 7 \"",
        "\"7 \"",
        "\"07\"",
        "\"7.0\"",
        "\"0x7\"",
        "\"seven\"",
        "\"\u{0667}\"",
        "\"9223372036854775808\"",
    ] {
        assert_eq!(
            with_literal("user_id", literal),
            Some(TokenError::Invalid),
            "{literal}"
        );
    }
    for (literal, id) in [
        ("7", 7),
        ("\"7\"", 7),
        ("\"9223372036854775807\"", i64::MAX),
    ] {
        let marked = access_with("user_id", json!("MARK")).to_string();
        let token = token(HEADER, &marked.replace("\"MARK\"", literal));
        let verified = keys(&[])
            .verify_access(&token, TestApp::start_of_time())
            .unwrap();
        assert_eq!(verified.user_id, id);
    }
}

#[test]
fn sid_is_32_lower_case_hexadecimal_digits() {
    assert_eq!(without("sid"), Some(TokenError::Invalid));
    let good = access()["sid"].as_str().unwrap().to_owned();
    let dashed = format!(
        "{}-{}-{}-{}-{}",
        &good[..8],
        &good[8..12],
        &good[12..16],
        &good[16..20],
        &good[20..]
    );
    let wrong = [
        json!(good.to_uppercase()),
        json!(dashed),
        json!(format!("{{{dashed}}}")),
        json!(format!("urn:uuid:{dashed}")),
        json!(good[1..]),
        json!(format!("{good}0")),
        json!(format!(" {good}")),
        json!(""),
        json!("g".repeat(32)),
        json!(5),
        json!(null),
    ];
    for wrong in wrong {
        assert_eq!(
            with("sid", wrong.clone()),
            Some(TokenError::Invalid),
            "{wrong}"
        );
    }
}

#[test]
fn gen_is_an_integer_and_absent_is_0() {
    for literal in ["\"0\"", "0.0", "true", "null", "[]"] {
        assert_eq!(
            with_literal("gen", literal),
            Some(TokenError::Invalid),
            "{literal}"
        );
    }
    let keys = keys(&[]);
    for (claims, generation) in [
        (access_without("gen"), 0),
        (access_with("gen", json!(3)), 3),
    ] {
        let verified = keys
            .verify_access(&forge::claims(&claims), TestApp::start_of_time())
            .unwrap();
        assert_eq!(verified.generation, generation);
    }
}

#[test]
fn an_access_token_needs_an_email() {
    assert_eq!(without("email"), Some(TokenError::Invalid));
    for wrong in [json!(5), json!(null), json!([])] {
        assert_eq!(
            with("email", wrong.clone()),
            Some(TokenError::Invalid),
            "{wrong}"
        );
    }
}

#[test]
fn claims_that_nobody_asks_for_are_passed_over() {
    for extra in [
        json!(1),
        json!(1.5),
        json!(null),
        json!({ "exp": 1, "list": [{ "a": 1 }, { "a": 2 }] }),
    ] {
        assert_eq!(with("extra", extra), None);
    }
}
