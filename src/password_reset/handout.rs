//! What an operator gives to the person who sets a password.

use std::fmt;

use crate::config::Settings;
use crate::link_token::LinkToken;

/// A link, or what to do with its token while there is no page that it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handout {
    /// The page of `password_reset_url`, with the token.
    Link(String),
    /// `password_reset_url` is not set.
    Token {
        /// What the link would carry.
        token: String,
        /// A command that sets a password with it.
        command: String,
    },
}

impl Handout {
    /// What the settings make of a token.
    #[must_use]
    pub fn new(settings: &Settings, token: &LinkToken) -> Self {
        let token = token.text();
        if let Some(page) = &settings.passwords.password_reset_url {
            return Self::Link(page.with("token", &token));
        }
        let server = &settings.server;
        let origin = server.browser_origin(server.bind);
        let users = server.users_prefix.as_str();
        let command = format!(
            "curl -H 'Content-Type: application/json' \\\n  \
             -d '{{\"token\":\"{token}\",\"new_password\":\"…\"}}' \\\n  \
             {origin}{users}/password/reset/confirm/"
        );
        Self::Token { token, command }
    }
}

/// As the command line writes it, with what follows from a setting that is missing.
impl fmt::Display for Handout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link(link) => writeln!(f, "{link}"),
            Self::Token { token, command } => writeln!(
                f,
                "{token}\n\n\
                 password_reset_url is not set, so there is no page to send it to. \
                 To set a password with it:\n\n{command}"
            ),
        }
    }
}
