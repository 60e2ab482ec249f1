//! Servers that do not fit together: another key, other settings, the same name.

use diesel::Connection;
use diesel::connection::SimpleConnection;

use crate::support::{Backend, Cluster, NodeSettings, run, wait_for, wait_until};

const OTHER_KEY: &str = "another key for clusters, of 32 bytes or more";

fn named(name: &'static str) -> NodeSettings<'static> {
    NodeSettings {
        url: None,
        environment: vec![("FRONTGATE_NODE_NAME", name)],
    }
}

/// Waits until the node has told the others that it is there.
fn wait_until_told(cluster: &Cluster, name: &str) {
    let row = format!("SELECT count(*) FROM nodes WHERE name = '{name}' AND key_id IS NOT NULL");
    wait_until("it is in the table nodes", || {
        crate::support::count(cluster.url(), &row) == 1
    });
}

#[test]
fn a_server_with_another_key_does_not_start_beside_the_others() {
    let cluster = Cluster::with(Backend::Postgres, &[named("first")]);
    let mut ada = cluster.person("ada", 0);
    wait_until_told(&cluster, "first");
    for name in ["first", "second"] {
        let mut command = cluster.node(0).command(&["serve"]);
        command.env("SECRET_KEY", OTHER_KEY);
        command.env("FRONTGATE_NODE_NAME", name);
        let output = command
            .env("FRONTGATE_BIND", "127.0.0.1:0")
            .output()
            .unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(
            error.contains("the server first is up on this database"),
            "{error}"
        );
    }
    assert_eq!(ada.refresh(0).status, Some(200));
    // Once the others are gone, the key may change.
    cluster.kill(0);
    cluster.sql("UPDATE nodes SET last_seen_at = last_seen_at - interval '31 s'");
    cluster.node(0).set("SECRET_KEY", OTHER_KEY);
    cluster.spawn(0);
    cluster.wait_until_ready(0);
}

#[test]
fn of_two_servers_with_different_keys_that_start_at_once_one_starts() {
    let cluster = Cluster::with(Backend::Postgres, &[named("first")]);
    cluster.kill(0);
    cluster.sql("DELETE FROM nodes");
    let second = [
        ("SECRET_KEY", OTHER_KEY),
        ("FRONTGATE_NODE_NAME", "second"),
        ("FRONTGATE_BIND", "127.0.0.1:0"),
    ];
    let mut second = cluster.node(0).twin(&second);
    // Both have come so far that they ask for the others before either goes on.
    let mut connection = cluster.connect();
    let locked = connection.transaction(|connection| {
        connection.batch_execute("LOCK TABLE nodes IN ACCESS EXCLUSIVE MODE")?;
        cluster.spawn(0);
        second.spawn();
        let waiting = "SELECT count(*) FROM pg_stat_activity \
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        wait_until("both wait", || {
            crate::support::count(cluster.url(), waiting) == 2
        });
        diesel::QueryResult::Ok(())
    });
    locked.unwrap();
    let first_ended = || cluster.node(0).ended();
    let ended = wait_for("one of them has ended", || {
        first_ended().or_else(|| second.ended())
    });
    assert!(ended.contains("is up on this database"), "{ended}");
    let up = "SELECT count(*) FROM nodes WHERE key_id IS NOT NULL";
    assert_eq!(crate::support::count(cluster.url(), up), 1);
    assert!(first_ended().is_none() || second.ended().is_none());
}

#[test]
fn a_key_that_was_revoked_keeps_nobody_from_starting() {
    let cluster = Cluster::with(Backend::Postgres, &[named("first"), named("second")]);
    wait_until_told(&cluster, "first");
    wait_until_told(&cluster, "second");
    let checked = run(&mut cluster.node(0).command(&["check"]), "");
    let kid = checked
        .split_whitespace()
        .find(|word| word.starts_with("secret-"))
        .unwrap();
    let kid = kid
        .trim_matches(|c: char| !c.is_ascii_alphanumeric())
        .to_owned();
    let arguments = ["sessions", "revoke", "--yes", "--key", &kid];
    run(&mut cluster.node(0).command(&arguments), "");
    cluster.kill(0);
    cluster.node(0).set("SECRET_KEY", OTHER_KEY);
    cluster.spawn(0);
    cluster.wait_until_ready(0);
}

#[test]
fn other_settings_and_the_same_name_are_told_in_the_log() {
    let mut other = named("second");
    other
        .environment
        .push(("FRONTGATE_ACCESS_TOKEN_LIFETIME", "5m"));
    let cluster = Cluster::with(Backend::Postgres, &[named("first")]);
    wait_until_told(&cluster, "first");
    let mut second = cluster.node(0).twin(&other.environment);
    second.spawn();
    wait_until("the other settings are told", || {
        cluster
            .log(0)
            .contains("has other settings of tokens or cookies")
    });
    assert!(!cluster.log(0).contains("the same name"));
    let mut namesake = cluster.node(0).twin(&named("first").environment);
    namesake.spawn();
    wait_until("the same name is told", || {
        cluster.log(0).contains("has the same name")
    });
}
