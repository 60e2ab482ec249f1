//! Two who hold one session.

use std::sync::Arc;

use chrono::TimeDelta;
use diesel::prelude::*;
use frontgate::app::App;
use frontgate::models::activity::Kind;
use frontgate::schema::{events, sessions as sessions_table};
use frontgate::sessions::{self, By, FollowedSession, IN_A_ROW, MOST_ALARMS, Refreshed};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Backend, Browser, TestApp, USERS, on_both_databases, rows};

const EMAIL: &str = "ada@example.com";
const BEHIND_A_PROXY: [(&str, &str); 1] = [("trusted_proxies", "127.0.0.1")];

/// A refresh from an address, by a user agent, that must succeed.
async fn refresh(app: &TestApp, browser: &mut Browser<'_>, ip: &str, agent: &str) {
    let request = app
        .request(Method::POST, &format!("{USERS}/refresh/"))
        .header("X-Forwarded-For", ip)
        .header("User-Agent", agent);
    let answer: Answer = browser.send(request).await;
    assert_eq!(answer.status, 200, "{answer}");
}

type Alarm = (Option<i64>, Option<String>, Option<String>, Option<String>);

/// Every alarm: whose, which session, from where, and its detail.
fn alarms(app: &TestApp) -> Vec<(Alarm, Value)> {
    let found: Vec<(Alarm, String)> = events::table
        .filter(events::kind.eq("follower_suspected"))
        .order(events::id)
        .select((
            (events::user_id, events::sid, events::ip, events::user_agent),
            events::detail,
        ))
        .load(&mut app.connect())
        .unwrap();
    let parsed = found
        .into_iter()
        .map(|(alarm, detail)| (alarm, serde_json::from_str(&detail).unwrap()));
    parsed.collect()
}

async fn counted(app: &TestApp) -> i64 {
    rows::counted(app, Kind::FollowerSuspected).await
}

on_both_databases! {
    async fn a_retry_from_where_the_token_was_rotated_is_no_alarm(backend: Backend) {
        let app = TestApp::with(backend, &BEHIND_A_PROXY).await;
        let mut ada = app.signed_up(EMAIL).await;
        let mut tab = ada.clone();
        refresh(&app, &mut ada, "203.0.113.7", "Firefox").await;
        refresh(&app, &mut tab, "203.0.113.7", "Firefox").await;
        // Where the next rotation comes from says nothing about the one before.
        refresh(&app, &mut ada, "203.0.113.8", "Firefox").await;
        assert_eq!(alarms(&app), []);
        assert_eq!(counted(&app).await, 0);
    }

    async fn a_retry_from_another_address_or_user_agent_is_an_alarm_with_both_places(backend: Backend) {
        let app = TestApp::with(backend, &BEHIND_A_PROXY).await;
        let mut ada = app.signed_up(EMAIL).await;
        let thief = ada.clone();
        refresh(&app, &mut ada, "203.0.113.7", "Firefox").await;
        refresh(&app, &mut thief.clone(), "198.51.100.1", "Firefox").await;
        refresh(&app, &mut thief.clone(), "203.0.113.7", "curl \"<b>\"").await;
        let (user, sid) = (rows::user(&app, EMAIL).id, ada.sid());
        let alarm = |ip: &str, agent: &str| (
            (Some(user), Some(sid.clone()), Some(ip.to_owned()), Some(agent.to_owned())),
            json!({
                "rotated_from": { "ip": "203.0.113.7", "user_agent": "Firefox" },
                "repeated_from": { "ip": ip, "user_agent": agent },
            }),
        );
        assert_eq!(alarms(&app), [alarm("198.51.100.1", "Firefox"), alarm("203.0.113.7", "curl \"<b>\"")]);
        assert_eq!(counted(&app).await, 2);
        assert_eq!(rows::end_reasons(&app), [None], "a changed address logs nobody out");
    }

    async fn a_pair_of_places_is_noted_once_for_each_session(backend: Backend) {
        let app = TestApp::with(backend, &BEHIND_A_PROXY).await;
        for email in [EMAIL, "grace@example.com"] {
            let mut owner = app.signed_up(email).await;
            for _ in 0..3 {
                let thief = owner.clone();
                refresh(&app, &mut owner, "203.0.113.7", "Firefox").await;
                refresh(&app, &mut thief.clone(), "198.51.100.1", "Firefox").await;
                refresh(&app, &mut thief.clone(), "198.51.100.1", "Firefox").await;
            }
        }
        assert_eq!(alarms(&app).len(), 2);
        assert_eq!(counted(&app).await, 2);
    }

    async fn one_session_cannot_fill_the_log_with_alarms(backend: Backend) {
        let app = TestApp::with(backend, &BEHIND_A_PROXY).await;
        let mut ada = app.signed_up(EMAIL).await;
        let old = ada.clone();
        refresh(&app, &mut ada, "203.0.113.7", "Firefox").await;
        for number in 0..MOST_ALARMS + 4 {
            refresh(&app, &mut old.clone(), "203.0.113.7", &format!("made up {number}")).await;
        }
        assert_eq!(alarms(&app).len(), MOST_ALARMS);
        assert_eq!(counted(&app).await, i64::try_from(MOST_ALARMS).unwrap());
    }

    async fn ten_rotations_in_a_row_that_are_each_repeated_are_an_alarm_wherever_they_come_from(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut ada = app.signed_up(EMAIL).await;
        for rotation in 1..=2 * IN_A_ROW {
            let thief = ada.clone();
            // Whichever of the two comes first: the other one follows.
            ada.refresh().await;
            app.advance(TimeDelta::seconds(9));
            assert_eq!(thief.clone().refresh().await.status, 200);
            app.advance(TimeDelta::minutes(14));
            rows::settle(&app).await;
            assert_eq!(alarms(&app).len(), usize::from(rotation >= IN_A_ROW), "after {rotation}");
        }
        let (alarm, detail) = alarms(&app).remove(0);
        assert_eq!((alarm.1, &detail["in_a_row"]), (Some(ada.sid()), &json!(IN_A_ROW)));
        assert_eq!(detail["rotated_from"], detail["repeated_from"]);
        assert_eq!(counted(&app).await, 1);
        assert_eq!(rows::end_reasons(&app), [None]);
        let (session_id, sid) = sessions_table::table
            .select((sessions_table::id, sessions_table::sid))
            .first(&mut app.connect())
            .unwrap();
        let told = FollowedSession { session_id, sid, newest: 2 * IN_A_ROW - 1 };
        assert!(!sessions::are_rotations_followed(&mut app.connect(), &told).unwrap(), "it costs no more than to see that it was told");
    }

    async fn the_alarm_about_rotations_in_a_row_says_from_where_they_were_repeated(backend: Backend) {
        let app = TestApp::with(backend, &BEHIND_A_PROXY).await;
        let mut ada = app.signed_up(EMAIL).await;
        for _ in 0..IN_A_ROW {
            let thief = ada.clone();
            refresh(&app, &mut ada, "203.0.113.7", "Firefox").await;
            app.advance(TimeDelta::seconds(1));
            refresh(&app, &mut thief.clone(), "198.51.100.1", "Firefox").await;
            app.advance(TimeDelta::minutes(14));
            rows::settle(&app).await;
        }
        let (alarm, detail) = alarms(&app).pop().unwrap();
        assert_eq!(alarm.2.as_deref(), Some("198.51.100.1"));
        assert_eq!(detail, json!({
            "rotated_from": { "ip": "203.0.113.7", "user_agent": "Firefox" },
            "repeated_from": { "ip": "198.51.100.1", "user_agent": "Firefox" },
            "in_a_row": IN_A_ROW,
        }));
    }

    async fn lost_answers_are_no_alarm_while_one_of_ten_arrives(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut ada = app.signed_up(EMAIL).await;
        for rotation in 1..4 * IN_A_ROW {
            let lost = ada.clone();
            ada.refresh().await;
            if rotation % IN_A_ROW != 0 {
                for _ in 0..3 {
                    assert_eq!(lost.clone().refresh().await.status, 200);
                }
            }
            app.advance(TimeDelta::minutes(14));
            rows::settle(&app).await;
        }
        assert_eq!(alarms(&app), []);
    }

    async fn tabs_that_refresh_at_the_same_moment_are_no_alarm(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut ada = app.signed_up(EMAIL).await;
        for _ in 0..2 * IN_A_ROW {
            let token = app.state.keys.verify_refresh(ada.refresh_token(), app.clock.now()).unwrap();
            let arrived = app.clock.now();
            app.advance(TimeDelta::milliseconds(1));
            ada.refresh().await;
            let policy = Arc::clone(&app.state.policy);
            let refreshed = App::change(&app.state, By::default(), move |change| {
                Ok(sessions::refresh(change, &policy, &token, arrived)?)
            });
            assert!(matches!(refreshed.await.unwrap(), Refreshed::Repeated(_)));
            app.advance(TimeDelta::minutes(14));
            rows::settle(&app).await;
        }
        let in_a_row = alarms(&app).into_iter().filter(|(_, detail)| detail.get("in_a_row").is_some());
        assert_eq!(in_a_row.count(), 0);
        let reasons: Vec<Option<String>> = events::table
            .filter(events::kind.eq("refresh_repeated"))
            .select(events::reason)
            .load(&mut app.connect())
            .unwrap();
        assert_eq!(reasons, vec![Some("at_once".to_owned()); usize::try_from(2 * IN_A_ROW).unwrap()]);
    }
}
