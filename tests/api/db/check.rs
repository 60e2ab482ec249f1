//! `frontgate check --database` says whether changes would be stored, and of what it could not see
//! that it did not.

use diesel::connection::SimpleConnection;

use super::migrations::{with_a_role_for_rows, without_the_role};
use crate::support::process::{Finished, run_on};
use crate::support::{Backend, TestDatabase, on_both_databases};

const WELL: &str = "\nThe database has the tables of this version and can be written to.\n";

/// How a check ended, and all that it said.
fn run_check(database: &TestDatabase) -> (Option<i32>, String) {
    let Finished {
        code,
        stdout,
        stderr,
    } = run_on(database, &["check", "--database"], "");
    (code, stdout + &stderr)
}

fn execute(database: &TestDatabase, statements: &str) {
    database.connect().batch_execute(statements).unwrap();
}

on_both_databases! {
    async fn a_check_tells_a_database_of_another_version(backend: Backend) {
        let database = TestDatabase::migrated(backend);
        let (code, said) = run_check(&database);
        assert!(code == Some(0) && said.contains(WELL) && !said.contains("Warning"), "{said}");
        execute(&database, "INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')");
        let (code, said) = run_check(&database);
        assert!(code == Some(1) && said.contains("migrated by a newer frontgate"), "{said}");
        assert!(!said.contains(WELL), "{said}");
        execute(&database, "DELETE FROM __diesel_schema_migrations");
        let (code, said) = run_check(&database);
        assert!(code == Some(0) && said.contains("The database lacks the migrations 2026-11-23-000000_initial"), "{said}");
        assert!(!said.contains(WELL), "{said}");
    }
}

#[test]
fn a_check_fails_for_a_role_that_may_not_write() {
    let mut database = TestDatabase::migrated(Backend::Postgres);
    let owner = database.url.clone();
    let for_rows = with_a_role_for_rows(&database);
    let expect = |database: &TestDatabase, code: i32, words: &[&str]| {
        let (ended, said) = run_check(database);
        assert_eq!(ended, Some(code), "{said}");
        assert!(words.iter().all(|words| said.contains(words)), "{said}");
        assert_eq!(said.contains(WELL), code == 0, "{said}");
    };
    database.url.clone_from(&for_rows);
    expect(&database, 0, &[WELL]);
    // A server that says nothing of its standbys is not known to be unwell.
    database.url.clone_from(&owner);
    execute(
        &database,
        "REVOKE SELECT ON pg_catalog.pg_stat_replication FROM PUBLIC",
    );
    database.url.clone_from(&for_rows);
    expect(
        &database,
        0,
        &[
            "\nWarning: the database does not tell of synchronous standbys: permission denied",
            WELL,
        ],
    );
    database.url.clone_from(&owner);
    let role = url::Url::parse(&for_rows).unwrap();
    let role = role
        .query_pairs()
        .find(|(name, _)| name == "user")
        .unwrap()
        .1
        .into_owned();
    execute(
        &database,
        &format!("REVOKE INSERT ON revocations FROM {role}"),
    );
    database.url = for_rows;
    expect(
        &database,
        1,
        &[
            "no change can be stored in the database of DATABASE_URL: permission denied for table revocations",
        ],
    );
    database.url = owner;
    without_the_role(&database);
}
