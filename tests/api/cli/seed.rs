//! `frontgate seed`.

use regex::Regex;

use crate::support::process::run_on;
use crate::support::{Backend, TestDatabase, assert_answer, on_both_databases};

const SMALL: [&str; 9] = [
    "seed",
    "--users",
    "10",
    "--sessions",
    "50",
    "--tokens",
    "200",
    "--events",
    "100",
];

on_both_databases! {
    async fn it_says_what_it_makes_and_a_second_run_is_refused(backend: Backend) {
        let database = TestDatabase::migrated(backend);
        let run = |more: &[&str]| {
            let finished = run_on(&database, &[&SMALL[..], more].concat(), "").to_string();
            let finished = Regex::new(r"in \d+\.\d s(, \d+ a second)?").unwrap().replace_all(&finished, "in <time>").into_owned();
            // PostgreSQL takes unique constraints and foreign keys off as well.
            Regex::new(r"indexes: \d+ of \d+").unwrap().replace_all(&finished, "indexes: <n> of <n>").into_owned()
        };
        assert_answer!("seed_unasked", run(&[]));
        assert_answer!("seed", run(&["--yes", "--password", "correct horse battery"]));
        assert_answer!("seed_used", run(&["--yes"]));
    }
}
