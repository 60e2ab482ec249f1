//! Passwords: Django's validators, Django's encoding, and the threads that hash.

mod encoding;
mod hasher;
mod random;
pub mod validation;

pub use encoding::{Verdict, encode, verify};
pub use hasher::{HashingBusy, PasswordHasher};
pub use random::random;
