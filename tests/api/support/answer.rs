//! A whole answer: status, headers and body, in a form that a snapshot can hold.

use std::fmt;

use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use super::openapi::{self, Asked};

/// Headers that every answer carries; a snapshot says so in one line.
const STANDING: [(&str, &str); 7] = [
    ("cache-control", "no-store"),
    (
        "content-security-policy",
        "default-src 'none'; frame-ancestors 'none'",
    ),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];
/// Headers that differ from run to run, or follow from the body.
const PASSED_OVER: [&str; 3] = ["content-length", "date", "x-request-id"];

/// What a server answered.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case, in the order of their names.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    /// Sends the request. The answer is one that the OpenAPI document describes.
    pub async fn of(request: RequestBuilder) -> Self {
        Self::if_any(request).await.unwrap()
    }

    /// Sends the request, and fails when no whole answer comes.
    pub async fn if_any(request: RequestBuilder) -> reqwest::Result<Self> {
        let (client, request) = request.build_split();
        let request = request.unwrap();
        let mut asked = Asked {
            method: request.method().clone(),
            path: request.url().path().to_owned(),
            headers: request.headers().clone(),
        };
        let response = client.execute(request).await?;
        let port = response.url().port();
        if response.url().path() != asked.path {
            // It was redirected.
            response.url().path().clone_into(&mut asked.path);
            asked.method = Method::GET;
        }
        let status = response.status().as_u16();
        let mut headers: Vec<_> = response
            .headers()
            .iter()
            .map(|(name, value)| {
                (
                    name.to_string(),
                    String::from_utf8_lossy(value.as_bytes()).into_owned(),
                )
            })
            .collect();
        headers.sort_by(|a, b| a.0.cmp(&b.0));
        let answer = Self {
            status,
            headers,
            body: response.text().await?,
        };
        openapi::check(port, &asked, &answer);
        Ok(answer)
    }

    /// Reads the one answer that came back on a raw connection to a server with the default
    /// paths, whose document describes it if `head` begins with a whole request line.
    pub fn parse(head: &[u8], text: &str) -> Self {
        let answer = Self::read(text);
        if let Some(asked) = Asked::read(head) {
            openapi::check(None, &asked, &answer);
        }
        answer
    }

    fn read(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let mut headers: Vec<_> = lines
            .map(|line| {
                let (name, value) = line.split_once(": ").unwrap();
                (name.to_lowercase(), value.to_owned())
            })
            .collect();
        headers.sort_by(|a, b| a.0.cmp(&b.0));
        Self {
            status: status.parse().unwrap(),
            headers,
            body: body.to_owned(),
        }
    }

    /// Puts something that a snapshot can hold in the place of a value that differs.
    pub fn replace_header(&mut self, name: &str, value: &str) {
        for header in self.headers.iter_mut().filter(|(known, _)| known == name) {
            value.clone_into(&mut header.1);
        }
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn set_cookies(&self) -> impl Iterator<Item = &str> {
        self.headers
            .iter()
            .filter(|(name, _)| name == "set-cookie")
            .map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.status)?;
        let standing = STANDING
            .iter()
            .all(|(name, value)| self.header(name) == Some(value));
        if standing {
            writeln!(f, "(the standing headers)")?;
        }
        for (name, value) in &self.headers {
            let is_standing = standing && STANDING.iter().any(|(known, _)| known == name);
            if !is_standing && !PASSED_OVER.contains(&name.as_str()) {
                writeln!(f, "{name}: {}", without_tokens(value))?;
            }
        }
        write!(f, "\n{}", without_tokens(&self.body))
    }
}

/// Tokens differ from run to run.
fn without_tokens(text: &str) -> String {
    let mut parts = text.split("eyJ");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let token = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        shown.push_str("<token>");
        shown.push_str(part.trim_start_matches(token));
    }
    shown
}
