//! The integration tests: one binary that mirrors `src/`. Every test runs on SQLite and on
//! a private PostgreSQL, which `scripts/test` starts.

#![expect(
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test that panics has failed, as it should, and nobody else uses its items"
)]

mod activity;
mod admin;
mod alarms;
mod cli;
mod client_address;
mod config;
mod connections;
mod cookies;
mod cors;
mod cross_site;
mod db;
mod device;
mod email;
mod failed_log_ins;
mod health;
mod input;
mod jobs;
mod middleware;
mod models;
mod nodes;
mod openapi;
mod pages;
mod passwords;
mod proxy_hint;
mod purge;
mod queries;
mod repeats;
mod request_path;
mod revocation;
mod rotation;
mod routes;
mod runbook;
mod seed;
mod server;
mod sessions;
mod support;
mod systemd_unit;
mod telemetry;
mod tokens;
mod user_app;
mod visible;
