//! `log_level`: what is read, and what is refused because it would log nothing.

use frontgate::config::LogLevel;
use frontgate::config::values::Value;
use proptest::prelude::*;
use tracing::Level;

use super::{problems, with_file};
use crate::support::process::{Finished, frontgate};

/// The levels at which `target` is logged.
fn levels(setting: &str, target: &str) -> usize {
    let filter = LogLevel::parse(setting).unwrap().filter();
    let all = [
        Level::ERROR,
        Level::WARN,
        Level::INFO,
        Level::DEBUG,
        Level::TRACE,
    ];
    let mut on = all
        .map(|level| filter.would_enable(target, &level))
        .into_iter();
    let count = on.by_ref().take_while(|on| *on).count();
    assert!(!on.any(|on| on), "{setting}: levels with a gap");
    count
}

#[test]
fn a_level_holds_for_what_no_target_is_given_for() {
    let cases = [
        ("off", [0, 0, 0]),
        ("error", [1, 1, 1]),
        ("warn", [2, 2, 2]),
        ("warning", [2, 2, 2]),
        ("WARNING", [2, 2, 2]),
        ("Info", [3, 3, 3]),
        ("debug", [4, 4, 4]),
        (" trace ", [5, 5, 5]),
        ("info,actix_server=warn", [3, 3, 2]),
        ("error , frontgate = debug", [4, 4, 1]),
        ("frontgate::server=trace,warn,frontgate=off", [0, 5, 2]),
        // Only a target: the rest is as by default.
        ("frontgate=debug", [4, 4, 3]),
        ("actix_server=off", [3, 3, 0]),
    ];
    for (setting, expected) in cases {
        let targets = [
            "frontgate::app",
            "frontgate::server",
            "actix_server::worker",
        ];
        assert_eq!(
            targets.map(|target| levels(setting, target)),
            expected,
            "{setting}"
        );
    }
    for (written, shown) in [
        ("WARNING", "warn"),
        ("frontgate=Debug , info", "info,frontgate=debug"),
    ] {
        assert_eq!(LogLevel::parse(written).unwrap().show(), shown);
    }
}

#[test]
fn what_means_nothing_is_refused_with_the_words_that_there_are() {
    let levels = [
        "verbose",
        "loud",
        "warnings",
        "fatal",
        "critical",
        "notice",
        "none",
        "all",
        "0",
        "3",
        "-1",
        "true",
        "information",
        "inf",
        "info;debug",
        "info debug",
        "info|debug",
        "info:debug",
        "frontgate:debug",
        "info,",
        ",info",
        "info,,debug",
        ",",
        "info, ,frontgate=debug",
        "frontgate=loud",
        "frontgate=",
        "frontgate=debug=info",
        "frontgate",
        "info,frontgate",
        "[span]",
        "iñfo",
        "info\0",
        "\"info\"",
        "info#",
    ];
    let targets = [
        "=debug",
        "frontgte=debug",
        "info,frontgte=debug",
        "Frontgate=debug",
        "[span]=debug",
        "[span]=x",
        "frontgate[request]=debug",
        "frontgate[{status=404}]=debug",
        "frontgate::=debug",
        "::frontgate=debug",
        "frontgate::a-b=debug",
        "frontgate:server=debug",
        "*=debug",
        "root=debug",
        "info,hyper=debug",
    ];
    let twice = [
        "info,debug",
        "warn,warning",
        "frontgate=info,frontgate=debug",
        "info,actix_web=warn,actix_web=warn",
    ];
    for (wrong, part) in [
        (&levels[..], "level"),
        (&targets, "is no target: there are frontgate, actix_cors, "),
        (&twice, " has two levels"),
    ] {
        for setting in wrong {
            let refused = LogLevel::parse(setting).unwrap_err();
            assert!(
                refused.starts_with("write error, warn, info, debug, trace or off, "),
                "{setting}: {refused}"
            );
            assert!(refused.contains(part), "{setting}: {refused}");
        }
    }
    for setting in levels.iter().filter(|setting| !setting.contains('\0')) {
        assert_eq!(
            problems(&[("FRONTGATE_LOG_LEVEL", setting)]).len(),
            1,
            "{setting}"
        );
    }
    for empty in [
        "log_level = ''",
        "log_level = []",
        "log_level = 3",
        "log_level = true",
    ] {
        assert!(with_file(empty, &[]).is_err(), "{empty}");
    }
}

#[test]
fn the_start_and_the_check_refuse_it_alike() {
    let folder = tempfile::TempDir::new().unwrap();
    for arguments in [
        &[] as &[&str],
        &["serve"],
        &["check"],
        &["check", "--deploy"],
        &["migrate"],
    ] {
        let environment = [("FRONTGATE_LOG_LEVEL", "info;debug")];
        let ended = Finished::of(&mut frontgate(folder.path(), arguments, &environment));
        assert_eq!(ended.code, Some(1), "{ended}");
        assert!(
            ended.stderr.contains("\"info;debug\" is no level"),
            "{ended}"
        );
    }
}

proptest! {
    /// What is accepted says errors somewhere unless "off" says otherwise, and reads back as
    /// it is shown.
    #[test]
    fn nothing_is_switched_off_but_by_off(text in "[a-zA-Z_:=;, \\[\\]]{0,24}|(info|debug|warn|error|frontgate=|,|;| |actix_web=){1,6}") {
        if let Ok(level) = LogLevel::parse(&text) {
            let shown = level.show();
            prop_assert_eq!(&LogLevel::parse(&shown).unwrap(), &level);
            if !text.to_lowercase().contains("off") {
                prop_assert!(levels(&text, "frontgate::error") >= 1, "{}", text);
                prop_assert!(levels(&text, "actix_web") >= 1, "{}", text);
            }
        }
    }
}
