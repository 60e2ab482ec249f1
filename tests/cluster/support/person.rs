//! A browser's worth of tokens, taken from node to node; every request goes into the history.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use reqwest::blocking::{Client, RequestBuilder, Response};
use serde_json::{Value, json};

use super::{PASSWORD, Record};
use crate::history::{Ask, Micros, Request, TokenId};

/// Where the user endpoints live.
const USERS: &str = "/api/v1/users";

/// A token as it is sent, and what it says.
#[derive(Clone, Debug)]
pub struct Token {
    pub text: String,
    pub id: TokenId,
}

/// What a node answered.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// `None` when no whole answer came.
    pub status: Option<u16>,
    pub headers: BTreeMap<String, String>,
    pub body: String,
    /// Tokens that it set, by the names of their cookies.
    pub tokens: BTreeMap<String, Token>,
}

/// Somebody with one browser.
#[derive(Clone)]
pub struct Person<'a> {
    pub record: &'a Record,
    pub http: Client,
    pub addresses: &'a [String],
    pub email: String,
    pub password: String,
    /// The user's primary key, once a token has said it.
    pub user: Option<i64>,
    pub access: Option<Token>,
    pub refresh: Option<Token>,
    /// Every token that an answer brought, and whether it is an access token.
    pub issued: Vec<(Token, bool)>,
}

impl Person<'_> {
    pub fn sign_up(&mut self, node: usize) -> Answer {
        let body = self.credentials();
        let request = self.to(node, Method::POST, "/create/").json(&body);
        self.ask(node, Ask::SignUp, None, None, request)
    }

    /// Logs in over the session that this browser has, if any.
    pub fn log_in(&mut self, node: usize) -> Answer {
        let body = self.credentials();
        let mut request = self.to(node, Method::POST, "/login/").json(&body);
        let old = self.refresh.clone();
        if let Some(old) = &old {
            request = request.header("Cookie", format!("refresh={}", old.text));
        }
        self.ask(node, Ask::LogIn, old, None, request)
    }

    /// `GET ""` with the access token.
    pub fn info(&mut self, node: usize) -> Answer {
        let request = self.to(node, Method::GET, "/");
        self.ask_with_access(node, Ask::Access, None, request)
    }

    pub fn refresh(&mut self, node: usize) -> Answer {
        let token = self.refresh.clone().expect("a refresh token");
        let request = self
            .to(node, Method::POST, "/refresh/")
            .header("Cookie", format!("refresh={}", token.text));
        self.ask(node, Ask::Refresh, Some(token), None, request)
    }

    pub fn log_out(&mut self, node: usize) -> Answer {
        let access = self.access.clone().expect("an access token");
        let mut cookies = format!("access={}", access.text);
        if let Some(refresh) = &self.refresh {
            cookies = format!("{cookies}; refresh={}", refresh.text);
        }
        let request = self
            .to(node, Method::POST, "/logout/")
            .header("Cookie", cookies);
        self.ask(node, Ask::LogOut, Some(access), None, request)
    }

    /// Ends a session of the same user.
    pub fn end(&mut self, node: usize, session: &str) -> Answer {
        let request = self.to(node, Method::DELETE, &format!("/sessions/{session}/"));
        self.ask_with_access(node, Ask::End, Some(session), request)
    }

    pub fn log_out_others(&mut self, node: usize) -> Answer {
        let request = self.to(node, Method::POST, "/logout/others/");
        self.ask_with_access(node, Ask::EndOthers, None, request)
    }

    pub fn log_out_all(&mut self, node: usize) -> Answer {
        let request = self.to(node, Method::POST, "/logout/all/");
        self.ask_with_access(node, Ask::EndAll, None, request)
    }

    /// Changes the password, and goes on with the session that this opens.
    pub fn change_password(&mut self, node: usize, new: &str) -> Answer {
        let body = json!({ "old_password": self.password, "new_password": new });
        let request = self.to(node, Method::POST, "/password/").json(&body);
        let answer = self.ask_with_access(node, Ask::Password, None, request);
        if answer.status == Some(200) {
            new.clone_into(&mut self.password);
        }
        answer
    }

    /// The same browser with the tokens that it has now, whatever it gets later.
    pub fn thief(&self) -> Self {
        self.clone()
    }

    pub fn session(&self) -> &str {
        &self.access.as_ref().expect("an access token").id.session
    }

    /// Whether a token is of no use any more, asked at a node.
    pub fn is_dead(&self, node: usize, token: &Token, is_access: bool) -> bool {
        let mut thief = self.clone();
        let answer = if is_access {
            thief.access = Some(token.clone());
            thief.info(node)
        } else {
            thief.refresh = Some(token.clone());
            thief.refresh(node)
        };
        answer.status == Some(401)
    }

    fn credentials(&self) -> Value {
        json!({ "email": self.email, "password": self.password })
    }

    /// A request to a path below the user endpoints.
    pub fn to(&self, node: usize, method: Method, path: &str) -> RequestBuilder {
        let address = &self.addresses[node];
        self.http
            .request(method, format!("http://{address}{USERS}{path}"))
    }

    /// Asks with the access token as a cookie.
    pub fn ask_with_access(
        &mut self,
        node: usize,
        ask: Ask,
        target: Option<&str>,
        request: RequestBuilder,
    ) -> Answer {
        let access = self.access.clone().expect("an access token");
        let request = request.header("Cookie", format!("access={}", access.text));
        self.ask(node, ask, Some(access), target, request)
    }

    fn ask(
        &mut self,
        node: usize,
        ask: Ask,
        token: Option<Token>,
        target: Option<&str>,
        request: RequestBuilder,
    ) -> Answer {
        let started = self.record.now();
        let answer = Answer::of(request, started);
        let id = |name: &str| answer.tokens.get(name).map(|token| token.id.clone());
        let (access, refresh) = (id("access"), id("refresh"));
        if let Some(id) = &access {
            self.user = Some(id.user);
        }
        self.record.asked(Request {
            node: Some(node),
            started,
            ended: self.record.now(),
            ask,
            user: token.is_none().then_some(self.user).flatten(),
            token: token.map(|token| token.id),
            target: target.map(str::to_owned),
            status: answer.status,
            code: answer.code(),
            access,
            refresh,
        });
        for (name, token) in &answer.tokens {
            let kept = match name.as_str() {
                "access" => &mut self.access,
                _ => &mut self.refresh,
            };
            *kept = Some(token.clone());
            self.issued.push((token.clone(), name == "access"));
        }
        answer
    }
}

impl Answer {
    /// Sends a request, and reads what comes back.
    pub fn of(request: RequestBuilder, started: Micros) -> Self {
        match request
            .send()
            .and_then(|response| Self::read(response, started))
        {
            Ok(answer) => answer,
            Err(error) => Self {
                body: error.to_string(),
                ..Self::default()
            },
        }
    }

    fn read(response: Response, started: Micros) -> Result<Self, reqwest::Error> {
        let headers = response.headers();
        let text = |value: &reqwest::header::HeaderValue| {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        };
        let tokens = headers
            .get_all("set-cookie")
            .iter()
            .filter_map(|cookie| Token::from_cookie(&text(cookie), started))
            .collect();
        Ok(Self {
            status: Some(response.status().as_u16()),
            headers: headers
                .iter()
                .map(|(name, value)| (name.to_string(), text(value)))
                .collect(),
            tokens,
            body: response.text()?,
        })
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// What the body says besides the status.
    fn code(&self) -> String {
        if self.status == Some(200) {
            return String::new();
        }
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        let message = body["messages"][0]["message"].as_str();
        let message = message.or(body["detail"].as_str()).or(body.as_str());
        message.unwrap_or(&self.body).to_owned()
    }
}

impl Token {
    /// A cookie that is not being deleted.
    fn from_cookie(cookie: &str, started: Micros) -> Option<(String, Self)> {
        let (name, rest) = cookie.split_once('=')?;
        let text = rest.split(';').next().filter(|text| !text.is_empty())?;
        Some((name.to_owned(), Self::read(text, started)))
    }

    /// Reads the claims of a token that was asked for at `started`.
    pub fn read(text: &str, started: Micros) -> Self {
        let payload = text.split('.').nth(1).unwrap();
        let claims: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
        let number = |name: &str| claims[name].as_i64().unwrap();
        // `iat` is cut to the second, and so is `exp`.
        let lifetime = u64::try_from(number("exp") - number("iat")).unwrap();
        let lifetime = Duration::from_secs(lifetime.saturating_sub(1)).as_micros();
        Self {
            text: text.to_owned(),
            id: TokenId {
                session: claims["sid"].as_str().unwrap().to_owned(),
                jti: claims["jti"].as_str().unwrap().to_owned(),
                user: number("user_id"),
                good_until: started + u64::try_from(lifetime).unwrap(),
            },
        }
    }

    /// When it was made, by its own claim: seconds since the epoch.
    pub fn made_at(&self) -> i64 {
        let payload = self.text.split('.').nth(1).unwrap();
        let claims: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
        claims["iat"].as_i64().unwrap()
    }
}

/// A name for a person, and the password that everybody has.
pub fn credentials(name: &str) -> (String, String) {
    (format!("{name}@example.com"), PASSWORD.to_owned())
}
