//! One password, however a machine composes its letters.

use std::fmt::Write;

use bcrypt::Version;
use frontgate::passwords::{Verdict, encode, verify};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

const COST: u32 = 4;

/// Each password in NFC, in NFD, and in another form where there is one.
const PASSWORDS: [&[&str]; 6] = [
    &["correct horse battery"],
    &[
        "caf\u{e9} cr\u{e8}me br\u{fb}l\u{e9}e",
        "cafe\u{301} cre\u{300}me bru\u{302}le\u{301}e",
        "cafe\u{301} cr\u{e8}me br\u{fb}l\u{e9}e",
    ],
    &[
        "\u{c5}ngstr\u{f6}m",
        "A\u{30a}ngstro\u{308}m",
        "\u{212b}ngstr\u{f6}m",
    ],
    &[
        "\u{d55c}\u{ae00}\u{be44}\u{bc00}",
        "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}\u{1107}\u{1175}\u{1106}\u{1175}\u{11af}",
    ],
    &[
        "\u{439}\u{451}\u{439}\u{451}",
        "\u{438}\u{306}\u{435}\u{308}\u{438}\u{306}\u{435}\u{308}",
    ],
    &["q\u{323}\u{307}", "q\u{323}\u{307}", "q\u{307}\u{323}"],
];

/// A hash as Django makes it: of the bytes as they were typed.
fn made_by_django(typed: &str, cost: u32) -> String {
    let mut digest = String::new();
    for byte in Sha256::digest(typed) {
        write!(digest, "{byte:02x}").unwrap();
    }
    let parts = bcrypt::hash_with_salt(digest, cost, [7; 16]).unwrap();
    format!("bcrypt_sha256${}", parts.format_for_version(Version::TwoB))
}

#[test]
fn every_form_of_a_password_opens_what_another_form_has_locked() {
    for forms in PASSWORDS {
        for first in forms {
            let stored = encode(first, COST).unwrap();
            for typed in forms {
                assert_eq!(
                    verify(typed, Some(&stored), COST).unwrap(),
                    Verdict::Right,
                    "{first:?}, then {typed:?}"
                );
            }
        }
    }
}

#[test]
fn a_hash_of_what_was_typed_once_verifies_and_is_replaced_unless_that_was_composed() {
    for forms in PASSWORDS {
        let (composed, decomposed) = (forms[0], forms.get(1).unwrap_or(&forms[0]));
        for typed in forms {
            let verdict = |of| verify(typed, Some(&made_by_django(of, COST)), COST).unwrap();
            assert_eq!(verdict(composed), Verdict::Right, "{typed:?}");
            let expected = if decomposed == &composed {
                Verdict::Right
            } else {
                Verdict::RightButStale
            };
            assert_eq!(verdict(decomposed), expected, "{typed:?}");
            assert_ne!(verdict(typed), Verdict::Wrong, "{typed:?}");
            // A cheaper hash is replaced as well.
            let cheaper = made_by_django(composed, COST);
            assert_eq!(
                verify(typed, Some(&cheaper), COST + 1).unwrap(),
                Verdict::RightButStale
            );
        }
    }
}

#[test]
fn letters_that_people_see_as_different_stay_different() {
    for (one, other) in [
        ("cafe", "caf\u{e9}"),
        ("\u{ff41}bc", "abc"),
        ("\u{fb01}sh", "fish"),
        ("x\u{b2}", "x2"),
        ("stra\u{df}e", "strasse"),
        ("A", "a"),
        ("a ", "a"),
    ] {
        let stored = encode(one, COST).unwrap();
        assert_eq!(
            verify(other, Some(&stored), COST).unwrap(),
            Verdict::Wrong,
            "{one:?} and {other:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn what_was_set_opens_and_an_unknown_address_is_wrong(password in any::<String>()) {
        let stored = encode(&password, COST).unwrap();
        prop_assert_eq!(verify(&password, Some(&stored), COST).unwrap(), Verdict::Right);
        prop_assert_eq!(verify(&format!("{password}x"), Some(&stored), COST).unwrap(), Verdict::Wrong);
        prop_assert_eq!(verify(&password, None, COST).unwrap(), Verdict::Wrong);
        prop_assert_ne!(verify(&password, Some(&made_by_django(&password, COST)), COST).unwrap(), Verdict::Wrong);
    }
}
