//! `frontgate createsuperuser` and `frontgate changepassword`.

use std::error::Error;
use std::io::{self, IsTerminal};
use std::process::ExitCode;

use clap::Args;

use super::{connection, find_user, print};
use crate::config::Settings;
use crate::db::is_unique_violation;
use crate::email;
use crate::models::user::User;
use crate::passwords;
use crate::passwords::validation::{self, Attributes};
use crate::sessions::{self, Client, PasswordChange};

#[derive(Debug, Args)]
pub(super) struct CreateSuperuser {
    #[command(flatten)]
    account: Account,
}

#[derive(Debug, Args)]
pub(super) struct ChangePassword {
    #[command(flatten)]
    account: Account,
}

#[derive(Debug, Args)]
struct Account {
    /// The user's address.
    #[arg(long)]
    email: String,
    /// Read the password from the first line of standard input instead of asking for it.
    #[arg(long)]
    password_stdin: bool,
}

impl CreateSuperuser {
    pub(super) fn run(self, settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
        let Some(address) = email::accept(&self.account.email) else {
            let address = self.account.email.trim();
            return Err(format!(
                "{address:?} is not an e-mail address: write it as ada@example.com"
            )
            .into());
        };
        let shown = email::shown(&address);
        let (mut connection, clock) = connection::open(settings)?;
        let taken = || {
            format!(
                "there is a user {shown} already: `frontgate changepassword` gives it a new password"
            )
        };
        if User::exists(&mut connection, &address)? {
            return Err(taken().into());
        }
        let password = self.account.password(&Attributes {
            email: &address,
            ..Attributes::default()
        })?;
        let hash = passwords::encode(&password, settings.passwords.bcrypt_cost)?;
        let by = Client::command_line("createsuperuser").into();
        connection::change(settings, &mut connection, &clock, &by, |change| {
            sessions::create_superuser(change, &address, hash)
        })
        .map_err(|error| {
            if is_unique_violation(&error) {
                taken().into()
            } else {
                Box::<dyn Error>::from(error)
            }
        })?;
        print(&format!("Superuser {shown} created.\n"))?;
        Ok(ExitCode::SUCCESS)
    }
}

impl ChangePassword {
    pub(super) fn run(self, settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
        let (mut connection, clock) = connection::open(settings)?;
        let user = find_user::by_email(&mut connection, &self.account.email)?;
        let password = self.account.password(&Attributes {
            email: &user.email,
            first_name: &user.first_name,
            last_name: &user.last_name,
        })?;
        let hash = passwords::encode(&password, settings.passwords.bcrypt_cost)?;
        let by = Client::command_line("changepassword").into();
        let ended = connection::change(settings, &mut connection, &clock, &by, |change| {
            sessions::change_password(change, user.id, &hash, PasswordChange::Operator)
        })?;
        print(&format!(
            "Password of {} changed; {ended} of its sessions ended.\n",
            email::shown(&user.email),
        ))?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Account {
    /// Reads the password, twice from a terminal, and refuses one that is too weak.
    fn password(&self, attributes: &Attributes<'_>) -> Result<String, Box<dyn Error>> {
        let password = if self.password_stdin {
            let mut line = String::new();
            io::stdin().read_line(&mut line)?;
            line.trim_end_matches(['\r', '\n']).to_owned()
        } else {
            if !io::stdin().is_terminal() {
                return Err("no terminal to ask for the password: use --password-stdin".into());
            }
            let password = rpassword::prompt_password("Password: ")?;
            if rpassword::prompt_password("Password (again): ")? != password {
                return Err("the two passwords differ".into());
            }
            password
        };
        let weak = validation::validate(&password, attributes);
        if weak.is_empty() {
            Ok(password)
        } else {
            Err(weak.join(" ").into())
        }
    }
}
