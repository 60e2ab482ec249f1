//! Settings of passwords: hashing them, and setting forgotten ones anew.

use std::ops::RangeInclusive;

use chrono::TimeDelta;

use super::declare::settings;
use super::values::{Lifetime, PageUrl};

/// How long a link to reset a password may work, from the command line as well.
pub const RESET_LIFETIMES: RangeInclusive<TimeDelta> = TimeDelta::minutes(1)..=TimeDelta::days(7);

settings! {
    /// What a password hash costs, how many are made at once, and how reset links work.
    pub struct PasswordSettings {
        /// The cost of bcrypt: each step doubles the time of a log-in and of a guess.
        bcrypt_cost: u32 = "12",
        /// Threads that hash passwords; 0 means one for each core.
        password_hashing_threads: u16 = "0",
        /// Log-ins that may wait for a hashing thread; more are answered 503.
        password_hashing_queue: u16 = "64",
        /// The page of your app that reset links lead to, such as
        /// `https://app.example.com/reset-password`; it gets `?token=…`.
        password_reset_url: Option<PageUrl> = "",
        /// How long a reset link works, from 1m to 7d.
        password_reset_lifetime: Lifetime = "1h",
    }
}
