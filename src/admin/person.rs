//! Somebody whom a page names, who may be gone by now.

use std::collections::HashMap;

use askama::Template;

/// A user, or an operator, as a link. Pages write it as they write the parts: what is in it
/// has been escaped there.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/parts/person.html")]
pub struct Person {
    /// As a number, which is never another's.
    pub id: i64,
    /// The address, while that user is there.
    pub email: Option<String>,
}

impl Person {
    /// The user of this number; `emails` has those who are still there.
    #[must_use]
    pub fn of(id: i64, emails: &HashMap<i64, String>) -> Self {
        let email = emails.get(&id).cloned();
        Self { id, email }
    }

    /// Where to read on: their page, and where that is gone what else is noted of them.
    #[must_use]
    pub fn path(&self) -> String {
        match self.email {
            Some(_) => super::users::path(self.id),
            None => format!("/admin/events/?user={}", self.id),
        }
    }
}
