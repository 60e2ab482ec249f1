//! The refusals that operations share. A view describes only what it says itself.

use serde_json::{Value, json};
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{
    Components, ContentBuilder, OpenApi, Ref, RefOr, Required, Response, ResponseBuilder, Schema,
};

/// Describes in each operation what may be answered before its view is asked, or by what all
/// views share: 408, 431 and 503 everywhere, 401 where a token is asked for, and 400, 403, 413
/// and 415 where something is changed. What the view itself says of a status stands.
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
        }
    }
}

fn add(operation: &mut Operation, changes: bool) {
    let mut shared = vec![
        (
            "408",
            detail(
                "The request was not received in time.",
                json!("Request headers were not received in time."),
            ),
        ),
        (
            "431",
            detail(
                "The headers are longer than 16 KiB.",
                json!("Request headers exceed 16384 bytes."),
            ),
        ),
        (
            "503",
            detail(
                "Password hashing is saturated, the database is away, there are too many connections, \
            the key that signs tokens was revoked, or revocations are not known to be current; see `Retry-After`.",
                json!("The service is temporarily unavailable. Try again in a moment."),
            ),
        ),
    ];
    if operation.security.is_some() {
        shared.push(("401", unauthorized()));
    }
    if changes {
        shared.extend([
            ("400", response("The body cannot be read.", "BadRequest", json!({"detail": "JSON parse error - expected value at line 1 column 1"})).build()),
            ("403", response("A cross-site request.", "Coded", json!({"detail": "This request comes from another site.", "code": "cross_site_request"})).build()),
            ("413", detail("The body is longer than 16 KiB.", json!("Request body exceeds 16384 bytes."))),
            ("415", detail("The body is not JSON.", json!("Unsupported media type \"text/plain\" in request."))),
        ]);
    }
    for (status, response) in shared {
        (operation.responses.responses.entry(status.to_owned()))
            .or_insert_with(|| RefOr::T(response));
    }
}

fn unauthorized() -> Response {
    let challenge = HeaderBuilder::new().description(Some("`Bearer realm=\"api\"`."));
    response(
        "No token, or one that does not verify.",
        "Unauthorized",
        json!({"detail": "Authentication cookie is not present"}),
    )
    .header("WWW-Authenticate", challenge.build())
    .build()
}

fn detail(description: &str, sentence: Value) -> Response {
    response(description, "Detail", json!({ "detail": sentence })).build()
}

fn response(description: &str, schema: &str, example: Value) -> ResponseBuilder {
    let body = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(schema)))
        .example(Some(example))
        .build();
    ResponseBuilder::new()
        .description(description)
        .content("application/json", body)
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
