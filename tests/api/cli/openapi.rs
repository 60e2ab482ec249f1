//! `openapi`.

use serde_json::Value;

use super::run;
use crate::support::{Backend, TestApp, assert_answer};

fn document() -> Value {
    let printed = run(&["openapi"]);
    assert_eq!(printed.code, Some(0), "{printed}");
    serde_json::from_str(&printed.stdout).unwrap()
}

#[test]
fn the_document_is_printed() {
    assert_answer!("openapi", run(&["openapi"]).stdout);
}

#[test]
fn the_server_answers_the_same_document() {
    crate::support::run(async {
        let app = TestApp::new(Backend::Sqlite).await;
        assert_eq!(app.get("/api/openapi.json").await.json(), document());
    });
}

/// OpenAPI 3.1: every response is described, every body has a schema or an example, and
/// every reference leads somewhere.
#[test]
fn the_document_is_whole() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() >= 7, "{paths:?}");
    for (path, operations) in paths {
        assert!(path.starts_with('/'));
        for (method, operation) in operations.as_object().unwrap() {
            assert!(operation["summary"].is_string(), "{method} {path}");
            assert!(operation["operationId"].is_string(), "{method} {path}");
            let responses = operation["responses"].as_object().unwrap();
            assert!(
                responses.keys().any(|status| status.starts_with('2')),
                "{path}"
            );
            for (status, response) in responses {
                assert!(
                    response["description"].is_string(),
                    "{method} {path} {status}"
                );
                if status == "204" {
                    assert!(response["content"].is_null(), "{method} {path}");
                    continue;
                }
                for content in response["content"].as_object().unwrap().values() {
                    let told = ["schema", "example", "examples"];
                    assert!(
                        told.iter().any(|key| !content[key].is_null()),
                        "{method} {path} {status}"
                    );
                }
            }
        }
    }
    references(&document, &document);
}

fn references(value: &Value, document: &Value) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get("$ref") {
                let target = document.pointer(reference.trim_start_matches('#'));
                assert!(target.is_some(), "{reference} leads nowhere");
            }
            map.values().for_each(|value| references(value, document));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, document)),
        _ => {}
    }
}
