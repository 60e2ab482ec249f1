//! Django's password validators and ours say the same of every password.
//!
//! `scripts/django-vectors.py` asked Django and wrote its answers down.

use std::fmt::Write as _;

use frontgate::passwords::validation::{Attributes, validate};
use serde_json::Value;

const VECTORS: &str = include_str!("validation_vectors.json");

#[test]
fn every_password_gets_the_messages_that_django_gives_it() {
    let vectors: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
    assert!(vectors.len() >= 300, "only {} vectors", vectors.len());
    let mut disagreements = String::new();
    for vector in &vectors {
        let text = |name: &str| vector[name].as_str().unwrap();
        let attributes = Attributes {
            email: text("email"),
            first_name: text("first_name"),
            last_name: text("last_name"),
        };
        let ours = validate(text("password"), &attributes);
        if Value::from(ours.as_slice()) != vector["messages"] {
            writeln!(disagreements, "{vector}\n    we say {ours:?}").unwrap();
        }
    }
    assert!(disagreements.is_empty(), "\n{disagreements}");
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
