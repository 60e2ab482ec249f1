//! `/admin/setup/`: the first administrator, by a link that the server prints when it starts
//! at a terminal and there is none, and that `frontgate setup-link` prints anywhere.

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::TimeDelta;
use diesel::QueryResult;

use super::form::OpenForm;
use super::parameters::Parameters;
use super::{next, render, render_with, sign_in};
use crate::app::App;
use crate::client_address;
use crate::clock::Moment;
use crate::db::{AnyConnection, lock_users};
use crate::email;
use crate::error::Error;
use crate::link_token::LinkToken;
use crate::models::one_time_token::{NewOneTimeToken, OneTimeToken, Purpose};
use crate::models::user::User;
use crate::passwords::validation::{self, Attributes};
use crate::sessions::{self, Change};

/// How long a link works.
pub const LIFETIME: TimeDelta = TimeDelta::minutes(30);

/// Whatever keeps a link from working.
const INVALID: &str = "This link is invalid, used or has expired, or there is an administrator by now. \
                       `frontgate setup-link` prints a new link, and `frontgate createsuperuser` does without.";

/// The page with the form.
#[derive(Debug, Template)]
#[template(path = "admin/setup.html")]
pub struct SetupPage {
    /// What the link carries.
    pub token: String,
    /// The address, as it was typed.
    pub email: String,
    /// What is wrong with it.
    pub email_complaints: Vec<String>,
    /// What is wrong with the password.
    pub password_complaints: Vec<String>,
}

/// Makes a link for whoever starts the server; `None` when there is a superuser already.
pub async fn offer(app: &web::Data<App>) -> Result<Option<LinkToken>, Error> {
    let now = app.now();
    app.database
        .write(move |connection| make_link(connection, now).map_err(Error::from))
        .await
}

/// Whether there is a superuser.
pub async fn is_done(app: &web::Data<App>) -> Result<bool, Error> {
    app.database
        .read(|connection| User::any_superuser(connection).map_err(Error::from))
        .await
}

/// The address that carries a token; `origin` is where operators open the admin.
#[must_use]
pub fn link(origin: &str, token: &LinkToken) -> String {
    format!("{origin}/admin/setup/?token={}", token.text())
}

/// Makes a link; `None` when there is a superuser already.
pub fn make_link(connection: &mut AnyConnection, now: Moment) -> QueryResult<Option<LinkToken>> {
    if User::any_superuser(connection)? {
        return Ok(None);
    }
    let token = LinkToken::random();
    NewOneTimeToken {
        hash: &token.hash(),
        purpose: Purpose::AdminSetup,
        user_id: None,
        created_by: None,
        expires_at: now + LIFETIME,
    }
    .insert(connection, now)?;
    Ok(Some(token))
}

/// Shows the form to whoever has the link.
pub async fn setup_page(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, Error> {
    let query = Parameters::parse(request.query_string().as_bytes());
    let token = query.get("token").unwrap_or_default();
    check(&app, token).await?;
    let mut page = render(&SetupPage {
        token: token.to_owned(),
        email: String::new(),
        email_complaints: Vec::new(),
        password_complaints: Vec::new(),
    })?;
    // Its own address has the token, and proxies log the Referer of what the page loads.
    page.headers_mut().insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("strict-origin"),
    );
    Ok(page)
}

/// Makes the administrator, who is signed in then. What is refused does not use the link up.
pub async fn setup(
    request: HttpRequest,
    OpenForm(fields): OpenForm,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let text = fields.get("token").unwrap_or_default();
    let token = check(&app, text).await?;
    let address = fields.get("email").unwrap_or_default();
    let password = fields.exact("password").unwrap_or_default();
    let mut page = SetupPage {
        token: text.to_owned(),
        email: address.to_owned(),
        email_complaints: Vec::new(),
        password_complaints: validation::validate(
            password,
            &Attributes {
                email: address,
                ..Attributes::default()
            },
        ),
    };
    let accepted = email::accept(address);
    if accepted.is_none() {
        page.email_complaints
            .push("Enter a valid email address.".to_owned());
    }
    if fields.exact("password_again") != Some(password) {
        page.password_complaints
            .push("The two passwords are not the same.".to_owned());
    }
    if !page.email_complaints.is_empty() || !page.password_complaints.is_empty() {
        return render_with(HttpResponse::BadRequest(), &page);
    }
    let hasher = app.passwords.for_operators();
    let hash = hasher.encode(password.to_owned()).await?;
    let client = client_address::client(&request, &app.settings.server.trusted_proxies.0);
    let email = accepted.unwrap_or_default();
    let made = App::change(&app, client.clone(), move |change| {
        make(change, &token, &email, hash)
    });
    let Some(user) = made.await? else {
        page.email_complaints
            .push("There is a user with this address already. Take another one.".to_owned());
        return render_with(HttpResponse::BadRequest(), &page);
    };
    sign_in::open(&request, &user, &client)?;
    Ok(sign_in::go_on(&request, &app, next::START))
}

/// Fails unless the link works.
async fn check(app: &web::Data<App>, text: &str) -> Result<LinkToken, Error> {
    let invalid = || Error::NonField(INVALID.to_owned());
    let token = LinkToken::parse(text).ok_or_else(invalid)?;
    let (hash, now) = (token.hash(), app.now());
    let works = app
        .database
        .read(move |connection| {
            let link = OneTimeToken::find(connection, &hash, Purpose::AdminSetup, now)?;
            Ok::<_, Error>(link.is_some() && !User::any_superuser(connection)?)
        })
        .await?;
    if works { Ok(token) } else { Err(invalid()) }
}

/// Makes the administrator and uses the link up, in one transaction; of two who come at
/// once, one wins. `None` when the address is taken.
fn make(
    change: &mut Change<'_>,
    token: &LinkToken,
    email: &str,
    hash: String,
) -> Result<Option<User>, Error> {
    let invalid = || Error::NonField(INVALID.to_owned());
    lock_users(change.connection)?;
    let now = change.read_clock();
    let connection = &mut *change.connection;
    let link = OneTimeToken::find(connection, &token.hash(), Purpose::AdminSetup, now)?;
    let link = link.ok_or_else(invalid)?;
    if User::exists(connection, email)? {
        return Ok(None);
    }
    if User::any_superuser(connection)? || !link.use_up(connection, now)? {
        return Err(invalid());
    }
    let user = sessions::create_superuser(change, email, hash)?;
    sessions::note_sign_in(change, user.id)?;
    Ok(Some(user))
}
