//! The user, as the answers to sign-up, log-in and reading show them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};
use utoipa::openapi::schema::{
    AdditionalProperties, ObjectBuilder, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{KnownFormat, Object, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::app::App;
use crate::config::UserField;
use crate::models::user::User;
use crate::sessions;
use crate::tokens::{AccessClaims, AccessToken};

/// The fields of the setting `user_fields`, in its order, as the claims of one access token
/// have them: telling them needs no database. A claim that the token has not is `null`, so
/// that every answer has the same fields.
#[derive(Clone, Debug)]
pub struct UserAnswer<'a> {
    fields: &'a [UserField],
    email: &'a str,
    user_id: i64,
    claims: Cow<'a, Map<String, Value>>,
    /// Names that the answer around this one tells itself.
    told: &'static [&'static str],
}

impl<'a> UserAnswer<'a> {
    /// What a verified token says.
    #[must_use]
    pub fn of_token(app: &'a App, token: &'a AccessToken) -> Self {
        Self {
            fields: &app.settings.tokens.user_fields.0,
            email: &token.email,
            user_id: token.user_id,
            claims: Cow::Borrowed(&token.claims),
            told: &[],
        }
    }

    /// What a token says that is about to be signed.
    #[must_use]
    pub fn of_claims(app: &'a App, claims: &'a AccessClaims) -> Self {
        Self {
            fields: &app.settings.tokens.user_fields.0,
            email: &claims.email,
            user_id: claims.user_id,
            claims: Cow::Borrowed(&claims.custom),
            told: &[],
        }
    }

    /// What the user's next token will say, but for the fields `told`.
    #[must_use]
    pub fn of_user(app: &'a App, user: &'a User, told: &'static [&'static str]) -> Self {
        Self {
            fields: &app.settings.tokens.user_fields.0,
            email: &user.email,
            user_id: user.id,
            claims: Cow::Owned(sessions::custom_claims(&app.policy, user)),
            told,
        }
    }
}

impl Serialize for UserAnswer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for field in self.fields {
            match field {
                _ if self.told.contains(&field.name()) => {}
                UserField::Email => map.serialize_entry("email", self.email)?,
                UserField::UserId => map.serialize_entry("user_id", &self.user_id)?,
                UserField::Claim(name) => map.serialize_entry(name, &self.claims.get(name))?,
            }
        }
        map.end()
    }
}

/// The schema for the default setting; [`document`] writes that of the settings in its place.
impl PartialSchema for UserAnswer<'_> {
    fn schema() -> RefOr<Schema> {
        schema(&[UserField::Email, UserField::UserId]).into()
    }
}

impl ToSchema for UserAnswer<'_> {}

/// Says in the document which fields the settings name, in the answers that tell them.
pub fn document(schemas: &mut BTreeMap<String, RefOr<Schema>>, fields: &[UserField]) {
    let user = schema(fields);
    if let Some(RefOr::T(Schema::Object(profile))) = schemas.get_mut("Profile") {
        // No other names than its own and those of the settings.
        profile.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        for (name, field) in &user.properties {
            if profile.properties.contains_key(name) {
                continue;
            }
            profile.properties.insert(name.clone(), field.clone());
            profile.required.push(name.clone());
            if let Some(Value::Object(example)) = &mut profile.example {
                example.insert(name.clone(), example_of(name));
            }
        }
    }
    schemas.insert("UserAnswer".to_owned(), user.into());
}

fn schema(fields: &[UserField]) -> Object {
    let mut example = Map::new();
    let mut object = ObjectBuilder::new()
        .schema_type(Type::Object)
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        .description(Some("The user, as the access token names them."));
    for field in fields {
        let name = field.name();
        let described = match field {
            UserField::Email => ObjectBuilder::new().schema_type(Type::String).description(
                Some("The address. It may change, and be another user's later: never use it as a key."),
            ),
            UserField::UserId => ObjectBuilder::new()
                .schema_type(Type::Integer)
                .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
                .description(Some(
                    "The user's primary key. It stays, and is never another user's: use it as a key.",
                )),
            UserField::Claim(_) => ObjectBuilder::new()
                .schema_type(SchemaType::AnyValue)
                .description(Some("The claim of this name; `null` where the access token has none.")),
        };
        object = object.property(name, described).required(name);
        example.insert(name.to_owned(), example_of(name));
    }
    let mut object = object.build();
    object.example = Some(Value::Object(example));
    object
}

fn example_of(name: &str) -> Value {
    match name {
        "email" => json!("ada@example.com"),
        "user_id" => json!(19),
        _ => Value::Null,
    }
}
