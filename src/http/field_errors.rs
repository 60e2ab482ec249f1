//! Which fields of a body are wrong, and why.

use std::collections::HashMap;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::json;
use utoipa::openapi::schema::{ArrayBuilder, Object, ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// Messages for each wrong field, in the order in which they were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldErrors {
    fields: Vec<(String, Vec<String>)>,
    /// Where in `fields` each name stands: a body may have thousands.
    places: HashMap<String, usize>,
}

impl FieldErrors {
    /// Adds messages for a field.
    pub fn add(&mut self, field: &str, messages: Vec<String>) {
        if let Some((_, known)) = (self.places.get(field)).and_then(|at| self.fields.get_mut(*at)) {
            known.extend(messages);
            return;
        }
        self.places.insert(field.to_owned(), self.fields.len());
        self.fields.push((field.to_owned(), messages));
    }

    /// Fails with the errors when there are any.
    pub fn check(self) -> Result<(), Self> {
        if self.fields.is_empty() {
            Ok(())
        } else {
            Err(self)
        }
    }

    /// One message for one field.
    #[must_use]
    pub fn single(field: &str, message: &str) -> Self {
        let mut errors = Self::default();
        errors.add(field, vec![message.to_owned()]);
        errors
    }
}

impl Serialize for FieldErrors {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.fields.len()))?;
        for (field, messages) in &self.fields {
            map.serialize_entry(field, messages)?;
        }
        map.end()
    }
}

impl PartialSchema for FieldErrors {
    fn schema() -> RefOr<Schema> {
        let messages = ArrayBuilder::new()
            .items(Object::with_type(Type::String))
            .min_items(Some(1));
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some(
                "Messages under the name of each wrong field; under `non_field_errors` where \
                 the body as a whole is wrong.",
            ))
            .additional_properties(Some(Schema::from(messages)))
            .min_properties(Some(1))
            .examples([json!({ "password": ["This field is required."] })])
            .into()
    }
}

impl ToSchema for FieldErrors {}
