//! `GET /admin/sessions/{sid}/`.

use chrono::TimeDelta;

use super::{ADA, BEHIND_A_PROXY, FIREFOX, PHONE, logged_in, refresh_from, steady};
use crate::support::{Backend, TestApp, assert_answer, on_both_databases, rows};

on_both_databases! {
    async fn the_tree_of_a_stolen_session_shows_who_used_what_from_where(backend: Backend) {
        let app = TestApp::with(backend, &BEHIND_A_PROXY).await;
        let mut ada = logged_in(&app, ADA, "192.0.2.7", FIREFOX).await;
        let sid = ada.sid();
        app.advance(TimeDelta::minutes(5));
        assert_eq!(refresh_from(&app, &mut ada, "192.0.2.7", FIREFOX).await, 200);
        app.advance(TimeDelta::minutes(5));
        let stolen = ada.clone();
        assert_eq!(refresh_from(&app, &mut ada, "192.0.2.7", FIREFOX).await, 200);
        let mut tab = stolen.clone();
        assert_eq!(refresh_from(&app, &mut tab, "192.0.2.7", FIREFOX).await, 200);
        assert_eq!(refresh_from(&app, &mut stolen.clone(), "203.0.113.66", "curl/8.5.0").await, 200);
        rows::settle(&app).await;
        app.advance(TimeDelta::minutes(5));
        assert_eq!(refresh_from(&app, &mut ada, "198.51.100.9", PHONE).await, 200);
        app.advance(TimeDelta::minutes(5));
        assert_eq!(refresh_from(&app, &mut stolen.clone(), "203.0.113.66", "curl/8.5.0").await, 401);
        let mut operator = app.operator().await;
        let page = operator.get(&format!("/admin/sessions/{sid}/")).await;
        for text in [
            "Ended: reuse detected",
            "and the place changed once",
            "Used tokens were answered again 2 times within the grace, 1 of these to another place",
            "A used token came back after the grace: it was refused, and the session ended.",
            "Answered again, elsewhere</text>",
            "Refused: used again too late</text>",
            "From another place:</text>",
            "No. 3 · reuse detected</text>",
        ] {
            assert!(page.body.contains(text), "{text}: {page}");
        }
        assert_answer!("admin_session_reuse", steady(page));
    }

    async fn what_is_gone_between_the_first_and_the_newest_tokens_is_counted(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut ada = app.signed_up(ADA).await;
        let stolen = ada.clone();
        for _ in 0..70 {
            app.advance(TimeDelta::minutes(1));
            assert_eq!(ada.refresh().await.status, 200);
        }
        let mut operator = app.operator().await;
        let path = format!("/admin/sessions/{}/", ada.sid());
        let page = operator.get(&path).await;
        assert!(page.body.contains("71 refresh tokens issued, of which 7 in between are gone, all used from one place."), "{page}");
        assert!(page.body.contains("<td colspan=\"3\" data-title=\"Gone\">7 tokens are gone</td>"), "{page}");
        assert_eq!(page.body.matches("class=\"id nowrap\" href=\"/admin/tokens/").count(), 64);
        assert!(page.body.contains("No. 70 · current</text>"), "{page}");
        assert_eq!(stolen.clone().refresh().await.status, 401);
        let page = operator.get(&path).await;
        assert!(page.body.contains("No. 70 · reuse detected</text>"), "{page}");
    }

    async fn what_is_no_session_is_not_found(backend: Backend) {
        let app = TestApp::new(backend).await;
        let ada = app.signed_up(ADA).await;
        let mut operator = app.operator().await;
        let upper = ada.sid().to_uppercase();
        for sid in ["00000000000000000000000000000000", "1", "x'--", "%20", "%3Cscript%3E", &upper, &"f".repeat(3000)] {
            let page = operator.get(&format!("/admin/sessions/{sid}/")).await;
            assert_eq!(page.status, 404, "{sid}: {page}");
            assert!(page.body.contains("There is no such page, or what it showed is gone."), "{page}");
        }
    }
}
