//! Asking before what cannot be taken back.

use std::error::Error;
use std::io::{self, IsTerminal};

use super::output;

/// Asks for the number of what is about to go, unless `yes` was given: whoever types it has
/// read it. `what` is a whole sentence.
pub(super) fn confirm_number(
    what: &str,
    number: usize,
    hint: &str,
    yes: bool,
) -> Result<(), Box<dyn Error>> {
    ask(what, &number.to_string(), hint, yes)
}

/// Asks whether to go on, unless `yes` was given. `what` is a whole sentence; `hint`
/// tells of another way to look first.
pub(super) fn confirm(what: &str, hint: &str, yes: bool) -> Result<(), Box<dyn Error>> {
    ask(what, "yes", hint, yes)
}

fn ask(what: &str, wanted: &str, hint: &str, yes: bool) -> Result<(), Box<dyn Error>> {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(format!(
            "{what} There is no terminal to ask on: add --yes to go on{hint}. Nothing was changed."
        )
        .into());
    }
    output::ask(&format!("{what}\nType {wanted} to go on: "))?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    if answer.trim() == wanted {
        Ok(())
    } else {
        Err("nothing was changed".into())
    }
}
