//! From where the admin can be reached, and what an error looks like.

use reqwest::Method;

use crate::support::{Answer, Backend, Operator, TestApp, assert_answer, on_both_databases, run};

on_both_databases! {
    async fn whoever_is_outside_the_allowed_networks_gets_a_clear_403(backend: Backend) {
        let app = TestApp::with(backend, &[("admin_allowed_networks", "10.0.0.0/8,2001:db8::/32")]).await;
        for path in ["/admin/", "/admin/login/", "/admin/setup/?token=x", "/admin/nothing/"] {
            assert_answer!("admin_network_403", Operator::new(&app).get(path).await);
        }
        assert_eq!(app.get("/api/v1/users/").await.status, 401, "the API is open");
    }

    async fn a_proxy_that_is_trusted_says_where_somebody_comes_from(backend: Backend) {
        let settings = [("admin_allowed_networks", "10.0.0.0/8"), ("trusted_proxies", "127.0.0.1/32")];
        let app = TestApp::with(backend, &settings).await;
        let from = |address: &'static str| {
            Answer::of(app.request(Method::GET, "/admin/login/").header("X-Forwarded-For", address))
        };
        for (address, status) in [("10.1.2.3", 200), ("192.0.2.1", 403), ("10.1.2.3, 192.0.2.1", 403), ("nonsense", 403)] {
            assert_eq!(from(address).await.status, status, "{address}");
        }
    }

    async fn whoever_hides_behind_a_proxy_is_in_no_network(backend: Backend) {
        for networks in ["127.0.0.0/8", "127.0.0.0/8,203.0.113.0/24", "0.0.0.0/0,::/0", "::ffff:127.0.0.1"] {
            let settings = [("admin_allowed_networks", networks), ("trusted_proxies", "::ffff:127.0.0.1")];
            let app = TestApp::with(backend, &settings).await;
            for path in ["/admin/", "/admin/login/", "/admin/setup/?token=x", "/admin/nothing/"] {
                for forwarded in ["203.0.113.7, unix:", "unix:", "unknown", "_hidden", "garbage", "", "203.0.113.7,", "203.0.113.7, 127.0.0.1:x"] {
                    let request = app.request(Method::GET, path).header("X-Forwarded-For", forwarded);
                    let answer = Answer::of(request).await;
                    assert_eq!(answer.status, 403, "{networks} {path} {forwarded:?}: {answer}");
                }
            }
        }
    }

    async fn a_proxy_that_was_made_to_drop_the_header_opens_nothing(backend: Backend) {
        for networks in ["127.0.0.0/8", "127.0.0.1", "0.0.0.0/0,::/0", "::ffff:127.0.0.1"] {
            let settings = [("admin_allowed_networks", networks), ("trusted_proxies", "127.0.0.1")];
            let app = TestApp::with(backend, &settings).await;
            for path in ["/admin/", "/admin/login/", "/admin/setup/?token=x", "/admin/nothing/"] {
                for forwarded in [None, Some("unknown, 127.0.0.1")] {
                    let request = app.request(Method::GET, path);
                    let request = forwarded.into_iter().fold(request, |request, value| request.header("X-Forwarded-For", value));
                    assert_answer!("admin_unnamed_403", Answer::of(request).await);
                }
                for forwarded in ["127.0.0.1", "127.0.0.1, 127.0.0.1"] {
                    let request = app.request(Method::GET, path).header("X-Forwarded-For", forwarded);
                    assert_answer!("admin_of_proxy_403", Answer::of(request).await);
                }
            }
            // A probe on the proxy's machine, and everything else, goes on.
            for path in ["/health/live", "/health/ready", "/api/docs/"] {
                assert_eq!(app.get(path).await.status, 200, "{path}");
            }
            assert_eq!(app.signed_up("ada@example.com").await.info().await.status, 200);
        }
        // Who has no proxy in front is known by the connection, as ever.
        let app = TestApp::with(backend, &[("admin_allowed_networks", "127.0.0.0/8")]).await;
        assert_eq!(app.get("/admin/login/").await.status, 200);
        // A proxy with an address of its own names who comes from the machine that it is on.
        let settings = [("admin_allowed_networks", "127.0.0.2"), ("trusted_proxies", "127.0.0.1")];
        let app = TestApp::with(backend, &settings).await;
        let tunnel = app.request(Method::GET, "/admin/login/").header("X-Forwarded-For", "127.0.0.2");
        assert_eq!(Answer::of(tunnel).await.status, 200);
    }

    async fn a_lie_about_where_somebody_comes_from_lets_nobody_in(backend: Backend) {
        let app = TestApp::with(backend, &[("admin_allowed_networks", "10.0.0.0/8")]).await;
        let request = app.request(Method::GET, "/admin/login/").header("X-Forwarded-For", "10.1.2.3");
        assert_eq!(Answer::of(request).await.status, 403);
    }

    async fn unknown_pages_are_pages(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        for path in ["/admin/nothing/", "/admin/%20", "/admin/users/x/y/z/"] {
            assert_answer!("admin_404", operator.get(path).await);
        }
    }
}

#[test]
fn the_admin_says_so_while_the_database_is_away() {
    run(async {
        let app = TestApp::new(Backend::Postgres).await;
        let mut operator = app.operator().await;
        app.database.allow_connections(false);
        let answer = operator.get("/admin/").await;
        app.database.allow_connections(true);
        assert_answer!("admin_503", answer);
        let answer = operator.get("/admin/").await;
        assert_eq!(answer.status, 200, "nobody is signed out by it: {answer}");
    });
}
