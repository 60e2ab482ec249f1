//! Several nodes on one database, what stands between them, and the people who use them.

mod cluster;
mod fake_node;
mod nginx;
mod node;
mod person;
mod postgres;
mod proxy;
mod record;

// The same databases as the other tests have.
#[expect(dead_code, reason = "the other tests use the rest")]
#[path = "../api/support/database.rs"]
mod database;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

pub use cluster::{Cluster, NodeSettings};
pub use database::{Backend, TestDatabase};
pub use fake_node::{Does, FakeNode};
pub use nginx::{Nginx, VISITORS, Visitor};
pub use node::{own_address, run, signal};
pub use person::{Answer, Person};
pub use postgres::PrivatePostgres;
pub use proxy::{Proxy, Traffic};
pub use record::{Record, uptime};

use crate::history::Micros;

/// A password that every validator accepts.
pub const PASSWORD: &str = "correct horse battery";
/// Another one.
pub const NEW_PASSWORD: &str = "staple horse battery";
/// How long anything may take before a test gives up on it.
const PATIENCE: Micros = 40_000_000;
/// Between two looks at a condition.
const PAUSE: Duration = Duration::from_millis(10);

/// Says that it is over when it goes away, also because a test has failed: whoever works in
/// the background is not to go on for ever.
pub struct Stop<'a>(pub &'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Looks again and again until `condition` answers something; gives up with what it waited
/// for.
#[track_caller]
pub fn wait_for<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let started = uptime();
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(uptime() < started + PATIENCE, "waited in vain until {what}");
        std::thread::sleep(PAUSE);
    }
}

/// As [`wait_for`], for what is true or not.
#[track_caller]
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    wait_for(what, || condition().then_some(()));
}

/// What a statement counts, asked beside the nodes by somebody without time-outs.
pub fn count(url: &str, statement: &str) -> i64 {
    let mut connection = PgConnection::establish(url).unwrap();
    diesel::select(diesel::dsl::sql::<BigInt>(&format!("({statement})")))
        .get_result(&mut connection)
        .unwrap()
}

/// Runs statements beside the nodes, by somebody without time-outs.
pub fn execute(url: &str, statements: &[&str]) {
    let mut connection = PgConnection::establish(url).unwrap();
    for statement in statements {
        connection.batch_execute(statement).unwrap();
    }
}
