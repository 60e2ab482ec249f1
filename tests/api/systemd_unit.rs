//! `deploy/frontgate.service`, as far as that can be told without starting systemd.

use std::process::Command;
use std::time::Duration;

use frontgate::config::ServerSettings;
use frontgate::connections::open_files::connections_within;

use crate::support::process::{Finished, ServerProcess, frontgate};
use crate::support::{Backend, SECRET, TestDatabase, settings_with};

const UNIT: &str = include_str!("../../deploy/frontgate.service");
/// How long alarms that wait may take while a server stops.
const ALARMS: Duration = Duration::from_secs(10);
/// What stops a server, at most: the last connections, the last poll, the last writes.
const REST: Duration = Duration::from_secs(5);

/// All values of a directive.
fn values(name: &str) -> impl Iterator<Item = &'static str> + '_ {
    UNIT.lines()
        .filter_map(move |line| line.strip_prefix(name)?.strip_prefix('='))
}

fn value(name: &str) -> &'static str {
    let values: Vec<_> = values(name).collect();
    assert_eq!(values.len(), 1, "{name}");
    values[0]
}

fn duration(text: &str) -> Duration {
    humantime::parse_duration(text).unwrap()
}

fn defaults() -> ServerSettings {
    settings_with("sqlite://frontgate.sqlite3", &[]).server
}

#[test]
fn systemd_understands_it_and_finds_little_exposed() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("frontgate.service");
    let program = env!("CARGO_BIN_EXE_frontgate");
    std::fs::write(&path, UNIT.replace("/usr/local/bin/frontgate", program)).unwrap();
    let verified = Finished::of(
        Command::new("systemd-analyze")
            .args(["verify", "--man=no"])
            .arg(&path),
    );
    assert_eq!(
        (verified.code, &*verified.stderr),
        (Some(0), ""),
        "{verified}"
    );
    // 2.0 of 10.
    let exposed = Finished::of(
        Command::new("systemd-analyze")
            .args(["security", "--no-pager", "--offline=true", "--threshold=20"])
            .arg(&path),
    );
    assert_eq!(exposed.code, Some(0), "{exposed}");
}

#[test]
fn it_waits_as_long_as_a_server_may_take_to_stop() {
    let delay =
        values("Environment").find_map(|value| value.strip_prefix("FRONTGATE_SHUTDOWN_DELAY="));
    let longest = duration(delay.unwrap()) + defaults().shutdown_timeout.duration() + ALARMS + REST;
    assert!(duration(value("TimeoutStopSec")) >= longest, "{longest:?}");
}

#[test]
fn it_allows_the_files_of_all_connections_on_both_ports() {
    let both = 2 * usize::try_from(defaults().max_connections).unwrap();
    let files = value("LimitNOFILE").parse().unwrap();
    // Each port has a crowd for each worker.
    assert_eq!(connections_within(both, files, 2 * 64), both);
}

#[test]
fn a_server_runs_with_what_it_sets() {
    crate::support::run(async {
        let database = TestDatabase::new(Backend::Postgres);
        let credentials = tempfile::TempDir::new().unwrap();
        let folder = credentials.path().to_str().unwrap();
        let (name, _) = value("LoadCredential").split_once(':').unwrap();
        std::fs::write(credentials.path().join(name), SECRET).unwrap();
        let set: Vec<_> = values("Environment")
            .map(|value| value.replace("%d", folder))
            .collect();
        let mut environment: Vec<_> = set
            .iter()
            .map(|setting| setting.split_once('=').unwrap())
            .collect();
        environment.extend([
            // Of frontgate.env.
            ("DATABASE_URL", database.url.as_str()),
            ("FRONTGATE_BIND", "127.0.0.1:0"),
            ("FRONTGATE_BCRYPT_COST", "4"),
            ("FRONTGATE_SHUTDOWN_DELAY", "0s"),
        ]);
        let (program, arguments) = value("ExecStart").split_once(' ').unwrap();
        assert!(program.ends_with("/frontgate"));
        let arguments: Vec<_> = arguments.split(' ').collect();
        let server = ServerProcess::spawn(&mut frontgate(
            database.folder.path(),
            &arguments,
            &environment,
        ));
        assert_eq!(server.create("ada@example.com").await.status, 201);
        server.terminate();
        assert_eq!(server.exit_code(), Some(0));
    });
}
