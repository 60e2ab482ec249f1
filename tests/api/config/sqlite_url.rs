//! A misspelt `DATABASE_URL` never makes a new, empty database beside the one that is meant.

use frontgate::config::DatabaseUrl;
use frontgate::config::values::Value;
use proptest::prelude::*;

use crate::support::process::{Finished, files, frontgate};

/// What is written, and the right spelling where one can be told.
const MISSPELT: [(&str, Option<&str>); 47] = [
    (
        "sqlite:///x/f.sqlite3?mode=rwc",
        Some("sqlite:///x/f.sqlite3"),
    ),
    ("sqlite:///x/f.sqlite3?", Some("sqlite:///x/f.sqlite3")),
    (
        "sqlite:///x/f.sqlite3?cache=shared&mode=rw",
        Some("sqlite:///x/f.sqlite3"),
    ),
    (
        "sqlite:///x/f.sqlite3#backup",
        Some("sqlite:///x/f.sqlite3"),
    ),
    ("sqlite://f.sqlite3?mode=rwc", Some("sqlite://f.sqlite3")),
    (
        "sqlite:///x/my%20f.sqlite3",
        Some("sqlite:///x/my f.sqlite3"),
    ),
    ("sqlite:///x%2Ff.sqlite3", Some("sqlite:///x/f.sqlite3")),
    ("sqlite:///x/f.sqlite3%3Fmode=rwc", None),
    ("sqlite:////x/f.sqlite3", Some("sqlite:///x/f.sqlite3")),
    ("sqlite://///x/f.sqlite3", Some("sqlite:///x/f.sqlite3")),
    (
        "sqlite:////x/f.sqlite3?mode=ro",
        Some("sqlite:///x/f.sqlite3"),
    ),
    ("sqlite://file:/x/f.sqlite3", Some("sqlite:///x/f.sqlite3")),
    (
        "sqlite://file:f.sqlite3?mode=rwc",
        Some("sqlite://f.sqlite3"),
    ),
    (
        "sqlite://file:///x/f.sqlite3",
        Some("sqlite:///x/f.sqlite3"),
    ),
    (
        "sqlite://localhost/x/f.sqlite3",
        Some("sqlite:///x/f.sqlite3"),
    ),
    (
        "sqlite://LocalHost/x/f.sqlite3",
        Some("sqlite:///x/f.sqlite3"),
    ),
    (
        "sqlite://file://localhost/x/f.sqlite3",
        Some("sqlite:///x/f.sqlite3"),
    ),
    (
        "sqlite://localhost.sqlite3?mode=rwc",
        Some("sqlite://localhost.sqlite3"),
    ),
    ("sqlite://FILE:f.sqlite3", Some("sqlite://f.sqlite3")),
    (
        "sqlite:///x/f.sqlite3&mode=rwc",
        Some("sqlite:///x/f.sqlite3"),
    ),
    (
        "sqlite:///x/f.sqlite3;cache=shared;mode=rwc",
        Some("sqlite:///x/f.sqlite3"),
    ),
    ("sqlite://f.sqlite3;_fk=1", Some("sqlite://f.sqlite3")),
    ("sqlite://f.sqlite3%26mode=rwc", None),
    // What is encoded need not be UTF-8.
    ("sqlite:///x/f%ff.sqlite3", None),
    ("sqlite:///x/my%20f%fc.sqlite3", None),
    ("sqlite:///x/f.secret", Some("sqlite:///x/f.sqlite3")),
    ("sqlite:///x/f.db-secret", Some("sqlite:///x/f.db")),
    ("sqlite://.secret", Some("sqlite://.sqlite3")),
    ("sqlite://f.sqlite3-shm", Some("sqlite://f.sqlite3")),
    ("sqlite://x\\f.sqlite3", Some("sqlite://x/f.sqlite3")),
    ("sqlite:///x\\f.sqlite3", Some("sqlite:///x/f.sqlite3")),
    ("sqlite:///x/f.sqlite3 ", Some("sqlite:///x/f.sqlite3")),
    ("sqlite:// /x/f.sqlite3", Some("sqlite:///x/f.sqlite3")),
    ("sqlite://\"/x/f.sqlite3\"", Some("sqlite:///x/f.sqlite3")),
    ("sqlite:///x/f.sqlite3'", Some("sqlite:///x/f.sqlite3")),
    (
        "sqlite:///x/f.sqlite3\u{200b}",
        Some("sqlite:///x/f.sqlite3"),
    ),
    ("sqlite:///x/f.sqlite3\r", Some("sqlite:///x/f.sqlite3")),
    ("sqlite:///x/f.sqlite3-wal", Some("sqlite:///x/f.sqlite3")),
    ("sqlite:///x/f.sqlite3-serve", Some("sqlite:///x/f.sqlite3")),
    ("sqlite://~/f.sqlite3", None),
    ("sqlite://$HOME/f.sqlite3", None),
    ("sqlite:///${DATA}/f.sqlite3", None),
    ("sqlite:///x/", None),
    ("sqlite:///x/..", None),
    ("sqlite://.", None),
    ("sqlite://file::memory:?cache=shared", None),
    ("sqlite://", None),
];

#[test]
fn a_misspelt_path_is_refused_with_the_right_spelling() {
    for (given, right) in MISSPELT {
        let why = DatabaseUrl::parse(given).unwrap_err();
        match right {
            Some(right) => {
                assert!(
                    why.ends_with(&format!(": write {right}")),
                    "{given:?}: {why}"
                );
                let parsed = DatabaseUrl::parse(right).unwrap();
                assert_eq!(parsed.show(), right);
            }
            None => assert!(why.contains("write sqlite://PATH"), "{given:?}: {why}"),
        }
    }
}

#[test]
fn a_path_may_have_what_belongs_to_no_other_spelling() {
    for path in [
        "f.sqlite3",
        "./f.sqlite3",
        "../f.sqlite3",
        "/x/f",
        "/x/100% f=1&2.db",
        "/x/a&b;c.db",
        "/x/secret.db",
        "filed.sqlite3",
        "localhost.sqlite3",
        "/x/m\u{fc}nchen.sqlite3",
        "/x//f.sqlite3",
        "C:/x/f.sqlite3",
        "a~b.sqlite3",
        "x/it's.sqlite3",
    ] {
        let url = DatabaseUrl::parse(&format!("sqlite://{path}")).unwrap();
        assert_eq!(url.sqlite_path(), Some(path.as_ref()), "{path}");
    }
}

#[test]
fn nothing_is_made_beside_the_database_that_is_meant() {
    let folder = tempfile::TempDir::new().unwrap();
    let run = |url: &str, command: &str| {
        let environment = [("DATABASE_URL", url), ("FRONTGATE_BIND", "127.0.0.1:0")];
        Finished::of(&mut frontgate(folder.path(), &[command], &environment))
    };
    assert_eq!(run("sqlite://f.sqlite3", "migrate").code, Some(0));
    let file = folder.path().join("f.sqlite3");
    for end in ["?mode=rwc", "&mode=rwc", "?", "#x", "%20", "%ff", "-wal"] {
        for url in [
            format!("sqlite://f.sqlite3{end}"),
            format!("sqlite://{}{end}", file.display()),
            format!("sqlite:///{}{end}", file.display()),
        ] {
            for command in ["serve", "migrate", "check"] {
                let finished = run(&url, command);
                assert_ne!(finished.code, Some(0), "{command} {url}: {finished}");
                assert!(
                    finished.stderr.contains("DATABASE_URL"),
                    "{command} {url}: {finished}"
                );
            }
        }
    }
    assert_eq!(files(folder.path()), ["f.sqlite3"]);
}

proptest! {
    #[test]
    fn the_right_spelling_is_never_refused_itself(path in "(file:|/|//|~|localhost/)?[a-c./?#%20&;=\\\\ '\"$-]{0,8}([?;&]mode=rwc|-wal|-secret|[.]secret|%20|%ff|#)?") {
        if let Err(why) = DatabaseUrl::parse(&format!("sqlite://{path}"))
            && let Some((_, right)) = why.split_once(": write ")
        {
            prop_assert!(DatabaseUrl::parse(right).is_ok(), "{why}");
        }
    }
}
