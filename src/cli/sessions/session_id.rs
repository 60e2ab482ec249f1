//! The id by which a session is named at the command line.

use std::error::Error;

use uuid::Uuid;

use crate::visible::visible;

/// A session's id as the database has it.
pub(super) fn session_id(given: &str) -> Result<String, Box<dyn Error>> {
    let sid = Uuid::try_parse(given.trim()).map_err(|_| {
        let given = visible(given);
        format!(
            "{given:?} is not a session's id: it has 32 hexadecimal digits; `frontgate sessions list` shows it"
        )
    })?;
    Ok(sid.simple().to_string())
}

pub(super) fn no_session(sid: &str) -> Box<dyn Error> {
    format!("there is no session {sid}: `frontgate sessions list --ended` shows those there are")
        .into()
}
