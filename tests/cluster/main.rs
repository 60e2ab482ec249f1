//! Several real nodes on one PostgreSQL, killed, cut off and raced against each other. Every
//! test writes a history of what it asked and what was answered, and a checker looks through
//! it for one answer that the invariants forbid.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    unreachable_pub,
    reason = "a test that panics has failed, as it should, and nobody else uses its items"
)]

mod agreement;
mod beside_sqlite;
mod checker;
mod checker_bites;
mod clocks;
mod commit_order;
mod cut_off;
mod history;
mod hosts;
mod killed;
mod lifetimes;
mod listening;
mod nginx;
mod nginx_sends_again;
mod no_answer;
mod password_file;
mod point_in_time;
mod pooler;
mod postgres_restarts;
mod races;
mod roll;
mod same_second;
mod standbys;
mod support;
