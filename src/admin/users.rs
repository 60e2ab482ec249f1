//! `/admin/users/`: people, and what operators do to them. One file a page or an action.

pub mod activity;
pub mod claims;
pub mod delete;
pub mod detail;
pub mod end_sessions;
pub mod list;
pub mod newest;
pub mod password;
pub mod reset_link;
pub mod role;

use actix_web::{HttpRequest, HttpResponse, web};

use super::form::Form;
use super::frame::Tone;
use super::parts::Badge;
use super::see_other;
use super::staff::Operator;
use crate::app::App;
use crate::db::AnyConnection;
use crate::error::Error;
use crate::models::user::User;
use crate::sessions::Role;

/// Where a user's page is.
#[must_use]
pub fn path(user_id: i64) -> String {
    format!("/admin/users/{user_id}/")
}

/// What became of an action, for the page that follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done(String),
    /// It was not, and nothing changed; says why, and the way out.
    Refused(String),
}

impl Outcome {
    /// Goes on to the page at `path`, which says it.
    fn show(self, form: &Form, path: &str) -> HttpResponse {
        match self {
            Self::Done(text) => form.staff.say(Tone::Done, text),
            Self::Refused(text) => form.staff.say(Tone::Warning, text),
        }
        see_other(path)
    }
}

/// The user's primary key in a path.
fn user_id(request: &HttpRequest) -> Result<i64, Error> {
    number(request, "id")
}

/// A primary key in a path, under this name; whatever is none is not found.
pub(super) fn number(request: &HttpRequest, name: &str) -> Result<i64, Error> {
    let text = request.match_info().get(name).unwrap_or_default();
    let number = text.parse::<i64>().ok();
    // One spelling only, so that a page has one address.
    number
        .filter(|number| number.to_string() == text)
        .ok_or(Error::NotFound)
}

/// The user of a page.
async fn find(app: &web::Data<App>, id: i64) -> Result<User, Error> {
    app.database
        .read(move |connection| User::find(connection, id).map_err(Error::from))
        .await?
        .ok_or(Error::NotFound)
}

/// The user whom an action of a superuser changes, locked until the transaction ends. The
/// operator stays a superuser for as long.
fn hold(connection: &mut AnyConnection, operator: &Operator, id: i64) -> Result<User, Error> {
    operator.hold_with_superusers(connection, id)?;
    User::find(connection, id)?.ok_or(Error::NotFound)
}

/// Why operators do not do something to themselves: somebody must be left who could take it
/// back. `what` completes "You cannot … yourself".
fn refuse_self(operator: &Operator, id: i64, what: &str) -> Option<Outcome> {
    (operator.0.id == id).then(|| Outcome::Refused(not_yourself(what)))
}

/// The same as a sentence, for the pages that say so before.
fn not_yourself(what: &str) -> String {
    format!(
        "You cannot {what} yourself: another superuser can. If there is none, make somebody one first."
    )
}

/// What ended, in a sentence.
pub(super) fn sessions_ended(count: usize) -> String {
    match count {
        0 => "There was no session to end.".to_owned(),
        1 => "1 session ended.".to_owned(),
        count => format!("{count} sessions ended."),
    }
}

/// The states of a user that are not what one expects.
fn badges(is_active: bool, role: Role) -> Vec<Badge> {
    let inactive = (!is_active).then(|| Badge::new("bad", "Inactive"));
    let role = match role {
        Role::User => None,
        Role::Staff | Role::Superuser => Some(Badge::new("plain", role.as_str())),
    };
    inactive.into_iter().chain(role).collect()
}
