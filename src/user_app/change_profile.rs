//! `PATCH profile/`: new names; a new address, with the password.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::create_user::{INVALID, taken, taken_or_failed};
use super::fields::{self, EMAIL, NAME};
use super::profile::Profile;
use super::{
    change_own, check_password, current_user, with_access_cookie, with_cookies, wrong_password,
};
use crate::app::App;
use crate::email;
use crate::error::Error;
use crate::extract::{authenticate, has_bearer};
use crate::http::field_errors::FieldErrors;
use crate::input::{Fields, JsonObject, PASSWORD_TYPED};
use crate::sessions::{self, AddressError, Changer, ProfileChange, ProfileChanged, ProfileError};

/// What is to change; what is left out stays. Any other field is refused.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"first_name": "Ada", "email": "ada@example.org", "password": "correct horse battery"}))]
pub struct ChangeProfile {
    /// The given name.
    #[serde(default)]
    #[schema(required = false, schema_with = fields::name)]
    pub first_name: String,
    /// The family name.
    #[serde(default)]
    #[schema(required = false, schema_with = fields::name)]
    pub last_name: String,
    /// The address; a new one needs `password`.
    #[serde(default)]
    #[schema(required = false, schema_with = fields::new_address)]
    pub email: String,
    /// The current password; looked at only when the address changes.
    #[serde(default)]
    #[schema(required = false, schema_with = fields::password_for_an_address)]
    pub password: String,
}

/// Change your profile.
///
/// A new address acts as a new password: every other session of the user ends, and this
/// browser gets a new one, whose cookies are set. A Bearer client finds its new tokens in
/// `Set-Cookie` as well: they are nowhere else. Reset links that were made for the old address
/// stop working, and nobody else gets it for `address_hold`. Where only names change, or the
/// spelling of the address, the access cookie is set anew for the same session; clients that
/// use a Bearer header say the new name after their next refresh.
#[utoipa::path(
    patch,
    path = "/profile/",
    tag = "account",
    security(("access_cookie" = []), ("bearer" = [])),
    request_body = ChangeProfile,
    responses(
        (status = 200, description = "The profile as it is now.", body = Profile<'static>,
            headers(
                ("Set-Cookie" = Option<String>, description = "Both cookies where the address changes, the access cookie where its claims do; none beside a Bearer header that keeps its session."),
                ("X-Access-Expires-In" = Option<i64>, description = "Seconds that the access token lives; only where a cookie is set."),
                ("X-Refresh-Grace" = Option<i64>, description = "Seconds in which a refresh may be sent again; only where a cookie is set."),
            )),
        (status = 400, description = "A field is wrong, the password is missing or wrong, or the address is taken; nothing changes.",
            body = crate::http::answers::BadRequest,
            example = json!({"password": ["Your password was entered incorrectly. Please enter it again."]})),
    )
)]
pub async fn change_profile(
    request: HttpRequest,
    body: JsonObject,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let (wanted, password) = ChangeProfile::read(body)?;
    let token = authenticate(request.headers(), &app)?;
    let user = current_user(&app, &token).await?;
    let verified = if wanted.changes_email(&user) {
        let required = || Error::from(FieldErrors::single("password", "This field is required."));
        check_password(&request, &app, &user, password.ok_or_else(required)?).await?;
        Some(user.password)
    } else {
        None
    };
    let (policy, sid) = (Arc::clone(&app.policy), token.sid.simple().to_string());
    let changed = change_own(&request, &app, token, move |change, user| {
        let (own, verified) = (Changer { user, sid: &sid }, verified.as_deref());
        let changed = sessions::change_profile(change, &policy, own, &wanted, verified)?;
        Ok(changed)
    })
    .await?;
    let mut response = HttpResponse::Ok();
    let user = match changed {
        ProfileChanged::Unchanged(user) => user,
        ProfileChanged::Renamed(user, access) => {
            // Beside a Bearer header the cookies are not this user's, or not known to be.
            if !has_bearer(request.headers()) {
                let signed = app.keys.sign_access(&access)?;
                with_access_cookie(&mut response, &app, signed, access.exp);
            }
            user
        }
        ProfileChanged::Moved(user, pair) => {
            response = with_cookies(response, &app, app.sign(&pair)?);
            user
        }
        ProfileChanged::Unconfirmed => return Err(wrong_password()),
    };
    Ok(response.json(Profile::of(&app, &user)))
}

impl From<ProfileError> for Error {
    fn from(error: ProfileError) -> Self {
        match error {
            ProfileError::Address(AddressError::Held) => taken(),
            ProfileError::Address(AddressError::Query(error)) | ProfileError::Query(error) => {
                taken_or_failed(error)
            }
            ProfileError::Open(error) => error.into(),
        }
    }
}

impl ChangeProfile {
    fn read(JsonObject(given): JsonObject) -> Result<(ProfileChange, Option<String>), Error> {
        let mut fields = Fields::new(given);
        let first_name = fields.text("first_name", NAME);
        let last_name = fields.text("last_name", NAME);
        let typed = fields.text("email", EMAIL.optional());
        let email = typed.as_deref().and_then(email::accept);
        if typed.is_some() && email.is_none() {
            fields.refuse("email", vec![INVALID.to_owned()]);
        }
        let password = fields.text("password", PASSWORD_TYPED.optional());
        fields.finish()?;
        let change = ProfileChange {
            email,
            first_name,
            last_name,
        };
        Ok((change, password))
    }
}
