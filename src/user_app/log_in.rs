//! `POST login/`: a password buys a session.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::fields::{self, CREDENTIAL};
use super::user_answer::UserAnswer;
use super::{client, opened, refresh_token};
use crate::app::App;
use crate::error::Error;
use crate::input::{Fields, JsonObject};
use crate::log_in::{self, Credentials, Door, Verified};
use crate::sessions::{self, Client, OpenError, TokenPair};
use crate::tokens::RefreshToken;

/// What a log-in sends.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"email": "ada@example.com", "password": "correct horse battery"}))]
pub struct LogIn {
    /// The address, in any case.
    #[schema(schema_with = fields::credential_address)]
    pub email: String,
    /// The password, exactly.
    #[schema(schema_with = fields::credential_password)]
    pub password: String,
}

/// Log in.
///
/// Opens a session and sets both cookies. A session whose refresh cookie comes along ends.
/// A wrong password, an unknown address and an inactive user get the same answer after the
/// same time.
#[utoipa::path(
    post,
    path = "/login/",
    tag = "users",
    request_body = LogIn,
    responses(
        (status = 200, description = "Logged in; both cookies are set.", body = UserAnswer<'static>,
            headers(
                ("Set-Cookie" = String, description = "Both cookies."),
                ("X-Access-Expires-In" = i64, description = "Seconds that the access token lives."),
                ("X-Refresh-Grace" = i64, description = "Seconds in which a refresh may be sent again."),
            )),
        (status = 400, description = "A field is of the wrong type.", body = crate::http::answers::BadRequest,
            example = json!({"password": ["Not a valid string."]})),
        (status = 404, description = "No such user, or not this password.", body = String, content_type = "application/json", example = json!("No user matching credentials")),
    )
)]
pub async fn log_in(
    request: HttpRequest,
    body: JsonObject,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let input = LogIn::read(body)?.ok_or(Error::NoMatchingCredentials)?;
    let (client, previous) = (client(&request, &app), refresh_token(&request, &app));
    let typed = Credentials {
        address: &input.email,
        password: &input.password,
    };
    let pair = log_in::log_in(&app, Door::App, typed, &client, async |verified| {
        open(&app, client.clone(), verified, previous.clone()).await
    });
    let pair = pair.await?.ok_or(Error::NoMatchingCredentials)?;
    opened(HttpResponse::Ok(), &request, &app, &pair)
}

/// Opens a session. `None` when the user has changed since the password was verified.
async fn open(
    app: &web::Data<App>,
    client: Client,
    verified: Verified,
    previous: Option<RefreshToken>,
) -> Result<Option<TokenPair>, Error> {
    let policy = Arc::clone(&app.policy);
    App::change(app, client, move |change| {
        let Verified { user, new_hash } = &verified;
        let (hash, previous) = (new_hash.as_deref(), previous.as_ref());
        match sessions::open_for_log_in(change, &policy, user, hash, previous) {
            Ok(pair) => Ok(Some(pair)),
            Err(OpenError::UserChanged) => Ok(None),
            Err(error) => Err(error.into()),
        }
    })
    .await
}

impl LogIn {
    /// `None` when a field is missing, null or empty: the answer is that to a wrong
    /// password, at once.
    fn read(JsonObject(mut given): JsonObject) -> Result<Option<Self>, Error> {
        given.retain(|_, value| !value.is_null());
        let mut fields = Fields::new(given);
        let email = fields.text("email", CREDENTIAL);
        let password = fields.text("password", CREDENTIAL);
        fields.finish_ignoring_others()?;
        Ok(match (email, password) {
            (Some(email), Some(password)) if !email.is_empty() && !password.is_empty() => {
                Some(Self {
                    email: email.trim().to_owned(),
                    password,
                })
            }
            _ => None,
        })
    }
}
