//! A refresh token means the same at every view that it comes to.

use chrono::TimeDelta;
use diesel::prelude::*;
use frontgate::models::activity::Kind;
use frontgate::schema::{events, outstanding_tokens, sessions};
use reqwest::Method;
use serde_json::json;

use crate::support::{Answer, Backend, Browser, PASSWORD, TestApp, USERS, on_both_databases, rows};

const EMAIL: &str = "ada@example.com";
const ANOTHER: &str = "grace@example.com";

/// A request that carries the cookies of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    Refresh,
    LogOut,
    LogOutByRefreshAlone,
    LogIn,
    LogInOfAnother,
    SignUp,
    LogOutAll,
    LogOutOthers,
    EndAnotherSession,
    ChangePassword,
    ChangeNames,
    Delete,
    Info,
    Sessions,
    Profile,
}

impl Door {
    const ALL: [Self; 15] = [
        Self::Refresh,
        Self::LogOut,
        Self::LogOutByRefreshAlone,
        Self::LogIn,
        Self::LogInOfAnother,
        Self::SignUp,
        Self::LogOutAll,
        Self::LogOutOthers,
        Self::EndAnotherSession,
        Self::ChangePassword,
        Self::ChangeNames,
        Self::Delete,
        Self::Info,
        Self::Sessions,
        Self::Profile,
    ];

    /// Asks with the cookies of `email`, who has another session `other`.
    async fn knock(self, browser: &mut Browser<'_>, email: &str, other: &str) -> Answer {
        match self {
            Self::Refresh => browser.refresh().await,
            Self::LogOut => browser.log_out().await,
            Self::LogOutByRefreshAlone => browser.with_only("refresh").log_out().await,
            Self::LogIn => browser.log_in(email, PASSWORD).await,
            Self::LogInOfAnother => browser.log_in(ANOTHER, PASSWORD).await,
            Self::SignUp => browser.create(&format!("new-{email}"), PASSWORD).await,
            Self::LogOutAll => browser.post("/logout/all/", json!({})).await,
            Self::LogOutOthers => browser.post("/logout/others/", json!({})).await,
            Self::EndAnotherSession => browser.delete(&format!("/sessions/{other}/")).await,
            Self::ChangePassword => {
                let passwords =
                    json!({ "old_password": PASSWORD, "new_password": "a staple of another day" });
                browser.post("/password/", passwords).await
            }
            Self::ChangeNames => {
                browser
                    .ask(Method::PATCH, "/profile/", json!({ "first_name": "Ada" }))
                    .await
            }
            Self::Delete => {
                browser
                    .ask(Method::DELETE, "/", json!({ "password": PASSWORD }))
                    .await
            }
            Self::Info => browser.info().await,
            Self::Sessions => browser.get("/sessions/").await,
            Self::Profile => browser.get("/profile/").await,
        }
    }

    /// What it answers to an honest browser.
    fn answer(self) -> u16 {
        match self {
            Self::SignUp => 201,
            Self::EndAnotherSession | Self::Delete => 204,
            _ => 200,
        }
    }

    /// What it answers where the token is reuse: what signs nobody in goes on to sign out,
    /// and a password is worth a session.
    fn answer_to_reuse(self) -> u16 {
        match self {
            Self::LogOut
            | Self::LogOutByRefreshAlone
            | Self::LogIn
            | Self::LogInOfAnother
            | Self::SignUp
            | Self::LogOutAll => self.answer(),
            _ if self.reads() => self.answer(),
            _ => 401,
        }
    }

    /// What reads writes nothing, and looks at the access token alone.
    fn reads(self) -> bool {
        matches!(self, Self::Info | Self::Sessions | Self::Profile)
    }

    /// Why the session has ended after an honest request; `gone` where its user is.
    fn reason(self) -> Option<&'static str> {
        match self {
            Self::LogOut | Self::LogOutByRefreshAlone => Some("logged_out"),
            Self::LogIn | Self::LogInOfAnother | Self::SignUp | Self::ChangePassword => {
                Some("replaced")
            }
            Self::LogOutAll => Some("revoked"),
            Self::Delete => Some("gone"),
            _ => None,
        }
    }
}

/// What the token is when it is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Current,
    JustSuperseded,
    SupersededWithinTheGrace,
    SupersededTwiceWithinTheGrace,
    SupersededAsTheGraceEnds,
    SupersededLongAgo,
    SupersededAndForgotten,
}

impl Token {
    const ALL: [Self; 7] = [
        Self::Current,
        Self::JustSuperseded,
        Self::SupersededWithinTheGrace,
        Self::SupersededTwiceWithinTheGrace,
        Self::SupersededAsTheGraceEnds,
        Self::SupersededLongAgo,
        Self::SupersededAndForgotten,
    ];

    fn is_reuse(self) -> bool {
        matches!(
            self,
            Self::SupersededAsTheGraceEnds | Self::SupersededLongAgo | Self::SupersededAndForgotten
        )
    }

    /// Makes the cookies of `browser` what they shall be.
    async fn age(self, app: &TestApp, browser: &Browser<'_>) {
        let rotations = match self {
            Self::Current => 0,
            Self::SupersededTwiceWithinTheGrace => 2,
            _ => 1,
        };
        let mut newer = browser.clone();
        for _ in 0..rotations {
            assert_eq!(newer.refresh().await.status, 200);
        }
        app.advance(match self {
            Self::SupersededWithinTheGrace | Self::SupersededTwiceWithinTheGrace => {
                TimeDelta::milliseconds(9_999)
            }
            Self::SupersededAsTheGraceEnds => TimeDelta::seconds(10),
            // The access token beside it still lives.
            Self::SupersededLongAgo | Self::SupersededAndForgotten => TimeDelta::minutes(14),
            Self::Current | Self::JustSuperseded => TimeDelta::zero(),
        });
        if self == Self::SupersededAndForgotten {
            let session = sessions::table
                .filter(sessions::sid.eq(browser.sid()))
                .select(sessions::id);
            let superseded = outstanding_tokens::table
                .filter(outstanding_tokens::used_at.is_not_null())
                .filter(outstanding_tokens::session_id.eq_any(session));
            let forgotten = diesel::delete(superseded).execute(&mut app.connect());
            assert_eq!(forgotten.unwrap(), 1);
        }
    }
}

/// Why this session has ended; `gone` where it is not there.
fn reason(app: &TestApp, sid: &str) -> Option<String> {
    let found: Option<Option<String>> = sessions::table
        .filter(sessions::sid.eq(sid))
        .select(sessions::end_reason)
        .first(&mut app.connect())
        .optional()
        .unwrap();
    found.unwrap_or_else(|| Some("gone".to_owned()))
}

/// How many events there are of this kind about this session.
fn noted(app: &TestApp, sid: &str, kind: &str) -> i64 {
    events::table
        .filter(events::sid.eq(sid))
        .filter(events::kind.eq(kind))
        .count()
        .get_result(&mut app.connect())
        .unwrap()
}

on_both_databases! {
    async fn every_view_judges_every_state_of_a_refresh_token_alike(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(ANOTHER).await;
        let mut reused = 0;
        let states = Token::ALL.into_iter().flat_map(|token| Door::ALL.map(|door| (door, token)));
        for (number, (door, token)) in states.enumerate() {
            let email = format!("{number}@example.com");
            let mut ada = app.signed_up(&email).await;
            let mut phone = app.browser();
            phone.log_in(&email, PASSWORD).await;
            let sid = ada.sid();
            token.age(&app, &ada).await;
            let newest = ada.clone();
            let answer = door.knock(&mut ada, &email, &phone.sid()).await;
            let case = format!("{token:?} at {door:?}: {answer}");
            let reuse = token.is_reuse() && !door.reads();
            let expected = if reuse { door.answer_to_reuse() } else { door.answer() };
            assert_eq!(answer.status, expected, "{case}");
            let ended_for = if reuse { Some("reuse_detected") } else { door.reason() };
            assert_eq!(reason(&app, &sid).as_deref(), ended_for, "{case}");
            assert_eq!(noted(&app, &sid, "reuse_detected"), i64::from(reuse), "{case}");
            reused += i64::from(reuse);
            if reuse {
                assert_eq!(newest.clone().info().await.status, 401, "{case}");
                assert_eq!(newest.clone().refresh().await.status, 401, "{case}");
            }
        }
        assert_eq!(rows::counted(&app, Kind::ReuseDetected).await, reused);
    }

    async fn a_token_of_a_session_that_has_ended_or_expired_is_reuse_nowhere(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(ANOTHER).await;
        let states = [true, false].into_iter().flat_map(|ended| Door::ALL.map(|door| (door, ended)));
        for (number, (door, ended)) in states.enumerate() {
            let email = format!("{number}@example.com");
            let ada = app.signed_up(&email).await;
            let mut newer = ada.clone();
            newer.refresh().await;
            if ended {
                app.advance(TimeDelta::seconds(11));
                assert_eq!(newer.log_out().await.status, 200);
            } else {
                app.advance(TimeDelta::days(7));
            }
            door.knock(&mut ada.clone(), &email, "0").await;
            assert_eq!(noted(&app, &ada.sid(), "reuse_detected"), 0, "{door:?} {ended}");
        }
        assert_eq!(rows::counted(&app, Kind::ReuseDetected).await, 0);
    }

    async fn the_tokens_of_two_sessions_are_judged_each_by_its_own(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut ada = app.signed_up(EMAIL).await;
        let grace = app.signed_up("grace@example.com").await;
        let mut newer = grace.clone();
        newer.refresh().await;
        app.advance(TimeDelta::seconds(10));
        ada.cookies.insert("refresh".to_owned(), grace.refresh_token().to_owned());
        // What ends no session by the refresh cookie does not look at another session's.
        assert_eq!(ada.post("/logout/others/", json!({})).await.status, 200);
        assert_eq!(rows::end_reasons(&app), [None, None]);
        let sids = (ada.sid(), grace.sid());
        assert_eq!(ada.log_out().await.body, format!("\"{EMAIL} has been logged out\""));
        assert_eq!(reason(&app, &sids.0).as_deref(), Some("logged_out"));
        assert_eq!(reason(&app, &sids.1).as_deref(), Some("reuse_detected"));
    }

    async fn a_bearer_header_keeps_cookies_from_being_judged(backend: Backend) {
        let app = TestApp::new(backend).await;
        let ada = app.signed_up(EMAIL).await;
        let mut newer = ada.clone();
        newer.refresh().await;
        app.advance(TimeDelta::seconds(10));
        let request = app.request(Method::POST, &format!("{USERS}/logout/others/")).bearer_auth(ada.access());
        assert_eq!(ada.clone().send(request).await.status, 200);
        assert_eq!(rows::end_reasons(&app), [None]);
    }

    async fn a_retry_from_another_place_is_an_alarm_at_log_in_and_log_out_too(backend: Backend) {
        let app = TestApp::with(backend, &[("trusted_proxies", "127.0.0.1")]).await;
        for (number, door) in [Door::LogOut, Door::LogIn, Door::SignUp].into_iter().enumerate() {
            let email = format!("{number}@example.com");
            let ada = app.signed_up(&email).await;
            let request = app.request(Method::POST, &format!("{USERS}/refresh/"));
            let mut thief = ada.clone();
            assert_eq!(thief.send(request.header("X-Forwarded-For", "198.51.100.1")).await.status, 200);
            assert_eq!(door.knock(&mut ada.clone(), &email, "0").await.status, door.answer());
            assert_eq!(noted(&app, &ada.sid(), "follower_suspected"), 1, "{door:?}");
        }
        assert_eq!(rows::counted(&app, Kind::FollowerSuspected).await, 3);
    }
}
