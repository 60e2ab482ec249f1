//! Ending several sessions on behalf of an operator.

use actix_web::web;

use crate::admin::frame::Tone;
use crate::admin::staff::Staff;
use crate::app::App;
use crate::error::Error;
use crate::models::session::Session;
use crate::models::session_list::ListedSession;
use crate::rotation::EndReason;

/// As many sessions are ended at once; more are a job.
pub const MOST: usize = 1000;

/// What became of sessions that were to be ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// So many ended.
    pub ended: usize,
    /// So many had ended before, or are gone.
    pub before: usize,
}

impl Ended {
    /// As a message.
    #[must_use]
    pub fn in_words(self) -> String {
        let ended = match self.ended {
            1 => "One session was ended, and is refused from now on.".to_owned(),
            ended => format!("{ended} sessions were ended, and are refused from now on."),
        };
        match (self.ended, self.before) {
            (0, 0) => "There was no session to end.".to_owned(),
            (0, 1) => "That session had ended before.".to_owned(),
            (0, before) => format!("All {before} sessions had ended before."),
            (_, 0) => ended,
            (_, 1) => format!("{ended} One more had ended before."),
            (_, before) => format!("{ended} {before} more had ended before."),
        }
    }

    /// How the message is meant: two operators who end the same are both right.
    #[must_use]
    pub fn tone(self) -> Tone {
        if self.ended + self.before == 0 {
            Tone::Warning
        } else {
            Tone::Done
        }
    }
}

/// Ends the sessions of these ids, [`MOST`] at most: all in one transaction but for those
/// that somebody else has locked at that moment, and each of those then in one of its own.
pub async fn end_these(
    staff: &Staff,
    app: &web::Data<App>,
    sids: Vec<String>,
) -> Result<Ended, Error> {
    let given = sids.len();
    let (mut ended, left) = staff
        .change(app, move |change, _| {
            let now = change.now();
            let found = ListedSession::of_sids(change.connection, &sids, now)?;
            let open = found
                .iter()
                .filter(|session| session.row.ended_at.is_none());
            let ids: Vec<_> = open.clone().map(|session| session.row.id).collect();
            let ended = change.end_unlocked(&ids, EndReason::Revoked)?;
            let left = if ended == ids.len() {
                Vec::new()
            } else {
                open.map(|session| session.row.sid.clone()).collect()
            };
            Ok((ended, left))
        })
        .await?;
    for sid in left {
        let was_live = staff
            .change(app, move |change, _| {
                let Some(session) = Session::lock(change.connection, &sid)? else {
                    return Ok(false);
                };
                Ok(change.end(&session, EndReason::Revoked)?)
            })
            .await?;
        ended += usize::from(was_live);
    }
    Ok(Ended {
        ended,
        before: given - ended,
    })
}
