//! Where settings come from: built-in defaults, then `frontgate.toml`, then the
//! environment. A name that is not known is an error, with the nearest known one.

use std::collections::BTreeMap;
use std::path::Path;

use super::error::{ConfigError, Origin, Problem};
use super::text_file;
use super::values::Value;

/// The file that is read when it exists and no other is named.
pub const DEFAULT_FILE: &str = "frontgate.toml";
/// Names the file to read; the only environment variable of ours that is no setting.
pub const FILE_VARIABLE: &str = "FRONTGATE_CONFIG";
const PREFIX: &str = "FRONTGATE_";
/// Settings that everyone spells without a prefix.
const UNPREFIXED: [&str; 2] = ["DATABASE_URL", "SECRET_KEY"];

/// Whether an environment variable of this name is meant for us.
pub(super) fn is_ours(variable: &str) -> bool {
    variable.starts_with(PREFIX) || UNPREFIXED.contains(&variable)
}

/// One setting as it ended up, for `frontgate check`.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Its name.
    pub name: &'static str,
    /// Its value; secrets are hidden.
    pub value: String,
    /// Where the value came from.
    pub origin: Origin,
}

/// The raw texts of all sources, merged; settings take theirs out one by one.
#[derive(Debug, Default)]
pub struct Values {
    given: BTreeMap<String, (String, Origin)>,
    pub(super) problems: Vec<Problem>,
    pub(super) shown: Vec<Shown>,
}

impl Values {
    /// Merges the file (if any) and the environment.
    pub fn collect(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut values = Self::default();
        let environment: Vec<_> = environment.into_iter().collect();
        let named = file.map(Path::to_path_buf).or_else(|| {
            let variable = environment.iter().find(|(name, _)| name == FILE_VARIABLE);
            variable.map(|(_, path)| path.into())
        });
        if let Some(path) = &named {
            values.read_file(path)?;
        } else if Path::new(DEFAULT_FILE).exists() {
            values.read_file(Path::new(DEFAULT_FILE))?;
        }
        for (variable, value) in environment {
            values.read_variable(variable, value);
        }
        Ok(values)
    }

    fn read_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let unreadable = |why: String| ConfigError::File {
            path: path.to_path_buf(),
            why,
        };
        let text = text_file::read(path).map_err(|error| unreadable(error.to_string()))?;
        let table: toml::Table = toml::from_str(&text).map_err(|error| {
            unreadable(error.message().to_owned() + &place(&text, error.span()))
        })?;
        for (name, value) in table {
            match as_text(&value) {
                Some(text) => {
                    self.given.insert(name, (text, Origin::File(path.into())));
                }
                None => self.problems.push(Problem {
                    name,
                    // It may hold a secret.
                    value: String::new(),
                    origin: Origin::File(path.into()),
                    wanted:
                        "settings are flat: write a text, a number, true, false or a list of these"
                            .into(),
                }),
            }
        }
        Ok(())
    }

    /// An empty variable counts as one that is not set: compose files write
    /// `${NAME:-}` for that.
    fn read_variable(&mut self, variable: String, value: String) {
        if value.is_empty() || variable == FILE_VARIABLE {
            return;
        }
        let name = if UNPREFIXED.contains(&variable.as_str()) {
            variable.to_lowercase()
        } else if let Some(name) = variable.strip_prefix(PREFIX) {
            if UNPREFIXED.contains(&name) {
                self.problems.push(Problem {
                    name: variable.clone(),
                    value: "…".into(),
                    origin: Origin::Environment(variable.clone()),
                    wanted: format!("it is spelled without a prefix: {name}"),
                });
                return;
            }
            name.to_lowercase()
        } else {
            return;
        };
        self.given
            .insert(name, (value, Origin::Environment(variable)));
    }

    /// Takes the setting `name` out, reads it, and notes a problem if it cannot be read.
    #[expect(
        clippy::panic,
        reason = "a default that cannot be read is a bug that every start would show"
    )]
    pub(super) fn take<T: Value>(&mut self, name: &'static str, default: &'static str) -> T {
        let built_in =
            || T::parse(default).unwrap_or_else(|wanted| panic!("default of {name}: {wanted}"));
        let (value, origin) = match self.given.remove(name) {
            None => (built_in(), Origin::Default),
            Some((text, origin)) => match T::parse(text.trim()) {
                Ok(value) => (value, origin),
                Err(wanted) => {
                    self.problems.push(Problem {
                        name: name.into(),
                        value: T::show_unread(&text),
                        origin: origin.clone(),
                        wanted,
                    });
                    (built_in(), origin)
                }
            },
        };
        self.shown.push(Shown {
            name,
            value: value.show(),
            origin,
        });
        value
    }

    /// Whatever was given and not taken is a name that nobody knows.
    pub(super) fn refuse_unknown(&mut self, known: &[&'static str]) {
        for (name, (_, origin)) in std::mem::take(&mut self.given) {
            let lower = name.to_lowercase();
            let nearest = known
                .iter()
                .map(|known| (strsim::damerau_levenshtein(known, &lower), known))
                .min();
            let wanted = match nearest {
                Some((distance, known)) if distance <= 4 => {
                    format!("there is no such setting; did you mean {known}?")
                }
                _ => "there is no such setting; `frontgate check` lists all".to_owned(),
            };
            self.problems.push(Problem {
                name,
                value: String::new(),
                origin,
                wanted,
            });
        }
    }
}

fn as_text(value: &toml::Value) -> Option<String> {
    Some(match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Boolean(flag) => flag.to_string(),
        toml::Value::Array(items) => {
            let items: Option<Vec<_>> = items
                .iter()
                .map(|item| if item.is_array() { None } else { as_text(item) })
                .collect();
            items?.join(",")
        }
        _ => return None,
    })
}

fn place(text: &str, span: Option<std::ops::Range<usize>>) -> String {
    let before = span.and_then(|span| text.get(..span.start));
    before.map_or_else(String::new, |before| {
        format!(" (line {})", before.matches('\n').count() + 1)
    })
}
