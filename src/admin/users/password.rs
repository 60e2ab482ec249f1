//! `password/`: a superuser sets a user's password.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::form::Form;
use super::super::frame::{Frame, Section};
use super::super::staff::Staff;
use super::super::{account, new_password, render, render_with, see_other};
use super::{Outcome, find, hold, path, sessions_ended, user_id};
use crate::app::App;
use crate::error::Error;
use crate::models::user::User;
use crate::sessions::{self, PasswordChange};

/// The page with the form.
#[derive(Debug, Template)]
#[template(path = "admin/users/password.html")]
pub struct PasswordPage {
    /// What is around it.
    pub frame: Frame,
    /// Whose password it is.
    pub user: User,
    /// What is wrong with the new one.
    pub complaints: Vec<String>,
}

/// Shows the form. One's own password is changed on another page, which asks for the old one.
pub async fn password_page(
    staff: Staff,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    staff.check_superuser("set passwords")?;
    let user = find(&app, user_id(&request)?).await?;
    if user.id == staff.user.id {
        return Ok(see_other(account::PASSWORD));
    }
    render(&PasswordPage {
        frame: staff.frame(&app, Section::Users),
        user,
        complaints: Vec::new(),
    })
}

/// Sets it, and ends every session. Nothing changes when the user has got another password
/// since the new one was looked at.
pub async fn set_password(
    form: Form,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    form.staff.check_superuser("set passwords")?;
    let user = find(&app, user_id(&request)?).await?;
    if user.id == form.staff.user.id {
        let elsewhere = "Change your own password here: it takes the one that you have now.";
        return Ok(Outcome::Refused(elsewhere.to_owned()).show(&form, account::PASSWORD));
    }
    let (id, seen) = (user.id, user.password.clone());
    let complaints = new_password::judge(&form.fields, &user);
    if !complaints.is_empty() {
        let frame = form.staff.frame(&app, Section::Users);
        let page = PasswordPage {
            frame,
            user,
            complaints,
        };
        return render_with(HttpResponse::BadRequest(), &page);
    }
    let password = form.fields.exact("password").unwrap_or_default();
    let hash = app
        .passwords
        .for_operators()
        .encode(password.to_owned())
        .await?;
    let outcome = form.staff.change(&app, move |change, operator| {
        let user = hold(change.connection, operator, id)?;
        let email = user.email;
        if user.password != seen {
            return Ok(Outcome::Refused(format!(
                "{email} got another password a moment ago, or logged in. Nothing was changed: look again, \
                 and set the password once more if it is still needed."
            )));
        }
        let how = PasswordChange::Operator;
        let ended = sessions_ended(sessions::change_password(change, id, &hash, how)?);
        Ok(Outcome::Done(format!("{email} has a new password. {ended}")))
    });
    Ok(outcome.await?.show(&form, &path(id)))
}
