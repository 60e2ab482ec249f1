//! A log that cannot be written to, or that nobody reads, costs no answer.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, PipeReader, Read, pipe};
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use diesel::prelude::*;
use frontgate::schema::sessions;
use futures_util::future::join_all;
use reqwest::Client;
use rustix::fs::{OFlags, fcntl_setfl};
use serde_json::{Value, json};

use crate::support::process::frontgate;
use crate::support::{Answer, Backend, PASSWORD, SECRET, TestDatabase, USERS, on_both_databases};

/// How long something may take before the test gives up on it.
const PATIENCE: Duration = Duration::from_mins(1);
const CLIENTS: usize = 4;
const LOG_INS: usize = 5;

/// Where standard error and standard output lead.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Log {
    FullDisk,
    ReaderGone,
    Unread,
    /// As [`Log::Unread`], in a pipe that another process has made non-blocking.
    UnreadNonBlocking,
}

impl Log {
    /// The two ends: what the server writes to, and what keeps a pipe open.
    fn open(self) -> (OwnedFd, Option<PipeReader>) {
        if self == Self::FullDisk {
            let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
            return (full.into(), None);
        }
        let (reader, writer) = pipe().unwrap();
        if self == Self::UnreadNonBlocking {
            fcntl_setfl(&writer, OFlags::NONBLOCK).unwrap();
        }
        (writer.into(), (self != Self::ReaderGone).then_some(reader))
    }
}

/// A server that cannot say where it listens.
struct MuteServer {
    child: Child,
    origin: String,
    http: Client,
}

impl MuteServer {
    async fn start(database: &TestDatabase, level: &str, log: OwnedFd) -> Self {
        Self::with(database, &[("FRONTGATE_LOG_LEVEL", level)], log).await
    }

    async fn with(database: &TestDatabase, settings: &[(&str, &str)], log: OwnedFd) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = port.local_addr().unwrap().to_string();
        drop(port);
        let mut environment = vec![
            ("DATABASE_URL", database.url.as_str()),
            ("SECRET_KEY", SECRET),
            ("FRONTGATE_BIND", &address),
            ("FRONTGATE_BCRYPT_COST", "4"),
        ];
        environment.extend(settings);
        let child = frontgate(database.folder.path(), &[], &environment)
            .stdout(Stdio::from(log.try_clone().unwrap()))
            .stderr(Stdio::from(log))
            .spawn()
            .unwrap();
        let mut server = Self {
            child,
            origin: format!("http://{address}"),
            http: Client::builder().timeout(PATIENCE).build().unwrap(),
        };
        while server
            .http
            .get(server.path("/health/live"))
            .send()
            .await
            .is_err()
        {
            assert!(server.child.try_wait().unwrap().is_none(), "it ended");
            tokio::task::yield_now().await;
        }
        server
    }

    fn path(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    async fn get(&self, path: &str) -> Answer {
        Answer::of(self.http.get(self.path(path))).await
    }

    async fn credentials(&self, view: &str, password: &str) -> u16 {
        let body = json!({ "email": "ada@example.com", "password": password });
        let request = self.http.post(self.path(&format!("{USERS}/{view}/")));
        Answer::of(request.json(&body)).await.status
    }

    /// How many lines are lost, as the server tells load balancers.
    async fn dropped(&self) -> u64 {
        let answer = self.get("/health/ready").await;
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        match answer.status {
            200 => assert_eq!(body["status"], "ready"),
            503 => assert_eq!(body["detail"], "The server is stopping."),
            _ => panic!("{answer}"),
        }
        body["dropped_log_lines"].as_u64().unwrap()
    }

    /// SIGTERM, and the exit code, which comes within a bounded time.
    fn stop(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").arg(&id).status().unwrap().success());
        let (sender, ended) = mpsc::channel();
        std::thread::spawn(move || {
            let _ = sender.send(self.child.wait().unwrap().code());
        });
        let code = ended.recv_timeout(PATIENCE);
        if code.is_err() {
            let _ = Command::new("kill").args(["-KILL", &id]).status();
        }
        code.unwrap_or_else(|_| panic!("it does not stop while the log is stuck"))
    }
}

/// Logs Ada in and refuses her in turn, with several clients at once. Every log-in that is
/// answered is in the database, and nothing else is.
async fn log_in_and_be_refused(server: &MuteServer, database: &TestDatabase) {
    assert_eq!(server.credentials("create", PASSWORD).await, 201);
    join_all((0..CLIENTS).map(async |_| {
        for _ in 0..LOG_INS {
            assert_eq!(server.credentials("login", PASSWORD).await, 200);
            assert_eq!(server.credentials("login", "wrong").await, 404);
            assert_eq!(server.get(USERS).await.status, 401);
        }
    }))
    .await;
    let stored: i64 = sessions::table
        .count()
        .get_result(&mut database.connect())
        .unwrap();
    assert_eq!(stored, i64::try_from(1 + CLIENTS * LOG_INS).unwrap());
    assert_eq!(server.get("/health/live").await.status, 200);
}

/// The next line that says how many are missing.
fn notice(log: impl Read + Send + 'static) -> Value {
    let (sender, found) = mpsc::channel();
    std::thread::spawn(move || {
        let mut rest = BufReader::new(log).lines().map_while(Result::ok);
        // The first line may be the end of one.
        let events = rest
            .by_ref()
            .filter_map(|line| serde_json::from_str::<Value>(&line).ok());
        for event in events.filter(|event| event["dropped"].is_u64()) {
            if sender.send(event).is_err() {
                break;
            }
        }
        // Read on until the server has ended.
        rest.for_each(drop);
    });
    found
        .recv_timeout(PATIENCE)
        .unwrap_or_else(|_| panic!("the log tells of no lost lines"))
}

on_both_databases! {
    async fn nothing_is_lost_but_the_log(backend: Backend) {
        for log in [Log::FullDisk, Log::ReaderGone, Log::Unread, Log::UnreadNonBlocking] {
            let database = TestDatabase::new(backend);
            let (log_end, _reader) = log.open();
            let server = MuteServer::start(&database, "info", log_end).await;
            log_in_and_be_refused(&server, &database).await;
            // Each client had ten answers that are lines, and the greeting has several.
            if matches!(log, Log::FullDisk | Log::ReaderGone) {
                let least = u64::try_from(3 * CLIENTS * LOG_INS).unwrap();
                while server.dropped().await < least {}
            }
            assert_eq!(server.stop(), Some(0), "{log:?}");
        }
    }
}

#[test]
fn a_pipe_that_nobody_reads_is_filled_and_then_lines_are_dropped_and_told_of() {
    crate::support::run(async {
        for log in [Log::Unread, Log::UnreadNonBlocking] {
            let database = TestDatabase::new(Backend::Sqlite);
            let (log_end, reader) = log.open();
            // At this level a request is many lines.
            let server = MuteServer::start(&database, "trace", log_end).await;
            while server.dropped().await == 0 {
                let requests = (0..100).map(|_| server.get(USERS));
                for answer in join_all(requests).await {
                    assert_eq!(answer.status, 401, "{answer}");
                }
            }
            log_in_and_be_refused(&server, &database).await;
            let event = notice(reader.unwrap());
            assert_eq!(event["level"], "ERROR", "{event}");
            assert_eq!(server.stop(), Some(0), "{log:?}");
        }
    });
}

#[test]
fn a_server_that_is_not_ready_tells_how_many_lines_are_lost() {
    crate::support::run(async {
        let database = TestDatabase::new(Backend::Sqlite);
        let (log_end, _reader) = Log::FullDisk.open();
        let stays = [("FRONTGATE_SHUTDOWN_DELAY", "5m")];
        let server = MuteServer::with(&database, &stays, log_end).await;
        while server.dropped().await < 10 {
            assert_eq!(server.get(USERS).await.status, 401);
        }
        let id = server.child.id().to_string();
        assert!(Command::new("kill").arg(&id).status().unwrap().success());
        while server.get("/health/ready").await.status == 200 {}
        assert!(server.dropped().await >= 10);
        // Asked once more it does not wait.
        assert_eq!(server.stop(), Some(128 + 15));
    });
}

#[test]
fn a_log_that_can_be_written_to_again_tells_at_once_what_is_missing() {
    crate::support::run(async {
        let database = TestDatabase::new(Backend::Sqlite);
        let path = database.folder.path().join("log");
        assert!(
            Command::new("mkfifo")
                .arg(&path)
                .status()
                .unwrap()
                .success()
        );
        let reader = open_fifo(&path);
        let writer = OpenOptions::new().write(true).open(&path).unwrap();
        let server = MuteServer::start(&database, "info", writer.into()).await;
        drop(reader);
        while server.dropped().await < 10 {
            assert_eq!(server.get(USERS).await.status, 401);
        }
        // No request comes any more.
        let event = notice(open_fifo(&path));
        assert!(event["dropped"].as_u64().unwrap() >= 10, "{event}");
        assert_eq!(server.stop(), Some(0));
    });
}

/// Opens a pipe for reading without waiting for somebody who writes, then reads as usual.
fn open_fifo(path: &Path) -> File {
    let options = OFlags::NONBLOCK.bits().try_into().unwrap();
    let file = File::options().read(true).custom_flags(options).open(path);
    let file = file.unwrap();
    fcntl_setfl(&file, OFlags::empty()).unwrap();
    file
}

#[test]
fn a_start_that_fails_says_so_where_it_can_and_ends_where_it_cannot() {
    let folder = tempfile::TempDir::new().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let settings = [("FRONTGATE_BIND", address.as_str())];
    for log in [Log::FullDisk, Log::ReaderGone] {
        let (log_end, _reader) = log.open();
        let status = frontgate(folder.path(), &[], &settings)
            .stdout(Stdio::from(log_end.try_clone().unwrap()))
            .stderr(Stdio::from(log_end))
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(1), "{log:?}");
    }
    let said = frontgate(folder.path(), &[], &settings).output().unwrap();
    let said = String::from_utf8(said.stderr).unwrap();
    assert!(
        said.starts_with(&format!("frontgate: cannot listen on {address}: ")),
        "{said}"
    );
}
