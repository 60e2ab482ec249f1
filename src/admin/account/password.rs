//! `password/`: operators change their own password, by the one that they have.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::form::Form;
use super::super::frame::{Frame, Section, Tone};
use super::super::staff::Staff;
use super::super::{new_password, render, render_with, see_other, sign_in};
use super::PATH;
use crate::app::App;
use crate::error::Error;
use crate::failed_log_ins::Failure;
use crate::models::user::User;
use crate::passwords::Verdict;
use crate::sessions::{self, PasswordChange};

const WRONG: &str = "Your old password was entered incorrectly. Please enter it again.";

/// The page with the form.
#[derive(Debug, Template)]
#[template(path = "admin/account/password.html")]
pub struct OwnPasswordPage {
    /// What is around it.
    pub frame: Frame,
    /// What is wrong with the old password.
    pub old_complaint: Option<&'static str>,
    /// What is wrong with the new one.
    pub complaints: Vec<String>,
}

/// Shows the form.
pub async fn password_page(staff: Staff, app: web::Data<App>) -> Result<HttpResponse, Error> {
    render(&OwnPasswordPage {
        frame: staff.frame(&app, Section::Account),
        old_complaint: None,
        complaints: Vec::new(),
    })
}

/// Changes it: every session of the operator ends, in the app and in the admin, and the
/// browser that did it is signed in to the admin anew.
pub async fn change_password(
    form: Form,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let old = form.fields.exact("old_password").unwrap_or_default();
    let stored = form.staff.user.password.clone();
    let verdict = app
        .passwords
        .for_operators()
        .verify(old.to_owned(), Some(stored))
        .await?;
    let old_complaint = (verdict == Verdict::Wrong).then_some(WRONG);
    if verdict == Verdict::Wrong {
        // Whoever found the browser open may be guessing.
        let failure = Failure::WrongPassword(form.staff.user.id);
        app.log_in_failed(failure, form.staff.client());
    }
    let complaints = new_password::judge(&form.fields, &form.staff.user);
    if old_complaint.is_some() || !complaints.is_empty() {
        return refuse(&form, &app, old_complaint, complaints);
    }
    let password = form.fields.exact("password").unwrap_or_default();
    let hash = app
        .passwords
        .for_operators()
        .encode(password.to_owned())
        .await?;
    let Some((user, ended)) = store(&form, &app, hash).await? else {
        return refuse(&form, &app, Some(WRONG), Vec::new());
    };
    sign_in::open(&request, &user, form.staff.client())?;
    let ended = super::super::users::sessions_ended(ended);
    let text = format!(
        "Your password is changed, and you are signed out of the admin everywhere else. {ended}"
    );
    form.staff.say(Tone::Done, text);
    Ok(see_other(PATH))
}

/// Stores the new password, unless the old one is another by now.
async fn store(
    form: &Form,
    app: &web::Data<App>,
    hash: String,
) -> Result<Option<(User, usize)>, Error> {
    let verified = form.staff.user.password.clone();
    let stored = form.staff.change_own(app, move |change, operator| {
        let id = operator.0.id;
        User::lock(change.connection, id)?;
        if User::find(change.connection, id)?.is_none_or(|user| user.password != verified) {
            return Ok(None);
        }
        let ended = sessions::change_password(change, id, &hash, PasswordChange::Operator)?;
        let user = User::find(change.connection, id)?.ok_or(Error::SignInNeeded)?;
        Ok(Some((user, ended)))
    });
    stored.await
}

fn refuse(
    form: &Form,
    app: &App,
    old_complaint: Option<&'static str>,
    complaints: Vec<String>,
) -> Result<HttpResponse, Error> {
    let page = OwnPasswordPage {
        frame: form.staff.frame(app, Section::Account),
        old_complaint,
        complaints,
    };
    render_with(HttpResponse::BadRequest(), &page)
}
