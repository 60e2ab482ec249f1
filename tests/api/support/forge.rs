//! Tokens made by hand: any header and any payload, signed with the tests' secret key.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use super::TestApp;
use super::test_app::SECRET;

/// The header that our own tokens have.
pub const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// A token of this header and payload, each byte as it is given.
pub fn token(header: &str, payload: &str) -> String {
    sign(&format!("{}.{}", encode(header), encode(payload)))
}

/// A token of these claims under our own header.
pub fn claims(claims: &Value) -> String {
    token(HEADER, &claims.to_string())
}

/// `message` with its signature.
pub fn sign(message: &str) -> String {
    sign_with(SECRET, Algorithm::HS256, message)
}

/// `message` with a signature of another secret or algorithm.
pub fn sign_with(secret: &str, algorithm: Algorithm, message: &str) -> String {
    let key = EncodingKey::from_secret(secret.as_bytes());
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, algorithm).unwrap();
    format!("{message}.{signature}")
}

/// Base64 as tokens have it.
pub fn encode(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// The claims of a token.
pub fn read(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// Claims of an access token that a server at the start of time accepts: of no session that
/// the database knows, for none is looked up.
pub fn access() -> Value {
    let now = TestApp::start_of_time().timestamp();
    json!({
        "token_type": "access",
        "exp": now + 900,
        "iat": now,
        "jti": "11112222333344445555666677778888",
        "user_id": 7,
        "sid": "aaaabbbbccccddddeeeeffff00001111",
        "gen": 0,
        "email": "ada@example.com",
    })
}

/// The same with one claim changed.
pub fn access_with(name: &str, value: Value) -> Value {
    let mut claims = access();
    claims[name] = value;
    claims
}

/// The same without one claim.
pub fn access_without(name: &str) -> Value {
    let mut claims = access();
    claims.as_object_mut().unwrap().remove(name).unwrap();
    claims
}
