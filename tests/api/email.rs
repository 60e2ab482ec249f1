//! Addresses: Django's rule less what ours leaves out, one stored form, and one key for every
//! spelling.
//!
//! `scripts/django-vectors.py` asked Django and wrote its answers down.

use std::fmt::Write as _;

use frontgate::email::{KEY_VERSION, Keys, accept, fold, key, normalize, validate};
use proptest::prelude::*;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::support::assert_answer;

const VECTORS: &str = include_str!("email_vectors.json");

/// What stands for one another in the address of one mailbox, the first of which a browser
/// sends.
const SAME: [&[&str]; 13] = [
    &[
        "fay@example.com",
        "FAY@EXAMPLE.COM",
        "Fay@Example.Com",
        " fay@example.com\n",
        "\"fay\"@example.com",
        "\"f\\ay\"@example.com",
    ],
    // UTS 46 ignores these: zero width space, soft hyphen, word joiner, variation selector.
    &[
        "fay@example.com",
        "fay@example.com\u{200b}",
        "fay@\u{200b}example.com",
        "fay@exam\u{ad}ple.com",
        "fay@example\u{2060}.com",
        "fay@example.com\u{feff}",
        "fay@example.com\u{fe0f}",
    ],
    // Full-width letters and every dot of UTS 46.
    &[
        "fay@example.com",
        "fay@\u{ff45}\u{ff58}ample.com",
        "fay@example\u{ff0e}com",
        "fay@example\u{3002}com",
        "fay@example\u{ff61}com",
        "fay@ex\u{24d0}mple.com",
    ],
    &[
        "root@xn--mnchen-3ya.example",
        "root@m\u{fc}nchen.example",
        "root@M\u{dc}NCHEN.example",
        "root@mu\u{308}nchen.example",
        "root@XN--MNCHEN-3YA.example",
        "ROOT@m\u{ff55}\u{308}nchen.example",
        "root@m\u{fc}n\u{ad}chen.example",
    ],
    &["a@xn--fu-hia.de", "a@fu\u{df}.de", "a@FU\u{1e9e}.de"],
    &["a@fuss.de", "a@FUSS.de"],
    &["a@xn--3xa.gr", "a@\u{3c2}.gr"],
    &["a@xn--4xa.gr", "a@\u{3c3}.gr", "a@\u{3a3}.gr"],
    &[
        "a@xn--fiqs8s.xn--fiqs8s",
        "a@\u{4e2d}\u{56fd}.\u{4e2d}\u{56fd}",
        "a@\u{4e2d}\u{56fd}.xn--fiqs8s",
    ],
    &[
        "a@[2001:db8::1]",
        "a@[2001:DB8:0:0:0:0:0:1]",
        "a@[2001:0db8::0001]",
    ],
    &["a@[127.0.0.1]"],
    &["\"a b\"@b.co", "\"a\\ b\"@b.co", "\"\\a\\ b\"@B.co"],
    &["i@k.co", "I@K.co", "i@\u{212a}.co"],
];

/// Nobody may sign up with one of these, which are like `fay@example.com` but for what is not
/// seen, or is no form of one mailbox.
const REFUSED: [&str; 42] = [
    // Not seen, or turning writing around, in the local part.
    "fay\u{200b}@example.com",
    "f\u{ad}ay@example.com",
    "fay\u{2060}@example.com",
    "\u{feff}fay@example.com",
    "fay\u{200e}@example.com",
    "fay\u{202e}@example.com",
    "fay\u{2066}@example.com",
    "fay\u{34f}@example.com",
    "fay\u{115f}@example.com",
    "fay\u{3164}@example.com",
    "fay\u{e0001}@example.com",
    "fay\u{fe0f}@example.com",
    "fay\u{a0}@example.com",
    "f\u{7f}ay@example.com",
    "fa\u{1}y@example.com",
    "\"fay\u{1}\"@example.com",
    "\"fay\u{7f}\"@example.com",
    "\"fay\\\u{b}\"@example.com",
    "\"fay\u{200b}\"@example.com",
    "\"fay\t\"@example.com",
    // Letters that Python takes for I, S and K.
    "\u{131}@b.co",
    "\u{130}@b.co",
    "\u{17f}@b.co",
    "\u{212a}@b.co",
    "\"\u{212a}\"@b.co",
    "f\u{e4}y@example.com",
    // The same in the domain, where UTS 46 does not ignore it.
    "fay@example.com\u{200e}",
    "fay@\u{200f}example.com",
    "fay@exa\u{202e}mple.com",
    "fay@exa\u{2066}mple.com",
    "fay@exam\u{200d}ple.com",
    "fay@exam\u{200c}ple.com",
    "fay@exam\u{2028}ple.com",
    "fay@exam\u{e000}ple.com",
    "fay@exam\u{ffff}ple.com",
    "fay@\u{5d0}b.com",
    // What is left is no domain.
    "fay@\u{200b}.com",
    "fay@\u{ad}",
    "fay@example.\u{ff11}\u{ff12}",
    "fay@xn--a.com",
    "fay@\u{301}a.com",
    "fay@localhos\u{ad}t",
];

fn vectors() -> Vec<Value> {
    serde_json::from_str(VECTORS).unwrap()
}

#[test]
fn django_takes_every_address_that_we_take_and_those_that_we_leave_out_are_written_down() {
    let vectors = vectors();
    assert!(vectors.len() >= 200, "only {} vectors", vectors.len());
    let mut left_out = String::new();
    for vector in &vectors {
        let address = vector["address"].as_str().unwrap();
        match (vector["valid"] == true, validate(address)) {
            (false, true) => panic!("Django refuses {vector}"),
            (true, false) => writeln!(
                left_out,
                "{}",
                vector["address"].to_string().escape_unicode_beyond_ascii()
            )
            .unwrap(),
            _ => {}
        }
    }
    assert_answer!("email_left_out", left_out);
}

#[test]
fn an_address_is_stored_as_django_would_unless_its_domain_has_another_form_in_unicode() {
    for vector in vectors() {
        let address = vector["address"].as_str().unwrap();
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
        let stored = normalize(address);
        if domain.is_ascii() {
            assert_eq!(stored, vector["normalized"], "{vector}");
        } else if validate(address) {
            assert_eq!(
                key(&stored),
                key(vector["normalized"].as_str().unwrap()),
                "{vector}"
            );
        }
        assert_eq!(fold(address), vector["folded"], "{vector}");
    }
}

#[test]
fn every_spelling_of_a_mailbox_has_its_key_and_is_stored_as_people_read_it() {
    for spellings in SAME {
        for spelling in spellings {
            assert_eq!(key(spelling), spellings[0], "{spelling:?}");
            if let Some(stored) = accept(spelling) {
                assert_eq!(
                    key(&stored),
                    spellings[0],
                    "{spelling:?} is stored as {stored:?}"
                );
                assert_eq!(accept(&stored).as_ref(), Some(&stored), "{spelling:?}");
                let unseen = |c: char| {
                    matches!(
                        c,
                        '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{fe0f}' | '\u{feff}'
                    )
                };
                assert!(!stored.contains(unseen), "{stored:?}");
            }
        }
    }
    let first: Vec<_> = SAME.iter().map(|spellings| spellings[0]).collect();
    let distinct: std::collections::BTreeSet<_> = first.iter().collect();
    assert_eq!(distinct.len(), first.len() - 2, "the first three are one");
}

#[test]
fn what_is_not_seen_or_turns_writing_around_is_refused_and_still_has_a_key() {
    for address in REFUSED {
        assert_eq!(accept(address), None, "{address:?}");
        assert_eq!(key(&key(address)), key(address), "{address:?}");
    }
}

#[test]
fn an_address_is_as_long_as_mail_allows_with_its_domain_in_ascii() {
    let of = |length: usize, domain: &str| format!("{}@{domain}", "x".repeat(length));
    assert!(accept(&of(254 - 12, "example.com")).is_some());
    assert!(accept(&of(255 - 12, "example.com")).is_none());
    // 14 characters in Unicode, 22 in ASCII.
    assert_eq!(key("x@m\u{fc}nchen.example").len(), 24);
    assert!(accept(&of(254 - 23, "m\u{fc}nchen.example")).is_some());
    assert!(accept(&of(255 - 23, "m\u{fc}nchen.example")).is_none());
}

/// A key that changes needs a new `KEY_VERSION`, and a step that makes the old ones anew: else
/// people cannot log in.
#[test]
fn the_key_of_every_character_is_what_it_was_in_this_version() {
    let mut hash = Sha256::new();
    for c in ('\0'..='\u{ffff}').filter(|c| *c != '@') {
        hash.update(key(&format!("a{c}@b{c}c.de")));
        hash.update([0]);
    }
    let mut digest = String::new();
    for byte in hash.finalize() {
        write!(digest, "{byte:02x}").unwrap();
    }
    assert_answer!("email_keys", format!("version {KEY_VERSION}: {digest}"));
}

#[test]
fn letters_that_only_look_alike_have_different_keys() {
    for (one, other) in [
        ("ada@example.com", "\u{430}da@example.com"),
        ("ada@example.com", "ada@ex\u{e4}mple.com"),
        ("ada@example.com", "ada@\u{435}xample.com"),
        ("a@fu\u{df}.de", "a@fuss.de"),
        ("a@\u{3c2}.gr", "a@\u{3c3}.gr"),
    ] {
        assert_ne!(key(one), key(other));
    }
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

/// Addresses of a few letters, many of which have several forms.
fn addresses() -> impl Strategy<Value = String> {
    let letters: Vec<char> = "aAiIkK\u{df}\u{1e9e}s\u{17f}\u{fc}\u{dc}u\u{308}\u{200b}\u{ad}\u{200d}\u{202e}\u{ff41}\u{3002}.-1\u{4e2d}\u{3c3}\u{3c2}\u{3a3}@\"\\ "
        .chars()
        .collect();
    let text = |length| {
        proptest::collection::vec(proptest::sample::select(letters.clone()), length)
            .prop_map(String::from_iter)
    };
    (
        text(0..6),
        text(0..8),
        proptest::sample::select(vec!["", ".de", ".xn--p1ai", ".\u{4e2d}\u{56fd}"]),
    )
        .prop_map(|(local_part, name, top)| format!("{local_part}@{name}{top}"))
}

proptest! {
    #[test]
    fn what_is_accepted_is_stored_once_and_for_all_under_the_key_of_what_was_typed(address in addresses()) {
        if let Some(stored) = accept(&address) {
            prop_assert_eq!(key(&stored), key(&address));
            prop_assert_eq!(accept(&stored), Some(stored.clone()));
            // As a browser sends it.
            let typed = key(&stored);
            prop_assert_eq!(key(&typed), typed.as_str());
            prop_assert!(accept(&typed).is_some(), "{:?}", typed);
            prop_assert!(validate(address.trim()));
        }
    }

    #[test]
    fn every_text_has_keys_and_they_are_those_of_its_upper_and_lower_case(address in "\\PC*|[a-zA-Z@.\\u{df}-\\u{ff}]*") {
        let keys = Keys::of(&address);
        prop_assert_eq!(&Keys::of(&address.to_lowercase()).folded, &keys.folded);
        prop_assert_eq!(key(&keys.current), keys.current);
    }
}

trait EscapeBeyondAscii {
    fn escape_unicode_beyond_ascii(&self) -> String;
}

impl EscapeBeyondAscii for String {
    fn escape_unicode_beyond_ascii(&self) -> String {
        let mut text = String::new();
        for c in self.chars() {
            if c.is_ascii() && !c.is_ascii_control() {
                text.push(c);
            } else {
                text.extend(c.escape_unicode());
            }
        }
        text
    }
}
