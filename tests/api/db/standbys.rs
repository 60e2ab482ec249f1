//! How many standbys a COMMIT waits for.

use frontgate::db::confirmations;

#[test]
fn synchronous_standby_names_says_for_how_many_a_commit_waits() {
    for (names, expected) in [
        ("", 0),
        ("  ", 0),
        ("*", 1),
        ("a", 1),
        ("a, b", 1),
        ("\"a (2)\"", 1),
        ("FIRST 1 (a)", 1),
        ("FIRST 2 (a, b, c)", 2),
        ("first 3(a,b,c)", 3),
        ("ANY 2 (a, b, c)", 2),
        ("any 1 (*)", 1),
        (" ANY\t2 ( a , b ) ", 2),
        ("2 (a, b)", 2),
        ("12(a,b)", 12),
        ("first, any", 1),
        ("ANY x (a)", 1),
    ] {
        assert_eq!(confirmations(names), expected, "{names:?}");
    }
}
