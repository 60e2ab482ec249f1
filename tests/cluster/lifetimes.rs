//! The settings change, the tokens that were handed out before do not.

use diesel::prelude::*;

use crate::support::{Backend, Cluster, NodeSettings, wait_until};

/// How many revocations there are.
fn revocations(cluster: &Cluster) -> i64 {
    frontgate::schema::revocations::table
        .count()
        .get_result(&mut cluster.connect())
        .unwrap()
}

#[test]
fn a_lowered_access_token_lifetime_forgets_no_older_longer_token() {
    let settings = |lifetime| NodeSettings {
        url: None,
        environment: vec![
            ("FRONTGATE_ACCESS_TOKEN_LIFETIME", lifetime),
            ("FRONTGATE_PURGE_INTERVAL", "1s"),
        ],
    };
    let cluster = Cluster::with(Backend::Postgres, &[settings("1h"), settings("1h")]);
    let mut honest = cluster.person("honest", 0);
    let mut before = cluster.person("before", 0);
    let mut after = cluster.person("after", 1);
    assert_eq!(before.thief().log_out(0).status, Some(200));
    for node in 0..2 {
        cluster
            .node(node)
            .set("FRONTGATE_ACCESS_TOKEN_LIFETIME", "1s");
        cluster.restart(node);
    }
    assert_eq!(after.thief().log_out(1).status, Some(200));
    // The purge has been at work: what expired more than a day ago is gone.
    cluster.sql(
        "INSERT INTO revocations (kind, subject, generation, reason, revoked_at, until)
         VALUES ('session', 'expired', 0, 'revoked', now(), now() - interval '2 days')",
    );
    wait_until("the purge has run", || revocations(&cluster) == 2);
    for node in 0..2 {
        wait_until("the node refuses", || after.info(node).status == Some(401));
        assert_eq!(before.info(node).status, Some(401));
        assert_eq!(honest.info(node).status, Some(200));
        // Nor does it matter that a node starts with nothing but the table.
        cluster.restart(node);
        for person in [&mut before, &mut after] {
            assert_eq!(person.info(node).status, Some(401));
        }
        assert_eq!(honest.info(node).status, Some(200));
    }
}
