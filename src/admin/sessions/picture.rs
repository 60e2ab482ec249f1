//! The family tree as a picture: one line from the log-in down, a mark for each token, and
//! a branch for each time that a used token came back.

mod drawing;
mod shapes;

pub use shapes::{Line, Mark, Picture, Shape};

use super::family::Family;
use crate::models::session_list::ListedSession;

/// Draws a session's tree.
#[must_use]
pub fn draw(session: &ListedSession, family: &Family) -> Picture {
    drawing::draw(session, family)
}
