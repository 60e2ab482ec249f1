//! Whose failures are counted, how many are too many, and in what time.

use chrono::TimeDelta;

/// From how many failures on it is an alarm.
pub const MANY: u64 = 100;
/// Within how many minutes, the current one included.
pub const MINUTES: i64 = 60;
/// How many users and addresses are counted at once.
pub const MOST: usize = 10_000;

/// Whose failures are counted together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// Those of one user, from any address.
    User(i64),
    /// Those from one network, as [`crate::models::failure_count::network_text`] spells it, of any user.
    Network(String),
    /// Those from clients whose address is not known, of any user: clients that can hide it would
    /// otherwise be counted nowhere.
    Unknown,
}

/// [`MINUTES`] as a length of time.
pub(super) fn hour() -> TimeDelta {
    TimeDelta::minutes(MINUTES)
}
