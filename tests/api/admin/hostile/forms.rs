//! No form changes anything unless it is of the operator's own session and of our own pages.

use diesel::prelude::*;
use frontgate::admin::cookie::SECURE_NAME;
use frontgate::schema::{admin_sessions, jobs, one_time_tokens, sessions, users};
use reqwest::Method;
use reqwest::redirect::Policy;

use super::{GRACE, World, routes};
use crate::admin::sessions::BEHIND_A_PROXY;
use crate::support::{Answer, Backend, TestApp, on_both_databases, rows};

pub(super) const FORM: &str = "application/x-www-form-urlencoded";
/// What makes each form do something.
pub(super) const FIELDS: &str = "password=a%20new%20password%20of%20ours&password_again=a%20new%20password%20of%20ours&\
                      old_password=correct%20horse%20battery&role=superuser&email=ada@example.com&claims=%7B%7D&\
                      number=61&shown=61&all=yes";

/// All that a form could change.
pub(super) fn state(app: &TestApp) -> impl PartialEq + std::fmt::Debug + use<> {
    let connection = &mut app.connect();
    let people: Vec<(i64, String, bool, bool, i64, String)> = users::table
        .order(users::id)
        .select((
            users::id,
            users::password,
            users::is_active,
            users::is_superuser,
            users::generation,
            users::claims,
        ))
        .load(connection)
        .unwrap();
    let ended: i64 = sessions::table
        .filter(sessions::ended_at.is_not_null())
        .count()
        .get_result(connection)
        .unwrap();
    let links: i64 = one_time_tokens::table
        .count()
        .get_result(connection)
        .unwrap();
    let signed_in: i64 = admin_sessions::table
        .count()
        .get_result(connection)
        .unwrap();
    let queued: i64 = jobs::table.count().get_result(connection).unwrap();
    (rows::counts(app), people, [ended, links, signed_in, queued])
}

on_both_databases! {
    async fn no_form_of_another_session_site_or_type_changes_anything(backend: Backend) {
        let app = TestApp::with(backend, &BEHIND_A_PROXY).await;
        let mut operator = app.operator().await;
        let stale = operator.csrf.clone();
        operator.sign_in(crate::support::OPERATOR, crate::support::PASSWORD).await;
        operator.get("/admin/").await;
        let foreign = app.staff(GRACE, false).await.csrf;
        let world = World::new(&app).await;
        let (own, before) = (operator.csrf.clone(), state(&app));
        let right = format!("csrf_token={own}&{FIELDS}");
        let cookie = format!("{}={}", SECURE_NAME, operator.cookie.clone().unwrap());
        let cases: Vec<(&str, [&str; 2], String, u16)> = vec![
            ("no token", ["Content-Type", FORM], FIELDS.to_owned(), 403),
            ("an empty token", ["Content-Type", FORM], format!("csrf_token=&{FIELDS}"), 403),
            ("a foreign token", ["Content-Type", FORM], format!("csrf_token={foreign}&{FIELDS}"), 403),
            ("a stale token", ["Content-Type", FORM], format!("csrf_token={stale}&{FIELDS}"), 403),
            ("two tokens, the wrong one first", ["Content-Type", FORM], format!("csrf_token=x&{right}"), 403),
            ("a token with space around it", ["Content-Type", FORM], format!("csrf_token=+{own}&{FIELDS}"), 403),
            ("a token under another case", ["Content-Type", FORM], format!("CSRF_TOKEN={own}&{FIELDS}"), 403),
            ("JSON", ["Content-Type", "application/json"], format!("{{\"csrf_token\":\"{own}\"}}"), 415),
            ("text", ["Content-Type", "text/plain"], right.clone(), 415),
            ("many parts", ["Content-Type", "multipart/form-data; boundary=x"], right.clone(), 415),
            ("no type", ["Accept", "*/*"], right.clone(), 415),
            ("another site", ["Origin", "https://evil.example"], right.clone(), 403),
            ("no site", ["Origin", "null"], right.clone(), 403),
            ("a site beside", ["Sec-Fetch-Site", "same-site"], right.clone(), 403),
            ("a site that says so", ["Sec-Fetch-Site", "cross-site"], right.clone(), 403),
            ("too much", ["Content-Type", FORM], format!("{right}&x={}", "x".repeat(20_000)), 413),
        ];
        let open = ["/login/", "/setup/"];
        let routes: Vec<_> = routes(&Method::POST).into_iter().filter(|route| !open.contains(route)).collect();
        assert!(routes.len() > 18, "{routes:?}");
        let http = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
        let request = |method, path: &str| http.request(method, format!("http://{}{path}", app.address));
        for route in routes {
            let path = world.path(route);
            for (what, header, body, status) in &cases {
                // The token counts in the form alone.
                let request = request(Method::POST, &format!("{path}?csrf_token={own}")).header("Cookie", &cookie);
                let mut sent = request.header(header[0], header[1]).body(body.clone());
                if ["Origin", "Sec-Fetch-Site"].contains(&header[0]) {
                    sent = sent.header("Content-Type", FORM);
                }
                let answer = Answer::of(sent).await;
                assert_eq!(answer.status, *status, "{path}, {what}: {answer}");
            }
            // Nobody is signed in, or with another's cookie.
            for cookie in ["", "__Host-frontgate_admin=x", "frontgate_admin=x"] {
                let request = request(Method::POST, &path).header("Cookie", cookie).header("Content-Type", FORM);
                let answer = Answer::of(request.body(right.clone())).await;
                assert_eq!(answer.status, 303, "{path}: {answer}");
                assert!(answer.header("location").unwrap().starts_with("/admin/login/"), "{path}: {answer}");
            }
            // Nothing of a path changes with a GET, either.
            let get = request(Method::GET, &format!("{path}?{right}")).header("Cookie", &cookie);
            let answer = Answer::of(get).await;
            assert!([200, 303, 400, 404, 405].contains(&answer.status), "{path}: {answer}");
        }
        assert_eq!(state(&app), before);
        assert_eq!(operator.get("/admin/").await.status, 200);
    }
}
