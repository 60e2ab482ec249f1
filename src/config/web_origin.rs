//! Web origins (RFC 6454): compared by scheme, host and effective port.

use std::fmt::{self, Display, Formatter};

use url::Url;

use super::values::Value;

/// A web origin: scheme, host and port, nothing after them. Two of them are equal when
/// scheme, host and effective port are: the case of the host, and a port that is the
/// scheme's own, make no difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebOrigin(String);

impl WebOrigin {
    /// The origin as browsers send it, `https://app.example.com`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its host: a name in lower case, or an address, IPv6 in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        let authority = self
            .0
            .split_once("://")
            .map_or("", |(_, authority)| authority);
        match authority.find(']') {
            Some(end) => &authority[..=end],
            None => authority.split(':').next().unwrap_or_default(),
        }
    }

    /// Reads an `Origin` header; `None` where it is no http or https origin, as `null` is none.
    /// Nothing may follow the port, a slash included.
    #[must_use]
    pub fn from_header(text: &str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        let scheme = ["https", "http"]
            .into_iter()
            .find(|known| known.eq_ignore_ascii_case(scheme))?;
        Self::of(scheme, authority)
    }

    /// Whether a `Host` header names this origin's host and port. A Host without a port has
    /// the scheme's own.
    #[must_use]
    pub fn is_named_by(&self, host: &str) -> bool {
        let scheme = self.0.split_once("://").map(|(scheme, _)| scheme);
        let named = scheme.and_then(|scheme| Self::of(scheme, host));
        named.is_some_and(|named| named == *self)
    }

    fn of(scheme: &str, authority: &str) -> Option<Self> {
        let plain = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
        if authority.is_empty() || !authority.chars().all(plain) {
            return None;
        }
        let url = Url::parse(&format!("{scheme}://{authority}")).ok()?;
        Some(Self(url.origin().ascii_serialization()))
    }
}

impl Value for WebOrigin {
    fn parse(text: &str) -> Result<Self, String> {
        let wanted =
            || "write an origin such as https://app.example.com, without a path".to_owned();
        let url = Url::parse(text).map_err(|_| wanted())?;
        let origin = url.origin().ascii_serialization();
        let bare = text.trim_end_matches('/');
        if !matches!(url.scheme(), "http" | "https")
            || url.path() != "/"
            || url.query().is_some()
            || url.fragment().is_some()
            || !url.username().is_empty()
            || url.password().is_some()
            // A URL may have such a host. No page has: browsers and we compare whole hosts.
            || origin.contains('*')
            || bare.is_empty()
        {
            return Err(wanted());
        }
        Ok(Self(origin))
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

impl Display for WebOrigin {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
