//! What the database holds, looked at and changed behind the server's back.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use frontgate::models::activity::Kind;
use frontgate::models::user::User;
use frontgate::password_reset;
use frontgate::schema::{
    activity, blacklisted_tokens, events, outstanding_tokens, revocations, sessions, throttles,
    users,
};
use frontgate::sessions::{Client, PasswordChange};

use super::change::elsewhere;
use super::{Browser, TestApp};

/// How many rows each table has that the user endpoints write.
pub fn counts(app: &TestApp) -> Vec<(&'static str, i64)> {
    let mut connection = app.connect();
    macro_rules! count {
        ($($table:ident),+) => {
            vec![$((stringify!($table), $table::table.count().get_result(&mut connection).unwrap())),+]
        };
    }
    count!(
        users,
        sessions,
        outstanding_tokens,
        blacklisted_tokens,
        revocations,
        events,
        throttles
    )
}

/// How many events of a kind there are.
pub fn events_of(app: &TestApp, kind: &str) -> i64 {
    events::table
        .filter(events::kind.eq(kind))
        .count()
        .get_result(&mut app.connect())
        .unwrap()
}

/// Writes the repeated refreshes that were counted, as the server does once a second.
pub async fn settle(app: &TestApp) {
    frontgate::server::upkeep::write_repeats(&app.state).await;
}

/// How often something happened, by the figures.
pub async fn counted(app: &TestApp, kind: Kind) -> i64 {
    let state = &app.state;
    let written = state.activity.flush(&state.database, state.now()).await;
    written.unwrap();
    let minutes: Vec<i64> = activity::table
        .filter(activity::resolution.eq("minute"))
        .filter(activity::kind.eq(kind.as_str()))
        .select(activity::count)
        .load(&mut app.connect())
        .unwrap();
    minutes.iter().sum()
}

/// The user of an address.
pub fn user(app: &TestApp, email: &str) -> User {
    User::find_by_email(&mut app.connect(), email)
        .unwrap()
        .unwrap()
}

/// Why each session ended, in the order in which they were opened.
pub fn end_reasons(app: &TestApp) -> Vec<Option<String>> {
    sessions::table
        .order(sessions::id)
        .select(sessions::end_reason)
        .load(&mut app.connect())
        .unwrap()
}

/// Deactivates a user, and nothing else.
pub fn deactivate(app: &TestApp, email: &str) {
    let id = user(app, email).id;
    diesel::update(users::table.filter(users::id.eq(id)))
        .set(users::is_active.eq(false))
        .execute(&mut app.connect())
        .unwrap();
}

/// Deletes a user, and what goes with it.
pub fn delete_user(app: &TestApp, email: &str) {
    let id = user(app, email).id;
    diesel::delete(users::table.filter(users::id.eq(id)))
        .execute(&mut app.connect())
        .unwrap();
}

/// Changes a password behind the server's back, as the command line does.
pub fn change_password(app: &TestApp, email: &str, password: &str) {
    let hash = frontgate::passwords::encode(password, 4).unwrap();
    let client = Client {
        user_agent: "frontgate changepassword (cli:root)".to_owned(),
        ..Client::default()
    };
    let id = user(app, email).id;
    let changed = elsewhere(&mut app.connect(), &app.clock, &client.into(), |change| {
        frontgate::sessions::change_password(change, id, &hash, PasswordChange::Operator)
    });
    changed.unwrap();
}

/// Makes a link that sets this user's password, for an hour, as the command line does.
pub fn reset_link(app: &TestApp, email: &str) -> String {
    let by = Client::command_line("reset-link").into();
    let (id, hour) = (user(app, email).id, chrono::TimeDelta::hours(1));
    let made = elsewhere(&mut app.connect(), &app.clock, &by, |change| {
        password_reset::make(change, id, hour)
    });
    made.unwrap().unwrap().text()
}

/// Opens `count` more sessions of a browser's user, each with a token, like the browser's
/// own but for their identities.
pub fn open_sessions(app: &TestApp, browser: &Browser<'_>, count: usize) {
    let own = browser.sid();
    let numbered = |letter: char| {
        format!(
            "'{letter}' || substr('{:031}', 1, 31 - length(CAST(i AS TEXT))) || CAST(i AS TEXT)",
            0
        )
    };
    let (sid, jti) = (numbered('a'), numbered('b'));
    let numbers = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
    );
    app.connect()
        .batch_execute(&format!(
            "INSERT INTO sessions (sid, user_id, current_jti, generation, created_at, last_seen_at, \
             ip, last_ip, user_agent, last_user_agent, expires_at, absolute_expires_at, access_until) \
             {numbers} SELECT {sid}, user_id, {jti}, generation, created_at, last_seen_at, ip, last_ip, \
             user_agent, last_user_agent, expires_at, absolute_expires_at, access_until \
             FROM sessions, n WHERE sid = '{own}'; \
             INSERT INTO outstanding_tokens (user_id, session_id, jti, created_at, expires_at) \
             SELECT user_id, id, current_jti, created_at, expires_at FROM sessions \
             WHERE sid LIKE 'a%' AND current_jti LIKE 'b%' AND NOT EXISTS \
             (SELECT 1 FROM outstanding_tokens t WHERE t.session_id = sessions.id)"
        ))
        .unwrap();
}

/// Makes PostgreSQL take a quarter of a millisecond for each session that is changed or
/// deleted.
pub fn slow_sessions(app: &TestApp) {
    app.connect()
        .batch_execute(
            "CREATE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS \
             'BEGIN PERFORM pg_sleep(0.005); RETURN NULL; END'; \
             CREATE TRIGGER slow AFTER UPDATE OR DELETE ON sessions FOR EACH ROW \
             WHEN (OLD.id % 20 = 0) EXECUTE FUNCTION take_time()",
        )
        .unwrap();
}
