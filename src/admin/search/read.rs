//! What was typed in a filter, as it is understood; what cannot be is complained of.

use std::net::IpAddr;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use diesel::QueryResult;
use ipnet::IpNet;

use super::Search;
use crate::db::AnyConnection;
use crate::models::user::User;

/// How a moment is written: as browsers send `datetime-local`, or with fractions of a second.
const MOMENTS: [&str; 2] = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S%.f"];

impl Search {
    /// A text, as it stands.
    #[must_use]
    pub fn text(&self, name: &'static str) -> Option<String> {
        self.given.get(name).map(str::to_owned)
    }

    /// Words that are looked for one by one, so many at most.
    pub fn words(&mut self, name: &'static str, most: usize) -> Vec<String> {
        let text = self.text(name).unwrap_or_default();
        let words: Vec<_> = text.split_whitespace().map(str::to_owned).collect();
        if words.len() > most {
            let why = format!("has too many words: write at most {most} words.");
            self.complain(name, &text, &why);
        }
        words
    }

    /// A day or a moment in UTC; a day is its beginning.
    pub fn time(&mut self, name: &'static str) -> Option<NaiveDateTime> {
        let text = self.text(name)?;
        let found = moment(text.strip_suffix('Z').unwrap_or(&text));
        if found.is_none() {
            let why = "is no date: write it as 2026-11-24 or 2026-11-24T18:30, in UTC.";
            self.complain(name, &text, why);
        }
        found
    }

    /// An address or a network; one of the two where it could be read.
    pub fn place(&mut self, name: &'static str) -> (Option<IpAddr>, Option<IpNet>) {
        let Some(text) = self.text(name) else {
            return (None, None);
        };
        if let Ok(address) = text.parse::<IpAddr>() {
            return (Some(address.to_canonical()), None);
        }
        let network = text.parse().ok();
        if network.is_none() {
            let why = "is no address: write it as 203.0.113.7 or 2001:db8::7, or a network as 203.0.113.0/24 or 2001:db8::/32.";
            self.complain(name, &text, why);
        }
        (None, network)
    }

    /// Yes or no.
    pub fn yes_no(&mut self, name: &'static str) -> Option<bool> {
        self.choice(name, [("yes", true), ("no", false)])
    }

    /// One of these, each under the word that is sent for it.
    pub fn choice<'a, T>(
        &mut self,
        name: &'static str,
        all: impl IntoIterator<Item = (&'a str, T)>,
    ) -> Option<T> {
        let text = self.text(name)?;
        let found = all.into_iter().find(|(word, _)| *word == text);
        if found.is_none() {
            self.complain_of_choice(name, &text);
        }
        found.map(|(_, choice)| choice)
    }

    /// Each of these that is named, in this order.
    pub fn choices_of<'a, T>(
        &mut self,
        name: &'static str,
        all: impl IntoIterator<Item = (&'a str, T)>,
    ) -> Vec<T> {
        let mut given: Vec<_> = self.given.all(name).map(str::to_owned).collect();
        given.sort_unstable();
        given.dedup();
        let mut found = Vec::new();
        for (word, choice) in all {
            let before = given.len();
            given.retain(|text| text != word);
            if given.len() < before {
                found.push(choice);
            }
        }
        if let Some(text) = given.first() {
            self.complain_of_choice(name, text);
        }
        found
    }

    fn complain_of_choice(&mut self, name: &'static str, typed: &str) {
        let why = "is no choice: choose among these, or leave it open.";
        self.complain(name, typed, why);
    }

    /// A user: a number, also of one who is gone, or a whole e-mail address, of whatever case.
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
            let why = "is no user: write a whole e-mail address that somebody has, or a number.";
            self.complain(name, &text, why);
        }
        Ok(found)
    }
}

/// A moment, or the beginning of a day.
fn moment(text: &str) -> Option<NaiveDateTime> {
    let mut forms = MOMENTS.iter();
    let moment = forms.find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    moment.or_else(|| day().map(|day| day.and_time(NaiveTime::MIN)))
}
