//! Asking before what cannot be taken back.

use std::error::Error;
use std::io::{self, IsTerminal, Write};

/// Asks whether to go on, unless `yes` was given. `what` is a whole sentence; `hint`
/// tells of another way to look first.
pub(super) fn confirm(what: &str, hint: &str, yes: bool) -> Result<(), Box<dyn Error>> {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(format!(
            "{what} There is no terminal to ask on: add --yes to go on{hint}. Nothing was changed."
        )
        .into());
    }
    eprint!("{what}\nType yes to go on: ");
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    if answer.trim() == "yes" {
        Ok(())
    } else {
        Err("nothing was changed".into())
    }
}
