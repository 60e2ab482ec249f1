//! `serve`, the default.

use std::os::unix::fs::PermissionsExt;

use crate::support::process::{Finished, ServerProcess, files, frontgate, run_on};
use crate::support::{Backend, PASSWORD, SECRET, TestDatabase};

const BIND: [(&str, &str); 2] = [
    ("FRONTGATE_BIND", "127.0.0.1:0"),
    ("FRONTGATE_LOG_LEVEL", "off"),
];

#[test]
fn with_no_settings_at_all_everything_is_made_and_private() {
    let folder = tempfile::TempDir::new().unwrap();
    let server = ServerProcess::spawn(&mut frontgate(folder.path(), &[], &BIND));
    server.terminate();
    assert_eq!(server.exit_code(), Some(0));
    assert_eq!(
        files(folder.path()),
        ["frontgate.secret", "frontgate.sqlite3"]
    );
    for name in files(folder.path()) {
        let metadata = std::fs::metadata(folder.path().join(&name)).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{name}");
    }
    let key = || std::fs::read_to_string(folder.path().join("frontgate.secret")).unwrap();
    let first = key();
    assert_eq!(first.trim().len(), 64);
    let again = ServerProcess::spawn(&mut frontgate(folder.path(), &["serve"], &BIND));
    drop(again);
    assert_eq!(key(), first);
    let checked = Finished::of(&mut frontgate(folder.path(), &["check"], &[]));
    assert!(!checked.to_string().contains(first.trim()), "{checked}");
}

#[test]
fn the_greeting_names_only_what_exists() {
    crate::support::run(async {
        let database = TestDatabase::new(Backend::Sqlite);
        let mut server = ServerProcess::start(&database, &[("FRONTGATE_LOG_LEVEL", "off")]);
        server.wait_for("or with: frontgate createsuperuser --email you@example.com");
        let address = server.address.clone();
        let lines = server.greeting.join("\n").replace(&address, "ADDRESS");
        let (_, token) = lines.split_once("/admin/setup/?token=").unwrap();
        let token = token.lines().next().unwrap().to_owned();
        let lines = lines.replace(&token, "TOKEN");
        let file = database.url.trim_start_matches("sqlite://");
        assert_eq!(
            lines,
            format!(
                "Frontgate {} serves http://ADDRESS/\n  API        http://ADDRESS/api/v1/users/\n  docs       http://ADDRESS/api/docs/\n  demo       http://ADDRESS/demo/\n  admin      http://ADDRESS/admin/\n  database   {file}\n\
                 No administrator yet. Make the first one with this link, within 30 minutes:\n  http://ADDRESS/admin/setup/?token=TOKEN\n\
                 or with: frontgate createsuperuser --email you@example.com",
                env!("CARGO_PKG_VERSION")
            )
        );
        let setup = format!("/admin/setup/?token={token}");
        for path in ["/", "/api/docs/", "/admin/login/", &setup] {
            assert_eq!(server.get(path).await.status, 200, "{path}");
        }
        // The API's own path is one that answers, though not without a token.
        assert_eq!(server.get("/api/v1/users/").await.status, 401);
        server.kill();

        let create = [
            "createsuperuser",
            "--email",
            "ada@example.com",
            "--password-stdin",
        ];
        assert_eq!(run_on(&database, &create, PASSWORD).code, Some(0));
        let environment = [
            ("DATABASE_URL", database.url.as_str()),
            ("SECRET_KEY", SECRET),
            ("FRONTGATE_BIND", "127.0.0.1:0"),
        ];
        let mut server =
            ServerProcess::spawn(&mut frontgate(database.folder.path(), &[], &environment));
        server.terminate();
        server.wait_for("\"stopped\"");
        let all = server.greeting.join("\n");
        assert!(!all.contains("No administrator yet"), "{all}");
    });
}
