//! A PostgreSQL for one test alone, which may be killed.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// `scripts/with-postgres` around a command that waits for its standard input to close.
pub struct PrivatePostgres {
    pub url: String,
    folder: PathBuf,
    script: Child,
}

impl PrivatePostgres {
    pub fn start() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut script = Command::new(root.join("scripts/with-postgres"))
            .args(["sh", "-c", r#"echo "$FRONTGATE_TEST_POSTGRES"; exec cat"#])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = script.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let url = line.trim().to_owned();
        let folder = url.split_once("host=").expect("the folder of the socket").1;
        Self {
            folder: folder.into(),
            url,
            script,
        }
    }

    /// Stops it as a crash does: nothing is written, nobody is told.
    pub fn crash(&self) {
        self.control(&["-m", "immediate", "stop"]);
    }

    /// Starts it again, on what the crash has left.
    pub fn start_again(&self) {
        self.control(&["-l", "log", "start"]);
    }

    /// `pg_ctl`, as the owner of the server's files.
    fn control(&self, arguments: &[&str]) {
        let data = self.folder.join("data");
        let status =
            Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/as-postgres"))
                .arg("pg_ctl")
                .arg("-D")
                .arg(&data)
                .arg("-w")
                .args(arguments)
                .current_dir(&self.folder)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .unwrap();
        assert!(status.success(), "pg_ctl {arguments:?}: {status}");
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        // Its standard input closes, the script stops the server and tidies up.
        drop(self.script.stdin.take());
        let _ = self.script.wait();
    }
}
