//! Who was at an address.

use std::cmp::Reverse;
use std::net::IpAddr;

use diesel::prelude::*;

use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::models::event::EventKind;
use crate::models::listing::{self, At};
use crate::models::session_list::{ListedSession, SessionFilter, State};
use crate::schema::{events, outstanding_tokens, sessions};

/// How many of the newest sessions, and of the tokens used last, are looked at.
pub const LOOKED_AT: usize = 1000;

/// What is noted when a used token is presented.
const CAME_BACK: [EventKind; 3] = [
    EventKind::RefreshRepeated,
    EventKind::FollowerSuspected,
    EventKind::ReuseDetected,
];

/// A user who was at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// The user's primary key.
    pub user_id: i64,
    /// The user's address.
    pub email: String,
    /// How many sessions brought them here.
    pub sessions: usize,
    /// How many of those live.
    pub live: usize,
}

/// Who was at an address, as far as was looked.
#[derive(Clone, Debug, Default)]
pub struct Visits {
    /// Sessions that began here or were last refreshed from here, the newest first.
    pub sessions: Vec<ListedSession>,
    /// Sessions that neither began here nor are here now, but were refreshed from here, or of
    /// which a used token was presented here.
    pub passing: Vec<ListedSession>,
    /// Whether `sessions` are all; else the newest of them.
    pub complete: bool,
    /// Whether `passing` are all; else those of the newest tokens and events.
    pub passing_complete: bool,
}

impl Visits {
    /// The [`LOOKED_AT`] newest sessions of the address, those to which the [`LOOKED_AT`]
    /// tokens belong that were issued last of all that were used from it, and those of which
    /// its [`LOOKED_AT`] newest events tell that a used token came back.
    pub fn of(
        connection: &mut AnyConnection,
        ip: IpAddr,
        now: Moment,
        still_time: &mut dyn FnMut() -> bool,
    ) -> QueryResult<Self> {
        let filter = SessionFilter {
            ip: Some(ip),
            ..SessionFilter::default()
        };
        let page = listing::page(connection, &filter, At::Newest, LOOKED_AT, now, still_time)?;
        let written = ip.to_string();
        let most = i64::try_from(LOOKED_AT).unwrap_or(i64::MAX);
        let mut used_in: Vec<i64> = outstanding_tokens::table
            .filter(outstanding_tokens::used_ip.eq(&written))
            .order(outstanding_tokens::id.desc())
            .limit(most)
            .select(outstanding_tokens::session_id)
            .load(connection)?;
        let noted: Vec<(String, Option<String>)> = events::table
            .filter(events::ip.eq(&written))
            .order(events::id.desc())
            .limit(most)
            .select((events::kind, events::sid))
            .load(connection)?;
        let passing_complete = used_in.len() < LOOKED_AT && noted.len() < LOOKED_AT;
        used_in.sort_unstable();
        used_in.dedup();
        let came_back = noted
            .into_iter()
            .filter(|(kind, _)| CAME_BACK.iter().any(|known| known.as_str() == kind));
        let mut came_back: Vec<String> = came_back.filter_map(|(_, sid)| sid).collect();
        came_back.sort_unstable();
        came_back.dedup();
        let here = sessions::id
            .eq_any(used_in)
            .or(sessions::sid.eq_any(came_back));
        let passing: Vec<String> = sessions::table
            .filter(here)
            .select((sessions::sid, sessions::ip, sessions::last_ip))
            .load::<(String, Option<String>, Option<String>)>(connection)?
            .into_iter()
            .filter(|(_, first, last)| {
                first.as_deref() != Some(&written) && last.as_deref() != Some(&written)
            })
            .map(|(sid, _, _)| sid)
            .collect();
        let mut passing = ListedSession::of_sids(connection, &passing, now)?;
        passing.sort_by_key(|session| Reverse(session.row.id));
        Ok(Self {
            sessions: page.rows,
            passing,
            complete: page.older.is_none(),
            passing_complete,
        })
    }

    /// All the sessions.
    fn all(&self) -> impl Iterator<Item = &ListedSession> {
        self.sessions.iter().chain(&self.passing)
    }

    /// Whose they are, each once, who has the most live ones first.
    #[must_use]
    pub fn visitors(&self) -> Vec<Visitor> {
        let mut visitors: Vec<Visitor> = Vec::new();
        let mut sorted: Vec<_> = self.all().collect();
        sorted.sort_by_key(|session| session.row.user_id);
        for session in sorted {
            let live = usize::from(session.state == State::Live);
            match visitors.last_mut() {
                Some(known) if known.user_id == session.row.user_id => {
                    known.sessions += 1;
                    known.live += live;
                }
                _ => visitors.push(Visitor {
                    user_id: session.row.user_id,
                    email: session.email.clone(),
                    sessions: 1,
                    live,
                }),
            }
        }
        visitors.sort_by_key(|visitor| Reverse((visitor.live, visitor.sessions)));
        visitors
    }

    /// Those that live.
    pub fn live(&self) -> impl Iterator<Item = &ListedSession> {
        self.all().filter(|session| session.state == State::Live)
    }
}
