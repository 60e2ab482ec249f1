//! The alarm about somebody who guesses passwords.

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use frontgate::failed_log_ins::Failure;
use frontgate::guessing::{Guessing, MANY, MOST, Subject};
use frontgate::models::event::EventKind;
use frontgate::models::failure_count::network_text;
use frontgate::schema::events;
use frontgate::server::upkeep;
use frontgate::sessions::Client;
use serde_json::json;

use super::{Operator, WRITE};
use crate::support::{Backend, OPERATOR, PASSWORD, TestApp, on_both_databases, rows};

fn from(ip: &str) -> Client {
    Client {
        ip: Some(ip.to_owned()),
        user_agent: "curl/8".to_owned(),
    }
}

/// Counts so many failures, and writes what was counted.
async fn fail(app: &TestApp, failure: Failure, ip: &str, count: u64) {
    let client = from(ip);
    (0..count).for_each(|_| app.state.log_in_failed(failure, &client));
    upkeep::write_failed_log_ins(&app.state).await;
}

fn noted(app: &TestApp) -> Vec<(Option<i64>, Option<String>, String)> {
    events::table
        .filter(events::kind.eq(EventKind::GuessingSuspected.as_str()))
        .order(events::id)
        .select((events::user_id, events::ip, events::detail))
        .load(&mut app.connect())
        .unwrap()
}

on_both_databases! {
    async fn a_hundred_failures_of_a_user_within_an_hour_are_an_alarm_and_fewer_are_none(backend: Backend) {
        let told = Operator::with(WRITE);
        let app = TestApp::with(backend, &[("alarm_command", &told.command())]).await;
        app.signed_up("ada@example.com").await;
        app.signed_up("joan@example.com").await;
        let id = |email| rows::user(&app, email).id;
        let (ada, joan) = (id("ada@example.com"), id("joan@example.com"));
        // Slowly, and each from another address.
        for place in 0..99 {
            fail(&app, Failure::WrongPassword(ada), &format!("192.0.2.{place}"), 1).await;
            app.advance(TimeDelta::seconds(30));
        }
        fail(&app, Failure::WrongPassword(joan), "198.51.100.1", 99).await;
        assert_eq!(noted(&app), []);
        let statements = app.state.database.statements();
        fail(&app, Failure::Inactive(ada), "192.0.2.99", 1).await;
        assert!(app.state.database.statements() - statements < 20);
        let wanted = (Some(ada), None, r#"{"count":100,"minutes":60}"#.to_owned());
        assert_eq!(noted(&app), [wanted]);
        app.state.alarms.stop().await;
        let alarms = told.told();
        assert_eq!(alarms.len(), 1, "{alarms:?}");
        assert_eq!((&alarms[0]["kind"], &alarms[0]["email"], &alarms[0]["detail"]), (&"guessing_suspected".into(), &"ada@example.com".into(), &json!({ "count": 100, "minutes": 60 })));
    }

    async fn an_address_is_an_alarm_whomever_it_tries(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        fail(&app, Failure::UnknownAddress, "203.0.113.66", 150).await;
        assert_eq!(noted(&app), [(None, Some("203.0.113.66".to_owned()), r#"{"count":150,"minutes":60}"#.to_owned())]);
        let state = &app.state;
        state.activity.flush(&state.database, state.now()).await.unwrap();
        let page = operator.get("/admin/").await.body;
        assert!(page.contains("<strong>1</strong> guessing"), "{page}");
        assert!(page.contains("150 log-ins from one address failed within an hour."), "{page}");
        assert!(page.contains("/admin/addresses/203.0.113.66/"), "{page}");
    }

    async fn the_addresses_of_one_ipv6_network_are_counted_together(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let id = rows::user(&app, OPERATOR).id;
        for place in 0..120 {
            fail(&app, Failure::WrongPassword(id + place), &format!("2001:db8:1:2:{place:x}::{place:x}"), 1).await;
            // Ninety-nine from the network beside it are none.
            if place < 99 {
                fail(&app, Failure::UnknownAddress, &format!("2001:db8:1:3::{place:x}"), 1).await;
            }
        }
        let network = "2001:db8:1:2::/64";
        assert_eq!(noted(&app), [(None, Some(network.to_owned()), r#"{"count":100,"minutes":60}"#.to_owned())]);
        let page = operator.get("/admin/").await.body;
        assert!(page.contains("100 log-ins from one network failed within an hour."), "{page}");
        let path = format!("/admin/events/?kind=log_in_failed&#38;ip={network}");
        assert!(page.contains(&path), "{page}");
        let list = operator.get("/admin/sessions/failures/").await.body;
        assert!(list.contains(&path) && !list.contains("2001:db8:1:2:1::1"), "{list}");
        let events = operator.get(&path.replace("&#38;", "&")).await.body;
        assert!(events.contains("2001:db8:1:2:77::77") && !events.contains("2001:db8:1:3"), "{events}");
        // The alarm itself is of that network too.
        let alarms = operator.get(&format!("/admin/events/?kind=guessing_suspected&ip={network}")).await.body;
        assert!(alarms.contains("Guessing suspected</span>"), "{alarms}");
    }

    async fn those_of_whom_no_address_is_known_are_counted_together(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let id = rows::user(&app, OPERATOR).id;
        let hidden = Client { ip: None, user_agent: "curl/8".to_owned() };
        let fail_hidden = async |count: i64, first: i64| {
            (0..count).for_each(|other| app.state.log_in_failed(Failure::WrongPassword(first + other), &hidden));
            upkeep::write_failed_log_ins(&app.state).await;
        };
        // An alarm about a user or an address is not one about them.
        fail(&app, Failure::WrongPassword(id), "192.0.2.1", 100).await;
        assert_eq!(noted(&app).len(), 2);
        fail_hidden(99, id + 1).await;
        assert_eq!(noted(&app).len(), 2);
        fail_hidden(1, id + 100).await;
        let third = noted(&app).pop().unwrap();
        assert_eq!(third, (None, None, r#"{"count":100,"minutes":60}"#.to_owned()));
        let page = operator.get("/admin/").await.body;
        assert!(page.contains("100 log-ins from clients whose address is not known failed within an hour."), "{page}");
        fail_hidden(100, id + 200).await;
        assert_eq!(noted(&app).len(), 3, "once an hour");
    }

    async fn a_log_in_over_http_counts(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up("ada@example.com").await;
        let id = rows::user(&app, "ada@example.com").id;
        fail(&app, Failure::WrongPassword(id), "192.0.2.1", 99).await;
        app.browser().log_in("ada@example.com", "a wrong password").await;
        app.browser().log_in("ada@example.com", PASSWORD).await;
        upkeep::write_failed_log_ins(&app.state).await;
        assert_eq!(noted(&app).len(), 1);
    }

    async fn one_alarm_an_hour_is_raised_for_each_also_by_another_server(backend: Backend) {
        let app = TestApp::new(backend).await;
        let failed = async |app: &TestApp, count| fail(app, Failure::UnknownAddress, "203.0.113.66", count).await;
        failed(&app, 100).await;
        app.advance(TimeDelta::minutes(30));
        failed(&app, 100).await;
        // What another server knows, this one has forgotten.
        let app = app.restart(&[]).await;
        app.advance(TimeDelta::minutes(29));
        failed(&app, 100).await;
        assert_eq!(noted(&app).len(), 1);
        fail(&app, Failure::UnknownAddress, "203.0.113.67", 100).await;
        assert_eq!(noted(&app).len(), 2);
        let app = app.restart(&[]).await;
        app.advance(TimeDelta::minutes(1));
        failed(&app, 100).await;
        assert_eq!(noted(&app).len(), 3);
        app.advance(TimeDelta::minutes(60));
        failed(&app, 99).await;
        assert_eq!(noted(&app).len(), 3);
        failed(&app, 1).await;
        assert_eq!(noted(&app).len(), 4);
    }

    async fn an_alarm_that_cannot_be_written_is_raised_later(backend: Backend) {
        let app = TestApp::with(backend, &[("database_timeout", "200ms")]).await;
        app.connect().batch_execute("ALTER TABLE events RENAME TO events_away").unwrap();
        fail(&app, Failure::UnknownAddress, "203.0.113.66", 100).await;
        app.connect().batch_execute("ALTER TABLE events_away RENAME TO events").unwrap();
        assert_eq!(noted(&app), []);
        upkeep::write_failed_log_ins(&app.state).await;
        assert_eq!(noted(&app).len(), 1);
    }
}

#[test]
fn failures_of_more_than_an_hour_ago_do_not_count() {
    let (guessing, start) = (Guessing::default(), TestApp::start_of_time());
    let count = |minutes: i64, count: u64| {
        let now = start + TimeDelta::minutes(minutes);
        let failure = Failure::WrongPassword(7);
        for place in 0..count {
            guessing.count(failure, &from(&format!("192.0.2.{place}")), now);
        }
        guessing.due(now)
    };
    assert_eq!(count(0, MANY - 1), []);
    assert_eq!(count(60, 1), []);
    assert_eq!(count(119, MANY - 2), []);
    assert_eq!(count(119, 1), [(Subject::User(7), MANY)]);
    // A clock that is set back forgets nothing.
    assert_eq!(count(0, 1), [(Subject::User(7), MANY + 1)]);
}

#[test]
fn what_is_kept_is_bounded_and_whoever_fails_most_is_kept() {
    let (guessing, now) = (Guessing::default(), TestApp::start_of_time());
    let count = |ip: &str| guessing.count(Failure::UnknownAddress, &from(ip), now);
    (0..MANY - 1).for_each(|_| count("203.0.113.66"));
    for place in 0..MOST + 100 {
        count(&format!("2001:db8:0:{place:x}::1"));
    }
    assert_eq!(guessing.counted(), MOST);
    count("203.0.113.66");
    let wanted = Subject::Network("203.0.113.66".to_owned());
    assert_eq!(guessing.due(now), [(wanted, MANY)]);
    // An hour later all of it makes way.
    let later = now + TimeDelta::hours(1);
    guessing.count(Failure::WrongPassword(1), &Client::default(), later);
    // The user, and the clients without an address.
    assert_eq!(guessing.counted(), 2);
}

#[test]
fn an_address_counts_as_the_network_that_its_client_can_choose_from() {
    for (ip, network) in [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("::ffff:cb00:7107", "203.0.113.7"),
        ("64:ff9b::cb00:7107", "203.0.113.7"),
        ("64:ff9b::203.0.113.7", "203.0.113.7"),
        ("2002:cb00:7107:1::1", "203.0.113.7"),
        ("2002:cb00:7107:ffff:1:2:3:4", "203.0.113.7"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:DB8:0001:0002::5", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ("64:ff9b:1::cb00:7107", "64:ff9b:1::/64"),
        ("::1", "::/64"),
        ("fe80::1", "fe80::/64"),
        ("no address", "no address"),
        ("", ""),
    ] {
        assert_eq!(network_text(ip), network, "{ip}");
    }
}
