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

    /// Lets this role in by its password alone.
    pub fn ask_for_passwords(&self, role: &str) {
        let data = self.folder.join("data");
        self.as_postgres(&[
            "sh",
            "-c",
            &format!(
                "cd '{}' && echo 'local all {role} scram-sha-256' | cat - pg_hba.conf > new && mv new pg_hba.conf",
                data.display()
            ),
        ]);
        self.control(&["reload"]);
    }

    /// A base backup, for [`Self::recover_to`].
    pub fn back_up(&self) {
        let (backup, host) = (self.folder.join("backup"), self.folder.display());
        let backup = backup.display();
        self.as_postgres(&[
            "sh",
            "-c",
            &format!("pg_basebackup -D '{backup}' -h '{host}' -U postgres -c fast"),
        ]);
    }

    /// Stops this server, and starts another one in its place: the backup, recovered to a restore point.
    pub fn recover_to(&self, point: &str) -> Standby<'_> {
        self.control(&["-m", "fast", "stop"]);
        let (backup, folder) = (self.folder.join("backup"), self.folder.display());
        let settings = format!(
            "restore_command = 'cp \"{folder}/data/pg_wal/%f\" \"%p\"'\n\
             recovery_target_name = '{point}'\nrecovery_target_action = promote\n"
        );
        let start = format!(
            "cd '{backup}' && touch recovery.signal && echo \"$0\" >> postgresql.conf && \
             pg_ctl -D '{backup}' -w -l '{backup}/log' start",
            backup = backup.display()
        );
        self.as_postgres(&["sh", "-c", &start, &settings]);
        Standby {
            url: self.url.clone(),
            postgres: self,
            folder: backup,
        }
    }

    /// A standby of this server, which follows it and takes no changes.
    pub fn standby(&self) -> Standby<'_> {
        let folder = self.folder.join("standby");
        let socket = self.folder.join("standby-socket");
        let data = folder.display();
        self.as_postgres(&[
            "sh",
            "-c",
            &format!(
                "mkdir -m 700 '{socket}' && pg_basebackup -D '{data}' -h '{host}' -U postgres -R -c fast && \
                 echo \"unix_socket_directories = '{socket}'\" >> '{data}/postgresql.conf' && \
                 pg_ctl -D '{data}' -w -l '{data}/log' start",
                socket = socket.display(),
                host = self.folder.display(),
            ),
        ]);
        Standby {
            url: format!(
                "postgres:///postgres?user=postgres&host={}",
                socket.display()
            ),
            postgres: self,
            folder,
        }
    }

    /// `pg_ctl`, as the owner of the server's files.
    fn control(&self, arguments: &[&str]) {
        let data = self.folder.join("data");
        let data = data.to_str().unwrap();
        self.as_postgres(&[&["pg_ctl", "-D", data, "-w"], arguments].concat());
    }

    /// Runs a program as the owner of the server's files; it must succeed.
    fn as_postgres(&self, arguments: &[&str]) {
        let status =
            Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/as-postgres"))
                .args(arguments)
                .current_dir(&self.folder)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .unwrap();
        assert!(status.success(), "{arguments:?}: {status}");
    }
}

/// A second server, of the files of a [`PrivatePostgres`]; it stops with the test.
pub struct Standby<'a> {
    url: String,
    folder: PathBuf,
    postgres: &'a PrivatePostgres,
}

impl Standby<'_> {
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Makes it a primary of its own.
    pub fn promote(&self) {
        self.control(&["promote"]);
    }

    fn control(&self, arguments: &[&str]) {
        let data = self.folder.to_str().unwrap();
        let command = [&["pg_ctl", "-D", data, "-w"], arguments].concat();
        self.postgres.as_postgres(&command);
    }
}

impl Drop for Standby<'_> {
    fn drop(&mut self) {
        self.control(&["-m", "immediate", "stop"]);
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        // Its standard input closes, the script stops the server and tidies up.
        drop(self.script.stdin.take());
        let _ = self.script.wait();
    }
}
