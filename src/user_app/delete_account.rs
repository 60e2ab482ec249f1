//! `DELETE ""`: the current user is deleted, by whoever knows the password.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::fields;
use super::{
    change_own_among_superusers, check_password, clear_cookies, current_user, wrong_password,
};
use crate::app::App;
use crate::error::Error;
use crate::extract::authenticate;
use crate::input::{Fields, JsonObject, PASSWORD_TYPED};
use crate::models::user::User;
use crate::sessions;

/// What a deletion sends. Any other field is refused.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"password": "correct horse battery"}))]
pub struct DeleteAccount {
    /// The current password.
    #[schema(schema_with = fields::current_password)]
    pub password: String,
}

/// What became of it.
enum Outcome {
    Deleted,
    /// The password has changed meanwhile.
    Unconfirmed,
    LastSuperuser,
}

/// Delete your account.
///
/// The user is gone, every session of theirs ends and is refused at once, and both cookies
/// are deleted. The address is free for a new account. The last active superuser is not
/// deleted here.
#[utoipa::path(
    delete,
    path = "/",
    tag = "account",
    security(("access_cookie" = []), ("bearer" = [])),
    request_body = DeleteAccount,
    responses(
        (status = 204, description = "Deleted; both cookies are deleted too.",
            headers(("Set-Cookie" = String, description = "Deletes both cookies."))),
        (status = 400, description = "The password is missing or wrong, or this is the last active superuser; nothing changes.",
            body = crate::http::answers::BadRequest,
            example = json!({"password": ["Your password was entered incorrectly. Please enter it again."]})),
    )
)]
pub async fn delete_account(
    request: HttpRequest,
    body: JsonObject,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let input = DeleteAccount::read(body)?;
    let token = authenticate(request.headers(), &app)?;
    let user = current_user(&app, &token).await?;
    check_password(&request, &app, &user, input.password).await?;
    let (verified, policy) = (user.password, Arc::clone(&app.policy));
    let outcome = change_own_among_superusers(&request, &app, token, move |change, user| {
        if user.password != verified {
            return Ok(Outcome::Unconfirmed);
        }
        if user.is_superuser && User::is_last_superuser(change.connection, user.id)? {
            return Ok(Outcome::LastSuperuser);
        }
        sessions::delete_user(change, user.id, Some(&policy.holds))?;
        Ok(Outcome::Deleted)
    })
    .await?;
    match outcome {
        Outcome::Deleted => {
            let mut response = HttpResponse::NoContent().finish();
            let clear = clear_cookies(&request, &app);
            response.extensions_mut().insert(clear);
            Ok(response)
        }
        Outcome::Unconfirmed => Err(wrong_password()),
        Outcome::LastSuperuser => Err(Error::NonField(
            "The last active superuser cannot be deleted here. Make another one first.".to_owned(),
        )),
    }
}

impl DeleteAccount {
    fn read(JsonObject(given): JsonObject) -> Result<Self, Error> {
        let mut fields = Fields::new(given);
        let password = fields.text("password", PASSWORD_TYPED);
        fields.finish()?;
        Ok(Self {
            password: password.unwrap_or_default(),
        })
    }
}
