//! The saved views of the list of sessions.

use crate::admin::search::Search;

/// A link to a view.
#[derive(Clone, Debug)]
pub struct Tab {
    /// What it is called.
    pub label: &'static str,
    /// Where it is.
    pub href: &'static str,
    /// Whether it is the one that is shown.
    pub is_current: bool,
}

const LIST: &str = "/admin/sessions/";
/// The page of sessions that somebody may have followed.
pub(super) const FOLLOWERS: &str = "/admin/sessions/followers/";
/// The page of users and addresses with many failed log-ins.
pub(super) const FAILURES: &str = "/admin/sessions/failures/";
/// The page of sessions that went on from another network.
pub(super) const NEW_NETWORKS: &str = "/admin/sessions/new-networks/";

/// What each view is called and where it is: a filter of the list, or a page of its own.
const VIEWS: [(&str, &str); 6] = [
    ("All", LIST),
    ("Live", "/admin/sessions/?state=live"),
    ("Reuse", "/admin/sessions/?reason=reuse_detected"),
    ("Followers", FOLLOWERS),
    ("Many failures", FAILURES),
    ("New networks", NEW_NETWORKS),
];

/// The views, with the one of this path and search marked.
#[must_use]
pub fn tabs(path: &str, search: &Search) -> Vec<Tab> {
    let shown = if path == LIST {
        search.filters().behind(path)
    } else {
        path.to_owned()
    };
    let tabs = VIEWS.map(|(label, href)| Tab {
        label,
        href,
        is_current: href == shown,
    });
    tabs.into()
}
