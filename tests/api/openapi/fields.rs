//! A text is refused for its form by the server where the schema of its field refuses it, and
//! nowhere else but where a new password is shorter in NFC than as it is typed.

use serde_json::{Value, json};

use super::operations::Operation;
use crate::support::{Answer, Backend, TestApp, on_both_databases};

const SHORT: &str = "This password is too short. It must contain at least 8 characters.";

/// What the server says of a text whose length or characters are wrong, by how it begins.
const OF_FORM: [&str; 6] = [
    "This field may not be blank.",
    "This field may not be null.",
    "Ensure this field has no more than",
    "Null characters are not allowed.",
    SHORT,
    "Enter a valid email address.",
];

/// Eight characters as they are typed, and four in NFC, which no schema can count.
const SHORTER_IN_NFC: &str = "e\u{301}u\u{301}i\u{301}o\u{301}";
/// Three characters as they are typed, and nine in NFC.
const LONGER_IN_NFC: &str = "\u{fb2c}\u{fb2c}\u{fb2c}";

/// As many characters as asked for, that are neither common nor like somebody's name.
fn text(length: usize) -> String {
    "rust, über & oak 7 ".chars().cycle().take(length).collect()
}

fn address(length: usize) -> String {
    let domain = [&"b".repeat(50); 4].map(String::as_str).join(".") + ".com";
    format!("{}@{domain}", "a".repeat(length - domain.len() - 1))
}

/// Texts on both sides of each bound that the schema has, and of those that it has not.
fn texts(schema: &Value) -> Vec<Value> {
    let is_address = schema["format"] == "idn-email";
    let bound = |name: &str| {
        schema[name]
            .as_u64()
            .map(|bound| usize::try_from(bound).unwrap())
    };
    let mut texts: Vec<_> = ["", " ", "\t\n", "\u{3000}", "\0", "12\x0034567890", "\0 "]
        .map(ToOwned::to_owned)
        .into();
    if is_address {
        texts.extend(
            [
                "ada@example.org",
                "ada@münchen.example",
                "ada",
                "@",
                "ada@@example.org",
            ]
            .map(ToOwned::to_owned),
        );
    } else {
        let shortest = bound("minLength").unwrap_or(1);
        texts.extend([
            text(shortest - 1),
            text(shortest),
            text(shortest + 1),
            text(2000),
            SHORTER_IN_NFC.to_owned(),
            LONGER_IN_NFC.to_owned(),
        ]);
    }
    if let Some(longest) = bound("maxLength") {
        let of = if is_address { address } else { text };
        texts.extend([of(longest - 1), of(longest), of(longest + 1)]);
    }
    texts
        .into_iter()
        .map(Value::String)
        .chain([Value::Null, json!(8)])
        .collect()
}

/// The messages for one field.
fn messages(answer: &Answer, field: &str) -> Vec<String> {
    if answer.status != 400 {
        return Vec::new();
    }
    let messages = answer.json()[field].take();
    let messages = messages.as_array().cloned().unwrap_or_default();
    messages
        .iter()
        .map(|message| message.as_str().unwrap().to_owned())
        .collect()
}

on_both_databases! {
    async fn a_text_is_refused_for_its_form_as_its_schema_says(backend: Backend) {
        let app = TestApp::new(backend).await;
        let (mut fields, mut accepted, mut refused, mut shorter_in_nfc) = (0, 0, 0, 0);
        for operation in Operation::all(&app) {
            let Some(schema) = &operation.schema else {
                continue;
            };
            for (field, schema) in schema["properties"].as_object().unwrap() {
                fields += 1;
                let validator = jsonschema::draft202012::options()
                    .should_validate_formats(true)
                    .build(schema)
                    .unwrap();
                let email = format!("person{fields}@example.net");
                let mut browser = app.signed_up(&email).await;
                for value in texts(schema) {
                    let request = operation.with(&app, &browser, &email, field, value.clone());
                    let answer = browser.send(request).await;
                    let messages = messages(&answer, field);
                    let what = format!("{} {field} {value}: {answer}", operation.id);
                    assert_ne!(answer.status, 401, "{what}");
                    // A log-in without a password is one with a wrong password.
                    if operation.id == "log_in" && value.is_null() {
                        assert_eq!(answer.status, 404, "{what}");
                    } else if value == SHORTER_IN_NFC && schema["minLength"] == 8 {
                        assert!(validator.is_valid(&value), "{what}");
                        assert_eq!(messages, [SHORT], "{what}");
                        shorter_in_nfc += 1;
                    } else if validator.is_valid(&value) {
                        accepted += 1;
                        let form = |message: &String| OF_FORM.iter().any(|form| message.starts_with(form));
                        assert!(!messages.iter().any(form), "{what}");
                    } else {
                        refused += 1;
                        assert!(!messages.is_empty(), "{what}");
                    }
                }
            }
        }
        assert!(fields >= 15 && accepted > 50 && refused > 50, "{fields} {accepted} {refused}");
        assert_eq!(shorter_in_nfc, 3);
    }
}
