//! `deploy/frontgate.service`, as far as that can be told without starting systemd, and how long it, compose and the
//! documents give a server to stop.

use std::process::Command;
use std::time::Duration;

use frontgate::config::{ServerSettings, Settings};
use frontgate::connections::open_files::connections_within;
use frontgate::server::longest_stop;

use crate::support::process::{Finished, ServerProcess, frontgate};
use crate::support::{Backend, SECRET, TestDatabase, settings_with};

const UNIT: &str = include_str!("../../deploy/frontgate.service");
const COMPOSE: &str = include_str!("../../docker-compose.yml");
const DEPLOYMENT: &str = include_str!("../../docs/deployment.md");
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

fn with_delay(delay: &str) -> Settings {
    settings_with("sqlite://frontgate.sqlite3", &[("shutdown_delay", delay)])
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
    let longest = longest_stop(&with_delay(delay.unwrap()));
    assert!(duration(value("TimeoutStopSec")) >= longest, "{longest:?}");
}

#[test]
fn compose_waits_as_long_as_a_server_may_take_to_stop() {
    assert!(!COMPOSE.contains("SHUTDOWN"), "it sets a time of its own");
    let (_, server) = COMPOSE.split_once("\n  frontgate:\n").unwrap();
    let (server, _) = server.split_once("\n  postgres:\n").unwrap();
    let (_, period) = server.split_once("stop_grace_period: ").unwrap();
    let longest = longest_stop(&with_delay("0s"));
    assert!(
        duration(period.lines().next().unwrap()) >= longest,
        "{longest:?}"
    );
}

#[test]
fn the_documents_say_how_long_a_server_may_take_to_stop() {
    let (_, text) = DEPLOYMENT.split_once("must wait ").unwrap();
    let (seconds, _) = text.split_once(" seconds longer than").unwrap();
    let told = Duration::from_secs(seconds.parse().unwrap());
    for (delay, timeout) in [("0s", 5), ("10s", 5), ("10s", 6), ("10s", 60)] {
        let timeout_text = format!("{timeout}s");
        let settings = [
            ("shutdown_delay", delay),
            ("database_timeout", &*timeout_text),
        ];
        let settings = settings_with("sqlite://frontgate.sqlite3", &settings);
        let server = &settings.server;
        let both = server.shutdown_delay.duration() + server.shutdown_timeout.duration();
        let more = Duration::from_secs(3 * (timeout - 5));
        let longest = longest_stop(&settings);
        assert!(
            both + told + more >= longest,
            "{delay} {timeout}: {longest:?}"
        );
    }
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
