//! Writes the history of a test, and has it checked when the test is over.

use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Mutex;

use crate::checker::{Report, Rules, check};
use crate::history::{Event, Micros, Request};

/// The history of a test.
pub struct Record {
    began: Micros,
    events: Mutex<Vec<Event>>,
    pub rules: Rules,
    /// Where the history of a failed test is left, and the nodes' logs.
    pub folder: PathBuf,
}

impl Record {
    /// An empty history of the test that runs on this thread.
    pub fn new() -> Self {
        let test = std::thread::current().name().unwrap().replace("::", "-");
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("cluster-{test}"));
        // What an earlier run has left is no longer true.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        Self {
            began: uptime(),
            events: Mutex::default(),
            rules: Rules::default(),
            folder,
        }
    }

    /// Microseconds since the test began.
    pub fn now(&self) -> Micros {
        uptime() - self.began
    }

    pub fn asked(&self, request: Request) {
        self.events
            .lock()
            .unwrap()
            .push(Event::Asked(Box::new(request)));
    }

    pub fn down(&self, node: usize) {
        let at = self.now();
        self.events.lock().unwrap().push(Event::Down { node, at });
    }

    pub fn up(&self, node: usize) {
        let at = self.now();
        self.events.lock().unwrap().push(Event::Up { node, at });
    }

    /// A remark for the person who reads the history.
    pub fn note(&self, text: impl Into<String>) {
        let (at, text) = (self.now(), text.into());
        self.events.lock().unwrap().push(Event::Note { at, text });
    }

    /// Looks through what has happened so far.
    pub fn check(&self) -> Report {
        check(&self.events.lock().unwrap(), self.rules)
    }

    /// Writes the history into [`Self::folder`] and answers where it is.
    fn write(&self, report: &Report) -> PathBuf {
        let mut text = format!("{report}\n");
        for event in self.events.lock().unwrap().iter() {
            writeln!(text, "{event}").unwrap();
        }
        let path = self.folder.join("history.txt");
        std::fs::write(&path, text).unwrap();
        path
    }
}

#[expect(
    clippy::disallowed_macros,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a test says here what its history was"
)]
impl Drop for Record {
    /// No test can forget to have its history checked.
    fn drop(&mut self) {
        let report = self.check();
        let failed = std::thread::panicking();
        if failed || !report.forbidden.is_empty() {
            let path = self.write(&report);
            let path = path.display();
            if failed {
                eprintln!("the history is in {path}: {report}");
            } else {
                panic!("the history is in {path}: {report}");
            }
        } else {
            println!("{report}");
            // Whether the folder goes or stays, the test has passed.
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// Microseconds since the process began, on a clock that never steps.
#[expect(
    clippy::disallowed_methods,
    reason = "a history has a clock of its own, apart from those that it is about"
)]
pub fn uptime() -> Micros {
    static BEGAN: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    let elapsed = BEGAN.get_or_init(std::time::Instant::now).elapsed();
    elapsed.as_micros().try_into().unwrap()
}
