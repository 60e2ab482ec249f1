//! The integration tests: one binary that mirrors `src/`. Every test runs on SQLite and on
//! a private PostgreSQL, which `scripts/test` starts.

#![expect(
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test that panics has failed, as it should, and nobody else uses its items"
)]

mod cli;
mod config;
mod db;
mod email;
mod passwords;
mod purge;
mod server;
mod support;
mod user_app;
