//! What the text fields of the views demand: for validation, and as the schemas of the document.

use std::sync::LazyLock;

use regex::Regex;
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{KnownFormat, Object, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::email;
use crate::input::{PASSWORD_TYPED, Text};
use crate::passwords::validation::MINIMUM_LENGTH;

pub(super) const EMAIL: Text = Text {
    required: true,
    blank: false,
    trim: true,
    // In characters: an address with more of them has more octets, too.
    longest: email::MAX_OCTETS,
};
pub(super) const PASSWORD: Text = Text {
    required: true,
    blank: false,
    trim: false,
    longest: 128,
};
pub(super) const NAME: Text = Text {
    required: false,
    blank: true,
    trim: true,
    longest: 150,
};
/// Of a log-in, whose empty fields are a wrong password.
pub(super) const CREDENTIAL: Text = Text {
    required: false,
    blank: true,
    trim: false,
    longest: usize::MAX,
};

/// The id of a session: its UUID, as `simple` writes it.
const SESSION_ID: &str = "^[0-9a-f]{32}$";

/// Whether it could be the id of a session.
pub(super) fn is_session_id(text: &str) -> bool {
    #[expect(clippy::expect_used, reason = "the pattern is a constant")]
    static PATTERN: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(SESSION_ID).expect("a constant pattern compiles"));
    PATTERN.is_match(text)
}

pub(super) fn address() -> Object {
    of_address(
        "its domain counted in ASCII. Two addresses that differ only in case, or in how they spell \
         one domain, are one account.",
    )
}

pub(super) fn new_address() -> Object {
    of_address("its domain counted in ASCII; a new one needs `password`.")
}

/// The format says more than the pattern.
fn of_address(description: &str) -> Object {
    let longest = EMAIL.longest;
    let format = SchemaFormat::Custom("idn-email".to_owned());
    text(EMAIL)
        .pattern(None::<String>)
        .format(Some(format))
        .description(Some(format!("At most {longest} characters, {description}")))
        .build()
}

pub(super) fn new_password() -> Object {
    let description = format!(
        "{MINIMUM_LENGTH} to {} characters, and at least {MINIMUM_LENGTH} in NFC; Django's four \
         default validators apply.",
        PASSWORD.longest
    );
    let schema = text(PASSWORD).min_length(Some(MINIMUM_LENGTH));
    password(schema, &description)
}

pub(super) fn current_password() -> Object {
    password(text(PASSWORD_TYPED), "The current password.")
}

pub(super) fn password_for_an_address() -> Object {
    let description = "The current password; looked at only when the address changes.";
    password(text(PASSWORD_TYPED), description)
}

pub(super) fn name() -> Object {
    let description = format!("At most {} characters.", NAME.longest);
    text(NAME).description(Some(description)).build()
}

pub(super) fn credential_address() -> Object {
    let description = "The address, in any case.";
    text(CREDENTIAL).description(Some(description)).build()
}

pub(super) fn credential_password() -> Object {
    password(text(CREDENTIAL), "The password, exactly.")
}

pub(super) fn link_token() -> Object {
    let description = "The `token` of the link, exactly.";
    text(PASSWORD_TYPED).description(Some(description)).build()
}

/// The id of a session in a path.
pub(super) struct SessionId;

impl PartialSchema for SessionId {
    fn schema() -> RefOr<Schema> {
        session_id().into()
    }
}

impl ToSchema for SessionId {}

pub(super) fn session_id() -> Object {
    let schema = ObjectBuilder::new().schema_type(Type::String);
    let description = "What `DELETE sessions/{id}/` takes.";
    schema
        .pattern(Some(SESSION_ID))
        .description(Some(description))
        .build()
}

fn password(schema: ObjectBuilder, description: &str) -> Object {
    let format = SchemaFormat::KnownFormat(KnownFormat::Password);
    schema
        .format(Some(format))
        .description(Some(description))
        .build()
}

/// What a schema can say of the demands: a text that is trimmed may be longer by what is taken
/// off.
fn text(demands: Text) -> ObjectBuilder {
    let pattern = if demands.blank {
        r"^[^\x00]*$"
    } else {
        r"^[^\x00]*[^\s\x00][^\x00]*$"
    };
    ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length((!demands.blank).then_some(1))
        .max_length((demands.longest < usize::MAX).then_some(demands.longest))
        .pattern(Some(pattern))
}
