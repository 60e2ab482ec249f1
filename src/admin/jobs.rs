//! Long work: which there was, how far each is, and taking up one that failed.

pub mod detail;
pub mod line;
pub mod list;
pub mod retry;

use actix_web::HttpRequest;

use super::users::number;
use crate::error::Error;

/// The primary key in a path; whatever is none is not found.
fn id(request: &HttpRequest) -> Result<i64, Error> {
    number(request, "id")
}
