//! What every page of the admin has around it.

use serde::{Deserialize, Serialize};

use crate::clock::Moment;

/// The parts of the admin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// How things stand.
    Overview,
    /// Who there is.
    Users,
    /// Who is logged in.
    Sessions,
    /// Refresh tokens, outstanding and blacklisted.
    Tokens,
    /// The audit log.
    Events,
    /// Long work.
    Jobs,
    /// The operator's own account; the address on top leads there.
    Account,
}

impl Section {
    /// Those of the navigation, in its order.
    pub const ALL: [Self; 6] = [
        Self::Overview,
        Self::Users,
        Self::Sessions,
        Self::Tokens,
        Self::Events,
        Self::Jobs,
    ];

    /// What it is called.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Users => "Users",
            Self::Sessions => "Sessions",
            Self::Tokens => "Tokens",
            Self::Events => "Events",
            Self::Jobs => "Jobs",
            Self::Account => "Account",
        }
    }

    /// Where it begins.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Overview => "/admin/",
            Self::Users => "/admin/users/",
            Self::Sessions => "/admin/sessions/",
            Self::Tokens => "/admin/tokens/",
            Self::Events => "/admin/events/",
            Self::Jobs => "/admin/jobs/",
            Self::Account => "/admin/account/",
        }
    }
}

/// How a message is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tone {
    /// Something was done.
    Done,
    /// Something was not, or needs a look.
    Warning,
}

impl Tone {
    /// The style of the message.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Warning => "warning",
        }
    }
}

/// What the page after an action says on top, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// How it is meant.
    pub tone: Tone,
    /// What it says.
    pub text: String,
}

/// What `admin/base.html` shows. Every page has one, under the name `frame`.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Where this page belongs.
    pub section: Section,
    /// Who is signed in.
    pub email: String,
    /// The same as a number.
    pub user_id: i64,
    /// Whether that is a superuser.
    pub is_superuser: bool,
    /// What every form carries.
    pub csrf: String,
    /// What happened just now.
    pub messages: Vec<Message>,
    /// When the page was made.
    pub now: Moment,
}
