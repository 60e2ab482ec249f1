//! The OpenAPI document: what the handlers say of themselves, and the refusals that they share.

mod headers;
mod refusals;

use actix_web::{HttpResponse, web};
use serde_json::Value;
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};

use crate::app::App;
use crate::config::Settings;
use crate::error::Error;
use crate::http::answers::{BadRequest, Coded, Detail, Unauthorized};
use crate::{health, user_app};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Frontgate",
        description = "Sessions for single-page apps: sign up, log in, stay logged in, log out.\n\n\
            Every path answers with and without its trailing slash. HEAD is answered like GET, without the body. \
            A path that is not there is answered as `components/responses/NotFound` says, and a method that a path has \
            not as `MethodNotAllowed` says.",
    ),
    tags(
        (name = "users", description = "Sessions over cookies, or with a Bearer header."),
        (name = "account", description = "People's own sessions and account."),
        (name = "health", description = "For probes and load balancers."),
    ),
    components(schemas(BadRequest, Coded, Detail, Unauthorized)),
)]
struct Frame;

#[derive(OpenApi)]
#[openapi(paths(
    user_app::create_user::create_user,
    user_app::log_in::log_in,
    user_app::info::info,
    user_app::refresh::refresh,
    user_app::log_out::log_out,
    user_app::sessions::sessions,
    user_app::end_session::end_session,
    user_app::log_out_others::log_out_others,
    user_app::log_out_all::log_out_all,
    user_app::change_password::change_password,
    user_app::profile::profile,
    user_app::change_profile::change_profile,
    user_app::delete_account::delete_account,
    user_app::confirm_reset::confirm_reset,
))]
struct Users;

#[derive(OpenApi)]
#[openapi(paths(health::live, health::ready))]
struct Health;

/// The document for these settings: paths under their prefix, cookies under their names.
#[must_use]
pub fn openapi(settings: &Settings) -> utoipa::openapi::OpenApi {
    let mut document =
        Frame::openapi().nest(settings.server.users_prefix.as_str(), Users::openapi());
    document.merge(Health::openapi());
    let cookie = |name: &str| SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(name)));
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .build();
    let components = document.components.get_or_insert_default();
    user_app::user_answer::document(&mut components.schemas, &settings.tokens.user_fields.0);
    components.add_security_scheme(
        "access_cookie",
        cookie(&settings.cookies.access_cookie_name),
    );
    components.add_security_scheme(
        "refresh_cookie",
        cookie(&settings.cookies.refresh_cookie_name),
    );
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    refusals::describe(&mut document);
    document
}

/// `GET /api/openapi.json`.
pub async fn document(app: web::Data<App>) -> Result<HttpResponse, Error> {
    let document: Value = serde_json::to_value(openapi(&app.settings))
        .map_err(|error| Error::Internal(Box::new(error)))?;
    Ok(HttpResponse::Ok().json(document))
}
