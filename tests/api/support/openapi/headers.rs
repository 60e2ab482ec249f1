//! The headers of an answer beside those that the document promises.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;

use super::Asked;
use crate::support::Answer;

/// Headers of every answer: HTTP's own, and those that the middleware adds.
const OF_EVERY_ANSWER: [&str; 13] = [
    "cache-control",
    "connection",
    "content-length",
    "content-security-policy",
    "content-type",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "date",
    "referrer-policy",
    "transfer-encoding",
    "x-content-type-options",
    "x-frame-options",
    "x-request-id",
];

/// In what the headers differ from those that are described for the response.
pub(super) fn differences(response: &Value, asked: &Asked, answer: &Answer) -> Vec<String> {
    let mut differences = Vec::new();
    let described = response["headers"].as_object();
    let described: Vec<_> = described.into_iter().flatten().collect();
    for (name, header) in &described {
        let Some(value) = answer.header(&name.to_lowercase()) else {
            if header["required"] == true {
                differences.push(format!("the header {name} is promised and not sent"));
            }
            continue;
        };
        if header["schema"]["type"] == "integer" && value.parse::<i64>().is_err() {
            differences.push(format!("the header {name} is no integer: {value}"));
        }
    }
    for (name, _) in &answer.headers {
        // CORS has its own, which depend on the origin.
        let is_cors = name.starts_with("access-control-") || name == "vary";
        // RFC 9110, section 9.3.7.
        let is_allow = name == "allow" && asked.method == Method::OPTIONS;
        let is_known = is_cors || is_allow || OF_EVERY_ANSWER.contains(&name.as_str());
        if !is_known
            && !described
                .iter()
                .any(|(known, _)| known.eq_ignore_ascii_case(name))
        {
            differences.push(format!("the header {name} is sent and not described"));
        }
    }
    differences
}

/// In what `Allow` differs from the operations of a path.
pub(super) fn allow(item: &Value, answer: &Answer) -> Vec<String> {
    let methods = item.as_object().unwrap().keys();
    let mut methods: BTreeSet<_> = methods.map(|method| method.to_uppercase()).collect();
    if methods.contains("GET") {
        methods.insert("HEAD".to_owned());
    }
    methods.insert("OPTIONS".to_owned());
    let allowed = answer.header("allow").unwrap_or_default();
    let allowed: BTreeSet<_> = allowed.split(", ").map(ToOwned::to_owned).collect();
    if allowed == methods {
        Vec::new()
    } else {
        vec![format!(
            "Allow is {allowed:?}, and the path has {methods:?}"
        )]
    }
}
