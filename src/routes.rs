//! The only route table. Every path answers with and without its trailing slash.

use actix_web::http::{Method, header};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Route, guard};

use crate::config::ServerSettings;
use crate::error::Error;
use crate::{admin, health, openapi, pages, user_app};

/// Adds every route of the server.
pub fn configure(service: &mut ServiceConfig, settings: &ServerSettings) {
    let users = settings.users_prefix.as_str();

    // The user endpoints, as in the Django `user_app`.
    view(
        service,
        &format!("{users}/"),
        vec![
            get(user_app::info::info),
            delete(user_app::delete_account::delete_account),
        ],
    );
    view(
        service,
        &format!("{users}/create/"),
        vec![post(user_app::create_user::create_user)],
    );
    view(
        service,
        &format!("{users}/login/"),
        vec![post(user_app::log_in::log_in)],
    );
    view(
        service,
        &format!("{users}/refresh/"),
        vec![post(user_app::refresh::refresh)],
    );
    view(
        service,
        &format!("{users}/logout/"),
        vec![post(user_app::log_out::log_out)],
    );

    // People's own sessions and account.
    view(
        service,
        &format!("{users}/sessions/"),
        vec![get(user_app::sessions::sessions)],
    );
    view(
        service,
        &format!("{users}/sessions/{{id}}/"),
        vec![delete(user_app::end_session::end_session)],
    );
    view(
        service,
        &format!("{users}/logout/others/"),
        vec![post(user_app::log_out_others::log_out_others)],
    );
    view(
        service,
        &format!("{users}/logout/all/"),
        vec![post(user_app::log_out_all::log_out_all)],
    );
    view(
        service,
        &format!("{users}/password/"),
        vec![post(user_app::change_password::change_password)],
    );
    view(
        service,
        &format!("{users}/profile/"),
        vec![
            get(user_app::profile::profile),
            patch(user_app::change_profile::change_profile),
        ],
    );
    view(
        service,
        &format!("{users}/password/reset/confirm/"),
        vec![post(user_app::confirm_reset::confirm_reset)],
    );

    // Health, for probes and load balancers.
    view(service, "/health/live", vec![get(health::live)]);
    view(service, "/health/ready", vec![get(health::ready)]);

    // What a person sees.
    view(service, "/", vec![get(pages::start::start)]);
    if settings.demo {
        view(service, "/demo/", vec![get(pages::demo::demo)]);
        view(
            service,
            "/demo/statements",
            vec![get(pages::demo::statements::statements)],
        );
    }
    view(service, "/api/openapi.json", vec![get(openapi::document)]);
    view(service, "/api/docs/", vec![get(pages::docs::docs)]);
    view(service, "/api/docs/{file}", vec![get(pages::docs::file)]);
    view(
        service,
        "/static/{file:.*}",
        vec![get(pages::assets::asset)],
    );

    service.default_service(web::to(not_found));
}

/// Adds the routes of the admin, relative to `/admin`.
pub fn configure_admin(service: &mut ServiceConfig) {
    // Before anybody is signed in.
    view(
        service,
        "/login/",
        vec![
            get(admin::sign_in::sign_in_page),
            post(admin::sign_in::sign_in),
        ],
    );
    view(
        service,
        "/setup/",
        vec![get(admin::setup::setup_page), post(admin::setup::setup)],
    );
    view(service, "/logout/", vec![post(admin::sign_out::sign_out)]);

    view(service, "/", vec![get(admin::overview::overview)]);

    configure_admin_sessions(service);
    configure_admin_users(service);
    configure_admin_account(service);
    // The audit log.
    view(service, "/events/", vec![get(admin::events::list::events)]);
    view(
        service,
        "/events/export.csv",
        vec![get(admin::events::export::csv)],
    );
    view(
        service,
        "/events/export.jsonl",
        vec![get(admin::events::export::json_lines)],
    );

    // Refresh tokens.
    view(
        service,
        "/tokens/",
        vec![get(admin::tokens::outstanding::outstanding)],
    );
    view(
        service,
        "/tokens/blacklisted/",
        vec![get(admin::tokens::blacklisted::blacklisted)],
    );
    view(
        service,
        "/tokens/{jti}/",
        vec![get(admin::tokens::detail::detail)],
    );
    view(
        service,
        "/tokens/{jti}/blacklist/",
        vec![post(admin::tokens::blacklist::blacklist)],
    );

    service.default_service(web::to(not_found));
}

/// Who is logged in, and ending it, at once or as a job.
fn configure_admin_sessions(service: &mut ServiceConfig) {
    use admin::sessions as page;
    view(service, "/sessions/", vec![get(page::list::list)]);
    view(
        service,
        "/sessions/new-networks/",
        vec![get(page::new_networks::new_networks)],
    );
    view(
        service,
        "/sessions/followers/",
        vec![get(page::followers::followers)],
    );
    view(
        service,
        "/sessions/failures/",
        vec![get(page::failures::failures)],
    );
    view(
        service,
        "/sessions/end/",
        vec![post(page::end_selected::end_selected)],
    );
    view(
        service,
        "/sessions/end-many/",
        vec![
            get(page::end_many::end_many),
            post(page::confirm_many::confirm_many),
        ],
    );
    view(service, "/sessions/{sid}/", vec![get(page::detail::detail)]);
    view(service, "/sessions/{sid}/end/", vec![post(page::end::end)]);
    view(
        service,
        "/addresses/{ip}/",
        vec![get(admin::address::address)],
    );
    view(
        service,
        "/addresses/{ip}/end/",
        vec![post(admin::address::end)],
    );

    // Long work.
    view(service, "/jobs/", vec![get(admin::jobs::list::list)]);
    view(
        service,
        "/jobs/{id}/",
        vec![get(admin::jobs::detail::detail)],
    );
    view(
        service,
        "/jobs/{id}/retry/",
        vec![post(admin::jobs::retry::retry)],
    );
}

/// People, and what operators do to them.
fn configure_admin_users(service: &mut ServiceConfig) {
    use admin::users as page;
    view(service, "/users/", vec![get(page::list::list)]);
    view(service, "/users/{id}/", vec![get(page::detail::detail)]);
    view(
        service,
        "/users/{id}/activate/",
        vec![post(page::activity::activate)],
    );
    view(
        service,
        "/users/{id}/deactivate/",
        vec![post(page::activity::deactivate)],
    );
    view(
        service,
        "/users/{id}/password/",
        vec![
            get(page::password::password_page),
            post(page::password::set_password),
        ],
    );
    view(
        service,
        "/users/{id}/reset-link/",
        vec![post(page::reset_link::make)],
    );
    view(
        service,
        "/users/{id}/role/",
        vec![get(page::role::role_page), post(page::role::set_role)],
    );
    view(
        service,
        "/users/{id}/claims/",
        vec![
            get(page::claims::claims_page),
            post(page::claims::set_claims),
        ],
    );
    view(
        service,
        "/users/{id}/delete/",
        vec![get(page::delete::delete_page), post(page::delete::delete)],
    );
    view(
        service,
        "/users/{id}/end-sessions/",
        vec![post(page::end_sessions::end_all)],
    );
    view(
        service,
        "/users/{id}/sessions/{sid}/end/",
        vec![post(page::end_sessions::end_one)],
    );
    view(
        service,
        "/users/{id}/admin-sessions/{session}/end/",
        vec![post(page::end_sessions::end_admin_session)],
    );
}

/// The operator's own account.
fn configure_admin_account(service: &mut ServiceConfig) {
    use admin::account as page;
    view(service, "/account/", vec![get(page::account)]);
    view(
        service,
        "/account/password/",
        vec![
            get(page::password::password_page),
            post(page::password::change_password),
        ],
    );
    view(
        service,
        "/account/sessions/end-others/",
        vec![post(page::end_others)],
    );
    view(
        service,
        "/account/sessions/{session}/end/",
        vec![post(page::end_session)],
    );
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

/// One view under its path, with and without the trailing slash. HEAD is answered like GET;
/// OPTIONS and every other method say what is allowed.
fn view(service: &mut ServiceConfig, path: &str, routes: Vec<MethodRoute>) {
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
        allowed.push(method.to_string());
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
    service.service(
        resource.default_service(web::to(move |request: HttpRequest| {
            let answer = method_not_allowed(&request, &allowed);
            async move { answer }
        })),
    );
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

async fn not_found() -> Result<HttpResponse, Error> {
    Err(Error::NotFound)
}
