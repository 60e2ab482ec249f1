//! A password for PostgreSQL that stands in a file, as `docs/deployment.md` has it.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::support::{PrivatePostgres, execute};

const PASSWORD: &str = "päss: \\word";
const PAGE: &str = include_str!("../../docs/deployment.md");

/// The line of the page, for a server that is found by its socket.
fn line() -> String {
    let example = "db.example.com:5432:frontgate:frontgate:the password\n";
    assert!(
        PAGE.contains(&format!("```\n{example}```")),
        "the page has another line"
    );
    let escaped = PASSWORD.replace('\\', r"\\").replace(':', r"\:");
    example
        .replace("db.example.com", "*")
        .replace("the password", &escaped)
}

#[test]
fn a_password_file_is_read_if_it_is_for_its_owner_alone() {
    let postgres = PrivatePostgres::start();
    let literal = PASSWORD.replace('\'', "''");
    execute(
        &postgres.url,
        &[
            &format!("CREATE ROLE frontgate LOGIN PASSWORD '{literal}'"),
            "CREATE DATABASE frontgate OWNER frontgate",
        ],
    );
    postgres.ask_for_passwords("frontgate");
    let url = postgres
        .url
        .replace("/postgres?user=postgres", "/frontgate?user=frontgate");
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("pgpass");
    std::fs::write(&file, line()).unwrap();
    for (mode, named, code) in [
        (0o600, true, 0),
        (0o400, true, 0),
        (0o640, true, 1),
        (0o604, true, 1),
        (0o600, false, 1),
    ] {
        std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_frontgate"));
        command
            .arg("migrate")
            .env_clear()
            .env("DATABASE_URL", &url)
            .current_dir(folder.path());
        if named {
            command.env("PGPASSFILE", &file);
        }
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{mode:o} {named}: {said}");
        if code == 1 {
            assert!(said.contains("no password supplied"), "{said}");
        }
    }
}
