//! `frontgate users`: who there is, and who may log in.

mod collisions;
mod list;
mod rename;

use std::error::Error;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use diesel::QueryResult;

use super::confirm::confirm;
use super::{connection, find_user, print};
use crate::config::{SecretKey, Settings};
use crate::db::AnyConnection;
use crate::email;
use crate::models::session_list::count_not_ended;
use crate::models::user::User;
use crate::sessions::{self, AddressHolds, Change, Client};

#[derive(Debug, Subcommand)]
pub(super) enum Users {
    /// List users, the newest first.
    #[command(after_help = "Example:\n  frontgate users list --json")]
    List(list::List),
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
                let delete =
                    |change: &mut Change<'_>, id| sessions::delete_user(change, id, holds.as_ref());
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
    /// Changes the user with `work`, and returns the address and how many sessions ended. The
    /// last active superuser is refused, as in the admin.
    fn change(
        &self,
        settings: &Settings,
        command: &str,
        work: impl FnOnce(&mut Change<'_>, i64) -> QueryResult<usize>,
    ) -> Result<(String, usize), Box<dyn Error>> {
        let (mut connection, clock) = connection::open(settings)?;
        let user = find_user::by_email(&mut connection, &self.email)?;
        let by = Client::command_line(command).into();
        let ended = connection::change(settings, &mut connection, &clock, &by, |change| {
            refuse_last_superuser(change.connection, &user)?;
            change.read_clock();
            Ok::<_, Box<dyn Error>>(work(change, user.id)?)
        })?;
        Ok((email::shown(&user.email), ended))
    }

    fn activate(&self, settings: &Settings) -> Result<(), Box<dyn Error>> {
        let (mut connection, clock) = connection::open(settings)?;
        let user = find_user::by_email(&mut connection, &self.email)?;
        let by = Client::command_line("users activate").into();
        let is_new = connection::change(settings, &mut connection, &clock, &by, |change| {
            sessions::activate(change, user.id)
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
