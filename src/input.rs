//! What a request brings: its body within limits, as JSON, field by field, with Django REST
//! Framework's messages.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::StreamExt;
use serde_json::{Map, Value};

use crate::app::App;
use crate::cross_site;
use crate::error::Error;
use crate::extract::has_bearer;
use crate::http::field_errors::FieldErrors;
use crate::tokens::strict_json;

/// The longest body of a request, in bytes.
pub const BODY_LIMIT: usize = 16 * 1024;

/// The body of a request to a cookie path: a JSON object, empty where there is no body.
///
/// Extracting it makes the checks in the order of the contract: 413, the cross-site 403,
/// 415, 400.
#[derive(Debug)]
pub struct JsonObject(pub Map<String, Value>);

impl FromRequest for JsonObject {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            let body = read_json(&request, payload).await?;
            if body.is_empty() {
                return Ok(Self(Map::new()));
            }
            parse_object(&body).map(Self)
        })
    }
}

/// A request that changes something and reads no fields: what its body says does not matter,
/// be it `null`, as some clients send for "no body".
///
/// Extracting it makes the checks of [`JsonObject`] but the last: 413, the cross-site 403, and
/// 415 where there is a body that is not said to be JSON.
#[derive(Clone, Copy, Debug)]
pub struct NoFields;

impl FromRequest for NoFields {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move { read_json(&request, payload).await.map(|_| Self) })
    }
}

/// Reads the body of a request to a cookie path, which is said to be JSON where there is one.
async fn read_json(request: &HttpRequest, payload: Payload) -> Result<Vec<u8>, Error> {
    let app = app(request)?;
    let body = read_body(request, payload, app).await?;
    if !has_bearer(request.headers()) {
        cross_site::check(request.headers(), &app.settings.server).map_err(Error::CrossSite)?;
    }
    if !body.is_empty() {
        check_content_type(request, "application/json")?;
    }
    Ok(body)
}

/// Reads a form of the admin: its size and its content type are checked. Where it comes from
/// was checked at the admin's gate.
pub(crate) async fn read_form(request: &HttpRequest, payload: Payload) -> Result<Vec<u8>, Error> {
    let app = app(request)?;
    let body = read_body(request, payload, app).await?;
    check_content_type(request, "application/x-www-form-urlencoded")?;
    Ok(body)
}

fn app(request: &HttpRequest) -> Result<&App, Error> {
    request
        .app_data::<web::Data<App>>()
        .map(web::Data::get_ref)
        .ok_or_else(|| Error::Internal("the app's state is missing".into()))
}

async fn read_body(
    request: &HttpRequest,
    mut payload: Payload,
    app: &App,
) -> Result<Vec<u8>, Error> {
    let declared = request.headers().get(header::CONTENT_LENGTH);
    let declared = declared.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > BODY_LIMIT) {
        return Err(Error::BodyTooLarge(BODY_LIMIT));
    }
    let whole = async {
        let mut body = Vec::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|error| Error::Parse(error.to_string()))?;
            if body.len() + chunk.len() > BODY_LIMIT {
                return Err(Error::BodyTooLarge(BODY_LIMIT));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    };
    tokio::time::timeout(app.settings.server.body_timeout.duration(), whole)
        .await
        .map_err(|_| Error::BodyTimeout)?
}

/// Any other content type is refused; its parameters do not matter.
fn check_content_type(request: &HttpRequest, wanted: &str) -> Result<(), Error> {
    let raw = request.headers().get(header::CONTENT_TYPE);
    let text = raw.map_or_else(String::new, |value| {
        String::from_utf8_lossy(value.as_bytes()).into_owned()
    });
    let essence = text.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(wanted) {
        Ok(())
    } else {
        Err(Error::UnsupportedMediaType(text))
    }
}

fn parse_object(body: &[u8]) -> Result<Map<String, Value>, Error> {
    let kind = match strict_json::parse(body).map_err(|error| Error::Parse(error.to_string()))? {
        Value::Object(map) => return Ok(map),
        Value::Null => return Err(Error::NonField("No data provided".to_owned())),
        Value::Array(_) => "list",
        Value::String(_) => "str",
        Value::Bool(_) => "bool",
        // By how it is written, as Python tells them: -0 and thirty digits are integers.
        Value::Number(_) if body.iter().any(|byte| b".eE".contains(byte)) => "float",
        Value::Number(_) => "int",
    };
    Err(Error::NonField(format!(
        "Invalid data. Expected a dictionary, but got {kind}."
    )))
}

/// Takes the fields of an object one by one, collecting what is wrong with them, as a
/// serializer of Django REST Framework does.
#[derive(Debug)]
pub struct Fields {
    given: Map<String, Value>,
    errors: FieldErrors,
}

/// What a text field demands.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    /// Whether it must be there.
    pub required: bool,
    /// Whether it may be empty.
    pub blank: bool,
    /// Whether white space around it is taken off.
    pub trim: bool,
    /// The most characters.
    pub longest: usize,
}

/// A password as it was typed, to be compared: whatever was stored once may be long.
pub const PASSWORD_TYPED: Text = Text {
    required: true,
    blank: false,
    trim: false,
    longest: usize::MAX,
};

impl Text {
    /// The same, where it may be absent.
    #[must_use]
    pub const fn optional(self) -> Self {
        Self {
            required: false,
            ..self
        }
    }
}

impl Fields {
    /// The fields of a parsed body.
    #[must_use]
    pub fn new(given: Map<String, Value>) -> Self {
        Self {
            given,
            errors: FieldErrors::default(),
        }
    }

    /// Takes a text field. `None` when it is absent or wrong; what is wrong is noted.
    pub fn text(&mut self, name: &str, demands: Text) -> Option<String> {
        let complaint = match self.given.remove(name) {
            None if demands.required => "This field is required.",
            None => return None,
            Some(Value::Null) => "This field may not be null.",
            Some(Value::String(text)) => return self.check_text(name, text, demands),
            Some(_) => "Not a valid string.",
        };
        self.refuse(name, vec![complaint.to_owned()]);
        None
    }

    fn check_text(&mut self, name: &str, text: String, demands: Text) -> Option<String> {
        let text = if demands.trim {
            text.trim().to_owned()
        } else {
            text
        };
        // White space alone is blank even where it is not taken off.
        if text.trim().is_empty() && !demands.blank {
            self.refuse(name, vec!["This field may not be blank.".to_owned()]);
            return None;
        }
        let mut wrong = Vec::new();
        if text.chars().nth(demands.longest).is_some() {
            wrong.push(format!(
                "Ensure this field has no more than {} characters.",
                demands.longest
            ));
        }
        if text.contains('\0') {
            wrong.push("Null characters are not allowed.".to_owned());
        }
        if wrong.is_empty() {
            return Some(text);
        }
        self.refuse(name, wrong);
        None
    }

    /// Notes what is wrong with a field.
    pub fn refuse(&mut self, name: &str, messages: Vec<String>) {
        self.errors.add(name, messages);
    }

    /// Fails when a field was wrong, or one is left that nobody took.
    pub fn finish(mut self) -> Result<(), Error> {
        for name in self.given.keys() {
            self.errors.add(name, vec!["Unexpected field.".to_owned()]);
        }
        Ok(self.errors.check()?)
    }

    /// Fails when a field was wrong; fields that nobody took do not matter.
    pub fn finish_ignoring_others(self) -> Result<(), Error> {
        Ok(self.errors.check()?)
    }
}
