//! Several hosts in one URL: the first ones dead, a standby among them.

use std::net::TcpListener;
use std::process::Command;

use crate::support::{
    Backend, Cluster, NodeSettings, PrivatePostgres, Proxy, TestDatabase, count, execute, run,
    wait_for, wait_until,
};

/// The ports of two hosts that never say a word: connections are taken, and nobody reads them.
fn dead() -> [(TcpListener, u16); 2] {
    [(); 2].map(|()| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        (listener, port)
    })
}

/// The port and the database of a URL of the proxy's.
fn port_and_database(url: &str) -> (u16, String) {
    let url = url::Url::parse(url).unwrap();
    (url.port().unwrap(), url.path().to_owned())
}

#[test]
fn dead_hosts_are_tried_in_turn_within_a_bounded_time() {
    let database = TestDatabase::new(Backend::Postgres);
    let (_proxy, url) = Proxy::to(&database.url);
    let (port, name) = port_and_database(&url);
    let dead = dead();
    let [first, second] = [dead[0].1, dead[1].1];
    let url = format!(
        "postgres://postgres@127.0.0.1:{first},127.0.0.1:{second},127.0.0.1:{port}{name}?target_session_attrs=read-write"
    );
    let node = NodeSettings {
        url: Some(url),
        environment: Vec::new(),
    };
    let cluster = Cluster::on(database, &[node]);
    let mut ada = cluster.person("ada", 0);
    assert_eq!(ada.refresh(0).status, Some(200));
    assert_eq!(ada.log_out(0).status, Some(200));
}

#[test]
fn where_every_host_is_dead_the_error_names_each_and_its_cause() {
    let folder = tempfile::TempDir::new().unwrap();
    let dead = dead();
    let [first, second] = [dead[0].1, dead[1].1];
    let url = format!("postgres://u:geheim@127.0.0.1:{first},127.0.0.2:{second}/d");
    let output = Command::new(env!("CARGO_BIN_EXE_frontgate"))
        .arg("migrate")
        .env_clear()
        .env("DATABASE_URL", url)
        .env("FRONTGATE_DATABASE_TIMEOUT", "1s")
        .current_dir(folder.path())
        .output()
        .unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    for part in [
        format!("connection to server at \"127.0.0.1\", port {first} failed: timeout expired"),
        format!("connection to server at \"127.0.0.2\", port {second} failed"),
        format!("host=127.0.0.1,127.0.0.2&port={first},{second}"),
    ] {
        assert!(error.contains(&part), "{part}: {error}");
    }
    assert!(!error.contains("geheim"), "{error}");
}

#[test]
fn a_standby_is_named_as_one_and_passed_over_for_the_primary() {
    let primary = PrivatePostgres::start();
    let folder = tempfile::TempDir::new().unwrap();
    let cluster = Cluster::at(&primary.url, folder.path(), &[NodeSettings::default()]);
    let standby = primary.standby();
    for arguments in [
        &["serve"] as &[&str],
        &["migrate"],
        &["flushexpiredtokens"],
        &["users", "list"],
        &["sessions", "revoke", "--all", "--yes"],
    ] {
        let mut node = cluster.node(0);
        node.set("FRONTGATE_BIND", "127.0.0.1:0");
        let mut command = node.command(arguments);
        let output = command.env("DATABASE_URL", standby.url()).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {error}");
        assert!(error.contains("is a standby"), "{arguments:?}: {error}");
        assert!(error.contains("target_session_attrs=read-write"), "{error}");
        assert!(!error.contains("migrating"), "{arguments:?}: {error}");
    }
    // All servers in one URL, the standby first.
    let host = |url: &str| url.split_once("host=").unwrap().1.to_owned();
    let all = format!(
        "postgres:///postgres?user=postgres&host={},{}&target_session_attrs=read-write",
        host(standby.url()),
        host(&primary.url)
    );
    let mut command = cluster.node(0).command(&["migrate"]);
    assert_eq!(
        run(command.env("DATABASE_URL", &all), ""),
        "The database is up to date.\n"
    );
    wait_until("the node still serves", || cluster.is_ready(0));
}

#[test]
fn an_old_primary_that_comes_back_after_a_failover_is_refused() {
    let old = PrivatePostgres::start();
    let folder = tempfile::TempDir::new().unwrap();
    let standby = old.standby();
    let host = |url: &str| url.split_once("host=").unwrap().1.to_owned();
    // The old one first, as it was when it was the only one.
    let url = format!(
        "postgres:///postgres?user=postgres&host={},{}&target_session_attrs=read-write",
        host(&old.url),
        host(standby.url())
    );
    let told = folder.path().join("alarms");
    let alarm_command = format!("/bin/sh -c \"cat >> '{}'\"", told.display());
    let node = NodeSettings {
        url: None,
        environment: vec![("FRONTGATE_ALARM_COMMAND", alarm_command.as_str())],
    };
    let cluster = Cluster::at(&url, folder.path(), &[node]);
    cluster.person("ada", 0);
    wait_until("the standby has all of it", || {
        let position = "pg_wal_lsn_diff(sent_lsn, replay_lsn) = 0";
        let following = format!("SELECT count(*) FROM pg_stat_replication WHERE {position}");
        count(&old.url, &following) == 1
    });
    old.crash();
    standby.promote();
    let mut eve = wait_for("the node has found the new primary", || {
        let mut eve = cluster.stranger("eve");
        (eve.sign_up(0).status == Some(201)).then_some(eve)
    });
    old.start_again();
    // Whoever is known to the new one alone is never told otherwise.
    for _ in 0..30 {
        assert_eq!(eve.refresh(0).status, Some(200));
        assert_eq!(eve.info(0).status, Some(200));
    }
    // New connections are tried with the old one first.
    let mut connect_anew = || {
        execute(
            standby.url(),
            &[
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'frontgate'",
            ],
        );
        wait_until("new connections go to the new one", || {
            eve.refresh(0).status == Some(200)
        });
        wait_until("it is ready", || cluster.is_ready(0));
    };
    connect_anew();
    let log = cluster.log(0);
    assert!(log.contains("was the primary before a failover"), "{log}");
    assert!(
        !log.contains("the PostgreSQL database :"),
        "its URL is missing: {log}"
    );
    let users = "SELECT count(*) FROM users WHERE email = 'eve@example.com'";
    assert_eq!(count(&old.url, users), 0);
    assert_eq!(count(standby.url(), users), 1);
    // The operator is told, once, by the database that goes on.
    let alarm: serde_json::Value = wait_for("the operator is told", || {
        let told = std::fs::read_to_string(&told).unwrap_or_default();
        serde_json::from_str(told.lines().next()?).ok()
    });
    assert_eq!(alarm["kind"], "database_refused", "{alarm}");
    assert_eq!(alarm["reason"], "older_timeline", "{alarm}");
    let (found, known) = (&alarm["detail"]["found"], &alarm["detail"]["known"]);
    assert_eq!(
        (found.as_i64(), known.as_i64()),
        (Some(1), Some(2)),
        "{alarm}"
    );
    let server = alarm["detail"]["server"].as_str().unwrap();
    assert!(server.contains(host(&old.url).as_str()), "{alarm}");
    // It is refused again. The node reports itself as often as it tells of refused servers.
    connect_anew();
    let seen = "SELECT (extract(epoch FROM max(last_seen_at)) * 1000000)::bigint FROM nodes";
    for _ in 0..2 {
        let before = count(standby.url(), seen);
        wait_until("the node has reported itself", || {
            count(standby.url(), seen) > before
        });
    }
    // A node that stops delivers what waits.
    cluster.stop(0);
    let alarms = std::fs::read_to_string(&told).unwrap();
    assert_eq!(alarms.lines().count(), 1, "{alarms}");
    let noted = "SELECT count(*) FROM events WHERE kind = 'database_refused'";
    assert_eq!(
        (count(standby.url(), noted), count(&old.url, noted)),
        (1, 0)
    );
    // A process that begins now has worked on neither, and the old one comes first.
    let listed = run(&mut cluster.node(0).command(&["users", "list"]), "");
    assert!(listed.contains("eve@example.com"), "{listed}");
}
