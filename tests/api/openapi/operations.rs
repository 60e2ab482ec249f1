//! The operations of the document, each with a request that succeeds.

use frontgate::openapi::openapi;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use crate::support::{Browser, TestApp, rows};

/// One operation, as the document describes it.
pub(super) struct Operation {
    pub id: String,
    pub method: Method,
    /// The template.
    pub path: String,
    /// The statuses that are named.
    pub statuses: Vec<u16>,
    /// The body's schema, if the operation reads one.
    pub schema: Option<Value>,
    /// The body that the document shows.
    example: Option<Value>,
}

impl Operation {
    /// All of them.
    pub fn all(app: &TestApp) -> Vec<Self> {
        let document = serde_json::to_value(openapi(&app.state.settings)).unwrap();
        let mut all = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let responses = operation["responses"].as_object().unwrap();
                let body = &operation["requestBody"]["content"]["application/json"]["schema"];
                let name = body["$ref"]
                    .as_str()
                    .map(|path| path.trim_start_matches('#'));
                let schema = name.map(|name| document.pointer(name).unwrap().clone());
                all.push(Self {
                    id: operation["operationId"].as_str().unwrap().to_owned(),
                    method: method.to_uppercase().parse().unwrap(),
                    path: path.clone(),
                    statuses: responses
                        .keys()
                        .map(|status| status.parse().unwrap())
                        .collect(),
                    example: schema.as_ref().map(|schema| schema["example"].clone()),
                    schema,
                });
            }
        }
        assert!(all.len() >= 16, "{} operations", all.len());
        all
    }

    pub fn changes(&self) -> bool {
        self.method != Method::GET
    }

    /// The path, with the id of a session where there is one in it.
    pub fn path_of(&self, sid: &str) -> String {
        self.path.replace("{id}", sid)
    }

    /// A request without a body and without credentials.
    pub fn bare(&self, app: &TestApp) -> RequestBuilder {
        app.request(self.method.clone(), &self.path_of(&"0".repeat(32)))
    }

    /// A request without credentials, with the body that the document shows.
    pub fn of_nobody(&self, app: &TestApp) -> RequestBuilder {
        match &self.example {
            Some(body) => self.bare(app).json(body),
            None => self.bare(app),
        }
    }

    /// A request that succeeds for somebody who has just signed up, is logged in and asks for
    /// a reset link; the example of the document is its body.
    pub fn right(&self, app: &TestApp, browser: &Browser<'_>, email: &str) -> RequestBuilder {
        self.request(app, browser, email, |_| {})
    }

    /// The same with another value of one field.
    pub fn with(
        &self,
        app: &TestApp,
        browser: &Browser<'_>,
        email: &str,
        field: &str,
        value: Value,
    ) -> RequestBuilder {
        self.request(app, browser, email, |body| body[field] = value)
    }

    fn request(
        &self,
        app: &TestApp,
        browser: &Browser<'_>,
        email: &str,
        change: impl FnOnce(&mut Value),
    ) -> RequestBuilder {
        let request = app.request(self.method.clone(), &self.path_of(&browser.sid()));
        let Some(mut body) = self.example.clone() else {
            return request;
        };
        match self.id.as_str() {
            "log_in" => body["email"] = email.into(),
            "confirm_reset" => body["token"] = rows::reset_link(app, email).into(),
            _ => {}
        }
        change(&mut body);
        request.json(&body)
    }
}
