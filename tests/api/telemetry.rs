//! The log of the real program: JSON lines under request ids, and no secret in any.

mod malformed;
mod unwritable;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use reqwest::Client;
use serde_json::{Value, json};

use crate::support::{Answer, Backend, PASSWORD, TestDatabase, USERS, on_both_databases};

/// The program, started as a person would start it, with its log.
struct Program {
    child: Child,
    lines: mpsc::Receiver<String>,
    seen: Vec<String>,
    origin: String,
}

impl Program {
    async fn start(database: &TestDatabase, settings: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_frontgate"))
            .current_dir(database.folder.path())
            .env_clear()
            // Far from GMT: the cookies must not notice.
            .env("TZ", "Pacific/Auckland")
            .env("DATABASE_URL", &database.url)
            .env("SECRET_KEY", "a secret key for tests, 32 bytes or more")
            .env("FRONTGATE_BIND", "127.0.0.1:0")
            .env("FRONTGATE_BCRYPT_COST", "4")
            .envs(settings.iter().copied())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in stderr.lines() {
                let _ = sender.send(line.unwrap());
            }
        });
        actix_web::web::block(move || {
            let mut seen = Vec::new();
            let origin = loop {
                let line = lines
                    .recv()
                    .unwrap_or_else(|_| panic!("it ended: {seen:?}"));
                let ready = serde_json::from_str::<Value>(&line).ok();
                let address = ready.and_then(|line| Some(line["address"].as_str()?.to_owned()));
                seen.push(line);
                if let Some(address) = address {
                    break format!("http://{address}");
                }
            };
            Self {
                child,
                lines,
                seen,
                origin,
            }
        })
        .await
        .unwrap()
    }

    /// Ends it as a container does, and answers the whole log.
    fn stop(mut self) -> Vec<String> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").arg(pid).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
        self.seen.extend(self.lines.iter());
        self.seen
    }

    fn path(&self, path: &str) -> String {
        format!("{}{USERS}{path}", self.origin)
    }
}

/// The lines, as JSON.
fn events(log: &[String]) -> Vec<Value> {
    log.iter()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

fn cookie(answer: &Answer, name: &str) -> String {
    let set = answer
        .set_cookies()
        .find_map(|cookie| cookie.strip_prefix(&format!("{name}=")));
    set.unwrap().split(';').next().unwrap().to_owned()
}

on_both_databases! {
    async fn the_log_is_json_under_request_ids_and_holds_no_secret(backend: Backend) {
        const WRONG: &str = "wrong horse battery";
        let database = TestDatabase::new(backend);
        for level in ["info", "trace"] {
            let program = Program::start(&database, &[("FRONTGATE_LOG_LEVEL", level)]).await;
            let http = Client::new();
            let person = json!({ "email": format!("{level}@example.com"), "password": PASSWORD });
            let wrong = json!({ "email": format!("{level}@example.com"), "password": WRONG });
            let created = Answer::of(http.post(program.path("/create/")).json(&person)).await;
            assert_eq!(created.status, 201, "{created}");
            Answer::of(http.post(program.path("/login/")).json(&wrong)).await;
            Answer::of(http.post(program.path("/login/")).body(PASSWORD)).await;
            let logged_in = Answer::of(http.post(program.path("/login/")).json(&person)).await;
            let (access, refresh) = (cookie(&logged_in, "access"), cookie(&logged_in, "refresh"));
            let cookies = format!("access={access}; refresh={refresh}; theme=a-cookie-of-another-app");
            Answer::of(http.get(program.path("/")).header("Cookie", &cookies)).await;
            Answer::of(http.get(program.path("/")).bearer_auth(format!("{access}x"))).await;
            Answer::of(http.get(program.path("/?token=a-token-in-a-query")).bearer_auth("not.a.token")).await;
            Answer::of(http.get(format!("{}/a-secret-in-a-path", program.origin))).await;
            let refreshed = Answer::of(http.post(program.path("/refresh/")).header("Cookie", &cookies)).await;
            assert_eq!(refreshed.status, 200, "{refreshed}");
            let newest = format!("access={}; refresh={}", cookie(&refreshed, "access"), cookie(&refreshed, "refresh"));
            let logged_out = Answer::of(http.post(program.path("/logout/")).header("Cookie", &newest)).await;
            assert_eq!(logged_out.status, 200, "{logged_out}");

            let log = program.stop();
            let text = log.join("\n");
            for secret in [PASSWORD, WRONG, "eyJ", "a-cookie-of-another-app", "not.a.token", "a-token-in-a-query",
                "a-secret-in-a-path", "bcrypt_sha256", "a secret key for tests"] {
                let line = log.iter().find(|line| line.contains(secret));
                assert!(line.is_none(), "{secret} at level {level}: {line:?}");
            }
            for answer in [&created, &logged_in, &refreshed, &logged_out] {
                let id = answer.header("x-request-id").unwrap();
                assert!(text.contains(id), "request {id}:\n{text}");
            }
            let answered: Vec<_> = events(&log).into_iter().filter(|event| event["message"] == "answered").collect();
            assert!(answered.len() >= 7, "{text}");
            for event in answered {
                assert!(event["span"]["request_id"].is_string(), "{event}");
                assert!(event["status"].is_u64(), "{event}");
            }
        }
    }

    async fn logged_in_then_401_is_explained_once(backend: Backend) {
        let database = TestDatabase::new(backend);
        let program = Program::start(&database, &[]).await;
        let http = Client::new();
        let person = json!({ "email": "ada@example.com", "password": PASSWORD });
        Answer::of(http.get(program.path("/"))).await;
        Answer::of(http.post(program.path("/create/")).json(&person)).await;
        for _ in 0..3 {
            assert_eq!(Answer::of(http.get(program.path("/"))).await.status, 401);
            Answer::of(http.post(program.path("/login/")).json(&person)).await;
        }
        let log = program.stop();
        let hints: Vec<_> = events(&log).into_iter().filter(|event| event["level"] == "WARN").collect();
        let [hint] = &hints[..] else { panic!("{hints:#?}") };
        assert_eq!(hint["setting"], "cookie_secure");
        assert!(hint["message"].as_str().unwrap().contains("set cookie_secure = false"), "{hint}");
    }

    async fn behind_https_or_without_secure_cookies_nothing_is_explained(backend: Backend) {
        let database = TestDatabase::new(backend);
        for setting in [("FRONTGATE_TRUSTED_PROXIES", "127.0.0.1"), ("FRONTGATE_COOKIE_SECURE", "false")] {
            let program = Program::start(&database, &[setting]).await;
            let http = Client::new();
            let person = json!({ "email": format!("{}@example.com", setting.1), "password": PASSWORD });
            let request = http.post(program.path("/create/")).header("X-Forwarded-Proto", "https");
            assert_eq!(Answer::of(request.json(&person)).await.status, 201);
            assert_eq!(Answer::of(http.get(program.path("/"))).await.status, 401);
            let log = program.stop();
            assert!(!log.join("\n").contains("cookie_secure"), "{setting:?}: {log:#?}");
        }
    }

    async fn expires_is_gmt_wherever_the_server_stands(backend: Backend) {
        let database = TestDatabase::new(backend);
        let program = Program::start(&database, &[]).await;
        let person = json!({ "email": "ada@example.com", "password": PASSWORD });
        let answer = Answer::of(Client::new().post(program.path("/create/")).json(&person)).await;
        let read = |text: &str| {
            let text = text.strip_suffix(" GMT").unwrap();
            chrono::NaiveDateTime::parse_from_str(text, "%a, %d %b %Y %H:%M:%S").unwrap()
        };
        let date = read(answer.header("date").unwrap());
        for (cookie, lifetime) in answer.set_cookies().zip([900, 7 * 86_400]) {
            let expires = cookie.split("; ").find_map(|part| part.strip_prefix("Expires="));
            let ahead = (read(expires.unwrap()) - date).num_seconds() - lifetime;
            // Half an hour is the least that a wrong time zone would make.
            assert!(ahead.abs() < 900, "{cookie} at {date}");
        }
        program.stop();
    }

    async fn the_log_says_why_the_admin_was_refused_to_whom_no_proxy_names(backend: Backend) {
        let database = TestDatabase::new(backend);
        let settings = [("FRONTGATE_TRUSTED_PROXIES", "127.0.0.1"), ("FRONTGATE_ADMIN_ALLOWED_NETWORKS", "127.0.0.0/8")];
        let program = Program::start(&database, &settings).await;
        let admin = || Client::new().get(format!("{}/admin/", program.origin));
        for (forwarded, says) in [
            (None, "through a proxy that does not tell your address"),
            (Some("unknown"), "through a proxy that does not tell your address"),
            (Some("127.0.0.1"), "from the address of a proxy"),
        ] {
            let request = forwarded.into_iter().fold(admin(), |request, value| request.header("X-Forwarded-For", value));
            let answer = Answer::of(request).await;
            assert_eq!(answer.status, 403, "{answer}");
            assert!(answer.body.contains(&format!("The admin cannot be reached {says}.")), "{answer}");
        }
        let log = events(&program.stop());
        let told: Vec<_> = log.iter().filter(|event| event["level"] == "WARN").collect();
        let [dropped, named] = &told[..] else { panic!("{told:#?}") };
        assert_eq!((&dropped["proxy"], &named["address"]), (&json!("127.0.0.1"), &json!("127.0.0.1")));
        for line in told {
            let message = line["message"].as_str().unwrap();
            assert!(message.contains("trusted_proxies") && message.contains("docs/security.md"), "{line}");
        }
    }

    async fn a_refused_log_in_is_one_line(backend: Backend) {
        let database = TestDatabase::new(backend);
        let program = Program::start(&database, &[]).await;
        let http = Client::new();
        let person = |password: &str| json!({ "email": "ada@example.com", "password": password });
        Answer::of(http.post(program.path("/create/")).json(&person(PASSWORD))).await;
        let mut ids = Vec::new();
        for body in [person("wrong"), json!({ "email": "eve@example.com", "password": "wrong" }), json!({})] {
            let answer = Answer::of(http.post(program.path("/login/")).json(&body)).await;
            assert_eq!(answer.status, 404, "{answer}");
            ids.push(answer.header("x-request-id").unwrap().to_owned());
        }
        let form = [("email", "ada@example.com"), ("password", "wrong")];
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let sign_in = http.post(format!("{}/admin/login/", program.origin)).body(form);
        let sign_in = sign_in.header("Content-Type", "application/x-www-form-urlencoded");
        let answer = Answer::of(sign_in).await;
        ids.push(answer.header("x-request-id").unwrap().to_owned());
        let log = events(&program.stop());
        for id in ids {
            let lines: Vec<_> = log.iter().filter(|event| event["span"]["request_id"] == *id).collect();
            assert_eq!(lines.len(), 1, "{lines:#?}");
        }
    }
}
