//! Long work: which there was, how far each is, and taking up one that failed.

pub mod detail;
pub mod line;
pub mod list;
pub mod retry;

use actix_web::HttpRequest;

use crate::error::Error;

/// The primary key in a path.
///
/// # Errors
/// Not found, unless it is a number.
fn id(request: &HttpRequest) -> Result<i64, Error> {
    let given = request.match_info().get("id").unwrap_or_default();
    given.parse().map_err(|_| Error::NotFound)
}
