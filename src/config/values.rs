//! The types that a setting can have: how each is read, and how it is shown.

use std::fmt::{self, Display, Formatter};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use actix_web::cookie::SameSite;
use chrono::TimeDelta;
use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::network;

/// A value that can be read from text, whether it stood in a file or in the
/// environment. Lists are separated by commas.
pub trait Value: Sized {
    /// Reads the value; the error says what would be right.
    fn parse(text: &str) -> Result<Self, String>;
    /// The value as `frontgate check` prints it: never a secret.
    fn show(&self) -> String;
    /// A text that could not be read, as its error shows it: never a secret.
    #[must_use]
    fn show_unread(text: &str) -> String {
        text.to_owned()
    }
}

/// A length of time such as `15m`, `7d` or `500ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lifetime(TimeDelta);

impl Lifetime {
    pub(super) const fn new(delta: TimeDelta) -> Self {
        Self(delta)
    }

    /// The same length for chrono.
    #[must_use]
    pub fn delta(self) -> TimeDelta {
        self.0
    }

    /// The same length for the standard library.
    #[must_use]
    pub fn duration(self) -> Duration {
        self.0.to_std().unwrap_or_default()
    }
}

/// As one would write it in the settings: `90d`, `1h 30m`, `500ms`.
impl Display for Lifetime {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // Days are the longest unit: a month has no fixed length.
        let units = [
            ("d", 86_400_000_000),
            ("h", 3_600_000_000),
            ("m", 60_000_000),
            ("s", 1_000_000),
            ("ms", 1000),
            ("us", 1),
        ];
        let mut rest = self.duration().as_micros();
        let mut parts = Vec::new();
        for (unit, length) in units {
            if rest >= length {
                parts.push(format!("{}{unit}", rest / length));
                rest %= length;
            }
        }
        if parts.is_empty() {
            parts.push("0s".to_owned());
        }
        f.write_str(&parts.join(" "))
    }
}

impl Value for Lifetime {
    fn parse(text: &str) -> Result<Self, String> {
        // A hundred years keep every sum of a moment and a lifetime representable.
        let longest = TimeDelta::days(36_500);
        humantime::parse_duration(text)
            .ok()
            .and_then(|duration| TimeDelta::from_std(duration).ok())
            .filter(|delta| *delta <= longest)
            .map(Self)
            .ok_or_else(|| "write a length of time such as 10s, 15m, 12h or 7d".to_owned())
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

/// Several values, separated by commas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List<T>(pub Vec<T>);

impl<T: Value> Value for List<T> {
    fn parse(text: &str) -> Result<Self, String> {
        text.split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(T::parse)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    fn show(&self) -> String {
        self.0.iter().map(Value::show).collect::<Vec<_>>().join(",")
    }
}

/// Absent when the text is empty.
impl<T: Value> Value for Option<T> {
    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            Ok(None)
        } else {
            T::parse(text).map(Some)
        }
    }

    fn show(&self) -> String {
        self.as_ref().map(Value::show).unwrap_or_default()
    }

    fn show_unread(text: &str) -> String {
        T::show_unread(text)
    }
}

/// The address of a page that links lead to: http or https, without a fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageUrl(Url);

impl PageUrl {
    /// Whether nobody on the way can read what it is given.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The page's address with one more parameter.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> String {
        let mut url = self.0.clone();
        url.query_pairs_mut().append_pair(name, value);
        url.into()
    }
}

impl Value for PageUrl {
    fn parse(text: &str) -> Result<Self, String> {
        Url::parse(text)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .filter(|url| url.fragment().is_none())
            .filter(|url| url.username().is_empty() && url.password().is_none())
            .map(Self)
            .ok_or_else(|| {
                "write the address of a page such as https://app.example.com/reset-password, without a #".to_owned()
            })
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}

/// A path prefix such as `/api/v1/users`: it begins with a slash and ends without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlPrefix(String);

impl UrlPrefix {
    /// The prefix, without its closing slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for UrlPrefix {
    fn parse(text: &str) -> Result<Self, String> {
        let trimmed = text.trim_end_matches('/');
        let plain = |c: char| c.is_ascii_alphanumeric() || "/-._~".contains(c);
        if trimmed.starts_with('/') && !trimmed.contains("//") && trimmed.chars().all(plain) {
            Ok(Self(trimmed.to_owned()))
        } else {
            Err("write a path of plain segments such as /api/v1/users".to_owned())
        }
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Pretty on a terminal, JSON otherwise.
    Auto,
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

impl Value for LogFormat {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "pretty" => Ok(Self::Pretty),
            "json" => Ok(Self::Json),
            _ => Err("write auto, pretty or json".to_owned()),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Auto => "auto",
            Self::Pretty => "pretty",
            Self::Json => "json",
        }
        .to_owned()
    }
}

impl Value for SameSite {
    fn parse(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "lax" => Ok(Self::Lax),
            "strict" => Ok(Self::Strict),
            "none" => Ok(Self::None),
            _ => Err("write Lax, Strict or None".to_owned()),
        }
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Value for bool {
    fn parse(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Ok(true),
            "false" | "0" | "no" | "off" => Ok(false),
            _ => Err("write true or false".to_owned()),
        }
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Value for SecretString {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(text.into())
    }

    fn show(&self) -> String {
        format!(
            "(hidden, {} characters)",
            self.expose_secret().chars().count()
        )
    }
}

impl Value for IpNet {
    fn parse(text: &str) -> Result<Self, String> {
        let network: Self = text
            .parse()
            .or_else(|_| text.parse().map(|address: std::net::IpAddr| address.into()))
            .map_err(|_| {
                "write networks such as 10.0.0.0/8 or 192.168.1.7, separated by commas".to_owned()
            })?;
        match network::canonical(network) {
            Self::V6(spelled) if spelled.addr().to_ipv4_mapped().is_some() => {
                Err("write a network of IPv4 addresses as 10.0.0.0/8".to_owned())
            }
            network => Ok(network),
        }
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

/// Types whose own reading and writing is the right one; `$wanted` completes "write …".
macro_rules! plain {
    ($($kind:ty => $wanted:literal),+ $(,)?) => { $(
        impl Value for $kind {
            fn parse(text: &str) -> Result<Self, String> {
                text.parse().map_err(|_| concat!("write ", $wanted).to_owned())
            }
            fn show(&self) -> String { shown(self) }
        }
    )+ };
}
plain! {
    SocketAddr => "an address and a port such as 127.0.0.1:8000 or 0.0.0.0:8000",
    u16 => "a whole number from 0 to 65535",
    u32 => "a whole number",
    usize => "a whole number",
    String => "text",
}

fn shown(value: &impl Display) -> String {
    value.to_string()
}

impl Value for PathBuf {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(text.into())
    }

    fn show(&self) -> String {
        self.display().to_string()
    }
}
