//! User agents in words.

use std::collections::BTreeSet;

use frontgate::device::describe;
use proptest::prelude::*;

/// What browsers send, and how a person knows them.
const KNOWN: [(&str, &str); 22] = [
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Firefox on Windows",
    ),
    (
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Firefox on Linux",
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Firefox on macOS",
    ),
    (
        "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0",
        "Firefox on Android",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/140.0 Mobile/15E148 Safari/605.1.15",
        "Firefox on iPhone",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
        "Chrome on Windows",
    ),
    (
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36",
        "Chrome on Android",
    ),
    (
        "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/138.0.7204.53 Mobile/15E148 Safari/604.1",
        "Chrome on iPad",
    ),
    (
        "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
        "Chrome on ChromeOS",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0",
        "Edge on Windows",
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
        "Safari on macOS",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
        "Safari on iPhone",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
        "An app on iPhone",
    ),
    (
        "Mozilla/5.0 (Linux; Android 14; SM-S911B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
        "Samsung Internet on Android",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36 OPR/120.0.0.0",
        "Opera on Windows",
    ),
    (
        "Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko",
        "Internet Explorer on Windows",
    ),
    (
        "Mozilla/5.0 (Nintendo 3DS; U; ; ja) Version/1.7455.JP",
        "Nintendo 3DS",
    ),
    ("curl/8.14.1", "curl"),
    ("Python-urllib/3.13", "python"),
    (
        "Something of ours (Windows NT 10.0)",
        "Unknown browser on Windows",
    ),
    ("okhttp/5.0.0", "Unknown browser"),
    ("", "Unknown browser"),
];

#[test]
fn browsers_and_devices_are_told_in_words() {
    for (agent, words) in KNOWN {
        assert_eq!(describe(agent), words, "{agent}");
    }
}

#[test]
fn what_is_no_user_agent_is_an_unknown_browser() {
    let long = "x".repeat(10_000);
    for agent in [
        "-",
        " ",
        "UNKNOWN",
        "\0",
        "\u{202e}\u{1f980}",
        "<script>alert(1)</script>",
        "Mozilla/5.0",
        &long,
    ] {
        assert_eq!(describe(agent), "Unknown browser", "{agent}");
    }
}

proptest! {
    /// Pieces of true user agents in any order, with anything between them: nothing panics,
    /// and nothing that was sent is told.
    #[test]
    fn words_come_from_the_list_and_never_from_the_user_agent(
        pieces in prop::collection::vec(
            (prop::sample::select(KNOWN.map(|(agent, _)| agent).to_vec()), 0usize..160, 0usize..60, "[ -~]{0,6}|\\PC{0,3}"),
            0..6,
        )
    ) {
        let mut agent = String::new();
        for (whole, start, length, between) in &pieces {
            agent.extend(whole.chars().skip(*start).take(*length));
            agent.push_str(between);
            agent.push_str(" secret-7f3a ");
        }
        let told = describe(&agent);
        prop_assert!(!told.is_empty() && told.len() < 60, "{told}");
        prop_assert!(told.chars().all(|c| c.is_ascii_alphanumeric() || " .!-".contains(c)), "{told}");
        let words: BTreeSet<_> = told.split(' ').collect();
        prop_assert!(!words.iter().any(|word| word.contains("secret")), "{told}");
    }
}
