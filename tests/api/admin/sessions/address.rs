//! `GET /admin/addresses/{ip}/`.

use chrono::TimeDelta;

use super::{
    ADA, BEHIND_A_PROXY, FIREFOX, PHONE, ended_by, listed, logged_in, post_from, refresh_from,
    steady,
};
use crate::support::{Backend, TestApp, USERS, assert_answer, on_both_databases};
use reqwest::Method;
use serde_json::json;

const HERE: &str = "203.0.113.66";

on_both_databases! {
    async fn everybody_who_was_at_an_address_is_there_and_is_ended(backend: Backend) {
        let app = TestApp::with(backend, &BEHIND_A_PROXY).await;
        let mut began = logged_in(&app, ADA, HERE, FIREFOX).await;
        refresh_from(&app, &mut began, "192.0.2.7", FIREFOX).await;
        let mut last = logged_in(&app, "grace@example.com", "192.0.2.8", FIREFOX).await;
        refresh_from(&app, &mut last, HERE, PHONE).await;
        let mut passed = logged_in(&app, "joan@example.com", "192.0.2.9", FIREFOX).await;
        app.advance(TimeDelta::minutes(1));
        refresh_from(&app, &mut passed, HERE, "curl/8.5.0").await;
        app.advance(TimeDelta::minutes(1));
        refresh_from(&app, &mut passed, "192.0.2.9", FIREFOX).await;
        let mut never = logged_in(&app, "mary@example.com", "192.0.2.10", FIREFOX).await;
        for _ in 0..3 {
            let wrong = app.request(Method::POST, &format!("{USERS}/login/")).header("X-Forwarded-For", HERE)
                .json(&json!({ "email": "mary@example.com", "password": "wrong" }));
            assert_eq!(app.browser().send(wrong).await.status, 404);
        }
        app.state.failed_log_ins.flush(&app.state.database, app.state.now()).await.unwrap();
        let mut operator = app.operator().await;
        let path = format!("/admin/addresses/{HERE}/");
        let page = operator.get(&path).await;
        assert_eq!(listed(&page, &[&began, &last, &passed, &never]), [true, true, true, false]);
        assert_answer!("admin_address", steady(page));
        let page = operator.post_and_follow(&format!("{path}end/"), &[]).await;
        assert!(page.body.contains("3 sessions were ended"), "{page}");
        for (browser, status) in [(&mut began, 401), (&mut last, 401), (&mut passed, 401), (&mut never, 200)] {
            assert_eq!(browser.info().await.status, status);
        }
        let ended: Vec<_> = ended_by(&app).into_iter().map(|(reason, by)| (reason.is_some(), by.is_some())).collect();
        assert_eq!(ended[..4], [(true, true), (true, true), (true, true), (false, false)]);
    }

    async fn an_address_has_one_page_however_it_is_written(backend: Backend) {
        let app = TestApp::with(backend, &BEHIND_A_PROXY).await;
        let six = logged_in(&app, ADA, "2001:db8::7", FIREFOX).await;
        let four = logged_in(&app, ADA, "192.0.2.7", FIREFOX).await;
        let mut operator = app.operator().await;
        for path in ["2001:db8::7", "2001:0DB8:0::0007", "2001%3Adb8%3A%3A7"] {
            let page = operator.get(&format!("/admin/addresses/{path}/")).await;
            assert_eq!(listed(&page, &[&six, &four]), [true, false], "{path}");
        }
        let page = operator.get("/admin/addresses/::ffff:192.0.2.7/").await;
        assert_eq!(listed(&page, &[&six, &four]), [false, true]);
        for path in ["192.0.2.7%2F24", "192.0.2", "x", "%27", "1.2.3.4;--"] {
            assert_eq!(operator.get(&format!("/admin/addresses/{path}/")).await.status, 404, "{path}");
        }
        let page = operator.get("/admin/addresses/198.51.100.1/").await;
        assert!(page.status == 200 && page.body.contains("<strong>Nobody was here.</strong>"), "{page}");
        assert_eq!(operator.get("/admin/addresses/192.0.2.7/?page=o.-.5.00000000").await.status, 400);
        let answer = post_from(&app, &mut app.browser(), "/refresh/", "192.0.2.7", FIREFOX, "").await;
        assert_eq!(answer.status, 401);
    }
}
