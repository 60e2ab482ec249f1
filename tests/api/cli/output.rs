//! What a command says, where it cannot be said.

use std::fs::OpenOptions;
use std::io::pipe;
use std::process::{Output, Stdio};

use crate::support::process::frontgate;
use crate::support::{Backend, SECRET, TestDatabase};

/// Each with something to say on standard output.
const COMMANDS: [&[&str]; 8] = [
    &["--help"],
    &["--version"],
    &["check"],
    &["openapi"],
    &["migrate"],
    &["flushexpiredtokens"],
    &["users", "list"],
    &["sessions", "list", "--json"],
];

fn run(database: &TestDatabase, arguments: &[&str], stdout: Stdio, stderr: Stdio) -> Output {
    let environment = [
        ("DATABASE_URL", database.url.as_str()),
        ("SECRET_KEY", SECRET),
    ];
    frontgate(database.folder.path(), arguments, &environment)
        .stdout(stdout)
        .stderr(stderr)
        .spawn()
        .unwrap()
        .wait_with_output()
        .unwrap()
}

fn full_disk() -> Stdio {
    OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap()
        .into()
}

/// A pipe whose reader is gone.
fn reader_gone() -> Stdio {
    pipe().unwrap().1.into()
}

#[test]
fn a_result_that_cannot_be_written_is_an_error_and_a_reader_that_is_gone_is_none() {
    let database = TestDatabase::migrated(Backend::Sqlite);
    for arguments in COMMANDS {
        let gone = run(&database, arguments, reader_gone(), Stdio::piped());
        assert_eq!(gone.status.code(), Some(0), "{arguments:?}: {gone:?}");
        assert_eq!(gone.stderr, b"", "{arguments:?}: {gone:?}");
        let full = run(&database, arguments, full_disk(), Stdio::piped());
        assert_eq!(full.status.code(), Some(1), "{arguments:?}: {full:?}");
        let said = String::from_utf8(full.stderr).unwrap();
        assert_eq!(
            said,
            "frontgate: standard output cannot be written to: No space left on device (os error 28); \
             what the command has changed stays changed\n",
            "{arguments:?}"
        );
    }
}

#[test]
fn an_exit_code_does_not_depend_on_whether_it_can_be_explained() {
    let database = TestDatabase::migrated(Backend::Sqlite);
    let unknown = ["sessions", "show", "nothing"];
    for (arguments, code) in [
        (&["check"] as &[&str], 0),
        (&unknown, 1),
        (&["no-such-command"], 2),
        (&["healthcheck"], 1),
    ] {
        for stderr in [full_disk, reader_gone] {
            let ended = run(&database, arguments, Stdio::piped(), stderr());
            assert_eq!(ended.status.code(), Some(code), "{arguments:?}: {ended:?}");
        }
    }
}
