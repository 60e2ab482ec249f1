//! The admin's half of the route table. The other half is [`routes`](super).

use actix_web::web::{self, ServiceConfig};

use super::{get, not_found, post, view};
use crate::admin;

/// Adds the routes of the admin, relative to `/admin`.
pub fn configure(service: &mut ServiceConfig) {
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

    configure_sessions(service);
    configure_users(service);
    configure_account(service);
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
fn configure_sessions(service: &mut ServiceConfig) {
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
fn configure_users(service: &mut ServiceConfig) {
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
        "/users/{id}/admin-sessions/{session}/end/",
        vec![post(page::end_sessions::end_admin_session)],
    );
}

/// The operator's own account.
fn configure_account(service: &mut ServiceConfig) {
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
