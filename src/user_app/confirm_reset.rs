//! `POST password/reset/confirm/`: a new password by a link that works once.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::client;
use super::fields::{self, PASSWORD};
use crate::app::App;
use crate::error::Error;
use crate::http::field_errors::FieldErrors;
use crate::input::{Fields, JsonObject, PASSWORD_TYPED};
use crate::link_token::LinkToken;
use crate::password_reset::Link;
use crate::passwords::validation::{self, Attributes};

/// What the page behind the link sends. Any other field is refused.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "V2hvZXZlciBoYXMgdGhpcyBoYXMgdGhlIGFjY291bnQ", "new_password": "another horse battery"}))]
pub struct ConfirmReset {
    /// The `token` of the link, exactly.
    #[schema(schema_with = fields::link_token)]
    pub token: String,
    /// The new password.
    #[schema(schema_with = fields::new_password)]
    pub new_password: String,
}

/// Whose password was set.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "ada@example.com"}))]
pub struct ResetAnswer<'a> {
    /// The address to log in with.
    pub email: &'a str,
}

/// Set a password by a link.
///
/// The link works once. Every session of the user ends, every other link of theirs stops
/// working, and nobody is logged in: the new password does that next. A password that is
/// refused does not use the link up.
#[utoipa::path(
    post,
    path = "/password/reset/confirm/",
    tag = "account",
    request_body = ConfirmReset,
    responses(
        (status = 200, description = "The password is set. The person logs in next.", body = ResetAnswer<'static>),
        (status = 400, description = "A field is missing or wrong, or the link does not work; nothing changes. A link that is unknown, \
            malformed, used or expired, or whose user may not log in, gets the same answer.",
            body = crate::http::answers::BadRequest,
            example = json!({"token": ["The link is invalid or has expired."]})),
    )
)]
pub async fn confirm_reset(
    request: HttpRequest,
    body: JsonObject,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let input = ConfirmReset::read(body)?;
    let link = input.link(&app).await?;
    let user = &link.user;
    let attributes = Attributes {
        email: &user.email,
        first_name: &user.first_name,
        last_name: &user.last_name,
    };
    let weak = validation::validate(&input.new_password, &attributes);
    if !weak.is_empty() {
        let mut errors = FieldErrors::default();
        errors.add("new_password", weak);
        return Err(Error::Fields(errors));
    }
    let email = user.email.clone();
    let hash = app.passwords.encode(input.new_password).await?;
    let client = client(&request, &app);
    App::change(&app, client, move |change| {
        if link.set_password(change, &hash)? {
            Ok(())
        } else {
            Err(invalid_link())
        }
    })
    .await?;
    Ok(HttpResponse::Ok().json(ResetAnswer { email: &email }))
}

fn invalid_link() -> Error {
    FieldErrors::single("token", "The link is invalid or has expired.").into()
}

impl ConfirmReset {
    /// A text that is no token is an invalid link, whatever keeps it from being one.
    fn read(JsonObject(mut given): JsonObject) -> Result<Self, Error> {
        let token = match given.get_mut("token") {
            Some(Value::String(text)) if !text.trim().is_empty() => std::mem::take(text),
            _ => String::new(),
        };
        if !token.is_empty() {
            given.remove("token");
        }
        let mut fields = Fields::new(given);
        if token.is_empty() {
            fields.text("token", PASSWORD_TYPED);
        }
        let new_password = fields.text("new_password", PASSWORD).unwrap_or_default();
        fields.finish()?;
        Ok(Self {
            token,
            new_password,
        })
    }

    /// Looks the link up before anything is hashed: this is cheap.
    async fn link(&self, app: &web::Data<App>) -> Result<Link, Error> {
        let token = LinkToken::parse(&self.token).ok_or_else(invalid_link)?;
        let now = app.now();
        app.database
            .read(move |connection| Link::find(connection, &token, now).map_err(Error::from))
            .await?
            .ok_or_else(invalid_link)
    }
}
