//! `frontgate users`: who there is, and who may log in.

mod collisions;
mod rename;

use std::error::Error;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use diesel::QueryResult;
use serde::Serialize;

use super::confirm::confirm;
use super::table::{cell, json, rfc3339, table, time};
use super::{connection, find_user, print};
use crate::clock::Moment;
use crate::config::{SecretKey, Settings};
use crate::db::AnyConnection;
use crate::email;
use crate::models::session_list::count_not_ended;
use crate::models::user::User;
use crate::sessions::{self, AddressHolds, By, Client, EndedAll};

#[derive(Debug, Subcommand)]
pub(super) enum Users {
    /// List users, the newest first.
    #[command(after_help = "Example:\n  frontgate users list --json")]
    List(List),
    /// Let a user log in no more, and end every session of theirs.
    #[command(after_help = "Example:\n  frontgate users deactivate --email ada@example.com")]
    Deactivate(Account),
    /// Let a user log in again.
    #[command(after_help = "Example:\n  frontgate users activate --email ada@example.com")]
    Activate(Account),
    /// Delete a user, for ever; the audit log keeps what happened.
    #[command(after_help = "Example:\n  frontgate users delete --email ada@example.com --yes")]
    Delete(Delete),
    /// Give a user another address, and end every session of theirs.
    #[command(after_help = "Example:\n  frontgate users rename 13 ada@example.org")]
    Rename(rename::Rename),
    /// List users who share an address, since the rule of which addresses are the same changed.
    #[command(after_help = "Example:\n  frontgate users collisions")]
    Collisions(collisions::Collisions),
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// How many at most.
    #[arg(long, value_name = "N", default_value_t = 50, allow_negative_numbers = true,
        value_parser = clap::value_parser!(i64).range(1..=1_000_000))]
    limit: i64,
    /// A JSON array for programs.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Account {
    /// The user's address.
    #[arg(long)]
    email: String,
}

#[derive(Debug, Args)]
pub(super) struct Delete {
    #[command(flatten)]
    account: Account,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

impl Users {
    pub(super) fn run(self, settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
        match self {
            Self::List(options) => options.run(settings)?,
            Self::Deactivate(account) => {
                let (email, ended) =
                    account.change(settings, "users deactivate", sessions::deactivate)?;
                print(&format!(
                    "{email} cannot log in any more; {ended} of its sessions ended.\n"
                ))?;
            }
            Self::Activate(account) => account.activate(settings)?,
            Self::Delete(options) => {
                options.ask(settings)?;
                let holds = holds(settings)?;
                let delete = |connection: &mut AnyConnection, id, by: By<'_>, now| {
                    sessions::delete_user(connection, id, holds.as_ref(), by, now)
                };
                let (email, ended) = options.account.change(settings, "users delete", delete)?;
                print(&format!(
                    "{email} is deleted; {ended} of its sessions ended.\n"
                ))?;
            }
            Self::Rename(options) => options.run(settings)?,
            Self::Collisions(options) => options.run(settings)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What keeps the address of a deleted user, where the settings ask for that: it needs the
/// secret key.
fn holds(settings: &Settings) -> Result<Option<AddressHolds>, Box<dyn Error>> {
    if settings.accounts.deleted_address_hold.delta().is_zero() {
        return Ok(None);
    }
    // Where a key is still to be made, no server has run and nobody has signed up.
    let secret = SecretKey::find(settings)?;
    Ok(secret.map(|secret| AddressHolds::new(&secret, &settings.accounts)))
}

impl Account {
    /// Changes the user with `work`, and answers the address and how many sessions ended. The
    /// last active superuser is refused, as in the admin.
    fn change(
        &self,
        settings: &Settings,
        command: &str,
        work: impl FnOnce(&mut AnyConnection, i64, By<'_>, Moment) -> QueryResult<EndedAll>,
    ) -> Result<(String, usize), Box<dyn Error>> {
        let (mut connection, clock) = connection::open(settings)?;
        let user = find_user::by_email(&mut connection, &self.email)?;
        let client = Client::command_line(command);
        let ended =
            connection::change(settings, &mut connection, &clock, |connection, changes| {
                refuse_last_superuser(connection, &user)?;
                let ended = work(connection, user.id, client.by(), clock.now())?;
                Ok::<_, Box<dyn Error>>(changes.end_all(ended))
            })?;
        Ok((email::shown(&user.email), ended))
    }

    fn activate(&self, settings: &Settings) -> Result<(), Box<dyn Error>> {
        let (mut connection, clock) = connection::open(settings)?;
        let user = find_user::by_email(&mut connection, &self.email)?;
        let client = Client::command_line("users activate");
        let is_new = connection::change(settings, &mut connection, &clock, |connection, _| {
            sessions::activate(connection, user.id, client.by(), clock.now())
        })?;
        let email = email::shown(&user.email);
        if is_new {
            print(&format!("{email} can log in again.\n"))?;
        } else {
            print(&format!(
                "{email} was active already. Nothing was changed.\n"
            ))?;
        }
        Ok(())
    }
}

impl Delete {
    fn ask(&self, settings: &Settings) -> Result<(), Box<dyn Error>> {
        let (mut connection, _) = connection::open(settings)?;
        let user = find_user::by_email(&mut connection, &self.account.email)?;
        // Nobody is to confirm what is refused afterwards.
        refuse_last_superuser(&mut connection, &user)?;
        let sessions = count_not_ended(&mut connection, Some(user.id))?;
        let email = email::shown(&user.email);
        let question =
            format!("This deletes {email} for ever, and ends {sessions} of its sessions.");
        confirm(&question, "", self.yes)
    }
}

impl List {
    fn run(&self, settings: &Settings) -> Result<(), Box<dyn Error>> {
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

/// Somebody must be left who could take it back.
fn refuse_last_superuser(
    connection: &mut AnyConnection,
    user: &User,
) -> Result<(), Box<dyn Error>> {
    if !User::is_last_superuser(connection, user.id)? {
        return Ok(());
    }
    let email = email::shown(&user.email);
    Err(format!(
        "{email} is the last active superuser: nobody would be left who may manage users. Make another one first: `frontgate createsuperuser --email ADDRESS`"
    )
    .into())
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

const TITLES: [&str; 6] = ["ID", "E-MAIL", "STATE", "ROLE", "JOINED", "LAST LOG-IN"];

fn state(is_active: bool) -> &'static str {
    if is_active { "active" } else { "inactive" }
}

fn role(is_superuser: bool, is_staff: bool) -> &'static str {
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
