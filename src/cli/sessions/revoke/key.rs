//! `frontgate sessions revoke --key`.

use std::error::Error;

use super::operation::{LOOK_FIRST, Operation, Report};
use crate::cli::confirm::confirm;
use crate::config::SecretKey;
use crate::models::revocation::Standing;
use crate::sessions;
use crate::visible::visible;

/// A key's id, as `frontgate check` prints it.
pub(super) fn key_id(given: &str) -> Result<String, Box<dyn Error>> {
    let given = given.trim();
    let number = given.strip_prefix("secret-").unwrap_or_default();
    let hexadecimal = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    if number.len() == 8 && number.chars().all(hexadecimal) {
        return Ok(given.to_owned());
    }
    let given = visible(given);
    Err(
        format!("{given:?} is not a key's id: `frontgate check` prints it, as in secret-0123abcd")
            .into(),
    )
}

impl Operation<'_> {
    /// Refuses whatever a key has signed or will sign.
    pub(super) fn key(&mut self, kid: &str) -> Result<Report, Box<dyn Error>> {
        let own = SecretKey::find(self.settings).ok().flatten();
        let is_own = own.is_some_and(|key| key.id() == kid);
        let mut report = Report {
            revoked: "key",
            subjects: vec![kid.to_owned()],
            ..Report::default()
        };
        let standing = Standing::read(&mut self.connection)?;
        if standing.keys.iter().any(|known| known == kid) {
            report.words = format!("{kid} was revoked already.\n");
            return Ok(report);
        }
        report.changed = true;
        let consequence = if is_own {
            "It is the key of this SECRET_KEY: nobody can log in (503) until every server has a new \
             SECRET_KEY (`openssl rand -base64 48`) and is started again."
        } else {
            "It is not the key of the SECRET_KEY that this command sees: servers that use another \
             one go on as they are."
        };
        if self.dry_run {
            report.words =
                format!("Every token that {kid} has signed would be refused. {consequence}\n");
            return Ok(report);
        }
        let question =
            format!("This refuses, for ever, every token that {kid} signs. {consequence}");
        confirm(&question, LOOK_FIRST, self.yes)?;
        report.changed = self.refuse_key(kid)?;
        report.words = format!("Every token that {kid} has signed is refused. {consequence}\n");
        Ok(report)
    }

    fn refuse_key(&mut self, kid: &str) -> Result<bool, diesel::result::Error> {
        self.change(|change| sessions::revoke_key(change, kid))
    }
}
