//! `POST password/`: a new password for whoever knows the old one.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::fields::{self, PASSWORD};
use super::user_answer::UserAnswer;
use super::{change_own, current_user, is_password, with_cookies};
use crate::app::App;
use crate::error::Error;
use crate::extract::authenticate;
use crate::http::field_errors::FieldErrors;
use crate::input::{Fields, JsonObject, PASSWORD_TYPED};
use crate::models::user::User;
use crate::passwords::validation::{self, Attributes};
use crate::rotation::EndReason;
use crate::sessions::{self, PasswordChange, TokenPair};
use crate::tokens::AccessToken;

/// What a change of the password sends. Any other field is refused.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"old_password": "correct horse battery", "new_password": "a staple of another day"}))]
pub struct ChangePassword {
    /// The password so far.
    #[schema(schema_with = fields::current_password)]
    pub old_password: String,
    /// The new password.
    #[schema(schema_with = fields::new_password)]
    pub new_password: String,
}

/// As Django's `PasswordChangeForm` says it.
const WRONG: &str = "Your old password was entered incorrectly. Please enter it again.";

/// Change my password.
///
/// Ends every session of the user and opens a new one for this browser, whose cookies are
/// set. A Bearer client finds its new tokens in `Set-Cookie` as well: they are nowhere else.
/// Where the session was ended meanwhile, by another change of the password too, the answer
/// is 401 and nothing is changed.
#[utoipa::path(
    post,
    path = "/password/",
    tag = "account",
    security(("access_cookie" = []), ("bearer" = [])),
    request_body = ChangePassword,
    responses(
        (status = 200, description = "Changed; all other sessions are ended and both cookies are set anew.", body = UserAnswer<'static>,
            headers(
                ("Set-Cookie" = String, description = "Both cookies."),
                ("X-Access-Expires-In" = i64, description = "Seconds that the access token lives."),
                ("X-Refresh-Grace" = i64, description = "Seconds in which a refresh may be sent again."),
            )),
        (status = 400, description = "A field is missing or wrong; nothing is changed.", body = crate::http::answers::BadRequest,
            example = json!({"old_password": ["Your old password was entered incorrectly. Please enter it again."], "new_password": ["This password is too common."]})),
    )
)]
pub async fn change_password(
    request: HttpRequest,
    body: JsonObject,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let input = ChangePassword::read(body)?;
    let token = authenticate(request.headers(), &app)?;
    // A log-in that stores a fresher hash of the same password may come in between, once.
    let changed = match attempt(&request, &app, &token, &input).await? {
        Some(changed) => Some(changed),
        None => attempt(&request, &app, &token, &input).await?,
    };
    let pair = changed.ok_or_else(|| FieldErrors::single("old_password", WRONG))?;
    let signed = app.sign(&pair)?;
    let user = UserAnswer::of_claims(&app, &pair.access);
    Ok(with_cookies(HttpResponse::Ok(), &app, signed).json(user))
}

/// Verifies the old password and stores the new one. `None` when there was another hash in
/// between, though the session lives.
async fn attempt(
    request: &HttpRequest,
    app: &web::Data<App>,
    token: &Arc<AccessToken>,
    input: &ChangePassword,
) -> Result<Option<TokenPair>, Error> {
    let (id, seen) = (token.user_id, current_user(app, token).await?);
    input.judge(request, app, &seen).await?;
    let hash = app.passwords.encode(input.new_password.clone()).await?;
    let (policy, this) = (Arc::clone(&app.policy), token.sid.simple().to_string());
    change_own(request, app, Arc::clone(token), move |change, user| {
        if user.password != seen.password {
            return Ok(None);
        }
        sessions::change_password(change, id, &hash, PasswordChange::OldPassword(&this))?;
        // Of the new generation, or its session would end with the others.
        let user = User::find(change.connection, id)?.ok_or(diesel::NotFound)?;
        let pair = sessions::open_anew(change, &policy, &user, EndReason::PasswordChanged)?;
        Ok(Some(pair))
    })
    .await
}

impl ChangePassword {
    fn read(JsonObject(given): JsonObject) -> Result<Self, Error> {
        let mut fields = Fields::new(given);
        let old_password = fields.text("old_password", PASSWORD_TYPED);
        let new_password = fields.text("new_password", PASSWORD);
        fields.finish()?;
        Ok(Self {
            old_password: old_password.unwrap_or_default(),
            new_password: new_password.unwrap_or_default(),
        })
    }

    /// Fails with all that is wrong with the two passwords, for this user.
    async fn judge(&self, request: &HttpRequest, app: &App, user: &User) -> Result<(), Error> {
        let mut errors = FieldErrors::default();
        if !is_password(request, app, user, self.old_password.clone()).await? {
            errors.add("old_password", vec![WRONG.to_owned()]);
        }
        let attributes = Attributes {
            email: &user.email,
            first_name: &user.first_name,
            last_name: &user.last_name,
        };
        let weak = validation::validate(&self.new_password, &attributes);
        if !weak.is_empty() {
            errors.add("new_password", weak);
        }
        Ok(errors.check()?)
    }
}
