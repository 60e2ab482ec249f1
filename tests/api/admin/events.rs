//! `/admin/events/`.

mod export;
mod readers;

use chrono::TimeDelta;
use frontgate::admin::parts::capitalised;
use frontgate::models::event::{EventKind, NewEvent};
use frontgate::server::upkeep;

use super::named::{named, sids};
use crate::support::{
    Backend, OPERATOR, Operator, PASSWORD, TestApp, assert_answer, on_both_databases, rows,
};

/// How many rows of a list the page has.
fn found(page: &str) -> usize {
    page.matches("<td data-title=\"When\"").count()
}

/// Ada signs up and refreshes twice with one token, the second time too late; somebody
/// guesses her password; an account comes and goes.
async fn history(app: &TestApp) {
    let mut ada = app.signed_up("ada@example.com").await;
    let mut old = ada.clone();
    ada.refresh().await;
    app.browser().log_in("ada@example.com", "a guess").await;
    upkeep::write_failed_log_ins(&app.state).await;
    app.advance(TimeDelta::minutes(5));
    assert_eq!(old.refresh().await.status, 401);
    app.signed_up("\"<b>joan\"@example.com").await;
    rows::delete_user(app, "\"<b>joan\"@example.com");
    rows::change_password(app, "ada@example.com", "another correct horse");
    let event = NewEvent {
        kind: EventKind::FollowerSuspected,
        detail: Some(r#"{"rotated_from": {"ip": null, "user_agent": "<b>"}, "list": [1, "a"]}"#),
        ..NewEvent::default()
    };
    NewEvent::insert_all(&mut app.connect(), &[event], app.clock.now()).unwrap();
}

on_both_databases! {
    async fn events_are_listed_the_newest_first_and_lead_to_what_they_concern(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        history(&app).await;
        let page = named(&app, operator.get("/admin/events/").await);
        assert_answer!("admin_events", page);
    }

    async fn filters_combine(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        history(&app).await;
        let ada = rows::user(&app, "ada@example.com").id;
        let sid = sids(&app).remove(1);
        for (query, wanted) in [
            (String::new(), 9),
            (format!("user={ada}"), 5),
            ("user=ada@EXAMPLE.com&kind=log_in_failed".to_owned(), 1),
            ("kind=signed_up&kind=log_in_failed".to_owned(), 4),
            (format!("kind=signed_up&kind=log_in_failed&user={ada}"), 2),
            (format!("sid={sid}"), 3),
            (format!("sid={sid}&reason=reuse_detected"), 1),
            ("reason=wrong_password".to_owned(), 1),
            (format!("actor={OPERATOR}"), 0),
            ("ip=127.0.0.1".to_owned(), 7),
            ("ip=127.0.0.0/8&kind=reuse_detected".to_owned(), 1),
            ("ip=10.0.0.0/8".to_owned(), 0),
            ("from=2026-01-05T12:05".to_owned(), 5),
            ("from=2026-01-05T12:00&before=2026-01-05T12:05".to_owned(), 4),
            ("before=2026-01-05".to_owned(), 0),
        ] {
            let page = operator.get(&format!("/admin/events/?{query}")).await;
            assert_eq!((page.status, found(&page.body)), (200, wanted), "{query}: {page}");
        }
        // What is taken along is what is looked at.
        let page = operator.get("/admin/events/?kind=signed_up&user=&from=2026-01-05T12%3A05").await;
        assert!(page.body.contains("href=\"/admin/events/export.csv?kind=signed_up&#38;from=2026-01-05T12%3A05\""), "{page}");
    }

    async fn nonsense_in_a_filter_is_kept_and_complained_about(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        history(&app).await;
        let page = operator.get("/admin/events/?user=<script>alert(1)</script>&from=yesterday&ip=10.0.0.0/64&kind=' OR 1=1 --&actor=99999999999999999999").await;
        assert_answer!("admin_events_400", page);
        let before = rows::counts(&app);
        for text in ["' OR 1=1 --", "\"><script>", "%", "a\0b", "18446744073709551616", "-1", "٣", "{}"] {
            let text: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
            for field in ["sid", "reason"] {
                let page = operator.get(&format!("/admin/events/?{field}={text}")).await;
                assert_eq!((page.status, found(&page.body)), (200, 0), "{page}");
                assert!(!page.body.contains("\"><script>"), "{page}");
            }
            for field in ["user", "actor", "ip", "from", "before", "kind"] {
                for path in ["", "export.csv", "export.jsonl"] {
                    let page = operator.get(&format!("/admin/events/{path}?{field}={text}")).await;
                    assert_eq!(page.status, 400, "{path} {field} {text}: {page}");
                }
            }
        }
        for cursor in ["o.1.1.00000000", "%3Cscript%3E", "n.-.9223372036854775808.0"] {
            let page = operator.get(&format!("/admin/events/?page={cursor}")).await;
            assert!(page.status == 400 && page.body.contains("This link leads to no place of this list"), "{page}");
        }
        assert_eq!(rows::counts(&app), before);
    }

    async fn nobody_else_sees_them(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up("ada@example.com").await;
        let mut nobody = Operator::new(&app);
        nobody.sign_in("ada@example.com", PASSWORD).await;
        for path in ["/admin/events/", "/admin/events/export.csv", "/admin/events/export.jsonl"] {
            let answer = nobody.get(path).await;
            assert_eq!(answer.status, 303, "{path}: {answer}");
            assert!(!answer.body.contains("signed_up"), "{answer}");
        }
    }
}

#[test]
fn every_kind_can_be_chosen() {
    crate::support::run(async {
        let app = TestApp::new(Backend::Sqlite).await;
        let mut operator = app.operator().await;
        for kind in EventKind::ALL {
            let word = kind.as_str();
            let page = operator.get(&format!("/admin/events/?kind={word}")).await;
            let chosen = format!(
                "value=\"{word}\" checked> {}",
                capitalised(&word.replace('_', " "))
            );
            assert!(page.status == 200 && page.body.contains(&chosen), "{page}");
        }
    });
}
