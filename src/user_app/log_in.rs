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
use crate::failed_log_ins::Failure;
use crate::input::{Fields, JsonObject};
use crate::models::user::User;
use crate::passwords::Verdict;
use crate::sessions::{self, OpenError, TokenPair};

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
    // A user who changed while the password was being verified is looked at once more: two
    // log-ins at once may both have found a stale hash.
    let pair = match attempt(&request, &app, &input).await? {
        Some(pair) => pair,
        None => attempt(&request, &app, &input)
            .await?
            .ok_or(Error::NoMatchingCredentials)?,
    };
    opened(HttpResponse::Ok(), &request, &app, &pair)
}

/// Verifies the password and opens a session. `None` when the user changed in between.
async fn attempt(
    request: &HttpRequest,
    app: &web::Data<App>,
    input: &LogIn,
) -> Result<Option<TokenPair>, Error> {
    let address = input.email.clone();
    let user = app
        .database
        .read(move |connection| User::find_by_email(connection, &address).map_err(Error::from))
        .await?;
    let stored = user.as_ref().map(|user| user.password.clone());
    let verdict = app.passwords.verify(input.password.clone(), stored).await?;
    let client = client(request, app);
    let right = matches!(verdict, Verdict::Right | Verdict::RightButStale);
    let allowed = match user {
        Some(user) if right && user.is_active => Ok(user),
        Some(user) if right => Err(Failure::Inactive(user.id)),
        Some(user) => Err(Failure::WrongPassword(user.id)),
        None => Err(Failure::UnknownAddress),
    };
    let user = match allowed {
        Ok(user) => user,
        Err(failure) => {
            app.log_in_failed(failure, &client);
            return Err(Error::NoMatchingCredentials);
        }
    };
    let new_hash = match verdict {
        // A log-in is worth more than a fresher hash.
        Verdict::RightButStale => app.passwords.encode(input.password.clone()).await.ok(),
        _ => None,
    };
    let policy = Arc::clone(&app.policy);
    let previous = refresh_token(request, app);
    App::change(app, client, move |change| {
        let (hash, previous) = (new_hash.as_deref(), previous.as_ref());
        match sessions::open_for_log_in(change, &policy, &user, hash, previous) {
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
