//! A PgBouncer between the nodes and PostgreSQL, as Debian packages it.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use crate::support::{Backend, Cluster, NodeSettings, Person, TestDatabase, wait_until};

/// A PgBouncer in front of the server that a URL names by the folder of its socket.
struct PgBouncer {
    url: String,
    child: Child,
    _folder: tempfile::TempDir,
}

impl PgBouncer {
    fn start(url: &str, mode: &str) -> Self {
        let parsed = url::Url::parse(url).unwrap();
        let host = parsed.query_pairs().find(|(name, _)| name == "host");
        let socket = host.unwrap().1.into_owned();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let folder = tempfile::TempDir::new().unwrap();
        let settings = folder.path().join("pgbouncer.ini");
        std::fs::write(
            &settings,
            format!(
                "[databases]\n* = host={socket} user=postgres\n\
                 [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
                 auth_type = any\npool_mode = {mode}\n"
            ),
        )
        .unwrap();
        // It refuses to run as root, and its user must be able to read the file.
        let readable = Command::new("chmod")
            .args(["-R", "a+rX"])
            .arg(folder.path())
            .status();
        assert!(readable.unwrap().success());
        let mut command = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/as-postgres"));
        let child = command
            .arg("sh")
            .args(["-c", "PATH=$PATH:/usr/sbin exec pgbouncer \"$0\""])
            .arg(&settings)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("scripts/install-tools installs it");
        wait_until("PgBouncer listens", || {
            std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        let name = parsed.path();
        Self {
            url: format!("postgres://postgres@127.0.0.1:{port}{name}"),
            child,
            _folder: folder,
        }
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        // runuser hands it on.
        crate::support::signal(self.child.id(), "TERM");
        let _ = self.child.wait();
    }
}

#[test]
fn a_pooler_that_keeps_sessions_together_serves_and_tells_at_once() {
    let database = TestDatabase::new(Backend::Postgres);
    let pooler = PgBouncer::start(&database.url, "session");
    let node = NodeSettings {
        url: Some(pooler.url.clone()),
        environment: Vec::new(),
    };
    let cluster = Cluster::on(database, &[node.clone(), node]);
    let mut people: Vec<_> = (0..6)
        .map(|number| cluster.person(&format!("user{number}"), number % 2))
        .collect();
    std::thread::scope(|scope| {
        for person in &mut people {
            scope.spawn(|| {
                for turn in 0..10 {
                    assert_eq!(person.refresh(turn % 2).status, Some(200));
                }
            });
        }
    });
    let thieves: Vec<_> = people.iter().map(Person::thief).collect();
    for person in &mut people {
        assert_eq!(person.log_out(0).status, Some(200));
    }
    for mut thief in thieves {
        wait_until("the other node knows", || thief.info(1).status == Some(401));
    }
}

#[test]
fn a_pooler_that_takes_sessions_apart_is_refused_with_the_reason() {
    let database = TestDatabase::new(Backend::Postgres);
    let cluster = Cluster::on(database, &[NodeSettings::default()]);
    let pooler = PgBouncer::start(cluster.url(), "transaction");
    for arguments in [
        &["serve"] as &[&str],
        &["migrate"],
        &["flushexpiredtokens"],
        &["sessions", "revoke", "--all", "--yes"],
    ] {
        let mut command = cluster.node(0).command(arguments);
        command.env("FRONTGATE_BIND", "127.0.0.1:0");
        let output = command.env("DATABASE_URL", &pooler.url).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {error}");
        assert!(
            error.contains("set pool_mode=session"),
            "{arguments:?}: {error}"
        );
    }
}
