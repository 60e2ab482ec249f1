//! The operator's cookie: its name, and what is planted beside it.

use frontgate::admin::cookie::{PLAIN_NAME, SECURE_NAME};
use reqwest::Method;
use reqwest::redirect::Policy;

use crate::support::{Answer, Backend, OPERATOR, PASSWORD, TestApp, on_both_databases};

const PLAIN: [(&str, &str); 1] = [("cookie_secure", "false")];

/// Asks for a page under a host with a parent domain, with these cookies.
async fn ask(app: &TestApp, path: &str, cookies: &str) -> Answer {
    let http = reqwest::Client::builder()
        .redirect(Policy::none())
        .build()
        .unwrap();
    let request = http.request(Method::GET, format!("http://{}{path}", app.address));
    Answer::of(
        request
            .header("Host", "admin.example.com")
            .header("Cookie", cookies),
    )
    .await
}

/// The cookie that signing in sets.
async fn signed_in(app: &TestApp, name: &str) -> String {
    app.operator().await;
    let request = app
        .http
        .post(format!("http://{}/admin/login/", app.address));
    let http = reqwest::Client::builder()
        .redirect(Policy::none())
        .build()
        .unwrap();
    let form = format!("email={OPERATOR}&password={}", PASSWORD.replace(' ', "+"));
    let request = http.execute(
        request
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form)
            .build()
            .unwrap(),
    );
    let answer = request.await.unwrap();
    let set = answer.headers().get_all("set-cookie").iter();
    let set = set.map(|value| value.to_str().unwrap().to_owned());
    let own =
        set.filter(|line| line.starts_with(&format!("{name}=")) && !line.contains("Max-Age=0"));
    let own: Vec<_> = own.collect();
    assert_eq!(own.len(), 1, "{own:?}");
    own[0].clone()
}

fn pair(set_cookie: &str) -> &str {
    set_cookie.split(';').next().unwrap()
}

on_both_databases! {
    async fn only_this_host_can_set_it_where_cookies_are_secure(backend: Backend) {
        let app = TestApp::new(backend).await;
        let set = signed_in(&app, SECURE_NAME).await;
        let attributes: Vec<_> = set.split("; ").skip(1).collect();
        assert_eq!(attributes, ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"]);
        assert_eq!(ask(&app, "/admin/", pair(&set)).await.status, 200);
    }

    async fn over_plain_http_it_is_for_the_admin_alone(backend: Backend) {
        let app = TestApp::with(backend, &PLAIN).await;
        let set = signed_in(&app, PLAIN_NAME).await;
        let attributes: Vec<_> = set.split("; ").skip(1).collect();
        assert_eq!(attributes, ["HttpOnly", "SameSite=Lax", "Path=/admin"]);
        assert_eq!(ask(&app, "/admin/users/", pair(&set)).await.status, 200);
    }

    async fn what_stands_under_the_old_name_keeps_nobody_out_and_lets_nobody_in(backend: Backend) {
        let app = TestApp::new(backend).await;
        let set = signed_in(&app, SECURE_NAME).await;
        let own = pair(&set);
        let (_, value) = own.split_once('=').unwrap();
        let old = format!("{PLAIN_NAME}={value}");
        for cookies in [format!("{own}; {old}"), format!("{old}; {own}"), format!("{old}; {old}; {own}"), format!("x=\"; {own}; {PLAIN_NAME}=%ff")] {
            let answer = ask(&app, "/admin/users/", &cookies).await;
            assert_eq!(answer.status, 200, "{cookies}: {answer}");
            if cookies.contains(PLAIN_NAME) {
                for path in ["/", "/admin", "/admin/", "/admin/users", "/admin/users/"] {
                    let form = format!("{PLAIN_NAME}=; Path={path}; Max-Age=0; Secure");
                    assert!(answer.set_cookies().any(|line| line == form), "{form}: {answer}");
                }
            }
        }
        assert_eq!(ask(&app, "/admin/users/", &old).await.status, 303, "the old name signs nobody in");
    }

    async fn one_that_comes_twice_counts_as_none_and_heals(backend: Backend) {
        for (settings, name) in [(&[][..], SECURE_NAME), (&PLAIN, PLAIN_NAME)] {
            let app = TestApp::with(backend, settings).await;
            let set = signed_in(&app, name).await;
            let own = pair(&set);
            // That of an operator who wants another one to act in their name.
            let other = app.staff("eve@example.com", true).await;
            let planted = format!("{name}={}", other.cookie.clone().unwrap_or_else(|| "x".to_owned()));
            for cookies in [format!("{planted}; {own}"), format!("{own}; {planted}"), format!("{own}; {own}")] {
                let answer = ask(&app, "/admin/users/7/claims/", &cookies).await;
                assert_eq!(answer.status, 303, "{cookies}: {answer}");
                let location = answer.header("location").unwrap();
                assert!(location.starts_with("/admin/login/"), "{answer}");
                let secure = if name == SECURE_NAME { "; Secure" } else { "" };
                let paths = ["/", "/admin", "/admin/", "/admin/users", "/admin/users/", "/admin/users/7", "/admin/users/7/", "/admin/users/7/claims", "/admin/users/7/claims/"];
                for path in paths.into_iter().filter(|path| name == PLAIN_NAME || *path == "/") {
                    for domain in [None, Some("admin.example.com"), Some("example.com")] {
                        let domain = domain.map_or_else(String::new, |domain| format!("; Domain={domain}"));
                        let form = format!("{name}=; Path={path}{domain}; Max-Age=0{secure}");
                        let there = answer.set_cookies().any(|line| line == form);
                        assert_eq!(there, domain.is_empty() || name == PLAIN_NAME, "{form}: {answer}");
                    }
                }
            }
            assert_eq!(ask(&app, "/admin/users/", own).await.status, 200, "the session was not touched");
        }
    }

    async fn signing_in_heals_what_came_twice_and_keeps_the_new_one(backend: Backend) {
        let app = TestApp::with(backend, &PLAIN).await;
        let set = signed_in(&app, PLAIN_NAME).await;
        let http = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
        let request = http.post(format!("http://{}/admin/login/", app.address))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Cookie", format!("{}; {PLAIN_NAME}=planted", pair(&set)))
            .body(format!("email={OPERATOR}&password={}", PASSWORD.replace(' ', "+")));
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, 303, "{answer}");
        let lines: Vec<_> = answer.set_cookies().collect();
        assert!(!lines.last().unwrap().contains("Max-Age=0"), "the new one comes last: {answer}");
        assert!(lines.contains(&"frontgate_admin=; Path=/admin; Max-Age=0"), "{answer}");
    }
}
