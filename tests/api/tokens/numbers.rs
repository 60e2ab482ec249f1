//! Numbers in claims: in range, and kept as they are written or refused.

use chrono::TimeDelta;
use diesel::prelude::*;
use frontgate::config::LONGEST_ACCESS_TOKEN_LIFETIME;
use frontgate::schema::users;
use frontgate::tokens::{TokenError, strict_json};
use proptest::prelude::*;
use serde_json::json;

use super::{keys, refusal};
use crate::support::forge::{self, HEADER, access, access_with, token};
use crate::support::{Backend, TestApp, on_both_databases, rows};

/// Kept exactly.
const KEPT: [&str; 22] = [
    "0",
    "-0",
    "-1",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "18446744073709551615",
    "0.1",
    "-0.5",
    "0.0",
    "-0.0",
    "1.0",
    "1.10",
    "100.0",
    "1e3",
    "1E+3",
    "2.5e-3",
    "1e22",
    "1e23",
    "0.30000000000000004",
    "0e5",
];
/// What a parser would round without a word.
const ROUNDED: [&str; 14] = [
    "18446744073709551616",
    "-9223372036854775809",
    "123456789012345678901234567890",
    "-123456789012345678901234567890",
    "1.00000000000000000001",
    "0.1000000000000000055511151231257827",
    "3.14159265358979323846",
    "9007199254740993.0",
    "9007199254740993e0",
    "123456789012345678901234567890.5",
    "18446744073709551615.5",
    "1e-400",
    "4e-324",
    "1e400",
];

#[test]
fn a_number_is_kept_exactly_or_refused() {
    for (numbers, kept) in [(&KEPT[..], true), (&ROUNDED[..], false)] {
        for number in numbers {
            for text in [
                (*number).to_owned(),
                format!("[{number}]"),
                format!("{{\"a\":{{\"b\":[1,{number} ,\"x\"]}}}}"),
                format!("{{\"99999999999999999999999\":\"\\\"1e999,\\\\\",\"b\":{number}}}"),
            ] {
                let parsed = strict_json::parse_exact(text.as_bytes());
                assert_eq!(parsed.is_ok(), kept, "{text}: {parsed:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_integer_of_64_bits_is_written_as_it_was_read(unsigned: u64, signed: i64) {
        for text in [unsigned.to_string(), signed.to_string()] {
            prop_assert_eq!(strict_json::parse_exact(text.as_bytes()).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_double_is_written_with_its_value(double in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO) {
        for text in [json!(double).to_string(), format!("{double:e}")] {
            let kept = strict_json::parse_exact(text.as_bytes()).unwrap().to_string();
            prop_assert_eq!(kept.parse::<f64>().unwrap().to_bits(), double.to_bits());
        }
    }

    #[test]
    fn a_double_of_few_digits_is_kept(digits in -99_999_999_i64..=99_999_999, exponent in -12_i32..=12) {
        let text = format!("{digits}e{exponent}");
        let kept = strict_json::parse_exact(text.as_bytes()).unwrap().to_string();
        prop_assert_eq!(kept.parse::<f64>().unwrap().to_bits(), text.parse::<f64>().unwrap().to_bits());
    }

    #[test]
    fn an_integer_beyond_64_bits_is_refused(beyond in (1u128 << 64)..u128::MAX) {
        for text in [beyond.to_string(), format!("-{beyond}")] {
            prop_assert!(strict_json::parse_exact(text.as_bytes()).is_err());
        }
    }
}

#[test]
fn a_token_with_a_claim_that_would_be_rounded_is_refused() {
    for (numbers, refused) in [(&KEPT[..], None), (&ROUNDED[..], Some(TokenError::Invalid))] {
        for number in numbers {
            let marked = access_with("order", json!("MARK")).to_string();
            let forged = token(HEADER, &marked.replace("\"MARK\"", number));
            assert_eq!(refusal(&forged), refused, "{number}");
        }
    }
}

#[test]
fn no_refresh_token_lives_longer_than_any_session() {
    let now = TestApp::start_of_time();
    let longest = (now + TimeDelta::days(90)).timestamp();
    // Five seconds more, for the clock of another node.
    for (exp, refused) in [
        (longest, None),
        (longest + 5, None),
        (longest + 6, Some(TokenError::Invalid)),
        (longest + 365 * 86_400, Some(TokenError::Invalid)),
        (i64::MAX, Some(TokenError::Invalid)),
    ] {
        let mut refresh = access_with("exp", json!(exp));
        refresh["token_type"] = json!("refresh");
        let refresh = keys(&[]).verify_refresh(&forge::claims(&refresh), now);
        assert_eq!(refresh.err(), refused, "{exp}");
    }
}

#[test]
fn no_access_token_lives_longer_than_any_that_is_handed_out() {
    let now = TestApp::start_of_time().timestamp();
    let longest = LONGEST_ACCESS_TOKEN_LIFETIME.delta().num_seconds();
    for (iat, exp, refused) in [
        (now, now + longest, None),
        (now, now + longest + 1, Some(TokenError::Invalid)),
        (now, now + 90 * 86_400, Some(TokenError::Invalid)),
        (now, i64::MAX, Some(TokenError::Invalid)),
        // From the clock of another node.
        (now + 5, now + 5 + longest, None),
        (now + 5, now + 6 + longest, Some(TokenError::Invalid)),
        // It is the whole life that counts, not what is left of it.
        (now - longest + 1, now + 1, None),
        (now - longest, now + 1, Some(TokenError::Invalid)),
        (0, now + 1, Some(TokenError::Invalid)),
        (0, i64::MAX, Some(TokenError::Invalid)),
    ] {
        let mut claims = access();
        claims["iat"] = json!(iat);
        claims["exp"] = json!(exp);
        assert_eq!(refusal(&forge::claims(&claims)), refused, "{iat} {exp}");
    }
}

#[test]
fn no_claim_of_ours_is_negative() {
    for name in ["iat", "nbf", "gen", "user_id"] {
        for number in [-1, -1_767_614_400, i64::MIN] {
            assert_eq!(
                refusal(&forge::claims(&access_with(name, json!(number)))),
                Some(TokenError::Invalid),
                "{name} {number}"
            );
        }
    }
    for name in ["nbf", "gen"] {
        assert_eq!(
            refusal(&forge::claims(&access_with(name, json!(0)))),
            None,
            "{name}"
        );
    }
    assert_eq!(refusal(&forge::claims(&access())), None);
}

on_both_databases! {
    async fn claims_of_a_user_that_would_be_rounded_get_into_no_token(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let mut ada = app.signed_up("ada@example.com").await;
        let id = rows::user(&app, "ada@example.com").id;
        let path = format!("/admin/users/{id}/claims/");
        let page = operator.get(&path).await.body;
        let before = page.split("name=\"before\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let answer = operator.post(&path, &[("before", &before), ("claims", r#"{"order":18446744073709551616}"#)]).await;
        assert_eq!(answer.status, 400);
        assert!(answer.body.contains("the number 18446744073709551616 would be rounded: write it as a string"), "{answer}");
        let answer = operator.post(&path, &[("before", &before), ("claims", r#"{"order":18446744073709551615}"#)]).await;
        assert_eq!(answer.status, 303, "{answer}");
        ada.refresh().await;
        assert_eq!(forge::read(ada.access())["order"], json!(u64::MAX));
        // Written with the database's own tools.
        diesel::update(users::table.filter(users::id.eq(id)))
            .set(users::claims.eq(r#"{"order":18446744073709551616}"#))
            .execute(&mut app.connect())
            .unwrap();
        ada.refresh().await;
        assert_eq!(forge::read(ada.access()).get("order"), None);
        assert_eq!(ada.info().await.status, 200);
    }
}
