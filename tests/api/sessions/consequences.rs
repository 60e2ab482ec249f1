//! What must follow from each way to end, to refuse or to note something, right after its
//! commit: this node's memory, the event, the figures and the alarm.

mod of_change;
mod of_others;

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;
use diesel::prelude::*;
use frontgate::app::App;
use frontgate::error::Error;
use frontgate::models::activity::Kind;
use frontgate::models::alarm::counted_as;
use frontgate::models::event::EventKind;
use frontgate::models::session::Session;
use frontgate::models::user::User;
use frontgate::schema::events;
use frontgate::sessions::{Change, Policy};
use frontgate::tokens::{AccessToken, RefreshToken, TokenError};

use self::of_change::OF_CHANGE;
use self::of_others::OF_OTHERS;
use crate::support::change::by_command;
use crate::support::{Backend, TestApp, on_both_databases, rows, wait_for};

const EMAIL: &str = "ada@example.com";

/// Somebody with one session, whose first refresh token was superseded longer ago than the
/// grace lasts.
struct Person {
    user: User,
    session: Session,
    access: Arc<AccessToken>,
    superseded: RefreshToken,
    current: RefreshToken,
    policy: Arc<Policy>,
}

/// What one way does to the person, and what must follow.
struct Case {
    /// The function of `Change`, or of `sessions` and others.
    name: &'static str,
    work: fn(&mut Change<'_>, &Person) -> Result<(), Error>,
    /// Whether the access token is refused.
    refuses: bool,
    /// The events, in the order of their rows.
    events: &'static [&'static str],
    figures: &'static [Kind],
    alarms: &'static [&'static str],
}

const ENDED: &[Kind] = &[Kind::SessionEnded];

/// Ways that end the session, and note that alone.
const fn ends(name: &'static str, work: fn(&mut Change<'_>, &Person) -> Result<(), Error>) -> Case {
    Case {
        name,
        work,
        refuses: true,
        events: &["session_ended"],
        figures: ENDED,
        alarms: &[],
    }
}

/// Ways that leave the token as good as it was.
const fn leaves(
    name: &'static str,
    work: fn(&mut Change<'_>, &Person) -> Result<(), Error>,
) -> Case {
    Case {
        refuses: false,
        events: &[],
        figures: &[],
        ..ends(name, work)
    }
}

impl Case {
    async fn check(&self, backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let superseded = browser.refresh_token().to_owned();
        browser.refresh().await;
        app.advance(TimeDelta::seconds(11));
        wait_for(|| app.state.check_lease().is_ok()).await;
        // What memory knows from here on, it knows by the commit alone.
        app.state.feed.stop();
        wait_for(|| app.state.feed.threads() == 0).await;
        let (keys, now) = (&app.state.keys, app.clock.now());
        let access = browser.access().to_owned();
        let person = Person {
            user: rows::user(&app, EMAIL),
            session: Session::lock(&mut app.connect(), &browser.sid())
                .unwrap()
                .unwrap(),
            access: app.state.verify_access(&access).unwrap(),
            superseded: keys.verify_refresh(&superseded, now).unwrap(),
            current: keys.verify_refresh(browser.refresh_token(), now).unwrap(),
            policy: Arc::clone(&app.state.policy),
        };
        app.state.alarms.open(|| actix_web::rt::spawn(async {}));
        let (noted, counted) = (noted(&app), figures(&app).await);
        let work = self.work;
        App::change(&app.state, by_command(None), move |change| {
            work(change, &person)
        })
        .await
        .unwrap();

        let refused = matches!(
            app.state.verify_access(&access),
            Err(Error::Token(TokenError::Revoked))
        );
        assert_eq!(refused, self.refuses, "{}: memory", self.name);
        let events: Vec<_> = self::noted(&app).split_off(noted.len());
        assert_eq!(events, self.events, "{}: events", self.name);
        let mut expected = counted;
        for kind in self.figures {
            expected[*kind as usize] += 1;
        }
        assert_eq!(figures(&app).await, expected, "{}: figures", self.name);
        app.state.alarms.stop().await;
        let mut alarms = Vec::new();
        while let Some(alarm) = app.state.alarms.next().await {
            alarms.push(alarm.kind);
        }
        assert_eq!(alarms, self.alarms, "{}: alarms", self.name);
    }
}

fn noted(app: &TestApp) -> Vec<String> {
    events::table
        .order(events::id)
        .select(events::kind)
        .load(&mut app.connect())
        .unwrap()
}

async fn figures(app: &TestApp) -> Vec<i64> {
    let mut figures = Vec::new();
    for kind in Kind::ALL {
        figures.push(rows::counted(app, kind).await);
    }
    figures
}

on_both_databases! {
    async fn nothing_that_ends_or_refuses_is_without_its_consequences(backend: Backend) {
        for case in OF_CHANGE {
            case.check(backend).await;
        }
    }

    async fn nor_is_anything_that_does_it_by_these(backend: Backend) {
        for case in OF_OTHERS {
            case.check(backend).await;
        }
    }
}

/// A way that somebody adds is looked at here, or this fails.
#[test]
fn every_function_that_changes_something_is_in_the_table() {
    let sources = [
        include_str!("../../../src/sessions/change.rs"),
        include_str!("../../../src/sessions/change/bulk.rs"),
    ];
    let functions: BTreeSet<_> = sources
        .iter()
        .flat_map(|source| source.split("    pub fn ").skip(1))
        .filter_map(|function| function.split_once('('))
        .filter(|(_, parameters)| parameters.trim_start().starts_with("&mut self"))
        .map(|(name, _)| name)
        .filter(|name| *name != "read_clock")
        .collect();
    let listed: BTreeSet<_> = OF_CHANGE.iter().map(|case| case.name).collect();
    assert_eq!(functions, listed);
}

/// An event counts under the word that the figures have for it, or not at all.
#[test]
fn an_event_counts_as_what_it_is() {
    for kind in EventKind::ALL {
        if let Some(counted) = counted_as(*kind) {
            assert_eq!(counted.as_str(), kind.as_str());
        }
    }
    let counted: Vec<_> = EventKind::ALL
        .iter()
        .filter_map(|kind| counted_as(*kind))
        .collect();
    assert_eq!(counted.len(), 6);
}
