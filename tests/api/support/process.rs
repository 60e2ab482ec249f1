//! The real binary, in a folder and an environment of its own.

use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use frontgate::config::Settings;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use super::test_app::{PASSWORD, SECRET};
use super::{Answer, TestDatabase, openapi};

/// How long a process may take to say something before the test gives up on it.
const PATIENCE: Duration = Duration::from_mins(1);

/// A command that sees nothing of the tests' own environment.
pub fn frontgate(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_frontgate"));
    command
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied())
        .current_dir(folder)
        .stdin(Stdio::null());
    command
}

/// Runs a command beside the server of `database`, with the same settings.
pub fn run_on(database: &TestDatabase, arguments: &[&str], input: &str) -> Finished {
    let environment = [
        ("DATABASE_URL", database.url.as_str()),
        ("SECRET_KEY", SECRET),
        ("FRONTGATE_BIND", "127.0.0.1:0"),
        ("FRONTGATE_BCRYPT_COST", "4"),
    ];
    let mut command = frontgate(database.folder.path(), arguments, &environment);
    Finished::with_input(&mut command, input)
}

/// The names of all files in a folder, sorted; without the two that SQLite itself keeps
/// beside an open database, and removes when the last connection happens to be closed.
pub fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.retain(|name| !name.ends_with("-wal") && !name.ends_with("-shm"));
    names.sort();
    names
}

/// How a process ended, in a form that a snapshot can hold.
#[derive(Debug)]
pub struct Finished {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Finished {
    /// Runs a command to its end.
    pub fn of(command: &mut Command) -> Self {
        command.output().unwrap().into()
    }

    /// Runs a command to its end, with something to read.
    pub fn with_input(command: &mut Command, input: &str) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that fails early does not read what it is given.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap().into()
    }
}

impl From<Output> for Finished {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl fmt::Display for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code.unwrap_or(-1);
        write!(f, "exit code {code}\n\n{}{}", self.stdout, self.stderr)
    }
}

/// A server in a process of its own; killed with the test.
pub struct ServerProcess {
    pub address: String,
    /// What it printed up to the line with its address.
    pub greeting: Vec<String>,
    pub http: Client,
    lines: Receiver<String>,
    child: Child,
}

impl ServerProcess {
    /// Starts a server on a port of its own and waits until it listens.
    pub fn start(database: &TestDatabase, settings: &[(&str, &str)]) -> Self {
        let standing = [
            ("DATABASE_URL", database.url.as_str()),
            ("SECRET_KEY", SECRET),
            ("FRONTGATE_BIND", "127.0.0.1:0"),
            ("FRONTGATE_BCRYPT_COST", "4"),
        ];
        let environment = [&standing, settings].concat();
        let server = Self::spawn(&mut frontgate(database.folder.path(), &[], &environment));
        let variables = environment.iter();
        let variables = variables.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let settings = Settings::from_sources(None, variables).unwrap();
        openapi::Server::tell(&settings, server.address.parse().unwrap(), None);
        server
    }

    /// Runs `command`, which serves, and waits until it listens.
    pub fn spawn(command: &mut Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                // Nobody listens any more once the test is over.
                let _ = sender.send(line);
            }
        });
        let mut server = Self {
            address: String::new(),
            greeting: Vec::new(),
            http: Client::new(),
            lines,
            child,
        };
        let line = server.wait_for(" serves http");
        server.address = match serde_json::from_str::<Value>(&line) {
            Ok(greeting) => greeting["address"].as_str().unwrap().to_owned(),
            Err(_) => line
                .split_once("http://")
                .unwrap()
                .1
                .trim_end_matches('/')
                .to_owned(),
        };
        server
    }

    /// Waits for a line that holds `part`, and answers it.
    pub fn wait_for(&mut self, part: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("no {part:?} after {:#?}", self.greeting));
            self.greeting.push(line.clone());
            if line.contains(part) {
                return line;
            }
        }
    }

    /// Waits until it has ended, and keeps everything that it wrote.
    pub fn wait_until_end(&mut self) {
        self.greeting.extend(self.lines.iter());
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL: nothing is finished, nothing is tidied up.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, as containers send it.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let (signal, id) = (format!("-{name}"), self.child.id().to_string());
        let sent = Command::new("kill").args([signal, id]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the end of the process and answers its exit code.
    pub fn exit_code(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("http://{}{path}", self.address))
    }

    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path)).await
    }

    pub async fn create(&self, email: &str) -> Answer {
        self.with_credentials("create", email, PASSWORD).await
    }

    pub async fn log_in(&self, email: &str, password: &str) -> Answer {
        self.with_credentials("login", email, password).await
    }

    async fn with_credentials(&self, view: &str, email: &str, password: &str) -> Answer {
        let body = json!({ "email": email, "password": password });
        let request = self.request(Method::POST, &format!("/api/v1/users/{view}/"));
        Answer::of(request.json(&body)).await
    }

    /// A refresh; `None` when no answer came.
    pub async fn refresh(&self, token: &str) -> Option<Answer> {
        let request = self
            .request(Method::POST, "/api/v1/users/refresh/")
            .header("Cookie", format!("refresh={token}"));
        Answer::if_any(request).await.ok()
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The value of the cookie that an answer sets.
pub fn cookie(answer: &Answer, name: &str) -> String {
    let prefix = format!("{name}=");
    let pair = answer
        .set_cookies()
        .find_map(|cookie| cookie.strip_prefix(&prefix))
        .unwrap_or_else(|| panic!("no cookie {name} in {answer}"));
    pair.split_once(';').unwrap().0.to_owned()
}
