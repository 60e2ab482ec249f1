//! The overview as the server answers it.

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use frontgate::models::activity::{Kind, Tally};
use frontgate::models::event::{EventKind, NewEvent};

use super::{EVIL, content};
use crate::support::{Backend, TestApp, assert_answer, on_both_databases, rows};

on_both_databases! {
    async fn an_empty_installation_says_how_to_go_on(backend: Backend) {
        let app = TestApp::with(backend, &[("node_name", "a")]).await;
        let mut operator = app.operator().await;
        // As if the first administrator had come by the link, and nobody had signed up.
        let empty = "DELETE FROM outstanding_tokens; DELETE FROM sessions; DELETE FROM events; DELETE FROM activity";
        app.connect().batch_execute(empty).unwrap();
        assert_answer!("admin_overview_empty", content(&operator.get("/admin/").await));
    }

    async fn what_happens_is_shown_to_staff_as_well(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.staff("joan@example.com", false).await;
        let mut ada = app.signed_up("ada@example.com").await;
        rows::open_sessions(&app, &ada, 1_200);
        let mut thief = ada.clone();
        assert_eq!(ada.refresh().await.status, 200);
        app.advance(TimeDelta::seconds(11));
        assert_eq!(thief.refresh().await.status, 401);
        for _ in 0..3 {
            app.browser().log_in("nobody@example.com", "guess").await;
        }
        frontgate::server::upkeep::write_activity(&app.state).await;
        let page = content(&operator.get("/admin/?span=hour").await);
        let id = rows::user(&app, "ada@example.com").id;
        for part in [
            "<strong>1,201</strong> live sessions</a></span>".to_owned(),
            "<span class=\"badge bad\">Reuse</span>".to_owned(),
            format!("<a href=\"/admin/users/{id}/\">ada@example.com</a>"),
            format!("href=\"/admin/sessions/{}/\"", ada.sid()),
            "href=\"/admin/addresses/127.0.0.1/\"".to_owned(),
            "12:00, so far: 2 sign-ups, 3 failed".to_owned(),
            "<strong>3</strong> failed".to_owned(),
            "<strong>1</strong> reuse".to_owned(),
            "<td data-title=\"Minute\">12:00, so far</td>".to_owned(),
            "<a href=\"/admin/?span=hour\" aria-current=\"page\">".to_owned(),
        ] {
            assert!(page.contains(&part), "{part}\n{page}");
        }
        assert!(!page.contains("Nobody is logged in"), "{page}");
    }

    async fn whoever_is_gone_is_a_number_and_no_more_alarms_are_shown_than_fit(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        app.signed_up("ada@example.com").await;
        let id = rows::user(&app, "ada@example.com").id;
        let event = NewEvent { kind: EventKind::ReuseDetected, user_id: Some(id), ip: Some("192.0.2.7"), user_agent: Some(EVIL), ..NewEvent::default() };
        for hour in 0..6 {
            NewEvent::insert_all(&mut app.connect(), &[event], app.clock.now() - TimeDelta::hours(hour)).unwrap();
        }
        rows::delete_user(&app, "ada@example.com");
        let page = content(&operator.get("/admin/").await);
        let gone = format!("<a href=\"/admin/events/?user={id}\">user {id}</a> <span class=\"soft\">(deleted)</span>");
        assert_eq!(page.matches(&gone).count(), 5, "{page}");
        assert!(page.contains("&#60;script&#62;") && !page.contains("<script"), "{page}");
    }

    async fn a_span_that_is_none_is_refused(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        for span in ["hour", "day", "month", "", "%20day%20"] {
            assert_eq!(operator.get(&format!("/admin/?span={span}")).await.status, 200, "{span}");
        }
        for span in ["Day", "year", "1", "%27%20OR%201=1--", "%22%3E%3Cscript%3E", "%00", "%ff"] {
            let answer = operator.get(&format!("/admin/?span={span}")).await;
            assert_eq!(answer.status, 400, "{answer}");
            assert!(answer.body.contains("Figures are of the last hour, day or month.") && !answer.body.contains("<script>"), "{answer}");
        }
    }

    async fn the_page_takes_a_handful_of_statements_however_much_there_is(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let statements = async |operator: &mut crate::support::Operator<'_>| {
            let before = app.state.database.statements();
            operator.get("/admin/?span=month").await;
            app.state.database.statements() - before
        };
        let few = statements(&mut operator).await;
        let ada = app.signed_up("ada@example.com").await;
        rows::open_sessions(&app, &ada, 500);
        let event = NewEvent { kind: EventKind::ReuseDetected, user_id: Some(1), ..NewEvent::default() };
        NewEvent::insert_all(&mut app.connect(), &[event; 100], app.clock.now()).unwrap();
        let mut everything = Tally::default();
        for kind in Kind::ALL {
            everything.add(kind, 1);
        }
        for hour in 0..100 {
            let at = app.clock.now() - TimeDelta::hours(hour);
            app.state.activity.count(|counts| counts.count(&everything, at));
        }
        frontgate::server::upkeep::write_activity(&app.state).await;
        assert_eq!(statements(&mut operator).await, few);
        // Who it is and may they: three. The alarms: nine. Their people, the figures: two. Who
        // lives: three. On PostgreSQL the other servers, and whether each of the four
        // connections still stands: five.
        assert_eq!(few, match backend { Backend::Sqlite => 17, Backend::Postgres => 22 });
    }
}
