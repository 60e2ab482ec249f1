//! What is revoked: the set in memory, the feed that fills it, the lease on it.

mod feed;
mod follower;
mod lease;
mod set;
mod standing;

use std::time::Duration;

use frontgate::db::AnyConnection;
use frontgate::models::revocation::Revocation;
use frontgate::rotation::EndReason;

use crate::support::TestApp;

/// Waits until `done` says so; a minute is for machines that are very busy.
async fn eventually(what: &str, mut done: impl AsyncFnMut() -> bool) {
    for _ in 0..6000 {
        if done().await {
            return;
        }
        actix_web::rt::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never happened that {what}");
}

/// Revokes a session that may or may not exist.
fn revoke(connection: &mut AnyConnection, sid: &str) -> Revocation {
    let now = TestApp::start_of_time();
    Revocation::session(connection, sid, now, EndReason::Revoked, now).unwrap()
}
