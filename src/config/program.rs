//! A program of the operator's, and what it is called with.

use std::path::{Path, PathBuf};

use super::values::Value;

/// The full path of a program and its arguments. No shell reads it: words are separated by
/// spaces, quotes hold a word together, and nothing else has a meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    path: PathBuf,
    arguments: Vec<String>,
    written: String,
}

impl Program {
    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it is called with.
    #[must_use]
    pub fn arguments(&self) -> &[String] {
        &self.arguments
    }

    /// Fails when there is no such program, or when it is none that we may execute.
    pub fn check(&self) -> Result<(), ProgramError> {
        let failed = |why| ProgramError {
            path: self.path.clone(),
            why,
        };
        let metadata = self
            .path
            .metadata()
            .map_err(|error| failed(error.to_string()))?;
        if !metadata.is_file() {
            return Err(failed("it is no file".to_owned()));
        }
        rustix::fs::access(&self.path, rustix::fs::Access::EXEC_OK)
            .map_err(|_| failed("it may not be executed by this user".to_owned()))
    }
}

/// A program cannot be run.
#[derive(Clone, Debug, thiserror::Error)]
#[error(
    "alarm_command cannot be run: {path:?}: {why}; name a program that exists and is executable (chmod +x), or leave FRONTGATE_ALARM_COMMAND empty"
)]
pub struct ProgramError {
    path: PathBuf,
    why: String,
}

impl Value for Program {
    fn parse(text: &str) -> Result<Self, String> {
        let wanted = || {
            "write the full path of a program, and its arguments separated by spaces, such as \
             /usr/local/bin/page-me --urgent; what has spaces in it stands in quotes"
                .to_owned()
        };
        let mut words = words(text).ok_or_else(wanted)?.into_iter();
        let path = PathBuf::from(words.next().ok_or_else(wanted)?);
        if !path.is_absolute() {
            return Err(wanted());
        }
        Ok(Self {
            path,
            arguments: words.collect(),
            written: text.to_owned(),
        })
    }

    fn show(&self) -> String {
        self.written.clone()
    }
}

/// The words of a text; none when a quote is not closed.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for letter in text.chars() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, letter) if letter.is_whitespace() => words.extend(word.take()),
            (_, letter) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}
