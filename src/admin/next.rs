//! Where signing in leads.

use super::parameters::Parameters;

/// The overview.
pub const START: &str = "/admin/";
/// A longer page's address is not kept.
const MOST_BYTES: usize = 2000;

/// The page that `next` names, if it is a page of the admin as it stands, else the overview: a
/// link to our log-in must not lead anywhere else.
///
/// What a browser would read as another path than what is written here is refused, rather
/// than understood: `.` and `..`, empty segments, encoded characters, `\`, and whatever is no
/// visible ASCII. Behind `?` only what would end the address is refused. Signing in and out
/// are no pages to go on with.
#[must_use]
pub fn next(parameters: &Parameters) -> &str {
    let asked = parameters.get("next");
    asked.filter(|next| is_page(next)).unwrap_or(START)
}

fn is_page(next: &str) -> bool {
    let (path, query) = next.split_once('?').unwrap_or((next, ""));
    let Some(inside) = path.strip_prefix(START) else {
        return false;
    };
    let segments = inside.strip_suffix('/').unwrap_or(inside);
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:".contains(c);
    let is_plain = |segment: &str| {
        !segment.is_empty() && ![".", ".."].contains(&segment) && segment.chars().all(plain)
    };
    let in_query = |byte: u8| byte.is_ascii_graphic() && !b"#\\".contains(&byte);
    next.len() <= MOST_BYTES
        && (inside.is_empty() || segments.split('/').all(is_plain))
        && !["login", "logout", "setup"].contains(&segments)
        && query.bytes().all(in_query)
}
