//! Whose data it is: every endpoint that reads or writes a person's data knows that the
//! session of the token is there and that person's, whatever became of the database.

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use frontgate::models::session::Session;
use frontgate::schema::sessions;
use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::support::{Answer, Backend, Browser, PASSWORD, TestApp, USERS, on_both_databases, rows};

const LOST: &str = "lost@example.com";
const NEWCOMER: &str = "newcomer@example.com";

/// What an endpoint goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum GoesBy {
    /// The access token and nothing else: it says what it says until it expires.
    Token,
    /// A password, a link or a refresh token.
    SomethingElse,
    /// The session of the access token, which must be there and the person's.
    Session,
}

impl GoesBy {
    /// What each endpoint goes by; a new one goes by the session until it is named here.
    fn of(method: &Method, path: &str) -> Self {
        match (method.as_str(), path) {
            ("GET", "/") | ("POST", "/logout/") => Self::Token,
            ("POST", "/create/" | "/login/" | "/refresh/" | "/password/reset/confirm/") => {
                Self::SomethingElse
            }
            _ => Self::Session,
        }
    }
}

/// An endpoint, and a request to it that succeeds for whoever is logged in and has
/// [`PASSWORD`]; `sid` stands in its path.
struct Endpoint {
    method: Method,
    path: String,
}

impl Endpoint {
    /// All of them, as the document lists them.
    async fn all(app: &TestApp) -> Vec<Self> {
        let document = app.get("/api/openapi.json").await.json();
        let mut all = Vec::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            let Some(path) = path.strip_prefix(USERS) else {
                continue;
            };
            for method in methods.as_object().unwrap().keys() {
                all.push(Self {
                    method: method.to_uppercase().parse().unwrap(),
                    path: path.to_owned(),
                });
            }
        }
        assert!(
            all.len() >= 14,
            "the document lists {} endpoints",
            all.len()
        );
        all
    }

    fn request(&self, app: &TestApp, sid: &str) -> RequestBuilder {
        let path = format!("{USERS}{}", self.path.replace("{id}", sid));
        let request = app.request(self.method.clone(), &path);
        let new_password = "a staple of another day";
        match (self.method.as_str(), self.path.as_str()) {
            ("POST", "/create/" | "/login/") => {
                request.json(&json!({ "email": "third@example.com", "password": PASSWORD }))
            }
            ("POST", "/password/") => {
                request.json(&json!({ "old_password": PASSWORD, "new_password": new_password }))
            }
            ("POST", "/password/reset/confirm/") => {
                request.json(&json!({ "token": "x", "new_password": new_password }))
            }
            ("PATCH", "/profile/") => request.json(
                &json!({ "first_name": "Eve", "email": "eve@example.com", "password": PASSWORD }),
            ),
            ("DELETE", "/") => request.json(&json!({ "password": PASSWORD })),
            _ => request,
        }
    }

    fn goes_by(&self) -> GoesBy {
        GoesBy::of(&self.method, &self.path)
    }

    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// All that the database has of a person.
fn data_of(app: &TestApp, email: &str) -> String {
    let user = rows::user(app, email);
    let own: Vec<Session> = sessions::table
        .filter(sessions::user_id.eq(user.id))
        .order(sessions::id)
        .select(Session::as_select())
        .load(&mut app.connect())
        .unwrap();
    format!("{user:?} {own:?}")
}

fn assert_refused(answer: &Answer, what: &str) {
    let refused = (answer.status, answer.body.contains("Token is revoked"));
    assert_eq!(refused, (401, true), "{what}: {answer}");
}

/// Asks every endpoint with the tokens of one person, in each way in which they can be sent;
/// `check` looks at each answer.
async fn walk(app: &TestApp, browser: &Browser<'_>, sid: &str, check: impl Fn(&Endpoint, &Answer)) {
    for endpoint in Endpoint::all(app).await {
        let request = || endpoint.request(app, sid);
        // A fresh copy each time: an answer may take the cookies away.
        check(&endpoint, &browser.clone().send(request()).await);
        check(
            &endpoint,
            &browser.with_only("access").send(request()).await,
        );
        let by_header = request().bearer_auth(browser.access());
        check(&endpoint, &Answer::of(by_header).await);
    }
}

on_both_databases! {
    /// A backup, a sign-up that it does not have, the restore, and a sign-up that gets the
    /// same number.
    async fn after_a_restore_a_number_that_is_used_again_opens_nobodys_data(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up("ada@example.com").await;
        let now = app.clock.now();
        let database = app.stop().await;
        let backup = database.copy();
        let app = TestApp::on(database, now, &[]).await;
        let lost = app.signed_up(LOST).await.cookies;
        let lost_id = rows::user(&app, LOST).id;
        app.stop().await;

        let app = TestApp::on(backup, now, &[]).await;
        let newcomer = app.signed_up(NEWCOMER).await;
        assert_eq!(rows::user(&app, NEWCOMER).id, lost_id, "the story needs one number for two people");
        let mut browser = app.browser();
        browser.cookies = lost;
        let before = data_of(&app, NEWCOMER);
        walk(&app, &browser, &newcomer.sid(), |endpoint, answer| {
            let name = endpoint.name();
            assert!(!answer.body.contains(NEWCOMER), "{name}: {answer}");
            assert_eq!(data_of(&app, NEWCOMER), before, "{name}: {answer}");
            if endpoint.goes_by() == GoesBy::Session {
                assert_refused(answer, &name);
            }
        }).await;
        assert_eq!(newcomer.clone().refresh().await.status, 200);
    }

    /// What the access token says is bounded by its life.
    async fn what_a_lost_token_still_says_ends_with_it(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(LOST).await;
        app.connect().batch_execute("DELETE FROM sessions").unwrap();
        assert_eq!(browser.with_only("access").info().await.body, format!(r#"{{"email":"{LOST}","user_id":1}}"#));
        app.advance(TimeDelta::minutes(15));
        assert_eq!(browser.info().await.status, 401);
        assert_eq!(browser.refresh().await.status, 401);
    }

    /// Nothing has told this node: another one, or the database's own tools, were at work.
    async fn every_endpoint_asks_whether_the_session_is_there_and_the_persons(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up("other@example.com").await;
        let other = rows::user(&app, "other@example.com").id;
        let states = [
            ("gone", "DELETE FROM sessions WHERE sid = 'SID'"),
            ("ended", "UPDATE sessions SET ended_at = created_at WHERE sid = 'SID'"),
            ("another user's", "UPDATE sessions SET user_id = OTHER WHERE sid = 'SID'"),
            ("of a generation before the user's", "UPDATE users SET generation = generation + 1 WHERE id = ID"),
            ("of a later generation than the token's", "UPDATE users SET generation = 1 WHERE id = ID; UPDATE sessions SET generation = 1 WHERE sid = 'SID'"),
            ("an inactive user's", "UPDATE users SET is_active = false WHERE id = ID"),
            ("below the floor", "INSERT INTO revocations (kind, subject, generation, reason, revoked_at, until) \
                VALUES ('everything', '', 1000, 'revoked', '2026-01-05 12:00:00', '9999-12-31 00:00:00')"),
        ];
        for (number, (state, change)) in states.into_iter().enumerate() {
            let email = format!("person{number}@example.com");
            let browser = app.signed_up(&email).await;
            let (id, sid) = (rows::user(&app, &email).id, browser.sid());
            let change = change.replace("SID", &sid).replace("OTHER", &other.to_string()).replace("ID", &id.to_string());
            app.connect().batch_execute(&change).unwrap();
            let before = data_of(&app, &email);
            for endpoint in Endpoint::all(&app).await {
                if endpoint.goes_by() == GoesBy::Session {
                    let name = format!("{} with a session that is {state}", endpoint.name());
                    assert_refused(&browser.clone().send(endpoint.request(&app, &sid)).await, &name);
                    assert_eq!(data_of(&app, &email), before, "{name}");
                }
            }
        }
    }

    async fn every_endpoint_answers_whose_session_lives(backend: Backend) {
        let app = TestApp::new(backend).await;
        for (number, endpoint) in Endpoint::all(&app).await.iter().enumerate() {
            if endpoint.goes_by() == GoesBy::Session {
                let mut browser = app.signed_up(&format!("person{number}@example.com")).await;
                let request = endpoint.request(&app, &browser.sid());
                let answer = browser.send(request).await;
                assert!((200..300).contains(&answer.status), "{}: {answer}", endpoint.name());
            }
        }
    }
}
