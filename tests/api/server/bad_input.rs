//! Whatever keeps the process from starting is one line that names it and the way out, and
//! nothing half made is left behind.

use std::ffi::OsStr;
use std::net::TcpListener;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;

use tempfile::TempDir;

use crate::support::process::{Finished, files, frontgate};
use crate::support::{Backend, SECRET, TestDatabase};

const STANDING: [(&str, &str); 2] = [("SECRET_KEY", SECRET), ("FRONTGATE_BIND", "127.0.0.1:0")];
/// Another user than root, whom no permission would stop.
const NOBODY: u32 = 65534;

/// Runs `serve` in a folder that must look the same afterwards, and answers its one line.
fn refused_in(folder: &Path, environment: &[(&str, &str)]) -> String {
    let before = files(folder);
    let ended = Finished::of(&mut frontgate(folder, &["serve"], environment));
    let line = one_line(&ended);
    assert_eq!(files(folder), before, "{line}");
    line
}

fn refused(environment: &[(&str, &str)]) -> String {
    let folder = TempDir::new().unwrap();
    refused_in(folder.path(), &[&STANDING, environment].concat())
}

fn one_line(ended: &Finished) -> String {
    assert_eq!(ended.code, Some(1), "{ended}");
    assert_eq!(ended.stdout, "", "{ended}");
    assert_eq!(ended.stderr.lines().count(), 1, "{ended}");
    let line = ended.stderr.strip_prefix("frontgate: ").unwrap();
    line.trim_end().to_owned()
}

#[test]
fn a_file_that_is_no_database_is_named_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("frontgate.sqlite3");
    let garbage = "this is no database at all, only some text. ".repeat(100);
    std::fs::write(&path, &garbage).unwrap();
    assert_eq!(
        refused_in(folder.path(), &STANDING),
        "cannot use the SQLite database frontgate.sqlite3: file is not a database: choose another path, or restore it from a backup"
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), garbage);
}

#[test]
fn a_folder_that_is_missing_or_no_folder_is_named() {
    assert_eq!(
        refused(&[("DATABASE_URL", "sqlite://data/app.sqlite3")]),
        "cannot use the SQLite database data/app.sqlite3: the folder data does not exist: make it, or choose another path"
    );
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("data"), "").unwrap();
    std::fs::create_dir(folder.path().join("app.sqlite3")).unwrap();
    let with = |url| [&STANDING, &[("DATABASE_URL", url)] as &[_]].concat();
    assert_eq!(
        refused_in(folder.path(), &with("sqlite://data/app.sqlite3")),
        "cannot use the SQLite database data/app.sqlite3: the folder data does not exist: make it, or choose another path"
    );
    assert_eq!(
        refused_in(folder.path(), &with("sqlite://app.sqlite3")),
        "cannot use the SQLite database app.sqlite3: unable to open database file: make the file and its folder writable for this user"
    );
}

/// Runs `serve` as somebody whom permissions stop.
fn refused_as_nobody(folder: &Path) -> String {
    one_line(&as_nobody(folder, &["serve"]))
}

fn as_nobody(folder: &Path, arguments: &[&str]) -> Finished {
    let mut command = frontgate(folder, arguments, &STANDING);
    let root = std::fs::metadata("/proc/self").unwrap();
    if std::os::unix::fs::MetadataExt::uid(&root) == 0 {
        command.uid(NOBODY).gid(NOBODY);
    }
    Finished::of(&mut command)
}

#[test]
fn a_folder_that_cannot_be_written_is_refused() {
    let folder = TempDir::new().unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o555)).unwrap();
    assert_eq!(
        refused_as_nobody(folder.path()),
        "cannot use the SQLite database frontgate.sqlite3: unable to open database file: make the file and its folder writable for this user"
    );
    assert_eq!(files(folder.path()), [""; 0]);
}

#[test]
fn a_database_file_that_cannot_be_written_is_refused() {
    let folder = TempDir::new().unwrap();
    let migrated = Finished::of(&mut frontgate(folder.path(), &["migrate"], &[]));
    assert_eq!(migrated.code, Some(0), "{migrated}");
    let file = folder.path().join("frontgate.sqlite3");
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o444)).unwrap();
    // The folder itself can be written, by whoever runs the tests.
    if chown(folder.path(), Some(NOBODY), Some(NOBODY)).is_err() {
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    }
    assert_eq!(
        refused_as_nobody(folder.path()),
        "cannot write to the database of DATABASE_URL: attempt to write a readonly database; make the file and its folder writable for this user"
    );
    let checked = as_nobody(folder.path(), &["check", "--database"]);
    assert_eq!(checked.code, Some(1), "{checked}");
    assert!(
        checked
            .stderr
            .contains("attempt to write a readonly database"),
        "{checked}"
    );
    let left = files(folder.path());
    assert!(
        !left
            .iter()
            .any(|name| name.ends_with("serve") || name.ends_with("secret")),
        "{left:?}"
    );
}

#[test]
fn a_database_url_of_another_scheme_says_which_there_are() {
    let postgres = "postgres://USER:PASSWORD@HOST/DATABASE";
    let wanted = format!("write sqlite://PATH or {postgres}");
    let encode = "in the user and the password write @ as %40, / as %2F, ? as %3F, # as %23, % as %25, & as %26 and a space as %20";
    for (url, shown, more) in [
        ("mysql://root@db/app", "mysql:…", ""),
        ("sqlite:app.sqlite3", "sqlite:app.sqlite3", ""),
        ("app.sqlite3", "…", ""),
        ("sqlite://", "sqlite://", ": the path is missing"),
        (
            "sqlite://:memory:",
            "sqlite://:memory:",
            ": a database in memory loses every session",
        ),
    ] {
        assert_eq!(
            refused(&[("DATABASE_URL", url)]),
            format!("setting database_url = {shown:?} (environment, DATABASE_URL): {wanted}{more}")
        );
    }
    assert_eq!(
        refused(&[("DATABASE_URL", "postgres://db:port/app")]),
        format!(
            "setting database_url = \"postgres:…\" (environment, DATABASE_URL): write {postgres}: invalid port number; {encode}"
        )
    );
}

#[test]
fn a_postgresql_that_cannot_be_used_is_named_without_its_password() {
    // Nobody listens on a port that was just let go.
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("postgres://ada:geheim@127.0.0.1:{port}/app");
    let line = refused(&[("DATABASE_URL", &url)]);
    let shown =
        format!("cannot use the PostgreSQL database postgres://ada:hidden@127.0.0.1:{port}/app: ");
    assert!(
        line.starts_with(&shown) && line.contains("Connection refused"),
        "{line}"
    );
    assert!(
        line.ends_with("; check DATABASE_URL and that the server runs"),
        "{line}"
    );

    let database = TestDatabase::new(Backend::Postgres);
    let mut url = url::Url::parse(&database.url).unwrap();
    url.set_path("no_such_database");
    let line = refused(&[("DATABASE_URL", url.as_str())]);
    assert!(
        line.contains("database \"no_such_database\" does not exist"),
        "{line}"
    );

    let line = refused(&[("DATABASE_URL", "postgres://db.internal/app?sslmode=require")]);
    if frontgate::db::tls_built_in() {
        assert!(
            line.starts_with("cannot use the PostgreSQL database"),
            "{line}"
        );
    } else {
        assert_eq!(
            line,
            "DATABASE_URL asks for TLS (sslmode), which this build cannot speak: build with `cargo build --release --no-default-features --features pg-bundled-tls`, or take sslmode away"
        );
    }
}

#[test]
fn a_variable_of_ours_that_is_not_utf_8_is_refused() {
    let folder = TempDir::new().unwrap();
    let mut command = frontgate(folder.path(), &["serve"], &STANDING[1..]);
    command.env("SECRET_KEY", OsStr::from_bytes(&[0xff; 40]));
    command.env("LANG", OsStr::from_bytes(&[0xff]));
    assert_eq!(
        one_line(&Finished::of(&mut command)),
        "setting SECRET_KEY (environment, SECRET_KEY): write it in UTF-8"
    );
    assert_eq!(files(folder.path()), [""; 0]);
}

#[test]
fn a_port_that_is_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let bind = taken.local_addr().unwrap().to_string();
    assert_eq!(
        refused(&[("FRONTGATE_BIND", &bind)]),
        format!(
            "cannot listen on {bind}: Address already in use (os error 98); stop what uses the port, or set bind (FRONTGATE_BIND) to another one"
        )
    );
}

#[test]
fn a_secret_key_that_is_missing_short_or_unreadable_is_refused() {
    let advice = "at least 32 are needed; make one with `openssl rand -base64 48`";
    assert_eq!(
        refused(&[("SECRET_KEY", "0123456789012345678901234567890")]),
        format!("the secret key in SECRET_KEY has 31 bytes: {advice}")
    );
    assert_eq!(
        refused(&[
            ("SECRET_KEY", ""),
            ("DATABASE_URL", "postgres://localhost/app")
        ]),
        "SECRET_KEY is not set: with PostgreSQL every node needs the same one; make it with `openssl rand -base64 48`"
    );
    let advice_for_file = "set SECRET_KEY or secret_key_file, or make the folder writable";
    assert_eq!(
        refused(&[("SECRET_KEY", ""), ("FRONTGATE_SECRET_KEY_FILE", "none")]),
        format!(
            "the secret key file none: No such file or directory (os error 2); {advice_for_file}"
        )
    );
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("frontgate.secret"), "short\n").unwrap();
    let bind = [("FRONTGATE_BIND", "127.0.0.1:0")];
    assert_eq!(
        refused_in(folder.path(), &bind),
        format!("the secret key in frontgate.secret has 5 bytes: {advice}")
    );
    std::fs::remove_file(folder.path().join("frontgate.secret")).unwrap();
    std::fs::create_dir(folder.path().join("frontgate.secret")).unwrap();
    assert_eq!(
        refused_in(folder.path(), &bind),
        format!(
            "the secret key file frontgate.secret: Is a directory (os error 21); {advice_for_file}"
        )
    );
}
