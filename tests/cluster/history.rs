//! What was asked of which node, when, and what was answered: plain values, which the
//! checker reads and a failed test writes to a file.

use std::fmt;

/// Microseconds since the test began, on one clock that never steps.
pub type Micros = u64;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    SignUp,
    LogIn,
    Refresh,
    /// Anything that an access token opens and that changes nothing.
    Access,
    LogOut,
    /// Ends the session [`Request::target`].
    End,
    /// Ends all sessions of the user but the one that asks.
    EndOthers,
    /// Ends all sessions of the user; so do a deactivation and a deletion.
    EndAll,
    /// Changes the password: ends all sessions of the user and opens a new one where a
    /// browser asked.
    Password,
}

/// A token, as far as the checker needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenId {
    pub session: String,
    pub jti: String,
    pub user: i64,
    /// It is good until then at least, if nothing ends its session.
    pub good_until: Micros,
}

/// One request, from the moment before it was sent to the moment after its answer was read.
#[derive(Clone, Debug)]
pub struct Request {
    /// `None` is the command line, or a hand in the database.
    pub node: Option<usize>,
    pub started: Micros,
    pub ended: Micros,
    pub ask: Ask,
    /// The token that it carried: the refresh token of a refresh and of a log-in over an old
    /// session, else the access token.
    pub token: Option<TokenId>,
    /// Whom it concerns, where no token says so.
    pub user: Option<i64>,
    /// The session to be ended.
    pub target: Option<String>,
    /// `None` when no answer came.
    pub status: Option<u16>,
    /// What the body says besides.
    pub code: String,
    /// The tokens that the answer brought.
    pub access: Option<TokenId>,
    pub refresh: Option<TokenId>,
}

/// What happened, in the order in which it ended.
#[derive(Clone, Debug)]
pub enum Event {
    Asked(Box<Request>),
    /// A node was killed, or stopped answering in a way that the test wants.
    Down {
        node: usize,
        at: Micros,
    },
    /// It may answer again.
    Up {
        node: usize,
        at: Micros,
    },
    /// A remark for the person who reads the history.
    Note {
        at: Micros,
        text: String,
    },
}

impl Request {
    /// Whether it was answered as done.
    pub fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| status / 100 == 2)
    }

    /// The session of the token that it carried.
    pub fn session(&self) -> Option<&str> {
        self.token.as_ref().map(|token| token.session.as_str())
    }

    /// The user of the token, or whom it names.
    pub fn user(&self) -> Option<i64> {
        self.token.as_ref().map(|token| token.user).or(self.user)
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked(request) => write!(f, "{request}"),
            Self::Down { node, at } => write!(f, "{}             node {node} DOWN", Seconds(*at)),
            Self::Up { node, at } => write!(f, "{}             node {node} UP", Seconds(*at)),
            Self::Note { at, text } => write!(f, "{}             # {text}", Seconds(*at)),
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let node = self
            .node
            .map_or("aside".to_owned(), |node| format!("node {node}"));
        write!(f, "{} {}", Seconds(self.started), Seconds(self.ended))?;
        write!(f, "  {node:6}  {:9}", format!("{:?}", self.ask))?;
        if let Some(token) = &self.token {
            write!(f, " with {token}")?;
        }
        if let Some(user) = self.user {
            write!(f, " of user {user}")?;
        }
        if let Some(target) = &self.target {
            write!(f, " session {}", short(target))?;
        }
        match self.status {
            Some(status) => write!(f, " -> {status} {}", self.code)?,
            None => write!(f, " -> no answer {}", self.code)?,
        }
        for (name, token) in [("access", &self.access), ("refresh", &self.refresh)] {
            if let Some(token) = token {
                write!(f, " {name} {token}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", short(&self.session), short(&self.jti))
    }
}

/// Enough of an identity to tell it from the others of one history.
fn short(identity: &str) -> &str {
    identity.get(..8).unwrap_or(identity)
}

struct Seconds(Micros);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:3}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}
