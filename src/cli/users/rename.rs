//! `frontgate users rename`: gives a user another address.

use std::error::Error;

use clap::Args;

use crate::cli::{connection, find_user, print};
use crate::config::{SecretKey, Settings};
use crate::db::is_unique_violation;
use crate::email;
use crate::sessions::{self, AddressError, AddressHolds, Client};
use crate::visible::visible;

#[derive(Debug, Args)]
pub(in crate::cli) struct Rename {
    /// The user's number or present address; two users may share an address, a number never.
    user: String,
    /// The new address.
    address: String,
}

impl Rename {
    pub(super) fn run(&self, settings: &Settings) -> Result<(), Box<dyn Error>> {
        let address = email::accept(&self.address).ok_or_else(|| {
            let given = visible(&self.address);
            format!("\"{given}\" is not an e-mail address: write it as ada@example.com")
        })?;
        // Where a key is still to be made, no server has run and nobody has given an address up.
        let secret = SecretKey::find(settings)?;
        let holds = secret.map(|secret| AddressHolds::new(&secret, &settings.accounts));
        let (mut connection, clock) = connection::open(settings)?;
        let user = find_user::by_email_or_id(&mut connection, &self.user)?;
        let by = Client::command_line("users rename").into();
        let ended = connection::change(settings, &mut connection, &clock, &by, |change| {
            sessions::rename(change, holds.as_ref(), user.id, &address)
        })
        .map_err(|error| -> Box<dyn Error> {
            let address = email::shown(&address);
            match error {
                AddressError::Query(error) if is_unique_violation(&error) => {
                    format!("{address} is another user's address. Nothing was changed.").into()
                }
                AddressError::Held => format!(
                    "{address} is kept for the user who had it, for as long as `address_hold` said. Nothing was changed."
                )
                .into(),
                error @ AddressError::Query(_) => error.into(),
            }
        })?;
        print(&format!(
            "{} has the address {} now; {ended} of its sessions ended.\n",
            email::shown(&user.email),
            email::shown(&address),
        ))?;
        Ok(())
    }
}
