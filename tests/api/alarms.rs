//! The operator's program gets each alarm.

mod doubtful;
mod guessing;
mod program;
mod queue;

use std::fmt::Write;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Mutex;

use chrono::TimeDelta;
use frontgate::alarms::{Alarm, MAX_WAITING};
use frontgate::models::alarm::Cause;
use frontgate::models::event::{EventKind, NewEvent};
use frontgate::sessions::Client;
use serde_json::Value;

use crate::support::process::{Finished, ServerProcess, frontgate, run_on};
use crate::support::{
    Backend, OPERATOR, PASSWORD, SECRET, TestApp, TestDatabase, assert_answer, on_both_databases,
    rows, wait_for,
};

/// A folder with a program of the operator's in it.
struct Operator {
    folder: tempfile::TempDir,
}

impl Operator {
    /// The program is this script; what it is called with is a file that [`Operator::told`]
    /// reads.
    fn with(script: &str) -> Self {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::TempDir::with_prefix("a folder with spaces ").unwrap();
        let path = folder.path().join("tell");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// As the setting names it.
    fn command(&self) -> String {
        let (program, told) = (self.path("tell"), self.path("told"));
        format!("'{}' \"{}\"", program.display(), told.display())
    }

    fn told(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.path("told")).unwrap_or_default();
        let lines = text.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    fn kinds(&self) -> Vec<String> {
        let told = self.told();
        told.iter()
            .map(|alarm| alarm["kind"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// What writes each alarm into the file.
const WRITE: &str = "cat >> \"$1\"";

/// A command beside the servers of `database`.
fn command(
    database: &TestDatabase,
    operator: &Operator,
    arguments: &[&str],
    input: &str,
) -> Finished {
    let told = operator.command();
    let environment = [
        ("DATABASE_URL", database.url.as_str()),
        ("SECRET_KEY", SECRET),
        ("FRONTGATE_BCRYPT_COST", "4"),
        ("FRONTGATE_ALARM_COMMAND", told.as_str()),
    ];
    let mut command = frontgate(database.folder.path(), arguments, &environment);
    Finished::with_input(&mut command, input)
}

on_both_databases! {
    async fn reuse_and_followers_are_told_of_with_all_that_is_known(backend: Backend) {
        let operator = Operator::with(WRITE);
        let app = TestApp::with(backend, &[("alarm_command", &operator.command()), ("trusted_proxies", "127.0.0.1")]).await;
        let mut ada = app.signed_up("ada@example.com").await;
        let sid = ada.sid();
        let mut thief = ada.clone();
        assert_eq!(ada.refresh().await.status, 200);
        let refresh = app.request(reqwest::Method::POST, "/api/v1/users/refresh/").header("X-Forwarded-For", "203.0.113.66").header("User-Agent", "curl/8");
        assert_eq!(thief.clone().send(refresh).await.status, 200);
        app.advance(TimeDelta::seconds(10));
        assert_eq!(thief.refresh().await.status, 401);
        app.state.alarms.stop().await;
        assert_eq!(operator.kinds(), ["follower_suspected", "reuse_detected"]);
        let mut text = String::new();
        for mut alarm in operator.told() {
            assert_eq!(alarm["sid"], sid);
            alarm["sid"] = "<session>".into();
            assert_eq!(alarm["jti"].as_str().unwrap().len(), 32);
            alarm["jti"] = "<token>".into();
            writeln!(text, "{alarm:#}").unwrap();
        }
        assert_answer!("alarms", text);
    }

    async fn whoever_may_do_more_in_the_admin_is_told_of(backend: Backend) {
        let told = Operator::with(WRITE);
        let app = TestApp::with(backend, &[("alarm_command", &told.command())]).await;
        let mut operator = app.operator().await;
        app.signed_up("ada@example.com").await;
        let ada = rows::user(&app, "ada@example.com").id;
        for role in ["staff", "superuser", "superuser", "staff", "user"] {
            let answer = operator.post(&format!("/admin/users/{ada}/role/"), &[("role", role)]).await;
            assert_eq!(answer.status, 303, "{answer}");
        }
        let page = operator.get("/admin/").await.body;
        assert!(page.contains("New staff") && page.contains("New superuser"), "{page}");
        app.state.alarms.stop().await;
        assert_eq!(told.kinds(), ["staff_granted", "superuser_granted"]);
        let alarm = &told.told()[1];
        let by = rows::user(&app, OPERATOR).id;
        assert_eq!((&alarm["user_id"], &alarm["email"], &alarm["actor_id"], &alarm["ip"]), (&ada.into(), &"ada@example.com".into(), &by.into(), &"127.0.0.1".into()));
        assert_eq!(alarm["actor"], OPERATOR);
        // Whom, by whom and from where, apart from one another.
        let row = page.split("<tr>").find(|row| row.contains("New superuser")).unwrap();
        let (whom, from) = row.split_once("data-title=\"From\"").unwrap();
        let (whom, by) = whom.split_once("<span class=\"soft\">by</span>").unwrap();
        assert!(whom.contains("ada@example.com") && by.contains(OPERATOR) && from.contains("127.0.0.1"), "{row}");
    }

    async fn of_several_servers_the_one_where_it_happened_tells(backend: Backend) {
        if backend == Backend::Sqlite {
            // There is one server on a file.
            return;
        }
        let (first, second) = (Operator::with(WRITE), Operator::with(WRITE));
        let app = TestApp::with(backend, &[("alarm_command", &first.command()), ("refresh_grace", "0s")]).await;
        let other_settings = crate::support::settings_with(&app.database.url, &[("alarm_command", &second.command())]);
        let other = frontgate::server::start(other_settings, app.clock.clone()).await.unwrap();
        let mut ada = app.signed_up("ada@example.com").await;
        let mut old = ada.clone();
        ada.refresh().await;
        assert_eq!(old.refresh().await.status, 401);
        app.state.alarms.stop().await;
        other.app.alarms.stop().await;
        assert_eq!(first.kinds(), ["reuse_detected"]);
        assert!(second.told().is_empty());
    }

    async fn a_command_tells_of_its_own_before_it_ends(backend: Backend) {
        let operator = Operator::with(&format!("{WRITE}; env >> \"$1.env\""));
        let app = TestApp::new(backend).await;
        app.signed_up("ada@example.com").await;
        let run = |arguments: &[&str], input: &str| {
            let finished = command(&app.database, &operator, arguments, input);
            assert_eq!((finished.code, finished.stderr.contains("alarm_command")), (Some(0), false), "{finished}");
        };
        run(&["createsuperuser", "--email", "ops@example.com", "--password-stdin"], PASSWORD);
        run(&["sessions", "revoke", "--all", "--yes"], "");
        run(&["sessions", "revoke", "--key", "secret-0123abcd", "--yes"], "");
        run(&["users", "deactivate", "--email", "ada@example.com"], "");
        assert_eq!(operator.kinds(), ["superuser_created", "everything_revoked", "key_revoked"]);
        let told = operator.told();
        assert_eq!((&told[0]["email"], &told[0]["user_agent"]), (&"ops@example.com".into(), &Client::command_line("createsuperuser").user_agent.into()));
        let name = told[0]["actor"].as_str().unwrap();
        assert!(name.starts_with("cli:") && name.len() > 4, "{name}");
        assert!(told.iter().all(|alarm| alarm["actor"] == told[0]["actor"]), "{told:?}");
        assert_eq!(told[2]["detail"]["kid"], "secret-0123abcd");
        let environment = std::fs::read_to_string(operator.path("told.env")).unwrap();
        assert!(environment.contains("FRONTGATE_BCRYPT_COST=4"), "{environment}");
        assert!(!environment.contains(SECRET) && !environment.contains("DATABASE_URL"), "{environment}");
    }
}

/// A proxy may know no address of a client, who then must not pass for a command.
#[test]
fn a_made_up_browser_is_no_actor() {
    let client = Client {
        ip: None,
        user_agent: "frontgate sessions revoke (cli:root)".to_owned(),
    };
    let now = TestApp::start_of_time();
    for kind in EventKind::ALL {
        if let Some(alarm) = Alarm::of(&client.event(*kind), now) {
            let named = alarm.cause == Cause::Operators;
            assert_eq!(alarm.actor.is_some(), named, "{}", kind.as_str());
        }
    }
}

#[test]
fn a_command_that_cannot_tell_says_so_and_succeeds() {
    crate::support::run(async {
        let operator = Operator::with("echo the pager is away >&2; exit 3");
        let app = TestApp::new(Backend::Sqlite).await;
        let arguments = ["sessions", "revoke", "--all", "--yes"];
        let finished = command(&app.database, &operator, &arguments, "");
        assert_answer!("alarm_command_failed", finished);
    });
}

#[test]
fn the_first_administrator_is_told_of() {
    crate::support::run(async {
        let operator = Operator::with(WRITE);
        let database = TestDatabase::new(Backend::Sqlite);
        let server = ServerProcess::start(
            &database,
            &[("FRONTGATE_ALARM_COMMAND", &operator.command())],
        );
        let link = run_on(&database, &["setup-link"], "").stdout;
        let token = link.trim().split_once("token=").unwrap().1.to_owned();
        let form = [
            ("token", token.as_str()),
            ("email", "ops@example.com"),
            ("password", PASSWORD),
            ("password_again", PASSWORD),
        ];
        let mut encoded = url::form_urlencoded::Serializer::new(String::new());
        let body = encoded.extend_pairs(form).finish();
        let request = server
            .request(reqwest::Method::POST, "/admin/setup/")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(body);
        let answer = crate::support::Answer::of(request).await;
        assert!(answer.status < 400, "{answer}");
        // A server that stops delivers first.
        server.terminate();
        assert_eq!(server.exit_code(), Some(0));
        assert_eq!(operator.kinds(), ["superuser_created"]);
    });
}

#[test]
fn a_program_that_is_slow_keeps_nobody_waiting_and_what_anybody_can_cause_drops_nothing_of_operators()
 {
    crate::support::run(async {
        let operator = Operator::with(
            "cat >> \"$1\"; touch \"$1.begun\"; while [ ! -e \"$1.go\" ]; do sleep 0.01; done",
        );
        let log = operator.path("log");
        let logging = tracing_subscriber::fmt()
            .json()
            .with_writer(Mutex::new(File::create(&log).unwrap()))
            .finish();
        // The worker runs on this thread.
        let _logging = tracing::subscriber::set_default(logging);
        let settings = [
            ("alarm_command", operator.command()),
            ("refresh_grace", "0s".to_owned()),
        ];
        let settings = settings
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let app = TestApp::with(Backend::Sqlite, &settings).await;
        let alarm = |kind, user: usize| {
            let event = NewEvent {
                kind,
                user_id: Some(i64::try_from(user).unwrap()),
                ..NewEvent::default()
            };
            Alarm::of(&event, app.clock.now()).unwrap()
        };
        let follower = |user| alarm(EventKind::FollowerSuspected, user);
        app.state.alarms.raise([follower(100_000)]);
        wait_for(|| operator.path("told.begun").exists()).await;
        app.state.alarms.raise((0..MAX_WAITING + 4).map(follower));
        app.state
            .alarms
            .raise([alarm(EventKind::SuperuserGranted, 7)]);
        // Who makes one more is answered all the same.
        let mut ada = app.signed_up("ada@example.com").await;
        let mut old = ada.clone();
        assert_eq!(ada.refresh().await.status, 200);
        assert_eq!(old.refresh().await.status, 401);
        assert_eq!(operator.told().len(), 1);
        std::fs::write(operator.path("told.go"), "").unwrap();
        wait_for(|| operator.told().len() == MAX_WAITING + 2).await;
        app.state.alarms.stop().await;
        let told = operator.told();
        assert_eq!(told.len(), MAX_WAITING + 2);
        assert_eq!(
            (&told[1]["kind"], &told[1]["dropped"]),
            (&"superuser_granted".into(), &5.into())
        );
        let log = std::fs::read_to_string(log).unwrap();
        let lines: Vec<_> = log
            .lines()
            .filter(|line| line.contains("were dropped"))
            .collect();
        assert!(
            lines.len() == 1 && lines[0].contains("\"dropped\":5"),
            "{lines:?}"
        );
    });
}
