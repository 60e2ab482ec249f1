//! JSON Web Tokens (RFC 7519): their claims, signing them, and verifying them strictly.
//!
//! `jsonwebtoken` does the cryptography. What it lets pass is refused here: a token has
//! one accepted byte string, and every claim that we rely on has the right type.

mod claims;
pub mod signing;
pub mod strict_json;
mod verified;
mod verify;

pub use claims::{AccessClaims, Profile, RefreshClaims, TokenType};
pub use signing::TokenKeys;
pub use verified::{AccessToken, RefreshToken};
pub use verify::TokenError;
