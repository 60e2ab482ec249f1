//! Settings of password hashing.

use super::declare::settings;

settings! {
    /// What a password hash costs, and how many are made at once.
    pub struct PasswordSettings {
        /// The cost of bcrypt: each step doubles the time of a log-in and of a guess.
        bcrypt_cost: u32 = "12",
        /// Threads that hash passwords; 0 means one for each core.
        password_hashing_threads: u16 = "0",
        /// Log-ins that may wait for a hashing thread; more are answered 503.
        password_hashing_queue: u16 = "64",
    }
}
