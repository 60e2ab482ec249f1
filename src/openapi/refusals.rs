//! The refusals that operations share. A view describes only what it says itself.

use serde_json::{Value, json};
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{
    Components, ContentBuilder, OpenApi, Ref, RefOr, Required, Response, ResponseBuilder, Schema,
};

use super::headers;
use crate::error::Error;
use crate::input::BODY_LIMIT;
use crate::middleware::HEADER_LIMIT;

/// The answer to a path that is not there, under `components/responses`.
const NOT_FOUND: &str = "NotFound";
/// The answer to a method that a path has not, under `components/responses`.
const METHOD_NOT_ALLOWED: &str = "MethodNotAllowed";

/// Describes in each operation what may be answered before its view is asked, or by what all
/// views share: 408, 431, 500 and 503 everywhere, 401 where a token is asked for, and 400, 403,
/// 413 and 415 where something is changed. What the view itself says of a status stands, but for
/// the headers that every answer of this status has. What belongs to no operation is described
/// under `components/responses`.
pub(super) fn describe(document: &mut OpenApi) {
    let components = document.components.clone().unwrap_or_default();
    for item in document.paths.paths.values_mut() {
        let PathItem {
            get,
            post,
            patch,
            delete,
            ..
        } = item;
        let read = get.iter_mut().map(|operation| (operation, false));
        let changing = [post, patch, delete].into_iter().flatten();
        for (operation, changes) in read.chain(changing.map(|operation| (operation, true))) {
            add(operation, changes);
            need_no_empty_body(operation, &components);
            for (status, response) in &mut operation.responses.responses {
                if let RefOr::T(response) = response {
                    headers::describe(status, response);
                }
            }
        }
    }
    let components = document.components.get_or_insert_default();
    for (name, status, response) in of_no_operation() {
        let mut response = response;
        headers::describe(status, &mut response);
        components
            .responses
            .insert(name.to_owned(), RefOr::T(response));
    }
}

fn of_no_operation() -> [(&'static str, &'static str, Response); 2] {
    let not_allowed = Error::MethodNotAllowed("PUT".to_owned());
    [
        (
            NOT_FOUND,
            "404",
            detail("There is no such path.", &Error::NotFound),
        ),
        (
            METHOD_NOT_ALLOWED,
            "405",
            detail("The path has not this method; see `Allow`.", &not_allowed),
        ),
    ]
}

fn add(operation: &mut Operation, changes: bool) {
    let mut shared = vec![
        (
            "408",
            detail("The request was not received in time.", &Error::HeadTimeout),
        ),
        (
            "431",
            detail(
                &format!("The headers are longer than {} KiB.", HEADER_LIMIT / 1024),
                &Error::HeadersTooLarge(HEADER_LIMIT),
            ),
        ),
        (
            "500",
            detail("A bug of the server.", &Error::Internal("".into())),
        ),
        (
            "503",
            sentence(
                "Password hashing is saturated, the database is away, there are too many connections, \
            the key that signs tokens was revoked, or revocations are not known to be current; see `Retry-After`.",
                "The service is temporarily unavailable. Try again in a moment.",
            ),
        ),
    ];
    if operation.security.is_some() {
        shared.push(("401", unauthorized()));
    }
    if changes {
        let cross_site = json!({"detail": "This request comes from another site.", "code": "cross_site_request"});
        let parse = Error::Parse("expected value at line 1 column 1".to_owned());
        shared.extend([
            (
                "400",
                response(
                    "The body cannot be read.",
                    "BadRequest",
                    json!({ "detail": parse.to_string() }),
                ),
            ),
            (
                "403",
                response("A cross-site request.", "Coded", cross_site),
            ),
            (
                "413",
                detail(
                    &format!("The body is longer than {} KiB.", BODY_LIMIT / 1024),
                    &Error::BodyTooLarge(BODY_LIMIT),
                ),
            ),
            (
                "415",
                detail(
                    "The body is not JSON.",
                    &Error::UnsupportedMediaType("text/plain".to_owned()),
                ),
            ),
        ]);
    }
    for (status, response) in shared {
        (operation.responses.responses.entry(status.to_owned()))
            .or_insert_with(|| RefOr::T(response));
    }
}

fn unauthorized() -> Response {
    response(
        "No token, or one that does not verify.",
        "Unauthorized",
        json!({ "detail": Error::NoCredentials.to_string() }),
    )
}

fn detail(description: &str, error: &Error) -> Response {
    sentence(description, &error.to_string())
}

fn sentence(description: &str, sentence: &str) -> Response {
    response(description, "Detail", json!({ "detail": sentence }))
}

fn response(description: &str, schema: &str, example: Value) -> Response {
    let body = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(schema)))
        .example(Some(example))
        .build();
    ResponseBuilder::new()
        .description(description)
        .content("application/json", body)
        .build()
}

/// A body in which no field is required need not be sent.
fn need_no_empty_body(operation: &mut Operation, components: &Components) {
    let Some(RefOr::T(body)) = &mut operation.request_body else {
        return;
    };
    let needs_nothing = |content: &utoipa::openapi::Content| {
        let Some(RefOr::Ref(name)) = &content.schema else {
            return false;
        };
        let name = name.ref_location.rsplit('/').next().unwrap_or_default();
        let schema = components.schemas.get(name);
        matches!(schema, Some(RefOr::T(Schema::Object(object))) if object.required.is_empty())
    };
    if body
        .content
        .values()
        .all(|content| matches!(content, RefOr::T(content) if needs_nothing(content)))
    {
        body.required = Some(Required::False);
    }
}
