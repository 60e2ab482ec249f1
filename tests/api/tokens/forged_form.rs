//! Tokens whose form, header or signature is not right: a token has one byte string.

use frontgate::tokens::TokenError;
use jsonwebtoken::Algorithm;
use serde_json::json;

use super::{keys, refusal};
use crate::support::TestApp;
use crate::support::forge::{self, HEADER, access, encode, sign, sign_with, token};
use crate::support::test_app::SECRET;

fn payload() -> String {
    access().to_string()
}

#[track_caller]
fn assert_invalid(name: &str, token: &str) {
    assert_eq!(refusal(token), Some(TokenError::Invalid), "{name}");
}

/// What all the refused ones are variants of.
#[test]
fn the_forged_token_that_nothing_was_done_to_is_accepted() {
    assert_eq!(refusal(&forge::claims(&access())), None);
}

#[test]
fn a_header_that_says_anything_else_is_refused() {
    let headers = [
        r#"{"alg":"none","typ":"JWT"}"#,
        r#"{"alg":"None","typ":"JWT"}"#,
        r#"{"alg":"","typ":"JWT"}"#,
        r#"{"alg":null,"typ":"JWT"}"#,
        r#"{"alg":["HS256"],"typ":"JWT"}"#,
        r#"{"typ":"JWT"}"#,
        r#"{"alg":"hs256","typ":"JWT"}"#,
        r#"{"alg":"HS256 ","typ":"JWT"}"#,
        r#"{"alg":"HS384","typ":"JWT"}"#,
        r#"{"alg":"HS512","typ":"JWT"}"#,
        r#"{"alg":"RS256","typ":"JWT"}"#,
        r#"{"alg":"ES256","typ":"JWT"}"#,
        r#"{"alg":"EdDSA","typ":"JWT"}"#,
        r#"{"alg":"HS256","typ":"at+jwt"}"#,
        r#"{"alg":"HS256","typ":"JOSE"}"#,
        r#"{"alg":"HS256","typ":""}"#,
        r#"{"alg":"HS256","typ":null}"#,
        r#"{"alg":"HS256","typ":5}"#,
        r#"{"alg":"HS256","typ":"JWT","crit":[]}"#,
        r#"{"alg":"HS256","typ":"JWT","crit":["exp"]}"#,
        r#"{"alg":"HS256","typ":"JWT","crit":["b64"],"b64":false}"#,
        r#"{"alg":"HS256","typ":"JWT","b64":true}"#,
        r#"{"alg":"HS256","typ":"JWT","kid":"1"}"#,
        r#"{"alg":"HS256","typ":"JWT","kid":null}"#,
        r#"{"alg":"HS256","typ":"JWT","enc":"A128GCM"}"#,
        r#"{"alg":"HS256","typ":"JWT","zip":"DEF"}"#,
        r#"{"alg":"HS256","alg":"HS256","typ":"JWT"}"#,
        r#"{"alg":"none","alg":"HS256","typ":"JWT"}"#,
        r#"{"alg":"HS256","typ":"JWT","x":{"a":1,"a":1}}"#,
        r#"["alg","HS256"]"#,
        r#""HS256""#,
        "null",
        "{}",
        "",
        r#"{"alg":"HS256","typ":"JWT"} {}"#,
        r#"{"alg":"HS256","typ":"JWT""#,
    ];
    for header in headers {
        assert_invalid(header, &token(header, &payload()));
    }
}

/// PyJWT writes `typ`, other libraries leave it away (RFC 7519, section 5.1).
#[test]
fn a_header_without_typ_or_with_other_members_is_accepted() {
    for header in [
        r#"{"alg":"HS256"}"#,
        r#"{"typ":"jwt","alg":"HS256"}"#,
        r#"{"alg":"HS256","typ":"JWT","x5t":"a"}"#,
    ] {
        assert_eq!(refusal(&token(header, &payload())), None, "{header}");
    }
}

#[test]
fn a_signature_of_another_key_or_algorithm_is_refused() {
    let message = format!("{}.{}", encode(HEADER), encode(&payload()));
    let other_key = "another secret key of 32 bytes or more";
    assert_invalid(
        "another key",
        &sign_with(other_key, Algorithm::HS256, &message),
    );
    assert_invalid("an empty key", &sign_with("", Algorithm::HS256, &message));
    assert_invalid("HS384", &sign_with(SECRET, Algorithm::HS384, &message));
    assert_invalid("HS512", &sign_with(SECRET, Algorithm::HS512, &message));
    assert_invalid("none at all", &format!("{message}."));
    assert_invalid("cut", &sign(&message)[..message.len() + 30]);
    let unsigned = format!("{}.{}.", encode(r#"{"alg":"none"}"#), encode(&payload()));
    assert_invalid("alg none, unsigned", &unsigned);
    let mut raised = access();
    raised["user_id"] = json!(1);
    let signature = sign(&message).rsplit_once('.').unwrap().1.to_owned();
    let swapped = format!(
        "{}.{}.{signature}",
        encode(HEADER),
        encode(&raised.to_string())
    );
    assert_invalid("another payload under this signature", &swapped);
}

#[test]
fn each_byte_of_a_token_counts() {
    let good = forge::claims(&access());
    let keys = keys(&[]);
    for place in 0..good.len() {
        for other in [b'A', b'w', b'.', b'='] {
            let mut bytes = good.clone().into_bytes();
            if bytes[place] == other {
                continue;
            }
            bytes[place] = other;
            let changed = String::from_utf8(bytes).unwrap();
            let refused = keys.verify_access(&changed, TestApp::start_of_time());
            assert_eq!(refused, Err(TokenError::Invalid), "byte {place}: {changed}");
        }
    }
}

/// The last letter of a part carries bits that belong to no byte: three other letters decode
/// to the same signature where a library ignores them.
#[test]
fn a_signature_has_one_spelling() {
    let good = forge::claims(&access());
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (head, last) = good.split_at(good.len() - 1);
    let value = letters.find(last).unwrap();
    assert_eq!(value % 4, 0, "32 bytes leave two bits over");
    for stray in 1..4 {
        let other = letters.chars().nth(value + stray).unwrap();
        assert_invalid("stray bits", &format!("{head}{other}"));
    }
    let standard = good.replace('-', "+").replace('_', "/");
    if standard != good {
        assert_invalid("the other alphabet", &standard);
    }
}

/// Whoever signs may leave stray bits in the other parts too; they are refused though the
/// signature covers them.
#[test]
fn padding_and_stray_bits_are_refused_under_a_right_signature() {
    let header = encode(HEADER);
    let padded_payload = (0..3)
        .map(|spaces| encode(&(payload() + &" ".repeat(spaces))))
        .find(|part| part.len() % 4 != 0)
        .unwrap();
    assert_eq!(refusal(&sign(&format!("{header}.{padded_payload}"))), None);
    let padding = "=".repeat(4 - padded_payload.len() % 4);
    assert_invalid(
        "padding",
        &sign(&format!("{header}.{padded_payload}{padding}")),
    );
    // 27 bytes of header leave no bits over; 28 do.
    let longer = encode(&format!("{HEADER} "));
    let mut stray = longer.clone();
    assert_eq!(stray.pop(), Some('A'));
    stray.insert(stray.len(), 'B');
    let payload = encode(&payload());
    assert_eq!(refusal(&sign(&format!("{longer}.{payload}"))), None);
    assert_invalid("stray bits", &sign(&format!("{stray}.{payload}")));
}

#[test]
fn white_space_and_dots_too_many_or_too_few_are_refused() {
    let good = forge::claims(&access());
    for space in [" ", "\n", "\t", "\r\n", "\u{a0}", "\0"] {
        assert_invalid("before", &format!("{space}{good}"));
        assert_invalid("behind", &format!("{good}{space}"));
        assert_invalid("within", &good.replacen('.', &format!(".{space}"), 1));
    }
    let message = good.rsplit_once('.').unwrap().0.to_owned();
    for wrong in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "...".to_owned(),
        "rubbish".to_owned(),
        message.clone(),
        format!(".{good}"),
        format!("{good}."),
        format!("{good}.{}", encode("x")),
        sign(&format!("{message}.{}", encode("x"))),
        sign(&format!("{}.", encode(HEADER))),
        sign(&format!(".{}", encode(&payload()))),
        good.replacen('.', "..", 1),
        format!("{good}{good}"),
        "\u{e9}.\u{e9}.\u{e9}".to_owned(),
    ] {
        assert_invalid("form", &wrong);
    }
}

#[test]
fn a_payload_that_is_no_plain_object_is_refused() {
    let whole = payload();
    let inner = &whole[1..whole.len() - 1];
    for wrong in [
        "null".to_owned(),
        "5".to_owned(),
        r#""text""#.to_owned(),
        format!("[{whole}]"),
        String::new(),
        "{".to_owned(),
        format!("{whole} {whole}"),
        format!("{{{inner},}}"),
        format!("{{{inner},\"user_id\":8}}"),
        format!("{{\"user_id\":8,{inner}}}"),
        format!("{{{inner},\"\\u0065xp\":9999999999}}"),
        format!("{{{inner},\"custom\":{{\"a\":1,\"a\":2}}}}"),
        format!("{{{inner},\"custom\":[{{\"a\":{{\"b\":1,\"b\":1}}}}]}}"),
        format!(
            "{{{inner},\"custom\":{}{}}}",
            "[".repeat(200),
            "]".repeat(200)
        ),
        format!("\u{feff}{whole}"),
    ] {
        assert_invalid(&wrong, &token(HEADER, &wrong));
    }
}

#[test]
fn a_token_longer_than_8_kib_is_refused() {
    let mut claims = access();
    claims["custom"] = json!("x".repeat(5500));
    let long = forge::claims(&claims);
    assert!((7000..8192).contains(&long.len()), "{}", long.len());
    assert_eq!(refusal(&long), None);
    claims["custom"] = json!("x".repeat(6900));
    let longer = forge::claims(&claims);
    assert!(longer.len() > 9 * 1024, "{}", longer.len());
    assert_invalid("9 KiB", &longer);
}
