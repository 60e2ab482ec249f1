//! A real HAProxy, configured as `docs/deployment.md` says, takes out what is not ready.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use crate::support::{Backend, TestApp};

const PAGE: &str = include_str!("../../../docs/deployment.md");
/// The check of the page, and others that HAProxy knows; the last one is its default method.
const CHECKS: [&str; 3] = [
    "option httpchk GET /health/ready",
    "option httpchk HEAD /health/ready",
    "option httpchk /health/ready",
];

/// The block of the page, listening at `front`, in front of `server`.
fn configuration(front: &str, server: &str, check: &str) -> String {
    let (_, block) = PAGE.split_once("```haproxy\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    let changes = [
        (":443 ssl crt /etc/ssl/app.example.com.pem", front),
        ("127.0.0.1:8000", server),
        (CHECKS[0], check),
    ];
    changes.iter().fold(block.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    })
}

/// Killed with the test.
struct HaProxy {
    child: Child,
    front: String,
}

impl HaProxy {
    fn start(app: &TestApp, check: &str) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap();
        let front = port.local_addr().unwrap().to_string();
        drop(port);
        let path = app.database.folder.path().join("haproxy.cfg");
        std::fs::write(
            &path,
            configuration(&front, &app.address.to_string(), check),
        )
        .unwrap();
        // Debian keeps it off people's PATH.
        let command = r#"PATH=$PATH:/usr/sbin exec haproxy -db -f "$0""#;
        let child = Command::new("sh")
            .args(["-c", command])
            .arg(&path)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, front }
    }

    /// Waits until a request through it has this status.
    async fn until(&mut self, app: &TestApp, status: u16) {
        loop {
            let answer = app
                .http
                .get(format!("http://{}/health/live", self.front))
                .send();
            if answer.await.is_ok_and(|answer| answer.status() == status) {
                return;
            }
            assert!(
                self.child.try_wait().unwrap().is_none(),
                "HAProxy has ended; scripts/install-tools installs it"
            );
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for HaProxy {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `live` is 200 throughout: a 503 is HAProxy's own, which has no server left.
#[test]
fn it_takes_out_a_server_without_a_database_and_brings_it_back() {
    crate::support::run(async {
        for check in CHECKS {
            let app = TestApp::with(Backend::Postgres, &[("database_timeout", "1s")]).await;
            let mut proxy = HaProxy::start(&app, check);
            proxy.until(&app, 200).await;
            app.database.allow_connections(false);
            proxy.until(&app, 503).await;
            assert_eq!(app.get("/health/live").await.status, 200);
            app.database.allow_connections(true);
            proxy.until(&app, 200).await;
        }
    });
}
