//! `frontgate users collisions`: who shares an address with somebody, since the rule of which
//! addresses are the same has changed.

use std::error::Error;

use clap::Args;
use serde::Serialize;

use super::list::{TITLES, role, state};
use crate::cli::table::{cell, json, rfc3339, table, time};
use crate::cli::{connection, print};
use crate::config::Settings;
use crate::models::user::{Colliding, collisions};
use crate::visible::visible;

#[derive(Debug, Args)]
pub(in crate::cli) struct Collisions {
    /// A JSON array for programs.
    #[arg(long)]
    json: bool,
}

impl Collisions {
    pub(super) fn run(&self, settings: &Settings) -> Result<(), Box<dyn Error>> {
        let (mut connection, _) = connection::open(settings)?;
        let groups = collisions(&mut connection)?;
        if self.json {
            let shown: Vec<_> = groups.values().flatten().map(Shown::of).collect();
            print(&json(&shown)?)?;
        } else if groups.is_empty() {
            print("No two users share an address.\n")?;
        } else {
            for (key, users) in &groups {
                print(&format!("Users who share {}:\n\n", visible(key)))?;
                print(&as_table(users))?;
                print("\n")?;
            }
            print(
                "Each still logs in with the address as it is stored. Decide who keeps it, and give every other one\nanother address: frontgate users rename NUMBER ADDRESS\n",
            )?;
        }
        Ok(())
    }
}

fn as_table(users: &[Colliding]) -> String {
    let rows: Vec<_> = users
        .iter()
        .map(|user| {
            [
                user.id.to_string(),
                cell(&user.email),
                state(user.is_active).to_owned(),
                role(user.is_superuser, user.is_staff).to_owned(),
                time(user.date_joined),
                user.last_login.map_or_else(|| "-".to_owned(), time),
            ]
        })
        .collect();
    table(TITLES, &rows)
}

/// A user as programs read it.
#[derive(Serialize)]
struct Shown<'a> {
    shared: &'a str,
    id: i64,
    email: &'a str,
    is_active: bool,
    is_staff: bool,
    is_superuser: bool,
    date_joined: String,
    last_login: Option<String>,
}

impl<'a> Shown<'a> {
    fn of(user: &'a Colliding) -> Self {
        Self {
            shared: &user.key,
            id: user.id,
            email: &user.email,
            is_active: user.is_active,
            is_staff: user.is_staff,
            is_superuser: user.is_superuser,
            date_joined: rfc3339(user.date_joined),
            last_login: user.last_login.map(rfc3339),
        }
    }
}
