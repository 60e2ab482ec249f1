//! Whatever is asked of any page, and whoever sends any form: read off the route table, so
//! that no page is forgotten.

mod forms;
mod origins;
mod queries;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use frontgate::jobs::{self, EndMany};
use frontgate::models::event::{EventKind, NewEvent};
use frontgate::models::session_list::SessionFilter;
use frontgate::schema::{admin_sessions, sessions, users};
use frontgate::sessions::By;
use reqwest::Method;

use super::sessions::{ADA, logged_in};
use crate::support::change::elsewhere;
use crate::support::{OPERATOR, TestApp, rows};

/// What no page shows as it is.
const MARKUP: &str = "<i>hostile</i>";
/// A second operator.
const GRACE: &str = "grace@example.com";

/// The path of every route of the admin, with names in braces, and whether it takes this
/// method.
fn routes(method: &Method) -> Vec<&'static str> {
    let admin = include_str!("../../../src/routes/admin.rs");
    let handler = format!("{}(", method.as_str().to_lowercase());
    let views = admin.split("view(").skip(1);
    let views = views.filter(|view| view.contains(&handler));
    views.map(|view| view.split('"').nth(1).unwrap()).collect()
}

/// What the paths of the pages name.
struct World {
    user: i64,
    sid: String,
    jti: String,
    admin_session: i64,
}

impl World {
    /// More than a page of everything, and hostile texts wherever somebody else writes one.
    async fn new(app: &TestApp) -> Self {
        let browser = logged_in(app, ADA, "192.0.2.7", &format!("{MARKUP}\"'&")).await;
        let user = rows::user(app, ADA).id;
        rows::open_sessions(app, &browser, 60);
        let connection = &mut app.connect();
        connection
            .batch_execute(
                "INSERT INTO users (email, email_key, password, first_name, last_name, date_joined) \
                 SELECT '<i>hostile</i>' || id || '@example.com', '<i>hostile</i>' || id || '@example.com', \
                 '!', '<i>hostile</i>', '\"><i>hostile</i>', '2026-01-05 12:00:00' FROM sessions; \
                 INSERT INTO blacklisted_tokens (token_id, blacklisted_at, reason) \
                 SELECT id, '2026-01-05 12:00:00', '<i>hostile</i>' FROM outstanding_tokens WHERE jti LIKE 'b%'",
            )
            .unwrap();
        let event = NewEvent {
            kind: EventKind::LogInFailed,
            user_id: Some(user),
            sid: Some(MARKUP),
            jti: Some(MARKUP),
            ip: Some("192.0.2.7"),
            user_agent: Some(MARKUP),
            reason: Some(MARKUP),
            detail: Some("{\"<i>hostile</i>\": [\"<i>hostile</i>\"]}"),
            ..NewEvent::default()
        };
        NewEvent::insert_all(connection, &[event; 60], app.clock.now()).unwrap();
        let by = rows::user(app, OPERATOR).id;
        let by = By {
            client: job().client(),
            actor_id: Some(by),
        };
        elsewhere(connection, &app.clock, &by, |change| {
            jobs::queue(change, &job(), Some(1))
        })
        .unwrap();
        let (sid, jti) = sessions::table
            .order(sessions::id)
            .filter(sessions::user_id.eq(user))
            .select((sessions::sid, sessions::current_jti))
            .first(connection)
            .unwrap();
        let admin_session = admin_sessions::table
            .inner_join(users::table)
            .filter(users::email.eq(GRACE))
            .select(admin_sessions::id)
            .first(connection)
            .unwrap();
        Self {
            user,
            sid,
            jti,
            admin_session,
        }
    }

    /// The path of a route, to something that is there.
    fn path(&self, route: &str) -> String {
        let id = if route.starts_with("/jobs/") {
            1
        } else {
            self.user
        };
        let path = route
            .replace("{id}", &id.to_string())
            .replace("{sid}", &self.sid)
            .replace("{jti}", &self.jti)
            .replace("{session}", &self.admin_session.to_string())
            .replace("{ip}", "192.0.2.7");
        format!("/admin{path}")
    }
}

/// A job that is about hostile words.
fn job() -> EndMany {
    EndMany {
        filter: SessionFilter {
            words: vec![MARKUP.to_owned()],
            ..SessionFilter::default()
        },
        keep: None,
        ip: None,
        user_agent: MARKUP.to_owned(),
    }
}

/// The same numbers in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        // Steele, Lea and Flood's SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).unwrap()
    }
}
