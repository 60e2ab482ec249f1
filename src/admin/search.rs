//! What an operator looks for in a list: the filters as they were typed, and what is wrong
//! with them.

use std::net::IpAddr;

use actix_web::HttpRequest;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use diesel::QueryResult;
use ipnet::IpNet;

use super::fields::{Choice, Control, Field, Filters};
use super::paging::CURSOR;
use super::parameters::Parameters;
use crate::db::AnyConnection;
use crate::models::user::User;

/// How a moment is written: as browsers send `datetime-local`, to the second or not.
const TIMES: [&str; 2] = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"];

/// The filters of a list.
#[derive(Clone, Debug, Default)]
pub struct Search {
    given: Parameters,
    complaints: Vec<(&'static str, String)>,
}

/// One address, or many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// This one.
    Address(IpAddr),
    /// All of this network.
    Network(IpNet),
}

impl Search {
    /// What the query of a request says.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        Self {
            given: Parameters::parse(request.query_string().as_bytes()),
            complaints: Vec::new(),
        }
    }

    /// What was typed, the place in the list included.
    #[must_use]
    pub fn given(&self) -> &Parameters {
        &self.given
    }

    /// What was typed, and no place in the list.
    #[must_use]
    pub fn filters(&self) -> Parameters {
        self.given.without(&[CURSOR])
    }

    /// Whether every filter could be read.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.complaints.is_empty()
    }

    /// A filter cannot be read, and this is what to write instead.
    pub fn complain(&mut self, name: &'static str, complaint: impl Into<String>) {
        self.complaints.push((name, complaint.into()));
    }

    /// A text, as it stands.
    #[must_use]
    pub fn text(&self, name: &'static str) -> Option<String> {
        self.given.get(name).map(str::to_owned)
    }

    /// A day or a moment in UTC; a day is its beginning.
    pub fn time(&mut self, name: &'static str) -> Option<NaiveDateTime> {
        let text = self.given.get(name)?;
        let moment = TIMES
            .iter()
            .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
        let day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
        let found = moment.or_else(|| day().map(|day| day.and_time(NaiveTime::MIN)));
        if found.is_none() {
            self.complain(
                name,
                "Write a day or a moment in UTC, as 2026-01-31 or 2026-01-31T18:30.",
            );
        }
        found
    }

    /// An address or a network.
    pub fn place(&mut self, name: &'static str) -> Option<Place> {
        let text = self.given.get(name)?;
        let address = text.parse().map(|ip: IpAddr| ip.to_canonical());
        let found = address
            .map(Place::Address)
            .or_else(|_| text.parse().map(Place::Network))
            .ok();
        if found.is_none() {
            self.complain(
                name,
                "Write an address or a network, as 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32.",
            );
        }
        found
    }

    /// Yes or no.
    pub fn yes_no(&mut self, name: &'static str) -> Option<bool> {
        match self.given.get(name)? {
            "yes" => Some(true),
            "no" => Some(false),
            _ => {
                self.complain(name, "Choose yes or no, or leave it open.");
                None
            }
        }
    }

    /// A user: an id, also of one who is gone, or a whole address, of whatever case.
    pub fn user(
        &mut self,
        connection: &mut AnyConnection,
        name: &'static str,
    ) -> QueryResult<Option<i64>> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let found = if text.bytes().all(|byte| byte.is_ascii_digit()) {
            text.parse().ok()
        } else {
            User::find_by_email(connection, &text)?.map(|user| user.id)
        };
        if found.is_none() {
            self.complain(
                name,
                "There is no such user. Write the whole e-mail address, or the id.",
            );
        }
        Ok(found)
    }

    /// The fields of the list at `action`.
    #[must_use]
    pub fn shown(&self, action: &'static str, fields: Vec<Field>) -> Filters {
        Filters {
            action,
            fields,
            are_set: !self.filters().is_empty(),
        }
    }

    /// A field for a text, with what was typed in it.
    #[must_use]
    pub fn text_field(&self, name: &'static str, label: &'static str, hint: &'static str) -> Field {
        let value = self.given.get(name).unwrap_or_default().to_owned();
        let kind = "text";
        self.field(name, label, hint, Control::Input { kind, value })
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
                label,
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
pub(super) fn time_input(value: &str) -> &'static str {
    let shown = TIMES
        .iter()
        .any(|format| NaiveDateTime::parse_from_str(value, format).is_ok());
    if shown || value.is_empty() {
        "datetime-local"
    } else {
        "text"
    }
}
