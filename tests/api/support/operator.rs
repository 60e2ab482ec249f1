//! An operator in the admin: a browser that keeps the admin's cookie and fills in forms.

use diesel::prelude::*;
use frontgate::admin::cookie::SECURE_NAME;
use frontgate::schema::users;
use reqwest::Method;
use reqwest::redirect::Policy;

use super::{Answer, PASSWORD, TestApp};

/// The address of the operator whom [`TestApp::operator`] makes.
pub const OPERATOR: &str = "ops@example.com";

/// Somebody who may be signed in to the admin.
#[derive(Clone)]
pub struct Operator<'a> {
    app: &'a TestApp,
    http: reqwest::Client,
    pub cookie: Option<String>,
    /// The CSRF token of the page that was read last.
    pub csrf: String,
}

impl TestApp {
    /// A superuser who is signed in to the admin.
    pub async fn operator(&self) -> Operator<'_> {
        self.staff(OPERATOR, true).await
    }

    /// A member of the staff who is signed in to the admin.
    pub async fn staff(&self, email: &str, is_superuser: bool) -> Operator<'_> {
        self.signed_up(email).await;
        diesel::update(users::table.filter(users::email.eq(email)))
            .set((
                users::is_staff.eq(true),
                users::is_superuser.eq(is_superuser),
            ))
            .execute(&mut self.connect())
            .unwrap();
        let mut operator = Operator::new(self);
        let answer = operator.sign_in(email, PASSWORD).await;
        assert_eq!(answer.status, 303, "{answer}");
        operator.get("/admin/").await;
        operator
    }
}

impl<'a> Operator<'a> {
    /// Nobody who is signed in.
    pub fn new(app: &'a TestApp) -> Self {
        Self {
            app,
            http: reqwest::Client::builder()
                .redirect(Policy::none())
                .build()
                .unwrap(),
            cookie: None,
            csrf: String::new(),
        }
    }

    /// Reads a page and remembers its CSRF token.
    pub async fn get(&mut self, path: &str) -> Answer {
        let answer = self.send(Method::GET, path, None).await;
        if let Some(token) = csrf_token(&answer.body) {
            self.csrf = token;
        }
        answer
    }

    /// Sends a form with the CSRF token of the page that was read last.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf.clone();
        let mut all = vec![("csrf_token", csrf.as_str())];
        all.extend_from_slice(fields);
        self.post_exactly(path, &all).await
    }

    /// Sends a form and nothing that it does not say.
    pub async fn post_exactly(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        self.send(Method::POST, path, Some(form.finish())).await
    }

    /// Sends a form, and reads the page to which it leads.
    pub async fn post_and_follow(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.post(path, fields).await;
        assert_eq!(answer.status, 303, "{answer}");
        let location = answer.header("location").unwrap().to_owned();
        self.get(&location).await
    }

    pub async fn sign_in(&mut self, email: &str, password: &str) -> Answer {
        let fields = [("email", email), ("password", password)];
        self.post_exactly("/admin/login/", &fields).await
    }

    async fn send(&mut self, method: Method, path: &str, form: Option<String>) -> Answer {
        let url = format!("http://{}{path}", self.app.address);
        // What a proxy on this machine says of the operator; without a trusted proxy nobody reads it.
        let mut request = self
            .http
            .request(method, url)
            .header("X-Forwarded-For", "127.0.0.1");
        if let Some(cookie) = &self.cookie {
            request = request.header("Cookie", format!("{SECURE_NAME}={cookie}"));
        }
        if let Some(form) = form {
            let kind = "application/x-www-form-urlencoded";
            request = request.header("Content-Type", kind).body(form);
        }
        let mut answer = Answer::of(request).await;
        let set = answer.set_cookies().find_map(|cookie| {
            let rest = cookie.strip_prefix(SECURE_NAME)?.strip_prefix('=')?;
            let (value, attributes) = rest.split_once(';')?;
            Some((value.to_owned(), attributes.contains("Max-Age=0")))
        });
        if let Some((value, deleted)) = set {
            let attributes = answer
                .header("set-cookie")
                .and_then(|cookie| cookie.split_once(';'))
                .map(|(_, attributes)| attributes.to_owned())
                .unwrap_or_default();
            let shown = if deleted { "" } else { "<key>" };
            answer.replace_header("set-cookie", &format!("{SECURE_NAME}={shown};{attributes}"));
            self.cookie = (!deleted).then_some(value);
        }
        if let Some(token) = csrf_token(&answer.body) {
            answer.body = answer.body.replace(&token, "<csrf>");
            self.csrf = token;
        }
        answer
    }
}

fn csrf_token(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("name=\"csrf_token\" value=\"")?;
    let (token, _) = rest.split_once('"')?;
    (token != "<csrf>").then(|| token.to_owned())
}
