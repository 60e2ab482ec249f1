//! `GET profile/`: what the database knows of the current user.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::user_answer::UserAnswer;
use super::{current_user, rfc_3339};
use crate::app::App;
use crate::error::Error;
use crate::extract::authenticate;
use crate::models::user::User;

/// A person's own account. Times are UTC, in whole seconds (RFC 3339).
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "first_name": "Ada", "last_name": "Lovelace",
    "date_joined": "2026-01-05T12:00:00Z", "last_login": "2026-01-05T12:00:00Z"
}))]
pub struct Profile<'a> {
    /// What the setting `user_fields` names.
    #[serde(flatten)]
    #[schema(ignore)]
    pub user: UserAnswer<'a>,
    /// Given name, may be empty.
    pub first_name: &'a str,
    /// Family name, may be empty.
    pub last_name: &'a str,
    /// When the account was made.
    #[schema(format = DateTime)]
    pub date_joined: String,
    /// When it last logged in; `null` when it never did.
    #[schema(format = DateTime)]
    pub last_login: Option<String>,
}

impl<'a> Profile<'a> {
    const OWN: [&'static str; 4] = ["first_name", "last_name", "date_joined", "last_login"];

    /// What a user is shown of themselves.
    #[must_use]
    pub fn of(app: &'a App, user: &'a User) -> Self {
        Self {
            user: UserAnswer::of_user(app, user, &Self::OWN),
            first_name: &user.first_name,
            last_name: &user.last_name,
            date_joined: rfc_3339(user.date_joined),
            last_login: user.last_login.map(rfc_3339),
        }
    }
}

/// Read your profile.
///
/// Reads the database: names and address as they are now, whatever the access token says.
#[utoipa::path(
    get,
    path = "/profile/",
    tag = "account",
    security(("access_cookie" = []), ("bearer" = [])),
    responses(
        (status = 200, description = "The current user.", body = Profile<'static>),
    )
)]
pub async fn profile(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, Error> {
    let token = authenticate(request.headers(), &app)?;
    let user = current_user(&app, &token).await?;
    Ok(HttpResponse::Ok().json(Profile::of(&app, &user)))
}
