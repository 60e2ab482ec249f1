//! `delete/`: a user is deleted, by whoever types the address.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::form::Form;
use super::super::frame::{Frame, Section};
use super::super::staff::Staff;
use super::super::{render, render_with};
use super::{Outcome, find, hold, not_yourself, path, refuse_self, sessions_ended, user_id};
use crate::app::App;
use crate::email::{self, Keys};
use crate::error::Error;
use crate::models::session_list::count_not_ended;
use crate::models::user::User;
use crate::sessions;

/// The page that asks.
#[derive(Debug, Template)]
#[template(path = "admin/users/delete.html")]
pub struct DeletePage {
    /// What is around it.
    pub frame: Frame,
    /// Who would be gone.
    pub user: User,
    /// How many sessions have not ended.
    pub sessions: i64,
    /// What was typed.
    pub typed: String,
    /// What is wrong with it.
    pub complaint: Option<&'static str>,
    /// Why the operator may not.
    pub refusal: Option<String>,
}

impl DeletePage {
    async fn new(
        staff: &Staff,
        request: &HttpRequest,
        app: &web::Data<App>,
    ) -> Result<Self, Error> {
        staff.check_superuser("delete users")?;
        let user = find(app, user_id(request)?).await?;
        let id = user.id;
        let sessions = app
            .database
            .read(move |connection| count_not_ended(connection, Some(id)).map_err(Error::from));
        Ok(Self {
            sessions: sessions.await?,
            frame: staff.frame(app, Section::Users),
            refusal: (id == staff.user.id).then(|| not_yourself("delete")),
            user,
            typed: String::new(),
            complaint: None,
        })
    }
}

/// Asks.
pub async fn delete_page(
    staff: Staff,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    render(&DeletePage::new(&staff, &request, &app).await?)
}

/// Deletes the user, and ends every session before.
pub async fn delete(
    form: Form,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    form.staff.check_superuser("delete users")?;
    let id = user_id(&request)?;
    let typed = form.fields.get("email").unwrap_or_default().to_owned();
    let (confirmed, typed_there) = (Keys::of(&typed), typed.clone());
    let policy = std::sync::Arc::clone(&app.policy);
    let outcome = form.staff.change(&app, move |change, operator| {
        let user = hold(change.connection, operator, id)?;
        if let Some(refused) = refuse_self(operator, id, "delete") {
            return Ok(Some(refused));
        }
        let as_shown = email::shown(&user.email) == typed_there.trim();
        if !as_shown && Keys::of(&user.email) != confirmed {
            return Ok(None);
        }
        let ended = sessions::delete_user(change, id, Some(&policy.holds))?;
        let ended = sessions_ended(ended);
        Ok(Some(Outcome::Done(format!(
            "{} is deleted. {ended}",
            user.email
        ))))
    });
    match outcome.await? {
        Some(outcome @ Outcome::Done(_)) => Ok(outcome.show(&form, "/admin/users/")),
        Some(refused) => Ok(refused.show(&form, &path(id))),
        None => {
            let page = DeletePage {
                typed,
                complaint: Some("This is not the user's address. Nobody was deleted."),
                ..DeletePage::new(&form.staff, &request, &app).await?
            };
            render_with(HttpResponse::BadRequest(), &page)
        }
    }
}
