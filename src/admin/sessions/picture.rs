//! The family tree as a picture: one line from the log-in down, a mark for each token, and
//! a branch for each time that a used token came back.

use askama::Template;

use super::family::{Again, Family, Fate, Gap, Member, Place, Step};
use super::words;
use crate::device;
use crate::models::session_list::ListedSession;

/// Where the line is, from the left.
const LINE: usize = 14;
/// Where branches end.
const BRANCH: usize = 42;
/// Between a mark and its words.
const SPACE: usize = 14;
/// The height of a mark without words beside it.
const LOW: usize = 16;
/// The height of a mark with two lines beside it.
const HIGH: usize = 42;
/// How many places are drawn that one token came back from.
const MOST_BRANCHES: usize = 5;

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
    /// The words below those.
    pub note: String,
}

impl Mark {
    /// Where its words begin.
    #[must_use]
    pub fn words_at(&self) -> usize {
        self.x + SPACE
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

impl Picture {
    /// Draws a session's tree.
    #[must_use]
    pub fn new(session: &ListedSession, family: &Family) -> Self {
        let row = &session.row;
        let mut picture = Self {
            height: 12,
            description: family.in_words(),
            ..Self::default()
        };
        let opened = Place {
            ip: row.ip.clone(),
            user_agent: row.user_agent.clone(),
        };
        let at = row.created_at.format("%Y-%m-%d %H:%M:%S");
        picture.mark(
            Shape::Square,
            "plain",
            &at.to_string(),
            format!("Opened {at}"),
            in_words(&opened),
        );
        let mut first = true;
        for step in &family.steps {
            match step {
                Step::Token(member) => picture.token(member, first),
                Step::Gone(gap) => picture.gap(gap),
            }
            first = matches!(step, Step::Gone(_));
        }
        picture.end_the_line();
        picture
    }

    /// Below the last mark on it the line does not go on.
    fn end_the_line(&mut self) {
        let marks = self.marks.iter().filter(|mark| mark.x == LINE);
        let last = marks.map(|mark| mark.y).max().unwrap_or_default();
        self.lines
            .retain(|line| line.side != LINE || line.from < last);
    }

    /// A token has words beside it where something is to be said.
    fn token(&mut self, member: &Member, first: bool) {
        let number = format!("No. {}", member.sequence);
        let used = member.used.as_ref();
        let when = used.map(|(at, _)| at.format("%Y-%m-%d %H:%M:%S").to_string());
        let from = used.map(|(_, place)| in_words(place)).unwrap_or_default();
        let hint = match &when {
            Some(when) => format!("{number}, used {when} from {from}"),
            None => format!("{number}, not used"),
        };
        let when = when.unwrap_or_default();
        match &member.fate {
            Fate::Current => {
                let note = "The next refresh uses it".to_owned();
                self.mark(
                    Shape::Ring,
                    "good",
                    &hint,
                    format!("{number} · current"),
                    note,
                );
            }
            Fate::Last(reason) => {
                let tone = if reason == "reuse_detected" {
                    "bad"
                } else {
                    "plain"
                };
                let note = "It refreshes no more".to_owned();
                self.mark(
                    Shape::Cross,
                    tone,
                    &hint,
                    format!("{number} · {}", words(reason)),
                    note,
                );
            }
            Fate::Rotated if member.moved => {
                let label = format!("{number} · another place");
                self.mark(Shape::Dot, "warn", &hint, label, format!("{from} · {when}"));
            }
            Fate::Rotated if first || !member.again.is_empty() => {
                self.mark(
                    Shape::Dot,
                    "plain",
                    &hint,
                    number,
                    format!("{from} · {when}"),
                );
            }
            Fate::Rotated => self.mark(Shape::Dot, "plain", &hint, number, String::new()),
        }
        self.branches(&member.again);
    }

    fn gap(&mut self, gap: &Gap) {
        let from = self.height;
        let (x, side) = (LINE, LINE);
        let label = match gap.count {
            0 => "A token that is not remembered".to_owned(),
            1 => "1 token is gone".to_owned(),
            count => format!("{count} tokens are gone"),
        };
        self.marks.push(Mark {
            shape: Shape::Dot,
            tone: "none",
            x,
            y: from + LOW / 2,
            hint: label.clone(),
            label,
            note: String::new(),
        });
        self.height += LOW * 2;
        let to = self.height;
        self.lines.push(Line {
            x,
            from,
            to,
            side,
            is_broken: true,
        });
        self.branches(&gap.again);
    }

    /// Each place that a token came back from.
    fn branches(&mut self, again: &[Again]) {
        let start = self.marks.last().map_or(0, |mark| mark.y);
        for again in again.iter().take(MOST_BRANCHES) {
            let y = self.height;
            self.lines.push(Line {
                x: LINE,
                from: start,
                to: y,
                side: BRANCH,
                is_broken: false,
            });
            let (shape, tone, label) = match (again.refused, again.elsewhere) {
                (true, _) => (
                    Shape::Cross,
                    "bad",
                    "Refused: used again too late".to_owned(),
                ),
                (false, true) => (
                    Shape::Diamond,
                    "warn",
                    format!("Answered again{}, elsewhere", times(again.count)),
                ),
                (false, false) => (
                    Shape::Diamond,
                    "plain",
                    format!("Answered again{}", times(again.count)),
                ),
            };
            let at = again.at.format("%Y-%m-%d %H:%M:%S");
            self.marks.push(Mark {
                shape,
                tone,
                x: BRANCH,
                y,
                hint: format!("{label}, {at}"),
                label,
                note: in_words(&again.place),
            });
            self.go_down(HIGH);
        }
        let more = again.len().saturating_sub(MOST_BRANCHES);
        if more > 0 {
            self.marks.push(Mark {
                shape: Shape::Dot,
                tone: "none",
                x: BRANCH,
                y: self.height,
                hint: "The table has all of them".to_owned(),
                label: format!("and from {more} more places"),
                note: String::new(),
            });
            self.go_down(LOW * 2);
        }
    }

    /// A mark on the line.
    fn mark(&mut self, shape: Shape, tone: &'static str, hint: &str, label: String, note: String) {
        let height = if note.is_empty() { LOW } else { HIGH };
        self.marks.push(Mark {
            shape,
            tone,
            x: LINE,
            y: self.height,
            hint: hint.to_owned(),
            label,
            note,
        });
        self.go_down(height);
    }

    /// The line goes on, and what is next is lower.
    fn go_down(&mut self, by: usize) {
        let from = self.height;
        self.height += by;
        let (to, x, side) = (self.height, LINE, LINE);
        self.lines.push(Line {
            x,
            from,
            to,
            side,
            is_broken: false,
        });
    }
}

fn times(count: usize) -> String {
    match count {
        1 => String::new(),
        _ => format!(" {count} times"),
    }
}

fn in_words(place: &Place) -> String {
    let ip = place.ip.as_deref().unwrap_or("no address");
    let device = if place.user_agent.is_empty() {
        "No user agent".to_owned()
    } else {
        device::describe(&place.user_agent)
    };
    format!("{ip} · {device}")
}
