//! What a query string or a form says, in its order.

use std::fmt;

use url::form_urlencoded;

/// Names and values, as `application/x-www-form-urlencoded` has them. Bytes that are not
/// UTF-8, and NUL, which no database keeps, become replacement characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads them; every text is one.
    #[must_use]
    pub fn parse(text: &[u8]) -> Self {
        let clean = |text: &str| text.replace('\0', "\u{fffd}");
        let pairs = form_urlencoded::parse(text);
        Self(
            pairs
                .map(|(name, value)| (clean(&name), clean(&value)))
                .collect(),
        )
    }

    /// The first value of this name without space around it; `None` where it is empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let value = self.exact(name)?.trim();
        (!value.is_empty()).then_some(value)
    }

    /// The first value of this name as it was sent, such as a password.
    #[must_use]
    pub fn exact(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Every value of this name that is not empty, without space around it.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// The same with one value of this name and no other.
    #[must_use]
    pub fn with(&self, name: &str, value: impl Into<String>) -> Self {
        let mut other = self.without(&[name]);
        other.0.push((name.to_owned(), value.into()));
        other
    }

    /// The same without these names, and without what is empty.
    #[must_use]
    pub fn without(&self, names: &[&str]) -> Self {
        let kept = self
            .0
            .iter()
            .filter(|(name, value)| !names.contains(&name.as_str()) && !value.trim().is_empty());
        Self(kept.cloned().collect())
    }

    /// The same with these names and no others, and without what is empty.
    #[must_use]
    pub fn only(&self, names: &[&str]) -> Self {
        let mut kept = self.without(&[]);
        kept.0.retain(|(name, _)| names.contains(&name.as_str()));
        kept
    }

    /// A link to this path with them.
    #[must_use]
    pub fn behind(&self, path: &str) -> String {
        if self.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{self}")
        }
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each name and value, for hidden fields.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Parameters {
    fn from(pairs: [(&str, &str); N]) -> Self {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self(pairs.map(owned).into())
    }
}

/// As a query string, without its question mark.
impl fmt::Display for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = form_urlencoded::Serializer::new(String::new());
        text.extend_pairs(&self.0);
        f.write_str(&text.finish())
    }
}
