//! A real nginx with the file that `docs/deployment.md` shows, `deploy/nginx.conf`, and people behind it.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpStream};
use std::process::{Child, Command};

use reqwest::Method;
use reqwest::blocking::Client;
use serde_json::json;
use tempfile::TempDir;

use super::node::own_address;
use super::person::{Answer, credentials};
use super::wait_until;

/// The file that people install.
const FILE: &str = include_str!("../../../deploy/nginx.conf");
/// Its nodes.
const NODES: [&str; 3] = ["127.0.0.1:8001", "127.0.0.1:8002", "127.0.0.1:8003"];
/// From where people come; nginx itself comes from 127.0.0.1.
pub const VISITORS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 77);

/// Ends with the test.
pub struct Nginx {
    pub address: String,
    folder: TempDir,
    child: Child,
}

impl Nginx {
    /// The file in front of three nodes.
    pub fn start(nodes: &[String]) -> Self {
        Self::with(nodes, &[])
    }

    /// As [`Self::start`], with other parts of the file changed.
    pub fn with(nodes: &[String], changes: &[(&str, &str)]) -> Self {
        let (address, folder) = (own_address(), TempDir::new().unwrap());
        let here = folder.path().display();
        let (listen, log) = (format!("listen {address};"), format!("{here}/access.log"));
        let mut standing = vec![
            ("listen 443 ssl;", listen.as_str()),
            (
                "    ssl_certificate     /etc/ssl/app.example.com.pem;\n",
                "",
            ),
            (
                "    ssl_certificate_key /etc/ssl/app.example.com.key;\n",
                "",
            ),
            ("/var/log/nginx/frontgate.log", &log),
        ];
        assert_eq!(nodes.len(), NODES.len());
        standing.extend(NODES.into_iter().zip(nodes.iter().map(String::as_str)));
        let text = standing
            .iter()
            .chain(changes)
            .fold(FILE.to_owned(), |text, (from, to)| {
                assert!(text.contains(from), "{from}");
                text.replace(from, to)
            });
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|name| format!("{name}_temp_path {here}/{name};\n"))
            .concat();
        let path = folder.path().join("nginx.conf");
        let around = format!(
            "daemon off; master_process off; pid {here}/pid; events {{}}\nhttp {{\n{temporary}{text}}}\n"
        );
        std::fs::write(&path, around).unwrap();
        // Debian keeps it off people's PATH.
        let command = r#"PATH=$PATH:/usr/sbin exec nginx -p "$0" -e "$0/error.log" -c "$1""#;
        let mut child = Command::new("sh")
            .args(["-c", command])
            .arg(folder.path())
            .arg(&path)
            .spawn()
            .unwrap();
        wait_until("nginx listens", || {
            let ended = child.try_wait().unwrap();
            assert!(
                ended.is_none(),
                "nginx has ended; scripts/install-tools installs it"
            );
            TcpStream::connect(&address).is_ok()
        });
        Self {
            address,
            folder,
            child,
        }
    }

    /// What its access log has so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("access.log")).unwrap()
    }

    /// What nginx has to say about the nodes.
    pub fn errors(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("error.log")).unwrap()
    }

    /// The status of the answer to `GET target`, a path and query that are sent as they are.
    pub fn status_of_get(&self, target: &str) -> u16 {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let head = format!("GET {target} HTTP/1.0\r\nHost: app.example.com\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// Somebody who has not come yet.
    pub fn visitor(&self, name: &str) -> Visitor {
        Visitor {
            http: Client::builder()
                .local_address(IpAddr::V4(VISITORS))
                .cookie_store(true)
                .timeout(std::time::Duration::from_secs(40))
                .build()
                .unwrap(),
            users: format!("http://{}/api/v1/users/", self.address),
            name: name.to_owned(),
        }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Somebody whose browser knows nginx alone, and keeps its cookies.
pub struct Visitor {
    pub http: Client,
    users: String,
    name: String,
}

impl Visitor {
    /// A request with the cookies that there are.
    pub fn ask(&self, method: Method, path: &str) -> Answer {
        Answer::of(
            self.http.request(method, format!("{}{path}", self.users)),
            0,
        )
    }

    pub fn post(&self, path: &str) -> Answer {
        self.ask(Method::POST, path)
    }

    pub fn sign_up(&self) -> Answer {
        self.with_credentials("create/")
    }

    pub fn log_in(&self) -> Answer {
        self.with_credentials("login/")
    }

    fn with_credentials(&self, path: &str) -> Answer {
        let (email, password) = credentials(&self.name);
        let body = json!({ "email": email, "password": password });
        let request = self.http.post(format!("{}{path}", self.users));
        Answer::of(request.json(&body), 0)
    }
}
