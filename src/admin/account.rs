//! `/admin/account/`: the operator's own account: where they are signed in, and their password.

pub mod password;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::form::Form;
use super::frame::{Frame, Section, Tone};
use super::operator_sessions::{self, OperatorSession};
use super::parts::{Button, Danger};
use super::session_store::{has_csrf, idle_since};
use super::staff::Staff;
use super::{render, see_other};
use crate::app::App;
use crate::error::Error;
use crate::models::admin_session::AdminSession;
use crate::models::event::{EventKind, NewEvent};
use crate::sessions::{Change, Role};

const PATH: &str = "/admin/account/";
/// Where one changes one's own password.
pub const PASSWORD: &str = "/admin/account/password/";

/// The operator's own account.
#[derive(Debug, Template)]
#[template(path = "admin/account/account.html")]
pub struct AccountPage {
    /// What is around it.
    pub frame: Frame,
    /// What the operator may do.
    pub role: Role,
    /// Where they are signed in.
    pub operator_sessions: Vec<OperatorSession>,
    /// Ends all of these but this one.
    pub end_others: Danger,
}

/// Shows the account.
pub async fn account(staff: Staff, app: web::Data<App>) -> Result<HttpResponse, Error> {
    let frame = staff.frame(&app, Section::Account);
    let path = format!("{PATH}sessions/");
    let id = staff.user.id;
    let end_others = Button::new(&frame, format!("{path}end-others/"), "End all others");
    let consequence = "You stay signed in here, and nowhere else.";
    render(&AccountPage {
        role: Role::of(&staff.user),
        operator_sessions: operator_sessions::of_user(&staff, &app, &frame, id, &path).await?,
        end_others: Danger::new(end_others, consequence),
        frame,
    })
}

/// `POST sessions/{session}/end/`: one of the operator's own sessions ends.
pub async fn end_session(
    form: Form,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let session = super::users::number(&request, "session")?;
    let ended = form.staff.change_own(&app, move |change, operator| {
        let id = operator.0.id;
        let ended = AdminSession::end_of_user(change.connection, session, id)?;
        note(change, id, usize::from(ended))
    });
    match ended.await? {
        0 => form.staff.say(
            Tone::Warning,
            "That session had ended already. Nothing was changed.",
        ),
        _ => form.staff.say(Tone::Done, "The session ended."),
    }
    Ok(see_other(PATH))
}

/// `POST sessions/end-others/`: all of the operator's sessions end but this one.
pub async fn end_others(form: Form, app: web::Data<App>) -> Result<HttpResponse, Error> {
    let csrf = form.staff.csrf().to_owned();
    let idle_since = idle_since(&app, app.now());
    let ended = form.staff.change_own(&app, move |change, operator| {
        let id = operator.0.id;
        let now = change.now();
        let live = AdminSession::of_user(change.connection, id, idle_since, now)?;
        // It may have been ended a moment ago, by another one of them.
        let this = live.iter().find(|session| has_csrf(session, &csrf));
        let this = this.ok_or(Error::SignInNeeded)?;
        let ended = AdminSession::end_others(change.connection, id, this.id)?;
        note(change, id, ended)
    });
    form.staff.say(
        Tone::Done,
        match ended.await? {
            0 => "You were signed in nowhere else.".to_owned(),
            1 => "1 session ended.".to_owned(),
            count => format!("{count} sessions ended."),
        },
    );
    Ok(see_other(PATH))
}

/// Notes how many sessions of this operator ended, where any did, and returns it.
fn note(change: &mut Change<'_>, id: i64, ended: usize) -> Result<usize, Error> {
    if ended > 0 {
        let detail = format!(r#"{{"sessions":{ended}}}"#);
        change.note(&NewEvent {
            user_id: Some(id),
            detail: Some(&detail),
            ..change.event(EventKind::AdminSessionEnded)
        })?;
    }
    Ok(ended)
}
