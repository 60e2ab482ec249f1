//! The integration tests: one binary that mirrors `src/`. Every test runs on SQLite and on
//! a private PostgreSQL, which `scripts/test` starts.

#![expect(
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test that panics has failed, as it should, and nobody else uses its items"
)]

mod cookies;
mod cors;
mod cross_site;
mod email;
mod input;
mod passwords;
mod routes;
mod support;
mod user_app;
