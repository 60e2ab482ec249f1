//! What a job's row says of the sessions, and what is shown before anybody confirms it.

use chrono::{DateTime, TimeDelta};
use frontgate::jobs::{self, EndMany};
use frontgate::models::session_list::{SessionFilter, SessionOrder, State};
use proptest::prelude::*;

use super::{ADA, GRACE, crowd, of_user};
use crate::support::{Backend, TestApp, on_both_databases, rows};

fn filters() -> impl Strategy<Value = SessionFilter> {
    let time = || {
        proptest::option::of(
            // Years before 0 and after 9999 too: nobody is kept from typing one.
            (-8_000_000_000_000_000_000..8_000_000_000_000_000_000_i64)
                .prop_map(|micros| DateTime::from_timestamp_micros(micros).unwrap().naive_utc()),
        )
    };
    let state = proptest::sample::select(vec![
        None,
        Some(State::Live),
        Some(State::Ended),
        Some(State::Expired),
        Some(State::Refused),
    ]);
    let network = (any::<std::net::IpAddr>(), 0..=32_u8)
        .prop_map(|(ip, length)| ipnet::IpNet::new(ip, length).unwrap());
    let what = (
        any::<Option<i64>>(),
        state,
        any::<Option<String>>(),
        any::<Option<std::net::IpAddr>>(),
        proptest::option::of(network),
        any::<Vec<String>>(),
    );
    (what, (time(), time(), time(), time())).prop_map(|(what, times)| SessionFilter {
        user_id: what.0,
        state: what.1,
        end_reason: what.2,
        ip: what.3,
        network: what.4,
        words: what.5,
        created_from: times.0,
        created_before: times.1,
        seen_from: times.2,
        seen_before: times.3,
        order: SessionOrder::Created,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_was_asked_for_is_read_as_it_was_written(filter in filters(), keep: Option<i64>, ip: Option<String>, user_agent: String) {
        let what = EndMany { filter, keep, ip, user_agent };
        prop_assert_eq!(EndMany::from_json(&what.to_json().unwrap()).unwrap(), what);
    }
}

#[test]
fn what_cannot_be_read_is_refused_and_never_left_out() {
    let refused = |json: &str| EndMany::from_json(json).unwrap_err().to_string();
    for (json, says) in [
        ("", "EOF"),
        ("{}", "missing field `filter`"),
        (
            r#"{"filter":{},"user_agent":"","but":1}"#,
            "unknown field `but`",
        ),
        (
            r#"{"filter":{"country":"AQ"},"user_agent":""}"#,
            "unknown field `country`",
        ),
        (
            r#"{"filter":{"state":"asleep"},"user_agent":""}"#,
            r#""asleep" is no state"#,
        ),
        (
            r#"{"filter":{"network":"10.0.0.0/33"},"user_agent":""}"#,
            r#""10.0.0.0/33" is no network"#,
        ),
        (
            r#"{"filter":{"seen_before":"soon"},"user_agent":""}"#,
            r#""soon" is no time"#,
        ),
        (
            r#"{"filter":{"ip":"localhost"},"user_agent":""}"#,
            "invalid IP address",
        ),
    ] {
        assert!(refused(json).contains(says), "{json}: {}", refused(json));
    }
}

on_both_databases! {
    async fn a_preview_says_how_many_of_whom_and_shows_ten(backend: Backend) {
        let app = TestApp::new(backend).await;
        crowd(&app).await;
        assert_eq!(app.browser().log_in(GRACE, crate::support::PASSWORD).await.status, 200);
        app.advance(TimeDelta::seconds(1));
        let (ada, grace) = (rows::user(&app, ADA).id, rows::user(&app, GRACE).id);
        let preview = |what: &EndMany| jobs::preview(&mut app.connect(), &what.filter, what.keep, app.clock.now(), &mut || true).unwrap();
        let all = preview(&of_user(None));
        assert_eq!((all.sessions, all.more, all.users, all.sample.len()), (2302, false, 2, 10));
        assert_eq!(all.sample[0].email, GRACE);
        let mut what = of_user(None);
        what.keep = Some(grace);
        let kept = preview(&what);
        assert_eq!((kept.sessions, kept.users, &*kept.sample[0].email), (2300, 1, ADA));
        what.filter.user_id = Some(ada);
        what.filter.ip = Some("192.0.2.1".parse().unwrap());
        let none = preview(&what);
        assert_eq!((none.sessions, none.more, none.users, none.sample.len()), (0, false, 0, 0));
        // With no time left it has looked a little, and says that there may be more.
        what.filter.user_id = None;
        what.filter.ip = None;
        what.filter.words = vec!["nobody's browser".to_owned()];
        let hurried = jobs::preview(&mut app.connect(), &what.filter, None, app.clock.now(), &mut || false).unwrap();
        assert_eq!((hurried.sessions, hurried.more), (0, true));
    }

    async fn sessions_that_have_ended_are_not_counted(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(ADA).await.log_out().await;
        app.signed_up(GRACE).await;
        app.advance(TimeDelta::seconds(1));
        for filter in [SessionFilter::default(), SessionFilter { ip: Some("127.0.0.1".parse().unwrap()), ..SessionFilter::default() }] {
            let found = jobs::preview(&mut app.connect(), &filter, None, app.clock.now(), &mut || true).unwrap();
            assert_eq!((found.sessions, &*found.sample[0].email), (1, GRACE));
        }
        let ended = SessionFilter { state: Some(State::Ended), ..SessionFilter::default() };
        assert_eq!(jobs::preview(&mut app.connect(), &ended, None, app.clock.now(), &mut || true).unwrap().sessions, 0);
    }
}
