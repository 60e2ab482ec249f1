//! The saved views of what looks wrong.

use std::net::IpAddr;

use chrono::TimeDelta;
use frontgate::models::earlier_places::EarlierPlaces;
use frontgate::models::event::{EventKind, NewEvent};
use frontgate::models::failure_count;
use serde_json::json;

use super::{ADA, BEHIND_A_PROXY, FIREFOX, PHONE, id, listed, logged_in, refresh_from, steady};
use crate::support::{Backend, TestApp, assert_answer, on_both_databases};

fn insert(app: &TestApp, event: &NewEvent<'_>) {
    let events = std::slice::from_ref(event);
    NewEvent::insert_all(&mut app.connect(), events, app.clock.now()).unwrap();
}

/// So many failures at once.
fn fail(app: &TestApp, user_id: Option<i64>, ip: Option<&str>, count: u64) {
    let detail = json!({ "count": count, "seconds": 1 }).to_string();
    insert(
        app,
        &NewEvent {
            kind: EventKind::LogInFailed,
            user_id,
            ip,
            detail: Some(&detail),
            ..NewEvent::default()
        },
    );
}

#[test]
fn a_network_is_new_where_none_of_the_earlier_places_is_in_it() {
    let ip = |text: &str| text.parse::<IpAddr>().unwrap();
    let places: EarlierPlaces = ["192.0.2.7", "198.51.100.1", "2001:db8:1:2::3"]
        .map(ip)
        .into_iter()
        .collect();
    for (address, is_new) in [
        ("192.0.2.7", false),
        ("192.0.200.1", false),
        ("192.1.2.7", true),
        ("198.51.0.0", false),
        ("10.0.0.1", true),
        ("2001:db8:1:ffff::1", false),
        ("2001:db8:2:2::3", true),
        ("::ffff:192.0.2.7", true),
    ] {
        assert_eq!(places.is_new(ip(address)), is_new, "{address}");
    }
    assert!(
        !EarlierPlaces::default().is_new(ip("10.0.0.1")),
        "nothing to compare with"
    );
}

on_both_databases! {
    async fn reuse_is_a_view(backend: Backend) {
        let app = TestApp::with(backend, &BEHIND_A_PROXY).await;
        let mut ada = logged_in(&app, ADA, "192.0.2.7", FIREFOX).await;
        let honest = logged_in(&app, ADA, "192.0.2.7", FIREFOX).await;
        let mut stolen = ada.clone();
        refresh_from(&app, &mut ada, "192.0.2.7", FIREFOX).await;
        app.advance(TimeDelta::minutes(1));
        assert_eq!(refresh_from(&app, &mut stolen, "203.0.113.66", PHONE).await, 401);
        let mut operator = app.operator().await;
        let page = operator.get("/admin/sessions/?reason=reuse_detected").await;
        assert_eq!(listed(&page, &[&ada, &honest]), [true, false]);
        assert!(page.body.contains("<a href=\"/admin/sessions/?reason=reuse_detected\" aria-current=\"page\">Reuse</a>"), "{page}");
    }

    async fn a_session_from_a_network_where_its_user_never_was_is_in_the_view(backend: Backend) {
        let app = TestApp::with(backend, &BEHIND_A_PROXY).await;
        let first = logged_in(&app, ADA, "192.0.2.7", FIREFOX).await;
        let near = logged_in(&app, ADA, "192.0.200.7", FIREFOX).await;
        let mut far = logged_in(&app, ADA, "203.0.113.66", PHONE).await;
        refresh_from(&app, &mut far, "198.51.100.1", PHONE).await;
        // Where an earlier session went is known, too.
        let known = logged_in(&app, ADA, "198.51.0.1", PHONE).await;
        let other = logged_in(&app, "grace@example.com", "203.0.113.67", FIREFOX).await;
        let all = [&first, &near, &far, &known, &other];
        let mut operator = app.operator().await;
        let page = operator.get("/admin/sessions/new-networks/").await;
        assert_eq!(listed(&page, &all), [false, false, true, false, false]);
        assert_answer!("admin_new_networks", steady(page));
        let page = operator.get("/admin/sessions/new-networks/?state=live&user=ada@example.com&order=seen").await;
        assert_eq!(listed(&page, &all), [false, false, true, false, false]);
        let page = operator.get("/admin/sessions/new-networks/?state=ended").await;
        assert_eq!(listed(&page, &all), [false; 5]);
    }

    async fn new_networks_go_on_where_a_page_is_full(backend: Backend) {
        let app = TestApp::with(backend, &BEHIND_A_PROXY).await;
        for number in 0..60 {
            logged_in(&app, ADA, &format!("10.{number}.0.1"), FIREFOX).await;
        }
        let mut operator = app.operator().await;
        let page = operator.get("/admin/sessions/new-networks/").await;
        assert_eq!(page.body.matches("name=\"sid\"").count(), 50);
        let (_, next) = page.body.split_once("rel=\"next\" href=\"").unwrap();
        let next = next.split('"').next().unwrap().replace("&#38;", "&");
        let page = operator.get(&next).await;
        assert_eq!(page.body.matches("name=\"sid\"").count(), 9, "the first session is in no new network: {page}");
        assert!(!page.body.contains("rel=\"next\""), "{page}");
    }

    async fn sessions_that_two_hold_are_in_the_view_with_both_places(backend: Backend) {
        let app = TestApp::with(backend, &BEHIND_A_PROXY).await;
        let mut operator = app.operator().await;
        let page = operator.get("/admin/sessions/followers/").await;
        assert!(page.body.contains("<strong>There is no alarm.</strong>"), "{page}");
        let ada = logged_in(&app, ADA, "192.0.2.7", FIREFOX).await;
        let sid = ada.sid();
        let detail = json!({
            "rotated_from": { "ip": "192.0.2.7", "user_agent": FIREFOX },
            "repeated_from": { "ip": "203.0.113.66", "user_agent": "<script>" },
        }).to_string();
        let alarm = NewEvent {
            kind: EventKind::FollowerSuspected, user_id: Some(id(&app, ADA)), sid: Some(&sid), ip: Some("203.0.113.66"),
            user_agent: Some("<script>"), detail: Some(&detail), ..NewEvent::default()
        };
        insert(&app, &alarm);
        // One whose session and user are gone, and whose detail a later version wrote.
        insert(&app, &NewEvent { sid: Some("0123456789abcdef0123456789abcdef"), user_id: Some(999), detail: Some("{}"), ..alarm });
        let page = operator.get("/admin/sessions/followers/").await;
        assert_answer!("admin_followers", steady(page));
        assert_eq!(operator.get("/admin/sessions/followers/?page=o.1.1.00000000").await.status, 400);
    }

    async fn an_alarm_leads_to_the_session_and_to_the_address_of_the_other(backend: Backend) {
        let app = TestApp::with(backend, &BEHIND_A_PROXY).await;
        let mut ada = logged_in(&app, ADA, "192.0.2.7", FIREFOX).await;
        let mut thief = ada.clone();
        assert_eq!(refresh_from(&app, &mut ada, "192.0.2.7", FIREFOX).await, 200);
        assert_eq!(refresh_from(&app, &mut thief, "203.0.113.66", "curl/8.5.0").await, 200);
        let mut operator = app.operator().await;
        let page = operator.get("/admin/sessions/followers/").await;
        assert_eq!(listed(&page, &[&ada]), [true]);
        let path = "/admin/addresses/203.0.113.66/";
        let page = operator.get(path).await;
        assert_eq!(listed(&page, &[&ada]), [true]);
        assert!(page.body.contains("<h2>Passing through</h2>"), "{page}");
        let page = operator.post_and_follow(&format!("{path}end/"), &[]).await;
        assert!(page.body.contains("One session was ended"), "{page}");
        assert_eq!((ada.info().await.status, thief.info().await.status), (401, 401));
    }

    async fn a_hundred_failures_of_a_day_are_counted_by_user_and_by_address(backend: Backend) {
        let app = TestApp::with(backend, &BEHIND_A_PROXY).await;
        let ada = logged_in(&app, ADA, "192.0.2.7", FIREFOX).await;
        let grace = logged_in(&app, "grace@example.com", "192.0.2.8", FIREFOX).await;
        assert_ne!(ada.sid(), grace.sid());
        let (ada, grace) = (Some(id(&app, ADA)), Some(id(&app, "grace@example.com")));
        fail(&app, ada, Some("203.0.113.1"), 5000);
        app.advance(TimeDelta::hours(25));
        fail(&app, ada, Some("203.0.113.1"), 60);
        fail(&app, ada, Some("203.0.113.2"), 40);
        fail(&app, grace, Some("203.0.113.2"), 59);
        fail(&app, None, None, 9000);
        fail(&app, Some(999), Some("203.0.113.3"), 100);
        let mut operator = app.operator().await;
        let page = operator.get("/admin/sessions/failures/").await;
        assert_answer!("admin_failures_some", steady(page));
        fail(&app, grace, Some("203.0.113.2"), 1);
        let found = failure_count::count(&mut app.connect(), app.clock.now(), &mut || true).unwrap();
        let addresses: Vec<_> = found.addresses.iter().map(|count| (count.subject.as_deref(), count.failures, count.others)).collect();
        assert_eq!(addresses, [(Some("203.0.113.2"), 100, 2), (Some("203.0.113.3"), 100, 1)]);
        app.advance(TimeDelta::hours(25));
        let page = operator.get("/admin/sessions/failures/").await;
        assert_eq!(page.status, 303, "nobody is signed in that long");
        let mut operator = app.staff("later@example.com", false).await;
        let page = operator.get("/admin/sessions/failures/").await;
        assert!(page.body.contains("<strong>There is nobody here.</strong>"), "{page}");
    }

    async fn clients_whose_address_is_not_known_are_counted_as_one_network(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        // What names no user is of no known or unknown client: its source is not kept.
        fail(&app, None, None, 9000);
        (1000..1099).for_each(|user| fail(&app, Some(user), None, 1));
        let line = "<td data-title=\"Address\">not known: no proxy told it</td>";
        let page = operator.get("/admin/sessions/failures/").await;
        assert!(page.body.contains("<strong>There is nobody here.</strong>"), "{page}");
        fail(&app, Some(1000), Some("203.0.113.1"), 99);
        fail(&app, Some(1000), None, 1);
        let found = failure_count::count(&mut app.connect(), app.clock.now(), &mut || true).unwrap();
        let addresses: Vec<_> = found.addresses.iter().map(|count| (count.subject.as_deref(), count.failures, count.others)).collect();
        assert_eq!(addresses, [(None, 100, 99)]);
        let users: Vec<_> = found.users.iter().map(|count| (count.subject, count.failures, count.others)).collect();
        assert_eq!(users, [(1000, 101, 2)]);
        let page = operator.get("/admin/sessions/failures/").await;
        assert_eq!(page.body.matches(line).count(), 1, "{page}");
    }

    async fn counting_failures_stops_when_it_is_told_to(backend: Backend) {
        let app = TestApp::new(backend).await;
        let detail = json!({ "count": 1, "seconds": 1 }).to_string();
        let one = NewEvent { kind: EventKind::LogInFailed, user_id: Some(7), ip: Some("192.0.2.1"), detail: Some(&detail), ..NewEvent::default() };
        let connection = &mut app.connect();
        for _ in 0..3 {
            NewEvent::insert_all(connection, &vec![one; 1000], app.clock.now()).unwrap();
        }
        let counted = |still_time: bool| {
            let found = failure_count::count(&mut app.connect(), app.clock.now(), &mut || still_time).unwrap();
            (found.complete, found.users[0].failures)
        };
        assert_eq!((counted(false), counted(true)), ((false, 1000), (true, 3000)));
    }
}
