//! Ending sessions from their pages.

use diesel::prelude::*;
use frontgate::schema::{blacklisted_tokens, sessions};

use super::{ADA, ended_by, id, noted_ends};
use crate::support::{
    Backend, OPERATOR, Operator, TestApp, assert_answer, on_both_databases, rows,
};

on_both_databases! {
    async fn an_ended_session_is_refused_at_once_and_it_is_known_who_did_it(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut ada = app.signed_up(ADA).await;
        let mut staff = app.staff("staff@example.com", false).await;
        let sid = ada.sid();
        let path = format!("/admin/sessions/{sid}/");
        let before = blacklisted_tokens::table.count().get_result::<i64>(&mut app.connect()).unwrap();
        let page = staff.post_and_follow(&format!("{path}end/"), &[]).await;
        assert!(page.body.contains("The session has ended, and its tokens are refused from now on."), "{page}");
        assert!(page.body.contains("Ended: revoked") && page.body.contains(", by <a href=\"/admin/users/"), "{page}");
        assert!(!page.body.contains("End session"), "{page}");
        assert_answer!("info_401_revoked", ada.clone().info().await);
        assert_eq!(ada.refresh().await.status, 401);
        let by = id(&app, "staff@example.com");
        assert_eq!(ended_by(&app)[0], (Some("revoked".to_owned()), Some(by)));
        let noted = (Some(id(&app, ADA)), Some(by), Some(sid), Some("127.0.0.1".to_owned()));
        assert_eq!(noted_ends(&app), [noted]);
        let after = blacklisted_tokens::table.count().get_result::<i64>(&mut app.connect()).unwrap();
        assert_eq!(after, before + 1);
    }

    async fn two_operators_who_end_the_same_are_both_right(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut ada = app.signed_up(ADA).await;
        let path = format!("/admin/sessions/{}/end/", ada.sid());
        let (mut one, mut two) = (app.operator().await, app.staff("two@example.com", false).await);
        let (first, second) = tokio::join!(one.post_and_follow(&path, &[]), two.post_and_follow(&path, &[]));
        let said = |text: &str| first.body.contains(text) || second.body.contains(text);
        assert!(said("The session has ended"), "{first} {second}");
        assert!(said("The session had ended before: revoked."), "{first} {second}");
        assert_eq!(noted_ends(&app).len(), 1);
        assert_eq!(ada.info().await.status, 401);
    }

    async fn a_session_that_its_person_ended_had_ended_before(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut ada = app.signed_up(ADA).await;
        let path = format!("/admin/sessions/{}/end/", ada.sid());
        ada.log_out().await;
        let mut operator = app.operator().await;
        let page = operator.post_and_follow(&path, &[]).await;
        assert!(page.body.contains("The session had ended before: logged out."), "{page}");
        assert_eq!(ended_by(&app)[0], (Some("logged_out".to_owned()), None));
        assert_eq!(noted_ends(&app), []);
    }

    async fn nothing_ends_without_the_right_form(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut ada = app.signed_up(ADA).await;
        let sid = ada.sid();
        let mut operator = app.operator().await;
        for path in [format!("/admin/sessions/{sid}/end/"), "/admin/sessions/end/".to_owned(), "/admin/addresses/127.0.0.1/end/".to_owned()] {
            let sids = [("sid", sid.as_str())];
            assert_eq!(operator.post_exactly(&path, &sids).await.status, 403, "{path}");
            let wrong = [("sid", sid.as_str()), ("csrf_token", "0")];
            assert_eq!(operator.post_exactly(&path, &wrong).await.status, 403, "{path}");
            assert_eq!(Operator::new(&app).post(&path, &sids).await.status, 303, "{path}");
            assert_eq!(operator.get(&path).await.status, 405, "{path}");
        }
        assert_eq!(ada.info().await.status, 200);
        for path in ["/admin/sessions/00000000000000000000000000000000/end/", "/admin/sessions/x/end/", "/admin/sessions/0000000000000000000000000000000G/end/", "/admin/addresses/x/end/"] {
            assert_eq!(operator.post(path, &[]).await.status, 404, "{path}");
        }
        assert_eq!(noted_ends(&app), []);
    }

    async fn selected_sessions_end_together(backend: Backend) {
        let app = TestApp::new(backend).await;
        let (mut ada, mut grace, mut joan) = (app.signed_up(ADA).await, app.signed_up("grace@example.com").await, app.signed_up("joan@example.com").await);
        let mut operator = app.operator().await;
        let (one, two) = (ada.sid(), grace.sid());
        let fields = [("sid", one.as_str()), ("sid", two.as_str()), ("sid", one.as_str()), ("back", "state=live&user=&x=%22%3E")];
        let answer = operator.post("/admin/sessions/end/", &fields).await;
        assert_eq!(answer.header("location"), Some("/admin/sessions/?state=live&x=%22%3E"));
        let page = operator.get("/admin/sessions/").await;
        assert!(page.body.contains("2 sessions were ended, and are refused from now on."), "{page}");
        assert_eq!((ada.info().await.status, grace.info().await.status, joan.info().await.status), (401, 401, 200));
        let by = id(&app, OPERATOR);
        let mut noted = noted_ends(&app);
        noted.sort();
        assert_eq!(noted.iter().map(|noted| noted.1).collect::<Vec<_>>(), [Some(by), Some(by)]);
        let three = joan.sid();
        let fields = [("sid", one.as_str()), ("sid", three.as_str()), ("back", "https://elsewhere.example/")];
        let answer = operator.post("/admin/sessions/end/", &fields).await;
        assert_eq!(answer.header("location"), Some("/admin/sessions/"), "a field is no way out");
        let page = operator.get("/admin/sessions/").await;
        assert!(page.body.contains("One session was ended, and is refused from now on. One more had ended before."), "{page}");
        assert_eq!(joan.info().await.status, 401);
    }

    async fn a_bad_selection_ends_nothing(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut ada = app.signed_up(ADA).await;
        rows::open_sessions(&app, &ada, 1000);
        let mut operator = app.operator().await;
        let page = operator.post_and_follow("/admin/sessions/end/", &[]).await;
        assert!(page.body.contains("No session was selected"), "{page}");
        let own = ada.sid();
        let bad = [("sid", own.as_str()), ("sid", "' OR 1=1 --")];
        let answer = operator.post("/admin/sessions/end/", &bad).await;
        assert_eq!(answer.status, 400, "{answer}");
        assert!(answer.body.contains("nothing was ended"), "{answer}");
        assert_eq!(ada.info().await.status, 200);
        assert_eq!(noted_ends(&app), []);
    }

    async fn a_thousand_sessions_of_an_address_end_and_more_are_refused(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut ada = app.signed_up(ADA).await;
        rows::open_sessions(&app, &ada, 999);
        let mut operator = app.operator().await;
        let live = || sessions::table.filter(sessions::ended_at.is_null()).count().get_result::<i64>(&mut app.connect()).unwrap();
        assert_eq!(live(), 1001, "with the operator's own");
        let path = "/admin/addresses/127.0.0.1/";
        let page = operator.get(path).await;
        assert!(page.body.contains("/admin/sessions/end-many/?ip=127.0.0.1\">End all that began here") && !page.body.contains("End its sessions"), "{page}");
        let page = operator.post_and_follow(&format!("{path}end/"), &[]).await;
        assert!(page.body.contains("no session was ended"), "{page}");
        assert_eq!(live(), 1001);
        diesel::delete(sessions::table.filter(sessions::user_id.eq(id(&app, OPERATOR)))).execute(&mut app.connect()).unwrap();
        let page = operator.get(path).await;
        assert!(page.body.contains("1000 sessions live that began here"), "{page}");
        let page = operator.post_and_follow(&format!("{path}end/"), &[]).await;
        assert!(page.body.contains("1000 sessions were ended"), "{page}");
        assert_eq!((live(), noted_ends(&app).len()), (0, 1000));
        assert_eq!(ada.info().await.status, 401);
        let page = operator.post_and_follow(&format!("{path}end/"), &[]).await;
        assert!(page.body.contains("There was no session to end."), "{page}");
    }
}
