//! The form above a list: its fields, what was chosen in them, and what is wrong with that.

use askama::Template;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use super::parameters::Parameters;

/// One field of the form, with what was chosen.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/parts/field.html")]
pub struct Field {
    /// Its name in the query.
    pub name: &'static str,
    /// What it is called.
    pub label: &'static str,
    /// How one chooses.
    pub kind: Kind,
    /// What was typed or chosen.
    pub value: String,
    /// What is wrong with it.
    pub complaint: Option<String>,
}

/// How one chooses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One of these values, each with what it is called.
    Select(Vec<(&'static str, &'static str)>),
    /// A time in UTC.
    Time,
}

/// Reads the fields of a form one after the other.
#[derive(Debug)]
pub struct Fields<'a> {
    query: &'a Parameters,
    fields: Vec<Field>,
}

impl<'a> Fields<'a> {
    /// Those of this query.
    #[must_use]
    pub fn new(query: &'a Parameters) -> Self {
        Self {
            query,
            fields: Vec::new(),
        }
    }

    /// A field in which nothing, or one of these values, is chosen: each has its name in the
    /// query and what it is called.
    pub fn one_of<T: Copy>(
        &mut self,
        name: &'static str,
        label: &'static str,
        nothing: &'static str,
        values: &[(&'static str, &'static str, T)],
    ) -> Option<T> {
        let typed = self.query.get(name);
        let found = values.iter().find(|(value, _, _)| Some(*value) == typed);
        let complaint = typed
            .filter(|_| found.is_none())
            .map(|typed| format!("“{typed}” is no choice here. Choose one of the list."));
        let options = values.iter().map(|(value, label, _)| (*value, *label));
        let kind = Kind::Select(std::iter::once(("", nothing)).chain(options).collect());
        self.add(name, label, kind, typed.unwrap_or_default(), complaint);
        found.map(|(_, _, meant)| *meant)
    }

    /// A field of yes, no or either.
    pub fn yes_or_no(
        &mut self,
        name: &'static str,
        label: &'static str,
        yes: &'static str,
        no: &'static str,
    ) -> Option<bool> {
        let values = [("yes", yes, true), ("no", no, false)];
        self.one_of(name, label, "Either", &values)
    }

    /// A time in UTC; a day is its beginning.
    pub fn time(&mut self, name: &'static str, label: &'static str) -> Option<NaiveDateTime> {
        let typed = self.query.get(name);
        let time = typed.and_then(parse_time);
        let complaint = typed.filter(|_| time.is_none()).map(|typed| {
            format!("“{typed}” is no time. Write it as 2026-01-31 or 2026-01-31T18:30, in UTC.")
        });
        let value = match time {
            Some(time) => time.format("%Y-%m-%dT%H:%M:%S").to_string(),
            None => typed.unwrap_or_default().to_owned(),
        };
        self.add(name, label, Kind::Time, &value, complaint);
        time
    }

    /// The fields, in the order in which they were read.
    #[must_use]
    pub fn finish(self) -> Vec<Field> {
        self.fields
    }

    fn add(
        &mut self,
        name: &'static str,
        label: &'static str,
        kind: Kind,
        value: &str,
        complaint: Option<String>,
    ) {
        self.fields.push(Field {
            name,
            label,
            kind,
            value: value.to_owned(),
            complaint,
        });
    }
}

/// A time as browsers send it, to the minute or the second; or a day. Years have four digits.
fn parse_time(text: &str) -> Option<NaiveDateTime> {
    // Elsewhere chrono is more lenient than a person who mistyped a year would want.
    if text.len() < 10 || text.as_bytes().get(4) != Some(&b'-') {
        return None;
    }
    ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        .into_iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        // A leap second would be one; no database keeps it.
        .filter(|time| time.nanosecond() == 0)
        .or_else(|| {
            let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
            Some(day.and_time(NaiveTime::MIN))
        })
}
