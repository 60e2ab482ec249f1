//! Several nodes on one database, what stands between them, and the people who use them.

mod cluster;
mod node;
mod person;
mod postgres;
mod proxy;
mod record;

// The same databases as the other tests have.
#[expect(dead_code, reason = "the other tests use the rest")]
#[path = "../api/support/database.rs"]
mod database;

use std::time::Duration;

pub use cluster::{Cluster, NodeSettings};
pub use database::{Backend, TestDatabase};
pub use node::run;
pub use person::{Answer, Person};
pub use postgres::PrivatePostgres;
pub use proxy::{Proxy, Traffic};
pub use record::Record;

/// A password that every validator accepts.
pub const PASSWORD: &str = "correct horse battery";
/// Another one.
pub const NEW_PASSWORD: &str = "staple horse battery";
/// How long anything may take before a test gives up on it.
pub const PATIENCE: Duration = Duration::from_secs(40);
/// Between two looks at a condition.
const PAUSE: Duration = Duration::from_millis(10);

/// Looks again and again until `condition` answers something; gives up with what it waited
/// for.
#[track_caller]
pub fn wait_for<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let started = record::uptime();
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(
            record::uptime() - started < PATIENCE,
            "waited {PATIENCE:?} in vain until {what}"
        );
        std::thread::sleep(PAUSE);
    }
}

/// As [`wait_for`], for what is true or not.
#[track_caller]
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    wait_for(what, || condition().then_some(()));
}
