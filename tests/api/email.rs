//! Django's e-mail validator and its normalization say the same as ours of every address.
//!
//! `scripts/django-vectors.py` asked Django and wrote its answers down.

use std::fmt::Write as _;

use frontgate::email::{fold, normalize, validate};
use serde_json::{Value, json};

const VECTORS: &str = include_str!("email_vectors.json");

fn vectors() -> Vec<Value> {
    serde_json::from_str(VECTORS).unwrap()
}

#[test]
fn every_address_is_judged_normalized_and_folded_as_django_would() {
    let vectors = vectors();
    assert!(vectors.len() >= 200, "only {} vectors", vectors.len());
    let mut disagreements = String::new();
    for vector in &vectors {
        let address = vector["address"].as_str().unwrap();
        let ours = json!({
            "address": address,
            "valid": validate(address),
            "normalized": normalize(address),
            "folded": fold(address),
        });
        if ours != *vector {
            writeln!(disagreements, "{vector}\n    we say {ours}").unwrap();
        }
    }
    assert!(disagreements.is_empty(), "\n{disagreements}");
}

#[test]
fn addresses_that_differ_only_in_case_fold_to_one() {
    for vector in vectors() {
        let address = vector["address"].as_str().unwrap();
        let folded = fold(address);
        assert_eq!(
            fold(&address.to_uppercase()),
            folded,
            "{address:?} in upper case"
        );
        assert_eq!(
            fold(&address.to_lowercase()),
            folded,
            "{address:?} in lower case"
        );
        assert_eq!(fold(&folded), folded, "{address:?} folded twice");
    }
}

#[test]
fn letters_that_only_look_alike_do_not_fold_to_one() {
    assert_ne!(fold("ada@example.com"), fold("\u{430}da@example.com"));
    assert_ne!(fold("ada@example.com"), fold("ada@ex\u{e4}mple.com"));
}

#[test]
fn the_local_part_keeps_its_case_and_the_domain_does_not() {
    assert_eq!(
        normalize(" Ada.Lovelace@Example.COM\n"),
        "Ada.Lovelace@example.com"
    );
    assert_eq!(fold("Ada.Lovelace@Example.COM"), "ada.lovelace@example.com");
}

#[test]
fn normalizing_twice_changes_nothing_more() {
    for vector in vectors() {
        let address = vector["normalized"].as_str().unwrap();
        assert_eq!(normalize(address), address, "{vector}");
    }
}
