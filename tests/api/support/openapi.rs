//! Every answer that a test sees is held against the OpenAPI document of the server that sent it.
//!
//! [`super::Answer`] asks [`check`] by itself: no test can leave it out. A server whose settings
//! nobody told ([`Server::tell`]) is held against the document of the default settings.

mod headers;

use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock, Mutex};

use frontgate::admin::door::{Door, Doors};
use frontgate::config::Settings;
use frontgate::openapi::openapi;
use jsonschema::Validator;
use reqwest::Method;
use reqwest::header::{ACCESS_CONTROL_REQUEST_METHOD, HOST, HeaderMap};
use serde_json::Value;

use super::{Answer, settings_with};

/// Paths that the document does not describe, with all that is below them, and why.
const OUTSIDE: [(&str, &str); 6] = [
    ("/admin", "pages for operators, no API"),
    ("/static", "what pages are made of"),
    ("/demo", "a page and what it shows"),
    ("/api/docs", "the page of the document"),
    (
        "/api/openapi.json",
        "the document itself, which has no schema here",
    ),
    ("/", "the start page; nothing below it"),
];

/// Refusals of the connection and of the gate, before anything is looked for under the path.
const OF_EVERY_PATH: [u16; 3] = [408, 431, 503];

/// What is known of the servers of this test, by the port on which each listens.
static SERVERS: LazyLock<Mutex<HashMap<u16, Arc<Server>>>> = LazyLock::new(Mutex::default);

/// The operations and the statuses that they answered, in this test.
static SEEN: Mutex<BTreeSet<(String, u16)>> = Mutex::new(BTreeSet::new());

static OF_DEFAULT_SETTINGS: LazyLock<Arc<Server>> = LazyLock::new(|| {
    let settings = settings_with("sqlite://unused.sqlite3", &[]);
    Arc::new(Server::new(&settings, None))
});

/// What was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: Method,
    /// Without the query.
    pub path: String,
    pub headers: HeaderMap,
}

impl Asked {
    /// `None` where no whole request line came, or none of HTTP/1.1: such a request is of no
    /// operation.
    pub fn read(head: &[u8]) -> Option<Self> {
        let line = head.split(|byte| *byte == b'\n').next()?;
        let line = std::str::from_utf8(line).ok()?;
        let target = line.strip_suffix(" HTTP/1.1\r")?;
        let (method, target) = target.split_once(" /")?;
        Some(Self {
            method: method.parse().ok()?,
            path: format!("/{}", target.split('?').next()?),
            headers: HeaderMap::new(),
        })
    }
}

/// What a server says of itself.
pub struct Server {
    document: Value,
    doors: Doors,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

/// What the document says of one request.
enum Told<'d> {
    /// Nothing, and it need not.
    Outside,
    /// An operation, by its id, and its responses.
    Operation(&'d str, &'d Value),
    /// There is no such path.
    NoPath,
    /// The path has other methods.
    NoMethod(&'d Value),
}

/// Fails the test if the answer is not what the document says.
pub fn check(port: Option<u16>, asked: &Asked, answer: &Answer) {
    let known = port.and_then(|port| SERVERS.lock().unwrap().get(&port).cloned());
    let server = known.unwrap_or_else(|| Arc::clone(&OF_DEFAULT_SETTINGS));
    let differences = server.differences(port, asked, answer);
    let (method, path, status) = (&asked.method, &asked.path, answer.status);
    assert!(
        differences.is_empty(),
        "{method} {path} answered {status}, and the OpenAPI document says otherwise:\n- {}\n\n{answer}",
        differences.join("\n- ")
    );
}

/// The operations, by their ids, with each status that they answered since the test began.
pub fn seen() -> BTreeSet<(String, u16)> {
    SEEN.lock().unwrap().clone()
}

impl Server {
    fn new(settings: &Settings, admin: Option<SocketAddr>) -> Self {
        Self {
            document: serde_json::to_value(openapi(settings)).unwrap(),
            doors: Doors::new(settings, admin),
            validators: Mutex::default(),
        }
    }

    /// From now on the answers of this server are held against the document of its settings.
    pub fn tell(settings: &Settings, address: SocketAddr, admin: Option<SocketAddr>) {
        let server = Arc::new(Self::new(settings, admin));
        let ports = [Some(address), admin].into_iter().flatten();
        for port in ports.map(|address| address.port()) {
            SERVERS.lock().unwrap().insert(port, Arc::clone(&server));
        }
    }

    /// From now on the answers on this port are held against another document.
    pub fn tell_document(settings: &Settings, port: u16, document: Value) {
        let server = Self {
            document,
            ..Self::new(settings, None)
        };
        SERVERS.lock().unwrap().insert(port, Arc::new(server));
    }

    /// In what the answer differs from the document.
    pub fn differences(&self, port: Option<u16>, asked: &Asked, answer: &Answer) -> Vec<String> {
        if asked.method == Method::OPTIONS
            && asked.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
        {
            // A preflight is CORS's own, and no operation.
            return Vec::new();
        }
        let responses = match self.told(port, asked) {
            Told::Outside => return Vec::new(),
            Told::Operation(id, responses) => {
                (SEEN.lock().unwrap()).insert((id.to_owned(), answer.status));
                responses
            }
            Told::NoPath | Told::NoMethod(_) if OF_EVERY_PATH.contains(&answer.status) => {
                &self.document["paths"]["/health/live"]["get"]["responses"]
            }
            Told::NoPath => {
                let response = &self.document["components"]["responses"]["NotFound"];
                return self.component(404, response, asked, answer);
            }
            Told::NoMethod(item) => {
                let mut differences = headers::allow(item, answer);
                if asked.method == Method::OPTIONS && answer.status == 204 {
                    return differences;
                }
                let response = &self.document["components"]["responses"]["MethodNotAllowed"];
                differences.extend(self.component(405, response, asked, answer));
                return differences;
            }
        };
        match responses.get(answer.status.to_string()) {
            Some(response) => self.response(response, asked, answer),
            None => vec![format!("the status {} is not named", answer.status)],
        }
    }

    fn component(
        &self,
        status: u16,
        response: &Value,
        asked: &Asked,
        answer: &Answer,
    ) -> Vec<String> {
        if answer.status == status {
            self.response(response, asked, answer)
        } else {
            vec![format!("no operation is here, which is {status}")]
        }
    }

    fn told(&self, port: Option<u16>, asked: &Asked) -> Told<'_> {
        let path = without_slash(&asked.path);
        let paths = self.document["paths"].as_object().unwrap();
        let host = asked.headers.get(HOST).and_then(|host| host.to_str().ok());
        let is_to_api = matches!(self.doors.door(port, host), Door::Both | Door::Api);
        let item = paths
            .iter()
            .find(|(template, _)| is_at(template, path))
            .filter(|(template, _)| is_to_api || template.starts_with("/health/"));
        let Some((_, item)) = item else {
            let outside = OUTSIDE.iter().any(|(outside, _)| {
                let below = path.strip_prefix(outside);
                path == without_slash(outside) || below.is_some_and(|rest| rest.starts_with('/'))
            });
            return if outside { Told::Outside } else { Told::NoPath };
        };
        let reads = [Method::GET, Method::HEAD].contains(&asked.method)
            || (asked.method == Method::OPTIONS && path.starts_with("/health/"));
        // Methods are told apart by case (RFC 9110, section 9.1), and keys of the document are none.
        let method = match asked.method.as_str() {
            _ if reads => "get".to_owned(),
            method if method.chars().any(|letter| letter.is_ascii_lowercase()) => String::new(),
            method => method.to_lowercase(),
        };
        match item.get(method) {
            Some(operation) => Told::Operation(
                operation["operationId"].as_str().unwrap(),
                &operation["responses"],
            ),
            None => Told::NoMethod(item),
        }
    }

    fn response(&self, response: &Value, asked: &Asked, answer: &Answer) -> Vec<String> {
        let mut differences = headers::differences(response, asked, answer);
        let sent = answer.header("content-type");
        let sent = sent.map(|sent| sent.split(';').next().unwrap().trim());
        match (response["content"].as_object(), sent) {
            (None, None) if answer.body.is_empty() => {}
            (None, _) => differences.push("a body is sent, and none is described".to_owned()),
            (Some(content), _) => match sent.and_then(|sent| content.get(sent)) {
                Some(content) if asked.method != Method::HEAD => {
                    differences.extend(self.body(&content["schema"], &answer.body));
                }
                Some(_) => {}
                None => differences.push(format!("the content type {sent:?} is not named")),
            },
        }
        differences
    }

    fn body(&self, schema: &Value, body: &str) -> Vec<String> {
        let Ok(body) = serde_json::from_str(body) else {
            return vec!["the body is no JSON".to_owned()];
        };
        let validator = self.validator(schema);
        let errors = validator.iter_errors(&body);
        errors
            .map(|error| format!("the body at {:?}: {error}", error.instance_path().as_str()))
            .collect()
    }

    /// The validator of a schema of the document.
    pub fn validator(&self, schema: &Value) -> Arc<Validator> {
        let mut validators = self.validators.lock().unwrap();
        let known = validators.entry(schema.to_string()).or_insert_with(|| {
            let mut whole = schema.as_object().unwrap().clone();
            whole.insert("components".to_owned(), self.document["components"].clone());
            let options = jsonschema::draft202012::options().should_validate_formats(true);
            Arc::new(options.build(&Value::Object(whole)).unwrap())
        });
        Arc::clone(known)
    }
}

/// Every path answers with and without its trailing slash.
fn without_slash(path: &str) -> &str {
    path.strip_suffix('/').unwrap_or(path)
}

fn is_at(template: &str, path: &str) -> bool {
    let (template, path) = (without_slash(template).split('/'), path.split('/'));
    let fits = |(template, part): (&str, &str)| {
        template == part || (template.starts_with('{') && !part.is_empty())
    };
    template.clone().count() == path.clone().count() && template.zip(path).all(fits)
}
