//! `role/`: what a user may do in the admin.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::form::Form;
use super::super::frame::{Frame, Section};
use super::super::render;
use super::super::staff::Staff;
use super::{Outcome, find, hold, not_yourself, path, refuse_self, user_id};
use crate::app::App;
use crate::error::Error;
use crate::models::user::User;
use crate::sessions::{self, Role};

/// The page with the form.
#[derive(Debug, Template)]
#[template(path = "admin/users/role.html")]
pub struct RolePage {
    /// What is around it.
    pub frame: Frame,
    /// Whose role it is.
    pub user: User,
    /// Why the operator may not change it.
    pub refusal: Option<String>,
}

impl RolePage {
    /// What a role may do, behind its word.
    #[must_use]
    pub fn may(role: Role) -> &'static str {
        match role {
            Role::User => "has no access to the admin",
            Role::Staff => "may look at everything here, and end sessions",
            Role::Superuser => "may change users and staff as well",
        }
    }
}

/// Shows the form.
pub async fn role_page(
    staff: Staff,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    staff.check_superuser("change staff")?;
    let user = find(&app, user_id(&request)?).await?;
    let is_self = user.id == staff.user.id;
    render(&RolePage {
        frame: staff.frame(&app, Section::Users),
        user,
        refusal: is_self.then(|| not_yourself(DEMOTE)),
    })
}

const DEMOTE: &str = "change the role of";

/// Gives the user another role. Who may do less than before is signed out of the admin.
pub async fn set_role(
    form: Form,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    form.staff.check_superuser("change staff")?;
    let id = user_id(&request)?;
    let role = form.fields.get("role").and_then(Role::parse);
    let role = role.ok_or_else(|| {
        Error::NonField(
            "No role was chosen. Go back, choose one and send the form again.".to_owned(),
        )
    })?;
    let outcome = form.staff.change(&app, move |change, operator| {
        let user = hold(change.connection, operator, id)?;
        if let Some(refused) = refuse_self(operator, id, DEMOTE) {
            return Ok(refused);
        }
        let is_new = sessions::set_role(change, &user, role)?;
        let email = user.email;
        Ok(Outcome::Done(match (is_new, role) {
            (false, _) => format!("{email} has this role already. Nothing was changed."),
            (true, Role::User) => format!("{email} is let into the admin no more."),
            (true, Role::Staff) => format!("{email} is staff now."),
            (true, Role::Superuser) => format!("{email} is a superuser now."),
        }))
    });
    Ok(outcome.await?.show(&form, &path(id)))
}
