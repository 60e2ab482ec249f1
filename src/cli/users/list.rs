//! `frontgate users list`.

use std::error::Error;

use clap::Args;
use serde::Serialize;

use crate::cli::table::{cell, json, rfc3339, table, time};
use crate::cli::{connection, print};
use crate::config::Settings;
use crate::email;
use crate::models::user::User;

#[derive(Debug, Args)]
pub(in crate::cli) struct List {
    /// How many at most.
    #[arg(long, value_name = "N", default_value_t = 50, allow_negative_numbers = true,
        value_parser = clap::value_parser!(i64).range(1..=1_000_000))]
    limit: i64,
    /// A JSON array for programs.
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) fn run(&self, settings: &Settings) -> Result<(), Box<dyn Error>> {
        let (mut connection, _) = connection::open(settings)?;
        let users = User::newest(&mut connection, self.limit)?;
        if self.json {
            let shown: Vec<_> = users.iter().map(Shown::of).collect();
            print(&json(&shown)?)?;
        } else if users.is_empty() {
            print(
                "There is no user yet. People sign up; `frontgate createsuperuser` makes an administrator.\n",
            )?;
        } else {
            print(&as_table(&users))?;
            if i64::try_from(users.len()).is_ok_and(|found| found == self.limit) {
                print("There may be more: --limit shows them.\n")?;
            }
        }
        Ok(())
    }
}

fn as_table(users: &[User]) -> String {
    let rows: Vec<_> = users
        .iter()
        .map(|user| {
            [
                user.id.to_string(),
                cell(&email::shown(&user.email)),
                state(user.is_active).to_owned(),
                role(user.is_superuser, user.is_staff).to_owned(),
                time(user.date_joined),
                user.last_login.map_or_else(|| "-".to_owned(), time),
            ]
        })
        .collect();
    table(TITLES, &rows)
}

pub(super) const TITLES: [&str; 6] = ["ID", "E-MAIL", "STATE", "ROLE", "JOINED", "LAST LOG-IN"];

pub(super) fn state(is_active: bool) -> &'static str {
    if is_active { "active" } else { "inactive" }
}

pub(super) fn role(is_superuser: bool, is_staff: bool) -> &'static str {
    match (is_superuser, is_staff) {
        (true, _) => "superuser",
        (false, true) => "staff",
        (false, false) => "-",
    }
}

/// A user as programs read it.
#[derive(Serialize)]
struct Shown<'a> {
    id: i64,
    email: &'a str,
    first_name: &'a str,
    last_name: &'a str,
    is_active: bool,
    is_staff: bool,
    is_superuser: bool,
    date_joined: String,
    last_login: Option<String>,
}

impl<'a> Shown<'a> {
    fn of(user: &'a User) -> Self {
        Self {
            id: user.id,
            email: &user.email,
            first_name: &user.first_name,
            last_name: &user.last_name,
            is_active: user.is_active,
            is_staff: user.is_staff,
            is_superuser: user.is_superuser,
            date_joined: rfc3339(user.date_joined),
            last_login: user.last_login.map(rfc3339),
        }
    }
}
