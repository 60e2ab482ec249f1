//! `frontgate check --database` tells that a COMMIT would wait, before anybody waits.

use std::process::{Output, Stdio};

use crate::support::{
    Backend, Cluster, NodeSettings, PrivatePostgres, TestDatabase, count, execute, wait_until,
};

/// What a check says in the end of a database that would store changes.
const RIGHT: &str = "The database has the tables of this version and can be written to.";

fn check(cluster: &Cluster, url: &str) -> (Option<i32>, String) {
    let mut command = cluster.node(0).command(&["check", "--database"]);
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .env("DATABASE_URL", url)
        .stdout(Stdio::piped())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout) + &text(stderr))
}

fn set_names(url: &str, names: &str) {
    execute(
        url,
        &[
            &format!("ALTER SYSTEM SET synchronous_standby_names = '{names}'"),
            "SELECT pg_reload_conf()",
        ],
    );
    wait_until("the setting is there", || {
        let set = format!(
            "SELECT count(*) FROM pg_settings WHERE name = 'synchronous_standby_names' AND setting = '{names}'"
        );
        count(url, &set) == 1
    });
}

#[test]
fn a_synchronous_standby_that_is_away_is_found_by_a_check() {
    let primary = PrivatePostgres::start();
    let folder = tempfile::TempDir::new().unwrap();
    let cluster = Cluster::at(&primary.url, folder.path(), &[NodeSettings::default()]);
    execute(
        &primary.url,
        &[
            "CREATE ROLE plain LOGIN",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO plain",
        ],
    );
    let plain = primary.url.replace("user=postgres", "user=plain");
    let well = |url: &str| {
        let (code, said) = check(&cluster, url);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains(RIGHT), "{said}");
        assert!(!said.contains("Warning"), "{said}");
    };
    well(&primary.url);
    well(&plain);
    for (names, wanted) in [("*", "1"), ("ANY 2 (a, b)", "2"), ("FIRST 1 (a)", "1")] {
        set_names(&primary.url, names);
        for url in [&primary.url, &plain] {
            let (code, said) = check(&cluster, url);
            assert_eq!(code, Some(1), "{said}");
            let expected = format!("has each COMMIT wait for {wanted}, and 0 of the standbys");
            assert!(said.contains(&expected), "{names}: {said}");
            assert!(said.contains(&format!("'{names}'")), "{said}");
        }
    }
    set_names(&primary.url, "*");
    let _standby = primary.standby();
    wait_until("the standby confirms", || {
        let confirming = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync' AND state = 'streaming'";
        count(&primary.url, confirming) == 1
    });
    well(&primary.url);
    // A role that may not look is told so; the cluster is well.
    let (code, said) = check(&cluster, &plain);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("Warning: synchronous_standby_names = '*'"),
        "{said}"
    );
    assert!(
        said.contains("GRANT pg_read_all_stats") && said.contains(RIGHT),
        "{said}"
    );
    // One is not two.
    set_names(&primary.url, "ANY 2 (*)");
    let (code, said) = check(&cluster, &primary.url);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("wait for 2, and 1 of the standbys"), "{said}");
    // A role whose COMMITs wait for nobody.
    set_names(&primary.url, "");
    execute(
        &primary.url,
        &["ALTER ROLE postgres SET synchronous_commit = 'local'"],
    );
    set_names(&primary.url, "ANY 2 (*)");
    well(&primary.url);
}

#[test]
fn a_check_names_a_database_that_cannot_be_used() {
    let database = TestDatabase::new(Backend::Postgres);
    let cluster = Cluster::with(Backend::Postgres, &[NodeSettings::default()]);
    let nobody = "postgres:///nothing?host=/nowhere";
    let (code, said) = check(&cluster, nobody);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("cannot use the PostgreSQL database"),
        "{said}"
    );
    let (code, said) = check(&cluster, &database.url);
    assert_eq!(code, Some(0), "{said}");
}
