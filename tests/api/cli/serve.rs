//! `serve`, the default.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::process::{Finished, ServerProcess, files, frontgate, run_on};
use crate::support::{Backend, PASSWORD, SECRET, TestDatabase};

const BIND: [(&str, &str); 2] = [
    ("FRONTGATE_BIND", "127.0.0.1:0"),
    ("FRONTGATE_LOG_LEVEL", "off"),
];

#[test]
fn with_no_settings_at_all_everything_is_made_and_private() {
    let folder = tempfile::TempDir::new().unwrap();
    let server = ServerProcess::spawn(&mut frontgate(folder.path(), &[], &BIND));
    server.terminate();
    assert_eq!(server.exit_code(), Some(0));
    assert_eq!(
        files(folder.path()),
        ["frontgate.secret", "frontgate.sqlite3"]
    );
    for name in files(folder.path()) {
        let metadata = std::fs::metadata(folder.path().join(&name)).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{name}");
    }
    let key = || std::fs::read_to_string(folder.path().join("frontgate.secret")).unwrap();
    let first = key();
    assert_eq!(first.trim().len(), 64);
    let again = ServerProcess::spawn(&mut frontgate(folder.path(), &["serve"], &BIND));
    drop(again);
    assert_eq!(key(), first);
    let checked = Finished::of(&mut frontgate(folder.path(), &["check"], &[]));
    assert!(!checked.to_string().contains(first.trim()), "{checked}");
}

/// The addresses of a greeting that people read.
fn addresses(origin: &str) -> String {
    format!(
        "Frontgate {} serves {origin}/\n  API        {origin}/api/v1/users/\n  docs       {origin}/api/docs/\n  demo       {origin}/demo/\n  admin      {origin}/admin/\n",
        env!("CARGO_PKG_VERSION")
    )
}

/// Everything that a server wrote, and its folder.
fn greeting(settings: &[(&str, &str)], arguments_before: &[&[&str]]) -> (Vec<String>, String) {
    let database = TestDatabase::new(Backend::Sqlite);
    for arguments in arguments_before {
        run_on(&database, arguments, PASSWORD);
    }
    let mut server = ServerProcess::start(&database, settings);
    server.terminate();
    server.wait_until_end();
    let file = database.url.trim_start_matches("sqlite://").to_owned();
    (std::mem::take(&mut server.greeting), file)
}

const CREATE: [&str; 4] = [
    "createsuperuser",
    "--email",
    "ada@example.com",
    "--password-stdin",
];

#[test]
fn a_greeting_for_people_that_goes_to_no_terminal_names_a_command_and_no_secret() {
    let settings = [
        ("FRONTGATE_LOG_LEVEL", "off"),
        ("FRONTGATE_LOG_FORMAT", "pretty"),
    ];
    let (lines, file) = greeting(&settings, &[]);
    let address = lines[0]
        .split_once("http://")
        .unwrap()
        .1
        .trim_end_matches('/');
    let known = addresses(&format!("http://{address}"));
    let hint = "No administrator yet. This prints a link that makes the first one:\n  frontgate setup-link\n\
                or with: frontgate createsuperuser --email you@example.com";
    assert_eq!(
        lines.join("\n"),
        format!("{known}  database   {file}\n{hint}")
    );
    let (lines, file) = greeting(&settings, &[&["migrate"], &CREATE]);
    let address = lines[0]
        .split_once("http://")
        .unwrap()
        .1
        .trim_end_matches('/');
    let known = addresses(&format!("http://{address}"));
    assert_eq!(lines.join("\n"), format!("{known}  database   {file}"));
}

#[test]
fn where_the_log_is_json_the_greeting_is_one_line_of_it_at_any_level() {
    for level in ["off", "error", "info", "trace"] {
        let (lines, file) = greeting(&[("FRONTGATE_LOG_LEVEL", level)], &[]);
        let events: Vec<Value> = lines
            .iter()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert!(!lines.join("\n").contains("/admin/setup/"), "{lines:#?}");
        let mut greetings = events
            .into_iter()
            .filter(|event| event["version"].is_string());
        let mut greeting = greetings.next().unwrap();
        assert!(greetings.next().is_none());
        let object = greeting.as_object_mut().unwrap();
        object.remove("timestamp").unwrap();
        let address = object["address"].as_str().unwrap().to_owned();
        let origin = format!("http://{address}");
        assert_eq!(
            greeting,
            json!({
                "level": "INFO",
                "message": format!("Frontgate {} serves {origin}/", env!("CARGO_PKG_VERSION")),
                "version": env!("CARGO_PKG_VERSION"),
                "address": address,
                "api": format!("{origin}/api/v1/users/"),
                "docs": format!("{origin}/api/docs/"),
                "demo": format!("{origin}/demo/"),
                "admin": format!("{origin}/admin/"),
                "database": file,
                "next": "no administrator yet: `frontgate setup-link` prints a link that makes the first one, or use `frontgate createsuperuser --email you@example.com`",
            })
        );
    }
    let (lines, _) = greeting(&[("FRONTGATE_DEMO", "false")], &[&["migrate"], &CREATE]);
    let greeting = lines.iter().find(|line| line.contains(" serves ")).unwrap();
    let greeting: Value = serde_json::from_str(greeting).unwrap();
    assert_eq!(
        (&greeting["demo"], &greeting["next"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn the_greeting_says_an_address_that_a_browser_opens() {
    for (bind, origin, expected) in [
        ("0.0.0.0:0", "", "http://127.0.0.1:"),
        ("[::]:0", "", "http://[::1]:"),
        ("127.0.0.1:0", "", "http://127.0.0.1:"),
        (
            "0.0.0.0:0",
            "https://app.example.com",
            "https://app.example.com/",
        ),
    ] {
        let settings = [
            ("FRONTGATE_BIND", bind),
            ("FRONTGATE_PUBLIC_ORIGIN", origin),
        ];
        let (lines, _) = greeting(&settings, &[]);
        let greeting = lines.iter().find(|line| line.contains(" serves ")).unwrap();
        let greeting: Value = serde_json::from_str(greeting).unwrap();
        for name in ["api", "docs", "demo", "admin"] {
            let address = greeting[name].as_str().unwrap();
            assert!(address.starts_with(expected), "{bind} {origin}: {address}");
        }
    }
}

#[test]
fn the_admin_is_greeted_where_it_lives() {
    let ports = [
        ("FRONTGATE_BIND", "0.0.0.0:0"),
        ("FRONTGATE_ADMIN_BIND", "0.0.0.0:0"),
    ];
    let hosts = [
        ("FRONTGATE_PUBLIC_ORIGIN", "https://app.example.com"),
        ("FRONTGATE_ADMIN_ORIGIN", "https://admin.example.com"),
    ];
    for (settings, expected) in [
        (&ports, "http://127.0.0.1:"),
        (&hosts, "https://admin.example.com/admin/"),
    ] {
        let (lines, _) = greeting(settings, &[]);
        let greeting = lines.iter().find(|line| line.contains(" serves ")).unwrap();
        let greeting: Value = serde_json::from_str(greeting).unwrap();
        let admin = greeting["admin"].as_str().unwrap();
        assert!(admin.starts_with(expected), "{admin}");
    }
}

/// `script` gives the server a terminal. Its end closes the terminal, which stops the server.
#[test]
fn a_terminal_is_shown_the_link() {
    let database = TestDatabase::new(Backend::Sqlite);
    let environment = [
        ("DATABASE_URL", database.url.as_str()),
        ("SECRET_KEY", SECRET),
        ("FRONTGATE_BIND", "127.0.0.1:0"),
        ("PATH", "/usr/bin:/bin"),
    ];
    let mut terminal = Command::new("script")
        .args(["-qfec", env!("CARGO_BIN_EXE_frontgate"), "/dev/null"])
        .env_clear()
        .envs(environment)
        .current_dir(database.folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(terminal.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let link = lines
        .find(|line| line.contains("/admin/setup/?token="))
        .unwrap();
    let link = link.trim().to_owned();
    crate::support::run(async move {
        let status = async || {
            reqwest::get(&link)
                .await
                .map(|answer| answer.status().as_u16())
                .ok()
        };
        assert_eq!(status().await, Some(200));
        terminal.kill().unwrap();
        terminal.wait().unwrap();
        while status().await.is_some() {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn setup_link_prints_a_link_until_there_is_an_administrator() {
    crate::support::run(async {
        let database = TestDatabase::new(Backend::Sqlite);
        let server = ServerProcess::start(&database, &[]);
        for _ in 0..2 {
            let printed = run_on(&database, &["setup-link"], "");
            assert_eq!(printed.code, Some(0), "{printed}");
            let path = printed
                .stdout
                .strip_prefix("http://127.0.0.1:0")
                .unwrap()
                .trim_end();
            assert!(path.starts_with("/admin/setup/?token="), "{printed}");
            assert_eq!(server.get(path).await.status, 200);
            assert_eq!(
                printed.stderr,
                "This makes the first administrator, once, within 30 minutes. It is a secret.\n"
            );
        }
        run_on(&database, &CREATE, PASSWORD);
        let refused = run_on(&database, &["setup-link"], "");
        assert_eq!(
            (refused.code, refused.stdout.as_str()),
            (Some(1), ""),
            "{refused}"
        );
        assert!(
            refused.stderr.contains("there is an administrator already"),
            "{refused}"
        );
    });
}

#[test]
fn what_the_greeting_names_exists() {
    crate::support::run(async {
        let database = TestDatabase::new(Backend::Sqlite);
        let server = ServerProcess::start(&database, &[]);
        for path in ["/", "/api/docs/", "/demo/", "/admin/login/"] {
            assert_eq!(server.get(path).await.status, 200, "{path}");
        }
        // The API's own path is one that answers, though not without a token.
        assert_eq!(server.get("/api/v1/users/").await.status, 401);
    });
}
