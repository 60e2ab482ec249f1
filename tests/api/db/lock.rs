//! One server for each SQLite file.

use std::fs::{File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::support::process::{Finished, ServerProcess, files, frontgate};
use crate::support::{Backend, SECRET, TestDatabase};

#[test]
fn a_second_server_on_one_file_is_refused_also_through_a_symbolic_link() {
    let database = TestDatabase::new(Backend::Sqlite);
    let folder = database.folder.path();
    let first = ServerProcess::start(&database, &[]);
    symlink("test.sqlite3", folder.join("link.sqlite3")).unwrap();
    let other = tempfile::TempDir::new().unwrap();
    let elsewhere = other.path().join("elsewhere.sqlite3");
    symlink(folder.join("test.sqlite3"), &elsewhere).unwrap();
    for url in [
        database.url.clone(),
        "sqlite://link.sqlite3".to_owned(),
        format!("sqlite://{}", elsewhere.display()),
    ] {
        let environment = [
            ("DATABASE_URL", url.as_str()),
            ("SECRET_KEY", SECRET),
            ("FRONTGATE_BIND", "127.0.0.1:0"),
        ];
        let second = Finished::of(&mut frontgate(folder, &["serve"], &environment));
        let real = folder.canonicalize().unwrap().join("test.sqlite3");
        assert_eq!(
            second.to_string(),
            format!(
                "exit code 1\n\nfrontgate: another frontgate serves {}: stop it first\n",
                real.display()
            )
        );
    }
    first.kill();
    // A server that was killed has left its lock file, and no lock.
    let again = ServerProcess::start(&database, &[]);
    again.terminate();
    assert_eq!(again.exit_code(), Some(0));
    assert_eq!(files(folder), ["link.sqlite3", "test.sqlite3"]);
}

#[test]
fn nobody_else_can_open_the_lock_file_also_where_an_older_version_left_one() {
    let database = TestDatabase::new(Backend::Sqlite);
    let lock = database.folder.path().join("test.sqlite3-serve");
    let mode = || lock.metadata().unwrap().permissions().mode() & 0o777;
    for left in [None, Some(0o644), Some(0o666), Some(0o640)] {
        if let Some(left) = left {
            let file = File::create(&lock).unwrap();
            file.set_permissions(Permissions::from_mode(left)).unwrap();
        }
        let server = ServerProcess::start(&database, &[]);
        assert_eq!(mode(), 0o600, "after {left:?}");
        server.terminate();
        assert_eq!(server.exit_code(), Some(0));
        assert!(!lock.exists());
    }
}
