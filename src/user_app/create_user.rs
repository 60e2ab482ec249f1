//! `POST create/`: sign up, and be logged in.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::fields::{self, EMAIL, NAME, PASSWORD};
use super::user_answer::UserAnswer;
use super::{client, opened, refresh_token};
use crate::app::App;
use crate::db::is_unique_violation;
use crate::email;
use crate::error::Error;
use crate::http::field_errors::FieldErrors;
use crate::input::{Fields, JsonObject};
use crate::models::user::{NewUser, User};
use crate::passwords::validation::{self, Attributes};
use crate::sessions;

/// What a sign-up sends. Any other field is refused.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "ada@example.com", "password": "correct horse battery"}))]
pub struct CreateUser {
    /// The address.
    #[schema(schema_with = fields::address)]
    pub email: String,
    /// The new password.
    #[schema(schema_with = fields::new_password)]
    pub password: String,
    /// The given name.
    #[serde(default)]
    #[schema(required = false, schema_with = fields::name)]
    pub first_name: String,
    /// The family name.
    #[serde(default)]
    #[schema(required = false, schema_with = fields::name)]
    pub last_name: String,
}

pub(super) const INVALID: &str = "Enter a valid email address.";
const TAKEN: &str = "user with this email already exists.";

/// Sign up.
///
/// Makes a user, opens a session and sets both cookies.
#[utoipa::path(
    post,
    path = "/create/",
    tag = "users",
    request_body = CreateUser,
    responses(
        (status = 201, description = "Signed up and logged in; both cookies are set.", body = UserAnswer<'static>,
            headers(
                ("Set-Cookie" = String, description = "Both cookies."),
                ("X-Access-Expires-In" = i64, description = "Seconds that the access token lives."),
                ("X-Refresh-Grace" = i64, description = "Seconds in which a refresh may be sent again."),
            )),
        (status = 400, description = "A field is missing or wrong; nothing is stored.", body = crate::http::answers::BadRequest,
            example = json!({"email": ["user with this email already exists."], "password": ["This password is too common."]})),
    )
)]
pub async fn create_user(
    request: HttpRequest,
    body: JsonObject,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let input = CreateUser::read(body)?;
    let (address, policy, now) = (input.email.clone(), Arc::clone(&app.policy), app.now());
    let exists = app
        .database
        .read(move |connection| {
            let held = policy.holds.is_held(connection, &address, None, now)?;
            Ok::<_, Error>(held || User::exists(connection, &address)?)
        })
        .await?;
    if exists {
        return Err(taken());
    }
    let hash = app.passwords.encode(input.password).await?;
    let user = NewUser {
        email: input.email,
        password: hash,
        first_name: input.first_name,
        last_name: input.last_name,
        is_staff: false,
        is_superuser: false,
    };
    let policy = Arc::clone(&app.policy);
    let previous = refresh_token(&request, &app);
    let pair = App::change(&app, client(&request, &app), move |change| {
        let (now, connection) = (change.now(), &mut *change.connection);
        let user = user.insert(connection, now).map_err(taken_or_failed)?;
        // Only now that the address is this user's: whoever was giving it up has finished.
        if policy.holds.is_held(connection, &user.email, None, now)? {
            return Err(taken());
        }
        let previous = previous.as_ref();
        Ok(sessions::open_for_sign_up(
            change, &policy, &user, previous,
        )?)
    })
    .await?;
    opened(HttpResponse::Created(), &request, &app, &pair)
}

/// Two who want one address may race past the first look.
pub(super) fn taken_or_failed(error: diesel::result::Error) -> Error {
    if is_unique_violation(&error) {
        taken()
    } else {
        error.into()
    }
}

/// Also the answer for an address that is kept for its former owner.
pub(super) fn taken() -> Error {
    FieldErrors::single("email", TAKEN).into()
}

impl CreateUser {
    /// Fields are judged in Django's order, each with all of its messages: a password by
    /// what was typed into the other fields, whether that is right or not.
    fn read(JsonObject(given): JsonObject) -> Result<Self, Error> {
        let typed = |name| given.get(name).and_then(Value::as_str).map(str::trim);
        let typed = |name| typed(name).unwrap_or_default().to_owned();
        let (typed_email, typed_first_name, typed_last_name) =
            (typed("email"), typed("first_name"), typed("last_name"));
        let mut fields = Fields::new(given);
        let given_email = fields.text("email", EMAIL);
        let email = given_email.as_deref().and_then(email::accept);
        // One that is too long is told so, and is looked at all the same.
        let acceptable = match given_email {
            Some(_) => email.is_some(),
            None => typed_email.is_empty() || email::validate(&typed_email),
        };
        if !acceptable {
            fields.refuse("email", vec![INVALID.to_owned()]);
        }
        let password = fields.text("password", PASSWORD);
        if let Some(password) = &password {
            let attributes = Attributes {
                email: &typed_email,
                first_name: &typed_first_name,
                last_name: &typed_last_name,
            };
            let weak = validation::validate(password, &attributes);
            if !weak.is_empty() {
                fields.refuse("password", weak);
            }
        }
        let first_name = fields.text("first_name", NAME).unwrap_or_default();
        let last_name = fields.text("last_name", NAME).unwrap_or_default();
        fields.finish()?;
        Ok(Self {
            email: email.unwrap_or_default(),
            password: password.unwrap_or_default(),
            first_name,
            last_name,
        })
    }
}
