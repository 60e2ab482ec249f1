//! What every test uses: a server of its own, a browser, and answers as snapshots.

mod answer;
mod browser;
pub mod change;
mod database;
pub mod forge;
pub mod openapi;
pub mod operator;
mod plan;
pub mod process;
pub mod rows;
pub mod shell;
pub mod test_app;

use std::time::Duration;

pub use answer::Answer;
pub use browser::{Browser, USERS};
pub use database::{Backend, TestDatabase, text};
pub use operator::{OPERATOR, Operator};
pub use plan::plan;
pub use test_app::{PASSWORD, SECRET, TestApp, settings_with};

/// Runs a test on both databases: `fn name(backend: Backend)`, once as `name::sqlite` and
/// once as `name::postgres`.
macro_rules! on_both_databases {
    ($($(#[doc = $doc:literal])* async fn $name:ident($backend:ident: Backend) $body:block)+) => { $(
        mod $name {
            use super::*;

            $(#[doc = $doc])*
            async fn check($backend: Backend) $body

            #[test]
            fn sqlite() {
                crate::support::run(check(Backend::Sqlite));
            }

            #[test]
            fn postgres() {
                crate::support::run(check(Backend::Postgres));
            }
        }
    )+ };
}
pub(crate) use on_both_databases;

/// How long a test waits for what another task or process does.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Waits until it is so.
pub async fn wait_for(is_so: impl Fn() -> bool) {
    let found = tokio::time::timeout(PATIENCE, async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    found.await.unwrap();
}

/// Runs a test's future.
pub fn run(test: impl Future<Output = ()>) {
    actix_web::rt::System::new().block_on(test);
}

/// Compares a text with its snapshot; both databases share one.
macro_rules! assert_answer {
    ($name:literal, $answer:expr) => {{
        let answer = $answer.to_string();
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true, snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api/snapshots") }, {
            insta::assert_snapshot!($name, answer);
        });
    }};
}
pub(crate) use assert_answer;
