//! Notifications are a convenience; the poll is the truth.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::support::{Backend, Cluster, NodeSettings, wait_until};

/// How many connections follow the revocations of this database.
fn followers(cluster: &Cluster) -> i64 {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        followers: i64,
    }
    // Who follows has listened before, where it listens at all.
    diesel::sql_query(
        "SELECT count(*) AS followers FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid() \
         AND (query LIKE '%pg_current_snapshot%' OR query LIKE '%pg_visible_in_snapshot%')",
    )
    .get_result::<Row>(&mut cluster.connect())
    .unwrap()
    .followers
}

const TERMINATE: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
     WHERE datname = current_database() AND pid <> pg_backend_pid() \
     AND (query LIKE '%pg_current_snapshot%' OR query LIKE '%pg_visible_in_snapshot%')";

#[test]
fn a_feed_whose_backend_is_terminated_again_and_again_misses_nothing() {
    let cluster = Cluster::start(2);
    let mut honest = cluster.person("honest", 0);
    wait_until("both nodes follow", || followers(&cluster) >= 2);
    for number in 0..5 {
        let mut victim = cluster.person(&format!("victim{number}"), 0);
        assert_eq!(victim.info(1).status, Some(200));
        cluster.sql(TERMINATE);
        assert_eq!(victim.log_out(0).status, Some(200));
        wait_until("node 1 refuses", || victim.info(1).status == Some(401));
        wait_until("both nodes follow again", || followers(&cluster) >= 2);
    }
    for node in 0..2 {
        wait_until("the nodes are fresh", || {
            honest.info(node).status == Some(200)
        });
    }
}

#[test]
fn without_notifications_the_poll_alone_holds_the_lease_and_hears_of_everything() {
    let silent = NodeSettings {
        url: None,
        environment: vec![("FRONTGATE_REVOCATION_LISTEN", "false")],
    };
    let nodes = [NodeSettings::default(), silent.clone(), silent];
    let cluster = Cluster::with(Backend::Postgres, &nodes);
    let mut honest = cluster.person("honest", 0);
    for round in 0..6 {
        let (at, others) = (round % 3, [(round + 1) % 3, (round + 2) % 3]);
        let mut victim = cluster.person(&format!("victim{round}"), others[0]);
        assert_eq!(victim.info(others[1]).status, Some(200));
        assert_eq!(victim.log_out(at).status, Some(200));
        for other in others {
            wait_until("the other node refuses", || {
                // Nothing but the poll renews the lease, and it never runs out meanwhile.
                assert!(cluster.is_ready(other));
                assert_ne!(honest.info(other).status, Some(401));
                victim.info(other).status == Some(401)
            });
        }
    }
}
