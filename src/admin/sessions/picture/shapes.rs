//! What the picture is made of.

use askama::Template;

/// The height of a line of words below the first.
pub(super) const NOTE: usize = 15;

/// The form of a mark: each is known without its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A filled square: the log-in.
    Square,
    /// A filled circle: a token that was rotated.
    Dot,
    /// A ring: the token that refreshes.
    Ring,
    /// A diamond: answered again.
    Diamond,
    /// A cross: refused, or ended.
    Cross,
    /// Nothing but words.
    None,
}

/// A mark and the words beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its form.
    pub shape: Shape,
    /// `plain`, `good`, `warn` or `bad`.
    pub tone: &'static str,
    /// From the left, in pixels.
    pub x: usize,
    /// From above.
    pub y: usize,
    /// What shows when it is pointed at.
    pub hint: String,
    /// The words beside it.
    pub label: String,
    /// The words below those, a line each.
    pub notes: Vec<String>,
}

impl Mark {
    /// Where its words begin.
    #[must_use]
    pub fn words_at(&self) -> usize {
        self.x + 14
    }

    /// The words below the first line, each with where it stands.
    pub fn below(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.notes.iter().enumerate();
        lines.map(|(index, text)| (self.y + 4 + NOTE * (index + 1), text.as_str()))
    }
}

/// A line between marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where it begins, from the left.
    pub x: usize,
    /// Where it begins, from above.
    pub from: usize,
    /// Where it ends, from above.
    pub to: usize,
    /// Where it turns to, from the left; the same as `x` where it goes straight down.
    pub side: usize,
    /// Whether tokens are gone there.
    pub is_broken: bool,
}

/// The picture.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/sessions/picture.html")]
pub struct Picture {
    /// In pixels.
    pub height: usize,
    /// What it shows, in sentences.
    pub description: String,
    /// Drawn first.
    pub lines: Vec<Line>,
    /// Drawn on top.
    pub marks: Vec<Mark>,
}
