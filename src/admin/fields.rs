//! The filters of a list as its page shows them, each with its label, its hint and its
//! complaint beside it.

use askama::Template;

/// All of them. Pages write it as they write the parts: what is in it has been escaped there.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/parts/filters.html")]
pub struct Filters {
    /// The path of the list.
    pub action: &'static str,
    /// What can be looked for.
    pub fields: Vec<Field>,
    /// Whether anything is.
    pub are_set: bool,
}

impl Filters {
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
