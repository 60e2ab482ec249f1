//! The only route table, in two halves: the paths of the admin are in [`admin`], all others here.
//! Every path answers with and without its trailing slash.

pub mod admin;

use actix_web::guard::fn_guard;
use actix_web::http::{Method, header};
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource, Route, guard};

use crate::admin::door::Door;
use crate::config::ServerSettings;
use crate::error::Error;
use crate::middleware::{cors, gate};
use crate::{health, openapi, pages, user_app};

/// Adds every route of the server but those of the admin.
pub fn configure(service: &mut ServiceConfig, settings: &ServerSettings) {
    // Health, for probes and load balancers, and what pages are made of: at both doors.
    view(
        service,
        "/health/live",
        vec![get(health::live), options(health::live)],
    );
    view(
        service,
        "/health/ready",
        vec![get(health::ready), options(health::ready)],
    );
    view(
        service,
        "/static/{file:.*}",
        vec![get(pages::assets::asset)],
    );

    // What a person sees.
    api_view(service, "/", vec![get(pages::start::start)]);
    let start = web::resource("/").guard(fn_guard(Door::is_to_admin));
    service.service(start.route(web::get().to(to_admin)));
    if settings.demo {
        api_view(service, "/demo/", vec![get(pages::demo::demo)]);
        api_view(
            service,
            "/demo/statements",
            vec![get(pages::demo::statements::statements)],
        );
    }
    api_view(service, "/api/openapi.json", vec![get(openapi::document)]);
    api_view(service, "/api/docs/", vec![get(pages::docs::docs)]);
    api_view(service, "/api/docs/{file}", vec![get(pages::docs::file)]);

    // Last, for a prefix such as /api has room for the paths above.
    service.service(
        web::scope(settings.users_prefix.as_str())
            .guard(fn_guard(Door::is_to_api))
            .wrap(cors(settings))
            .configure(configure_users),
    );
    service.default_service(web::to(not_found));
}

/// Adds the user endpoints, relative to `users_prefix`.
fn configure_users(service: &mut ServiceConfig) {
    // As in the Django `user_app`.
    view(
        service,
        "/",
        vec![
            get(user_app::info::info),
            delete(user_app::delete_account::delete_account),
        ],
    );
    view(
        service,
        "/create/",
        vec![post(user_app::create_user::create_user)],
    );
    view(service, "/login/", vec![post(user_app::log_in::log_in)]);
    view(service, "/refresh/", vec![post(user_app::refresh::refresh)]);
    view(service, "/logout/", vec![post(user_app::log_out::log_out)]);

    // People's own sessions and account.
    view(
        service,
        "/sessions/",
        vec![get(user_app::sessions::sessions)],
    );
    view(
        service,
        "/sessions/{id}/",
        vec![delete(user_app::end_session::end_session)],
    );
    view(
        service,
        "/logout/others/",
        vec![post(user_app::log_out_others::log_out_others)],
    );
    view(
        service,
        "/logout/all/",
        vec![post(user_app::log_out_all::log_out_all)],
    );
    view(
        service,
        "/password/",
        vec![post(user_app::change_password::change_password)],
    );
    view(
        service,
        "/profile/",
        vec![
            get(user_app::profile::profile),
            patch(user_app::change_profile::change_profile),
        ],
    );
    view(
        service,
        "/password/reset/confirm/",
        vec![post(user_app::confirm_reset::confirm_reset)],
    );

    service.default_service(web::to(not_found));
}

/// A method and its handler.
type MethodRoute = (Method, Route);

fn get<F, Args>(handler: F) -> MethodRoute
where
    F: actix_web::Handler<Args>,
    Args: actix_web::FromRequest + 'static,
    F::Output: actix_web::Responder + 'static,
{
    (Method::GET, Route::new().to(handler))
}

fn post<F, Args>(handler: F) -> MethodRoute
where
    F: actix_web::Handler<Args>,
    Args: actix_web::FromRequest + 'static,
    F::Output: actix_web::Responder + 'static,
{
    (Method::POST, Route::new().to(handler))
}

fn delete<F, Args>(handler: F) -> MethodRoute
where
    F: actix_web::Handler<Args>,
    Args: actix_web::FromRequest + 'static,
    F::Output: actix_web::Responder + 'static,
{
    (Method::DELETE, Route::new().to(handler))
}

fn patch<F, Args>(handler: F) -> MethodRoute
where
    F: actix_web::Handler<Args>,
    Args: actix_web::FromRequest + 'static,
    F::Output: actix_web::Responder + 'static,
{
    (Method::PATCH, Route::new().to(handler))
}

/// Only where OPTIONS does more than say what is allowed.
fn options<F, Args>(handler: F) -> MethodRoute
where
    F: actix_web::Handler<Args>,
    Args: actix_web::FromRequest + 'static,
    F::Output: actix_web::Responder + 'static,
{
    (Method::OPTIONS, Route::new().to(handler))
}

/// One view under its path, with and without the trailing slash. HEAD is answered like GET;
/// OPTIONS, unless it has a handler, and every other method say what is allowed.
fn view(service: &mut ServiceConfig, path: &str, routes: Vec<MethodRoute>) {
    service.service(resource(path, routes).wrap(from_fn(gate)));
}

/// A view that is not there where the admin is, if that lives apart.
fn api_view(service: &mut ServiceConfig, path: &str, routes: Vec<MethodRoute>) {
    let resource = resource(path, routes).guard(fn_guard(Door::is_to_api));
    service.service(resource.wrap(from_fn(gate)));
}

fn resource(path: &str, routes: Vec<MethodRoute>) -> Resource {
    let mut paths = vec![path.to_owned()];
    match path.strip_suffix('/') {
        // Within a scope this is the scope's own path; at the root no request has it.
        Some("") => paths.push(String::new()),
        Some(without) => paths.push(without.to_owned()),
        None => paths.push(format!("{path}/")),
    }
    let mut allowed: Vec<String> = Vec::new();
    let mut resource = web::resource(paths);
    for (method, route) in routes {
        if method != Method::OPTIONS {
            allowed.push(method.to_string());
        }
        if method == Method::GET {
            allowed.push("HEAD".to_owned());
            let readable = guard::Any(guard::Get()).or(guard::Head());
            resource = resource.route(route.guard(readable));
        } else {
            resource = resource.route(route.method(method));
        }
    }
    allowed.push("OPTIONS".to_owned());
    let allowed = allowed.join(", ");
    resource.default_service(web::to(move |request: HttpRequest| {
        let answer = method_not_allowed(&request, &allowed);
        async move { answer }
    }))
}

fn method_not_allowed(request: &HttpRequest, allowed: &str) -> HttpResponse {
    let mut answer = if request.method() == Method::OPTIONS {
        HttpResponse::NoContent().finish()
    } else {
        HttpResponse::from_error(Error::MethodNotAllowed(request.method().to_string()))
    };
    if let Ok(allowed) = header::HeaderValue::from_str(allowed) {
        answer.headers_mut().insert(header::ALLOW, allowed);
    }
    answer
}

/// The admin's own host has no start page but the admin's.
async fn to_admin() -> HttpResponse {
    let location = (header::LOCATION, "/admin/");
    HttpResponse::SeeOther().insert_header(location).finish()
}

async fn not_found() -> Result<HttpResponse, Error> {
    Err(Error::NotFound)
}
