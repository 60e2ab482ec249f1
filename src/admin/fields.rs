//! The filters of a list as its page shows them, each with its label, its hint and its
//! complaint beside it.

use askama::Template;

/// All of them. Pages write it as they write the parts: what is in it has been escaped there.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/parts/filters.html")]
pub struct Filters {
    /// The path of the list.
    pub action: &'static str,
    /// What is looked for most, on top and always open.
    pub first: Option<Field>,
    /// What else can be looked for.
    pub fields: Vec<Field>,
}

impl Filters {
    /// Those of the list at this path.
    #[must_use]
    pub fn new(action: &'static str, fields: Vec<Field>) -> Self {
        Self {
            action,
            first: None,
            fields,
        }
    }

    /// Whether anything is looked for.
    #[must_use]
    pub fn are_set(&self) -> bool {
        self.first.iter().chain(&self.fields).any(Field::is_set)
    }

    /// Whether to show all of them: one that is not on top is set.
    #[must_use]
    pub fn are_open(&self) -> bool {
        self.fields.iter().any(Field::is_set)
    }

    /// Whether one of them could not be read, so that nothing was looked for.
    #[must_use]
    pub fn are_wrong(&self) -> bool {
        self.fields.iter().any(|field| field.complaint.is_some())
    }
}

/// A field.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/parts/field.html")]
pub struct Field {
    /// The parameter.
    pub name: &'static str,
    /// What it is called.
    pub label: &'static str,
    /// How it is written, or what a select says where nothing is chosen; may be empty.
    pub hint: &'static str,
    /// What was wrong with what was typed.
    pub complaint: Option<String>,
    /// What one types or chooses in.
    pub control: Control,
}

impl Field {
    /// Whether something is typed or chosen, be it understood or not.
    #[must_use]
    pub fn is_set(&self) -> bool {
        let is_set = match &self.control {
            Control::Input { value, .. } => !value.trim().is_empty(),
            Control::Select(choices) | Control::Checks(choices) => {
                choices.iter().any(|choice| choice.chosen)
            }
        };
        is_set || self.complaint.is_some()
    }
}

/// What one types or chooses in.
#[derive(Clone, Debug)]
pub enum Control {
    /// An input of this type with this value.
    Input {
        /// Such as `text`.
        kind: &'static str,
        /// What is in it.
        value: String,
    },
    /// One of these, or none.
    Select(Vec<Choice>),
    /// Any number of these.
    Checks(Vec<Choice>),
}

/// What can be chosen.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What it is called.
    pub label: String,
    /// Whether it is chosen.
    pub chosen: bool,
}
