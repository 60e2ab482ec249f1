//! `POST reset-link/`: a link with which a user sets a password.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::form::Form;
use super::super::frame::{Frame, Section};
use super::super::parts::Time;
use super::super::render;
use super::{Outcome, hold, path, user_id};
use crate::app::App;
use crate::error::Error;
use crate::models::user::User;
use crate::password_reset::{self, Handout};

/// The page that shows the link, once.
#[derive(Debug, Template)]
#[template(path = "admin/users/reset_link.html")]
pub struct ResetLinkPage {
    /// What is around it.
    pub frame: Frame,
    /// Who sets a password with it.
    pub user: User,
    /// What to give to them.
    pub handout: Handout,
    /// Until when it works.
    pub until: Time,
}

/// Makes a link. It stands in the answer itself, and not in a page to which that would lead:
/// for this it would have to be kept meanwhile, and no link is kept in clear.
pub async fn make(
    form: Form,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    form.staff
        .check_superuser("make links that set passwords")?;
    let id = user_id(&request)?;
    let lifetime = app.settings.passwords.password_reset_lifetime.delta();
    let made = form.staff.change(&app, move |change, operator| {
        let user = hold(change.connection, operator, id)?;
        let token = password_reset::make(change, id, lifetime)?;
        Ok((user, token, change.now() + lifetime))
    });
    let (user, token, until) = made.await?;
    let Some(token) = token else {
        let inactive = format!(
            "{} is inactive: a new password would not let them in. Activate them first.",
            user.email
        );
        return Ok(Outcome::Refused(inactive).show(&form, &path(id)));
    };
    let frame = form.staff.frame(&app, Section::Users);
    render(&ResetLinkPage {
        until: Time::new(until.naive_utc(), frame.now),
        frame,
        user,
        handout: Handout::new(&app.settings, &token),
    })
}
