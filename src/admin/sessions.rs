//! Sessions: all of them, what looks wrong among them, one with its family tree, and ending
//! them.

pub mod confirm_many;
pub mod counted;
pub mod detail;
pub mod end;
pub mod end_many;
pub mod end_selected;
pub mod ending;
pub mod failures;
pub mod family;
pub mod filter;
pub mod followers;
pub mod in_words;
pub mod line;
pub mod list;
pub mod new_networks;
pub mod picture;
pub mod tabs;

use actix_web::HttpRequest;

use crate::error::Error;

/// The `sid` in a path.
///
/// # Errors
/// Not found, unless it could be one.
pub(super) fn sid(request: &HttpRequest) -> Result<String, Error> {
    let given = request.match_info().get("sid").unwrap_or_default();
    is_sid(given)
        .then(|| given.to_owned())
        .ok_or(Error::NotFound)
}

/// Whether a text could be a session's id.
fn is_sid(text: &str) -> bool {
    text.len() == 32
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
