//! `/admin/login/`: signing in to the admin, for active members of the staff.

use actix_identity::Identity;
use actix_session::{Session, SessionExt};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use askama::Template;

use super::form::OpenForm;
use super::next::{START, next};
use super::parameters::Parameters;
use super::session_store::{CSRF, GENERATION, IP, USER_AGENT};
use super::staff::Staff;
use super::{render, render_with, see_other};
use crate::app::App;
use crate::client_address;
use crate::error::Error;
use crate::link_token::LinkToken;
use crate::log_in::{self, Credentials, Door, Verified};
use crate::models::user::User;
use crate::sessions::{self, Client};

/// The same for whatever keeps somebody out.
const FAILED: &str = "Please enter the e-mail address and password of an active staff account. \
                      The password is case-sensitive.";

/// Said when the browser comes back without the cookie that it was given a moment ago.
const NOT_KEPT: &str = "Your browser did not keep the cookie that signs you in. The cookie is Secure, and this page came \
                        over plain http, over which browsers drop such cookies, on most addresses at least. Open the \
                        admin over https, at the address that its proxy has. While developing, set \
                        cookie_secure = false (FRONTGATE_COOKIE_SECURE=false) and start the server again.";

/// Where one signs in.
pub const PATH: &str = "/admin/login/";
/// Said by the address to which signing in leads first where the cookie may be dropped.
const SIGNED_IN: &str = "signed_in";

/// The page with the form.
#[derive(Debug, Template)]
#[template(path = "admin/sign_in.html")]
pub struct SignInPage {
    /// What was wrong.
    pub complaint: Option<&'static str>,
    /// The address, as it was typed.
    pub email: String,
    /// Where to go on.
    pub next: String,
    /// Whether there is nobody yet who could.
    pub no_superuser: bool,
}

/// Shows the form. Somebody who has just signed in goes on from here, or learns that the
/// cookie was not kept.
pub async fn sign_in_page(
    request: HttpRequest,
    staff: Result<Staff, Error>,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let query = Parameters::parse(request.query_string().as_bytes());
    let has_signed_in = query.get(SIGNED_IN).is_some();
    if has_signed_in && staff.is_ok() {
        return Ok(see_other(next(&query)));
    }
    let any = app
        .database
        .read(|connection| User::any_superuser(connection).map_err(Error::from))
        .await?;
    render(&SignInPage {
        complaint: (has_signed_in && may_drop(&request, &app)).then_some(NOT_KEPT),
        email: String::new(),
        next: next(&query).to_owned(),
        no_superuser: !any,
    })
}

/// Signs in, under a new session id. A wrong password, an unknown address, an inactive user
/// and one who is not staff get the same answer after the same time.
pub async fn sign_in(
    request: HttpRequest,
    OpenForm(fields): OpenForm,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let client = client_address::client(&request, &app.settings.server.trusted_proxies.0);
    let email = fields.get("email").unwrap_or_default();
    let password = fields.exact("password").unwrap_or_default();
    let typed = Credentials {
        address: email,
        password,
    };
    let signed_in = log_in::log_in(&app, Door::Admin, typed, &client, async |verified| {
        App::change(&app, client.clone(), move |change| {
            let Verified { user, new_hash } = &verified;
            Ok(sessions::sign_in_operator(
                change,
                user,
                new_hash.as_deref(),
            )?)
        })
        .await
    });
    let signed_in = signed_in.await?;
    let Some(user) = signed_in else {
        let page = SignInPage {
            complaint: Some(FAILED),
            email: email.to_owned(),
            next: next(&fields).to_owned(),
            no_superuser: false,
        };
        return render_with(HttpResponse::BadRequest(), &page);
    };
    open(&request, &user, &client)?;
    Ok(go_on(&request, &app, next(&fields)))
}

/// Leads somebody who has just signed in to a page. Where the browser may have dropped the
/// cookie, the way leads past the form, which can say so.
pub(super) fn go_on(request: &HttpRequest, app: &App, page: &str) -> HttpResponse {
    if !may_drop(request, app) {
        return see_other(page);
    }
    let page = if page == START { "" } else { page };
    let query = Parameters::from([(SIGNED_IN, "yes"), ("next", page)]);
    see_other(&query.without(&[]).behind(PATH))
}

/// Whether the browser may drop the cookie: it is Secure, and nothing says that the browser
/// reached us over https.
fn may_drop(request: &HttpRequest, app: &App) -> bool {
    let settings = &app.settings;
    settings.cookies.cookie_secure
        && !client_address::is_https(request, &settings.server.trusted_proxies.0)
}

/// Opens the session: it is stored, and its cookie set, on the way out.
pub(super) fn open(request: &HttpRequest, user: &User, client: &Client) -> Result<(), Error> {
    let session = request.get_session();
    session.clear();
    remember(&session, GENERATION, user.generation)?;
    remember(&session, CSRF, LinkToken::random().text())?;
    remember(&session, IP, &client.ip)?;
    remember(&session, USER_AGENT, &client.user_agent)?;
    Identity::login(&request.extensions(), user.id.to_string())
        .map(|_| ())
        .map_err(|error| Error::Internal(Box::new(error)))
}

fn remember(session: &Session, name: &str, value: impl serde::Serialize) -> Result<(), Error> {
    session
        .insert(name, value)
        .map_err(|error| Error::Internal(Box::new(error)))
}
