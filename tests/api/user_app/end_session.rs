//! `DELETE sessions/{id}/`.

use chrono::TimeDelta;
use diesel::prelude::*;
use frontgate::schema::{events, revocations, sessions};
use reqwest::Method;

use crate::support::{
    Answer, Backend, Browser, PASSWORD, TestApp, USERS, assert_answer, forge, on_both_databases,
    rows,
};

const EMAIL: &str = "ada@example.com";

fn path(sid: &str) -> String {
    format!("/sessions/{sid}/")
}

/// A user with two sessions.
async fn laptop_and_phone(app: &TestApp) -> (Browser<'_>, Browser<'_>) {
    let laptop = app.signed_up(EMAIL).await;
    let mut phone = app.browser();
    assert_eq!(phone.log_in(EMAIL, PASSWORD).await.status, 200);
    (laptop, phone)
}

on_both_databases! {
    async fn a_lost_phone_is_refused_at_once_and_this_browser_stays(backend: Backend) {
        let app = TestApp::new(backend).await;
        let (mut laptop, mut phone) = laptop_and_phone(&app).await;
        let answer = laptop.delete(&path(&phone.sid())).await;
        assert_answer!("end_session_204", answer);
        assert_answer!("info_401_revoked", phone.clone().info().await);
        assert_answer!("refresh_401", phone.refresh().await);
        assert_eq!((laptop.info().await.status, laptop.refresh().await.status), (200, 200));
        assert_eq!(rows::end_reasons(&app), [None, Some("revoked".to_owned())]);
        let revoked: Vec<(String, String, String)> = revocations::table
            .select((revocations::kind, revocations::subject, revocations::reason))
            .load(&mut app.connect())
            .unwrap();
        let sid: String = sessions::table.order(sessions::id.desc()).select(sessions::sid).first(&mut app.connect()).unwrap();
        assert_eq!(revoked, [("session".to_owned(), sid, "revoked".to_owned())]);
        let noted: i64 = events::table.filter(events::kind.eq("session_ended")).filter(events::reason.eq("revoked"))
            .count().get_result(&mut app.connect()).unwrap();
        assert_eq!(noted, 1);
    }

    async fn ending_the_own_session_deletes_the_cookies_as_well(backend: Backend) {
        let app = TestApp::new(backend).await;
        let (mut laptop, mut phone) = laptop_and_phone(&app).await;
        let kept = laptop.clone();
        let answer = laptop.delete(&path(&laptop.sid())).await;
        assert_answer!("end_own_session_204", answer);
        assert!(laptop.cookies.is_empty());
        assert_answer!("info_401_revoked", kept.clone().delete(&path(&kept.sid())).await);
        assert_eq!(kept.clone().refresh().await.status, 401);
        assert_eq!(phone.info().await.status, 200);
    }

    async fn ending_what_has_ended_is_a_success_that_changes_nothing(backend: Backend) {
        let app = TestApp::new(backend).await;
        let (mut laptop, mut phone) = laptop_and_phone(&app).await;
        let (revoked, logged_out) = (phone.sid(), {
            let mut tablet = app.browser();
            tablet.log_in(EMAIL, PASSWORD).await;
            let sid = tablet.sid();
            tablet.log_out().await;
            sid
        });
        laptop.delete(&path(&revoked)).await;
        let before = (rows::counts(&app), rows::end_reasons(&app));
        for sid in [&revoked, &logged_out] {
            assert_answer!("end_session_204", laptop.delete(&path(sid)).await);
        }
        assert_eq!((rows::counts(&app), rows::end_reasons(&app)), before);
        assert_eq!(phone.info().await.status, 401);
    }

    async fn unknown_malformed_and_foreign_ids_are_404_with_the_same_bytes(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut laptop = app.signed_up(EMAIL).await;
        let mut grace = app.signed_up("grace@example.com").await;
        let mut ended = app.signed_up("joan@example.com").await;
        let (foreign, ended_sid) = (grace.sid(), ended.sid());
        ended.log_out().await;
        let before = (rows::counts(&app), rows::end_reasons(&app));
        assert_answer!("end_session_404", laptop.delete(&path("0123456789abcdef0123456789abcdef")).await);
        let own = laptop.sid();
        let hyphens = format!("{}-{}-{}-{}-{}", &own[..8], &own[8..12], &own[12..16], &own[16..20], &own[20..]);
        let number = "1".to_owned();
        let wrong = [
            foreign.clone(), ended_sid, own.to_uppercase(), hyphens, number, own[1..].to_owned(), format!("{own}0"), format!("{own}%00"),
            format!("{own}%20"), format!("{own}%2F"), "%00".to_owned(), "%ff".to_owned(), "'%20OR%201=1--".to_owned(), "x".repeat(5_000),
            "%D9%A0".repeat(32), format!("{}%25", &own[..31]), "..%2f".to_owned(), "g".repeat(32), "*".to_owned(),
        ];
        for id in wrong.iter().filter(|id| **id != own) {
            let answer = laptop.delete(&path(id)).await;
            assert_eq!((answer.status, answer.body.as_str()), (404, r#"{"detail":"Not found."}"#), "{id}: {answer}");
        }
        assert_eq!((rows::counts(&app), rows::end_reasons(&app)), before);
        assert_eq!(grace.info().await.status, 200);
        assert_eq!(laptop.info().await.status, 200);
    }

    /// Who may not ask does not learn which ids there are.
    async fn without_a_valid_token_every_id_is_401(backend: Backend) {
        let app = TestApp::new(backend).await;
        let (mut laptop, mut phone) = laptop_and_phone(&app).await;
        let mut thief = laptop.clone();
        laptop.refresh().await;
        laptop.log_out().await;
        for id in [phone.sid(), thief.sid(), "nonsense".to_owned()] {
            assert_answer!("info_401_revoked", thief.clone().delete(&path(&id)).await);
            assert_answer!("info_401_absent", app.browser().delete(&path(&id)).await);
            assert_answer!("info_401_absent", phone.with_only("refresh").delete(&path(&id)).await);
        }
        app.advance(TimeDelta::minutes(15));
        let answer = phone.clone().delete(&path(&phone.sid())).await;
        assert!(answer.status == 401 && answer.body.contains("Token is expired"), "{answer}");
        assert_eq!(rows::end_reasons(&app), [Some("logged_out".to_owned()), None]);
        assert_eq!(phone.refresh().await.status, 200);
        assert_eq!(thief.refresh().await.status, 401);
    }

    /// A node that has not heard yet that the asking session is over.
    async fn a_session_that_another_node_has_ended_ends_no_other(backend: Backend) {
        let app = TestApp::new(backend).await;
        let (mut laptop, mut phone) = laptop_and_phone(&app).await;
        diesel::update(sessions::table.filter(sessions::sid.eq(phone.sid())))
            .set(sessions::ended_at.eq(sessions::created_at.nullable()))
            .execute(&mut app.connect())
            .unwrap();
        let before = rows::counts(&app);
        assert_answer!("info_401_revoked", phone.delete(&path(&laptop.sid())).await);
        let forged = app.request(Method::DELETE, &format!("{USERS}{}", path(&laptop.sid()))).bearer_auth(forge::claims(&forge::access()));
        assert_answer!("info_401_revoked", Answer::of(forged).await);
        assert_eq!(rows::counts(&app), before);
        assert_eq!(laptop.info().await.status, 200);
    }

    async fn what_is_deleted_is_said_by_the_path_and_not_by_the_body(backend: Backend) {
        let app = TestApp::new(backend).await;
        let (mut laptop, phone) = laptop_and_phone(&app).await;
        let request = |body: &'static str, kind| app
            .request(Method::DELETE, &format!("{USERS}{}", path(&phone.sid())))
            .header("Content-Type", kind)
            .body(body);
        assert_eq!(laptop.send(request("id=1", "application/x-www-form-urlencoded")).await.status, 415);
        assert_eq!(rows::end_reasons(&app), [None, None]);
        assert_eq!(laptop.send(request(r#"{"id": "another"}"#, "application/json")).await.status, 204);
        assert_eq!(rows::end_reasons(&app), [None, Some("revoked".to_owned())]);
    }
}
