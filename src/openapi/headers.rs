//! The headers of answers: which are promised, and which come in some cases alone.
//!
//! A view whose header comes in some cases alone describes it as an `Option`.

use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType};
use utoipa::openapi::{RefOr, Response, Schema, Type};

/// Adds the headers that all answers of this status have, and says of each header whether every
/// answer has it.
pub(super) fn describe(status: &str, response: &mut Response) {
    let mut add = |name: &str, header: Header| {
        (response.headers.entry(name.to_owned())).or_insert(RefOr::T(header));
    };
    match status {
        "401" => {
            add(
                "Set-Cookie",
                sometimes("Deletes the cookies, where a cookie came more than once."),
            );
        }
        "405" => add("Allow", always("The methods of the path.", Type::String)),
        "503" => add(
            "Retry-After",
            always("Seconds after which to ask again.", Type::Integer),
        ),
        _ => {}
    }
    if status == "401" && names_unauthorized(response) {
        let challenge = always("`Bearer realm=\"api\"`.", Type::String);
        (response.headers.entry("WWW-Authenticate".to_owned())).or_insert(RefOr::T(challenge));
    }
    for header in response.headers.values_mut() {
        if let RefOr::T(header) = header {
            require(header);
        }
    }
}

/// Whether it is the 401 of an access token, not that of a refresh token.
fn names_unauthorized(response: &Response) -> bool {
    response.content.values().any(|content| {
        matches!(content, RefOr::T(content) if matches!(&content.schema,
            Some(RefOr::Ref(schema)) if schema.ref_location.ends_with("/Unauthorized")))
    })
}

fn always(description: &str, kind: Type) -> Header {
    header(description, kind.into())
}

fn sometimes(description: &str) -> Header {
    header(
        description,
        SchemaType::from_iter([Type::String, Type::Null]),
    )
}

fn header(description: &str, kind: SchemaType) -> Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(kind)))
        .description(Some(description))
        .build()
}

/// Writes `required`, for which utoipa has no field, and takes `null` from the types.
fn require(header: &mut Header) {
    let mut required = true;
    if let Some(RefOr::T(Schema::Object(schema))) = &mut header.schema
        && let SchemaType::Array(types) = &mut schema.schema_type
    {
        types.retain(|kind| *kind != Type::Null);
        required = false;
        if let [only] = types.as_slice() {
            schema.schema_type = only.clone().into();
        }
    }
    header.extensions = Some(Extensions::from_iter([("required", required)]));
}
