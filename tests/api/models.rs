//! Queries that no endpoint asks yet.

mod alarm;
mod session_count;
