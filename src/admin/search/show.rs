//! The fields in which one types or chooses what to look for, with what was typed in them.

use chrono::NaiveDateTime;

use super::Search;
use crate::admin::fields::{Choice, Control, Field};
use crate::admin::parts::capitalised;

/// How browsers show a moment in a field for times.
const SHOWN: [&str; 2] = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"];

impl Search {
    /// A field for a text, with what was typed in it.
    #[must_use]
    pub fn text_field(&self, name: &'static str, label: &'static str, hint: &'static str) -> Field {
        let value = self.given.get(name).unwrap_or_default().to_owned();
        let kind = "text";
        self.field(name, label, hint, Control::Input { kind, value })
    }

    /// A field for a user; the label says who that is.
    #[must_use]
    pub fn user_field(&self, name: &'static str, label: &'static str) -> Field {
        self.text_field(name, label, "E-mail address or number.")
    }

    /// A field for an address or a network.
    #[must_use]
    pub fn place_field(&self, name: &'static str) -> Field {
        self.text_field(name, "Address or network", "Such as 203.0.113.0/24.")
    }

    /// A field for yes or no.
    #[must_use]
    pub fn yes_no_field(&self, name: &'static str, label: &'static str) -> Field {
        let words = ["yes", "no"];
        self.choice_field(name, label, words.map(|word| (word, word.to_owned())))
    }

    /// A field for a moment in UTC. What cannot be read is shown as a text, for browsers show
    /// no such moment.
    #[must_use]
    pub fn time_field(&self, name: &'static str, label: &'static str) -> Field {
        let value = self.given.get(name).unwrap_or_default().to_owned();
        let kind = time_input(&value);
        self.field(name, label, "", Control::Input { kind, value })
    }

    /// A field that is left open or has one of these values, each with its label.
    #[must_use]
    pub fn choice_field<'a>(
        &self,
        name: &'static str,
        label: &'static str,
        choices: impl IntoIterator<Item = (&'a str, String)>,
    ) -> Field {
        let control = Control::Select(self.choices(name, choices));
        self.field(name, label, "", control)
    }

    /// A field of which any number may be chosen.
    #[must_use]
    pub fn checks_field<'a>(
        &self,
        name: &'static str,
        label: &'static str,
        choices: impl IntoIterator<Item = (&'a str, String)>,
    ) -> Field {
        let control = Control::Checks(self.choices(name, choices));
        self.field(name, label, "", control)
    }

    fn choices<'a>(
        &self,
        name: &'static str,
        choices: impl IntoIterator<Item = (&'a str, String)>,
    ) -> Vec<Choice> {
        let choices = choices.into_iter();
        choices
            .map(|(value, label)| Choice {
                chosen: self.given.all(name).any(|given| given == value),
                value: value.to_owned(),
                label: capitalised(&label),
            })
            .collect()
    }

    fn field(
        &self,
        name: &'static str,
        label: &'static str,
        hint: &'static str,
        control: Control,
    ) -> Field {
        let complaint = self.complaints.iter().find(|(known, _)| *known == name);
        Field {
            name,
            label,
            hint,
            complaint: complaint.map(|(_, text)| text.clone()),
            control,
        }
    }
}

/// The type of input in which a browser shows this moment: a field for times shows nothing
/// where it is written in any other way, and the next search would drop it.
fn time_input(value: &str) -> &'static str {
    let shown = SHOWN
        .iter()
        .any(|format| NaiveDateTime::parse_from_str(value, format).is_ok());
    if shown || value.is_empty() {
        "datetime-local"
    } else {
        "text"
    }
}
