//! A browser's worth of cookies.

use std::collections::BTreeMap;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::{Answer, TestApp};

/// Where the user endpoints live.
pub const USERS: &str = "/api/v1/users";

/// Keeps the cookies that answers set, and sends them.
#[derive(Clone)]
pub struct Browser<'a> {
    app: &'a TestApp,
    pub cookies: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    pub fn new(app: &'a TestApp) -> Self {
        Self {
            app,
            cookies: BTreeMap::new(),
        }
    }

    pub fn access(&self) -> &str {
        &self.cookies["access"]
    }

    pub fn refresh_token(&self) -> &str {
        &self.cookies["refresh"]
    }

    /// The same browser with only some of its cookies.
    pub fn with_only(&self, name: &str) -> Self {
        let mut other = self.clone();
        other.cookies.retain(|known, _| known == name);
        other
    }

    /// Sends a request with the cookies, and keeps those that come back.
    pub async fn send(&mut self, request: RequestBuilder) -> Answer {
        let pairs: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = if pairs.is_empty() {
            request
        } else {
            request.header("Cookie", pairs.join("; "))
        };
        let answer = Answer::of(request).await;
        for cookie in answer.set_cookies() {
            let (pair, attributes) = cookie.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    pub async fn create(&mut self, email: &str, password: &str) -> Answer {
        self.post("/create/", json!({ "email": email, "password": password }))
            .await
    }

    pub async fn log_in(&mut self, email: &str, password: &str) -> Answer {
        self.post("/login/", json!({ "email": email, "password": password }))
            .await
    }

    pub async fn info(&mut self) -> Answer {
        self.send(self.app.request(Method::GET, &format!("{USERS}/")))
            .await
    }

    pub async fn refresh(&mut self) -> Answer {
        self.send(self.app.request(Method::POST, &format!("{USERS}/refresh/")))
            .await
    }

    pub async fn log_out(&mut self) -> Answer {
        self.send(self.app.request(Method::POST, &format!("{USERS}/logout/")))
            .await
    }

    /// Reads a path under the users' prefix.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(self.app.request(Method::GET, &format!("{USERS}{path}")))
            .await
    }

    /// Deletes what is at a path under the users' prefix.
    pub async fn delete(&mut self, path: &str) -> Answer {
        self.send(self.app.request(Method::DELETE, &format!("{USERS}{path}")))
            .await
    }

    /// The session of the access cookie, as paths name it.
    pub fn sid(&self) -> String {
        let claims = super::forge::read(self.access());
        claims["sid"].as_str().unwrap().to_owned()
    }

    /// Posts JSON to a path under the users' prefix.
    pub async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.ask(Method::POST, path, body).await
    }

    /// Sends JSON to a path under the users' prefix.
    pub async fn ask(&mut self, method: Method, path: &str, body: Value) -> Answer {
        let request = self.app.request(method, &format!("{USERS}{path}"));
        self.send(request.json(&body)).await
    }
}
