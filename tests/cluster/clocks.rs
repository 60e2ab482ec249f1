//! A node whose own clock is wrong: PostgreSQL's counts, so nobody notices.

use std::path::PathBuf;

use crate::support::{Backend, Cluster, NodeSettings, wait_until};

/// Debian's libfaketime, which `scripts/install-tools` installs.
fn libfaketime() -> String {
    let library = std::fs::read_dir("/usr/lib")
        .unwrap()
        .map(|entry| entry.unwrap().path().join("faketime/libfaketime.so.1"))
        .find(|path: &PathBuf| path.exists());
    library
        .expect("libfaketime: scripts/install-tools installs it")
        .display()
        .to_string()
}

/// Node 0 has the right time, node 1 and node 2 do not.
fn nodes_off_by(offsets: [&str; 2]) -> Cluster {
    let library = libfaketime();
    let wrong = |offset| NodeSettings {
        url: None,
        environment: vec![
            ("LD_PRELOAD", library.as_str()),
            ("FAKETIME", offset),
            // Only the time of day is wrong; no machine's uptime ever is.
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ],
    };
    let nodes = [
        NodeSettings::default(),
        wrong(offsets[0]),
        wrong(offsets[1]),
    ];
    Cluster::with(Backend::Postgres, &nodes)
}

/// What a node thinks the time is, in seconds since the epoch: its `Date` header is its
/// machine's time.
fn date_of(cluster: &Cluster, node: usize) -> i64 {
    let answer = cluster.get(node, "/health/live");
    let date = answer.header("date").unwrap().to_owned();
    chrono::DateTime::parse_from_rfc2822(&date)
        .unwrap()
        .timestamp()
}

fn live_with_clocks_off_by(seconds: i64, offsets: [&str; 2]) {
    let cluster = nodes_off_by(offsets);
    // The clocks are wrong indeed, or the test would show nothing.
    for (node, off) in [(1, seconds), (2, -seconds)] {
        let is = date_of(&cluster, node) - date_of(&cluster, 0);
        assert!((is - off).abs() < 10, "node {node} is {is} s off");
    }
    for number in 0..9 {
        let node = |turn: usize| (number + turn) % 3;
        let mut honest = cluster.person(&format!("honest{number}"), node(0));
        let mut victim = cluster.person(&format!("victim{number}"), node(0));
        for turn in 0..6 {
            for person in [&mut honest, &mut victim] {
                assert_eq!(person.info(node(turn)).status, Some(200));
                assert_eq!(person.refresh(node(turn)).status, Some(200));
                // Lost replies are honest, whatever the clock says of the grace.
                let mut late = person.thief();
                assert_eq!(person.refresh(node(turn + 1)).status, Some(200));
                assert_eq!(late.refresh(node(turn + 2)).status, Some(200));
            }
        }
        let mut thief = victim.thief();
        assert_eq!(victim.log_out(node(1)).status, Some(200));
        assert_eq!(thief.info(node(1)).status, Some(401));
        for other in 0..3 {
            wait_until("the node refuses", || thief.info(other).status == Some(401));
            assert_eq!(thief.refresh(other).status, Some(401));
        }
        for other in 0..3 {
            assert_eq!(honest.info(other).status, Some(200));
        }
    }
    // Nodes that start later, and hear nothing but what is in the table, agree as well.
    let mut victim = cluster.person("victim", 0);
    assert_eq!(victim.log_out(2).status, Some(200));
    for node in 0..3 {
        cluster.restart(node);
        assert_eq!(victim.info(node).status, Some(401));
    }
}

#[test]
fn nodes_that_are_half_a_minute_off_accept_nothing_revoked_and_send_nobody_away() {
    live_with_clocks_off_by(30, ["+30s", "-30s"]);
}

#[test]
fn nodes_that_are_a_day_off_accept_nothing_revoked_and_send_nobody_away() {
    live_with_clocks_off_by(86_400, ["+1d", "-1d"]);
}
