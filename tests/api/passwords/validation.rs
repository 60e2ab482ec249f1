//! Django's password validators and ours say the same of every password.
//!
//! `scripts/django-vectors.py` asked Django and wrote its answers down.

use std::fmt::Write as _;

use frontgate::passwords::validation::{Attributes, validate};
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{Backend, TestApp, on_both_databases, rows};

const VECTORS: &str = include_str!("validation_vectors.json");

#[test]
fn every_password_gets_the_messages_that_django_gives_it() {
    let vectors: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
    assert!(vectors.len() >= 300, "only {} vectors", vectors.len());
    let (mut disagreements, mut not_in_nfc) = (String::new(), 0);
    for vector in &vectors {
        let text = |name: &str| vector[name].as_str().unwrap();
        let attributes = Attributes {
            email: text("email"),
            first_name: text("first_name"),
            last_name: text("last_name"),
        };
        let nfc = ComposingNormalizerBorrowed::new_nfc();
        let differs = ["password", "email", "first_name", "last_name"]
            .into_iter()
            .any(|name| !nfc.is_normalized(text(name)));
        if differs {
            not_in_nfc += 1;
            continue;
        }
        let ours = validate(text("password"), &attributes);
        if Value::from(ours.as_slice()) != vector["messages"] {
            writeln!(disagreements, "{vector}\n    we say {ours:?}").unwrap();
        }
    }
    assert!(disagreements.is_empty(), "\n{disagreements}");
    // Django looks at those as they were typed, and hashes them so.
    assert!(not_in_nfc < 20, "{not_in_nfc}");
}

#[test]
fn the_messages_come_in_the_order_of_the_validators() {
    let attributes = Attributes {
        email: "123456@example.com",
        ..Attributes::default()
    };
    assert_eq!(
        validate("123456", &attributes),
        [
            "The password is too similar to the email.",
            "This password is too short. It must contain at least 8 characters.",
            "This password is too common.",
            "This password is entirely numeric.",
        ]
    );
}

#[test]
fn only_the_first_similar_attribute_is_named() {
    let attributes = Attributes {
        email: "lovelace@example.com",
        first_name: "Lovelace",
        last_name: "Lovelace",
    };
    assert_eq!(
        validate("lovelace", &attributes)[0],
        "The password is too similar to the first name."
    );
}

#[test]
fn a_good_password_gets_no_message() {
    assert!(validate("correct horse battery staple", &Attributes::default()).is_empty());
}

const SHORT: &str = "This password is too short. It must contain at least 8 characters.";
const COMMON: &str = "This password is too common.";
const SIMILAR: &str = "The password is too similar to the first name.";

#[test]
fn what_is_validated_is_the_form_that_is_hashed() {
    let table: [(&str, &str, &[&str]); 24] = [
        // Letters with an accent, as one code point and as two.
        (&"\u{e9}".repeat(7), "", &[SHORT]),
        (&"\u{e9}".repeat(8), "", &[]),
        (&"e\u{301}".repeat(4), "", &[SHORT]),
        (&"e\u{301}".repeat(7), "", &[SHORT]),
        (&"e\u{301}".repeat(8), "", &[]),
        // Two marks on a letter: one code point, whichever comes first.
        (&"e\u{323}\u{302}".repeat(3), "", &[SHORT]),
        (&"e\u{302}\u{323}".repeat(7), "", &[SHORT]),
        (&"e\u{302}\u{323}".repeat(8), "", &[]),
        // Hangul: syllables of two and of three jamo.
        (
            "\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}\u{110b}\u{1165}",
            "",
            &[SHORT],
        ),
        (&"\u{1112}\u{1161}\u{11ab}".repeat(8), "", &[]),
        // Marks that join nothing count, as they do for Django.
        ("q\u{301}q\u{302}q\u{303}q\u{304}", "", &[]),
        // Singletons: the signs of Angstrom and Kelvin are letters.
        (&"\u{212b}".repeat(7), "", &[SHORT]),
        ("po\u{212a}emon", "", &[SHORT, COMMON]),
        // NFC takes these apart: three code points are nine, and are three as Django counts.
        (&"\u{fb2c}".repeat(3), "", &[SHORT]),
        (&"\u{fb2c}".repeat(7), "", &[SHORT]),
        (&"\u{fb2c}".repeat(8), "", &[]),
        (&"\u{958}".repeat(4), "", &[SHORT]),
        (&"\u{1d160}".repeat(7), "", &[SHORT]),
        // One that grows hides none that shrinks, nor the other way round.
        (
            &format!("{}{}", "\u{fb2c}", "e\u{301}".repeat(3)),
            "",
            &[SHORT],
        ),
        (
            &format!("{}{}", "\u{fb2c}".repeat(2), "e\u{301}".repeat(3)),
            "",
            &[],
        ),
        // Names in the one form, passwords in the other.
        ("je\u{301}ro\u{302}me12", "J\u{e9}r\u{f4}me", &[SIMILAR]),
        ("j\u{e9}r\u{f4}me12", "Je\u{301}ro\u{302}me", &[SIMILAR]),
        (
            "\u{1112}\u{1161}\u{11ab}\u{d55c}\u{d55c}\u{d55c}\u{d55c}\u{d55c}\u{d55c}\u{d55c}",
            "\u{d55c}\u{d55c}\u{d55c}\u{d55c}\u{d55c}\u{d55c}",
            &[SIMILAR],
        ),
        ("correct horse battery", "J\u{e9}r\u{f4}me", &[]),
    ];
    for (password, first_name, expected) in table {
        let attributes = Attributes {
            first_name,
            ..Attributes::default()
        };
        assert_eq!(validate(password, &attributes), expected, "{password:?}");
    }
}

/// Texts that NFC leaves alone, shortens or lengthens.
const FORMS: &str = "[a-e\u{301}\u{302}\u{323}\u{e9}\u{1ec7}\u{1112}\u{1161}\u{11ab}\u{d55c}\u{212b}\u{958}\u{fb2c}]{0,20}|\\PC{0,20}";

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_form_of_a_password_gets_the_same_messages_but_for_its_length(
        password in FORMS,
        name in "[a-e\u{301}\u{e9}\u{1112}\u{1161}\u{d55c}]{0,12}",
    ) {
        let (nfc, nfd) = (ComposingNormalizerBorrowed::new_nfc(), DecomposingNormalizerBorrowed::new_nfd());
        let ask = |password: &str, name: &str| {
            let mut messages = validate(password, &Attributes { first_name: name, ..Attributes::default() });
            messages.retain(|message| message != SHORT);
            messages
        };
        let expected = ask(&nfc.normalize(&password), &nfc.normalize(&name));
        prop_assert_eq!(&ask(&password, &name), &expected);
        prop_assert_eq!(&ask(&nfd.normalize(&password), &name), &expected);
        prop_assert_eq!(&ask(&password, &nfd.normalize(&name)), &expected);
    }

    #[test]
    fn a_password_is_short_that_is_so_as_it_is_typed_or_as_it_is_hashed(password in FORMS) {
        let hashed = ComposingNormalizerBorrowed::new_nfc().normalize(&password);
        let fewest = password.chars().count().min(hashed.chars().count());
        let messages = validate(&password, &Attributes::default());
        prop_assert_eq!(messages.iter().any(|message| message == SHORT), fewest < 8);
    }
}

on_both_databases! {
    async fn a_password_that_is_short_in_either_form_is_refused_and_one_that_there_is_logs_in(backend: Backend) {
        let app = TestApp::new(backend).await;
        let (short, long) = ("e\u{301}".repeat(4), "e\u{301}".repeat(8));
        for short in [&short, "\u{fb2c}\u{fb2c}\u{fb2c}"] {
            let refused = app.browser().create("ada@example.com", short).await;
            assert_eq!((refused.status, refused.body), (400, json!({ "password": [SHORT] }).to_string()));
        }
        assert_eq!(app.browser().create("ada@example.com", &long).await.status, 201);
        // One from before, or from Django, goes on.
        rows::change_password(&app, "ada@example.com", &short);
        for typed in [short.as_str(), "\u{e9}\u{e9}\u{e9}\u{e9}"] {
            assert_eq!(app.browser().log_in("ada@example.com", typed).await.status, 200, "{typed:?}");
        }
        assert_eq!(app.browser().log_in("ada@example.com", &long).await.status, 404);
    }
}
