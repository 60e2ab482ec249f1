//! A server of its own for each test: the whole application on a port of its own, with a
//! clock that stands still.

use std::time::Duration;

use chrono::{TimeDelta, TimeZone, Utc};
use frontgate::app::App;
use frontgate::clock::{Clock, Moment};
use frontgate::config::Settings;
use frontgate::db::AnyConnection;
use frontgate::server;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

use super::{Answer, Backend, Browser, TestDatabase, openapi};

/// The secret key of every test.
pub const SECRET: &str = "a secret key for tests, 32 bytes or more";
/// A password that every validator accepts.
pub const PASSWORD: &str = "correct horse battery";

/// A running server, its database and its clock.
pub struct TestApp {
    pub state: actix_web::web::Data<App>,
    pub address: std::net::SocketAddr,
    /// Where the admin listens, if on a port of its own.
    pub admin_address: Option<std::net::SocketAddr>,
    pub database: TestDatabase,
    pub clock: Clock,
    pub http: Client,
    handle: actix_web::dev::ServerHandle,
}

impl TestApp {
    /// A server with the default settings and cheap hashes.
    pub async fn new(backend: Backend) -> Self {
        Self::with(backend, &[]).await
    }

    /// A server with some settings, by their names in `frontgate.toml`.
    pub async fn with(backend: Backend, settings: &[(&str, &str)]) -> Self {
        Self::on(TestDatabase::new(backend), Self::start_of_time(), settings).await
    }

    /// A server on a database that is there already, at a given time.
    pub async fn on(database: TestDatabase, now: Moment, settings: &[(&str, &str)]) -> Self {
        let clock = Clock::manual(now);
        let settings = settings_with(&database.url, settings);
        let told = settings.clone();
        let running = server::start(settings, clock.clone()).await.unwrap();
        openapi::Server::tell(&told, running.address, running.admin_address);
        actix_web::rt::spawn(running.server);
        Self {
            state: running.app,
            address: running.address,
            admin_address: running.admin_address,
            database,
            clock,
            // The server closes a connection that was idle for five seconds, which a test
            // that waited for another program would only notice with its next request.
            http: Client::builder()
                .pool_idle_timeout(Duration::from_secs(2))
                .build()
                .unwrap(),
            handle: running.handle,
        }
    }

    /// Stops the server and starts one on the same database, at the same time.
    pub async fn restart(self, settings: &[(&str, &str)]) -> Self {
        let now = self.clock.now();
        Self::on(self.stop().await, now, settings).await
    }

    /// Stops the server; its database stays.
    pub async fn stop(self) -> TestDatabase {
        let Self {
            database,
            handle,
            state,
            ..
        } = self;
        handle.stop(true).await;
        drop(state);
        database
    }

    /// Where the clocks of all tests start: whole seconds, so that lifetimes are exact.
    pub fn start_of_time() -> Moment {
        Utc.with_ymd_and_hms(2026, 1, 5, 12, 0, 0).unwrap()
    }

    pub fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    /// A connection beside the server's.
    pub fn connect(&self) -> AnyConnection {
        self.database.connect()
    }

    /// A new browser without cookies.
    pub fn browser(&self) -> Browser<'_> {
        Browser::new(self)
    }

    /// A browser that has just signed up.
    pub async fn signed_up(&self, email: &str) -> Browser<'_> {
        let mut browser = self.browser();
        let answer = browser.create(email, PASSWORD).await;
        assert_eq!(answer.status, 201, "{answer}");
        browser
    }

    /// A request to a path of the server, such as `/health/live`.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("http://{}{path}", self.address))
    }

    /// A GET without cookies.
    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path)).await
    }

    /// A POST of JSON without cookies.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        Answer::of(self.request(Method::POST, path).json(&body)).await
    }

    /// Sends bytes as they are, and answers what came back until the server closed the
    /// connection or a second was quiet.
    pub async fn raw(&self, bytes: impl Into<Vec<u8>>) -> String {
        use std::io::{Read, Write};
        let (address, bytes) = (self.address, bytes.into());
        actix_web::web::block(move || {
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            stream
                .set_read_timeout(Some(Duration::from_secs(1)))
                .unwrap();
            stream.write_all(&bytes).unwrap();
            let mut answer = Vec::new();
            // A time-out is how a connection that is kept alive ends here.
            let _ = stream.read_to_end(&mut answer);
            String::from_utf8_lossy(&answer).into_owned()
        })
        .await
        .unwrap()
    }
}

/// The settings of a test: a free port, cheap hashes, and what the test says.
pub fn settings_with(database_url: &str, settings: &[(&str, &str)]) -> Settings {
    let standing = [
        ("DATABASE_URL", database_url),
        ("SECRET_KEY", SECRET),
        ("FRONTGATE_BIND", "127.0.0.1:0"),
        ("FRONTGATE_BCRYPT_COST", "4"),
        ("FRONTGATE_WORKERS", "1"),
    ];
    let standing = standing.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let own = settings.iter().map(|(name, value)| {
        let variable = match *name {
            "secret_key" => "SECRET_KEY".to_owned(),
            name => format!("FRONTGATE_{}", name.to_uppercase()),
        };
        (variable, (*value).to_owned())
    });
    Settings::from_sources(None, standing.into_iter().chain(own)).unwrap()
}
