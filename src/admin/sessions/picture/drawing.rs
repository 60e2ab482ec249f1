//! Where each mark of the picture is, and what it says.

use chrono::NaiveDateTime;

use super::shapes::{Line, Mark, NOTE, Picture, Shape};
use crate::admin::in_words;
use crate::admin::sessions::family::{Again, Family, Fate, Gap, Member, Place, Step};
use crate::device;
use crate::models::session_list::ListedSession;

/// Where the line is, from the left.
const LINE: usize = 14;
/// Where branches end.
const BRANCH: usize = 42;
/// The height of a mark with one line of words.
const LOW: usize = 16;
/// Between a mark that has more lines and the next.
const BELOW: usize = 11;
/// The longest line that fits, in characters.
const WIDE: usize = 42;
/// How many places are drawn that one token came back from.
const MOST_BRANCHES: usize = 5;

pub(super) fn draw(session: &ListedSession, family: &Family) -> Picture {
    let row = &session.row;
    let mut picture = Picture {
        height: LOW,
        description: family.in_words(),
        ..Picture::default()
    };
    let opened = Place {
        ip: row.ip.clone(),
        user_agent: row.user_agent.clone(),
    };
    picture.mark(Mark {
        notes: in_lines(&opened),
        ..on_the_line(Shape::Square, format!("Opened {}", time(row.created_at)))
    });
    let mut after_gap = true;
    for step in &family.steps {
        match step {
            Step::Token(member) => picture.token(member, after_gap),
            Step::Gone(gap) => picture.gap(gap),
        }
        after_gap = matches!(step, Step::Gone(_));
    }
    picture.end_the_line();
    picture
}

impl Picture {
    /// A token has its place beside it where something is to be said.
    fn token(&mut self, member: &Member, after_gap: bool) {
        let number = format!("No. {}", member.sequence);
        let is_told = after_gap || member.moved || !member.again.is_empty();
        self.mark(match (&member.fate, &member.used) {
            (Fate::Current, _) => Mark {
                tone: "good",
                notes: vec!["The next refresh uses it".to_owned()],
                ..on_the_line(Shape::Ring, format!("{number} · current"))
            },
            (Fate::Last(reason), _) => Mark {
                tone: if reason == "reuse_detected" {
                    "bad"
                } else {
                    "plain"
                },
                notes: vec!["It refreshes no more".to_owned()],
                ..on_the_line(Shape::Cross, format!("{number} · {}", in_words(reason)))
            },
            (Fate::Rotated, Some((at, place))) => Mark {
                tone: if member.moved { "warn" } else { "plain" },
                hint: format!(
                    "{number}, used {} from {}",
                    time(*at),
                    in_lines(place).join(" · ")
                ),
                notes: match (is_told, member.moved) {
                    (false, _) => Vec::new(),
                    (true, false) => in_lines(place),
                    (true, true) => {
                        [vec!["From another place:".to_owned()], in_lines(place)].concat()
                    }
                },
                ..on_the_line(Shape::Dot, format!("{number} · used {}", time(*at)))
            },
            (Fate::Rotated, None) => on_the_line(Shape::Dot, number),
        });
        self.branches(&member.again);
    }

    fn gap(&mut self, gap: &Gap) {
        let label = match gap.count {
            0 => "A token that is not remembered".to_owned(),
            1 => "1 token is gone".to_owned(),
            count => format!("{count} tokens are gone"),
        };
        self.height += LOW / 2;
        self.mark(on_the_line(Shape::None, label));
        self.height += LOW / 2;
        if let Some(line) = self.lines.last_mut() {
            line.from -= LOW / 2;
            line.to = self.height;
            line.is_broken = true;
        }
        self.branches(&gap.again);
    }

    /// Each place that a token came back from.
    fn branches(&mut self, again: &[Again]) {
        let start = self.marks.last().map_or(0, |mark| mark.y);
        for again in again.iter().take(MOST_BRANCHES) {
            self.lines.push(Line {
                x: LINE,
                from: start,
                to: self.height,
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
            self.mark(Mark {
                tone,
                x: BRANCH,
                hint: format!("{label}, {}", time(again.at)),
                notes: in_lines(&again.place),
                ..on_the_line(shape, label)
            });
        }
        let more = again.len().saturating_sub(MOST_BRANCHES);
        if more > 0 {
            self.mark(Mark {
                x: BRANCH,
                notes: vec!["The table has all of them".to_owned()],
                ..on_the_line(Shape::None, format!("and from {more} more places"))
            });
        }
    }

    /// Puts a mark below the last one; the line goes on past it.
    fn mark(&mut self, mark: Mark) {
        let from = self.height;
        self.height += match mark.notes.len() {
            0 => LOW,
            lines => LOW + NOTE * lines + BELOW,
        };
        self.marks.push(Mark { y: from, ..mark });
        self.lines.push(Line {
            x: LINE,
            from,
            to: self.height,
            side: LINE,
            is_broken: false,
        });
    }

    /// Below the last mark on it the line does not go on.
    fn end_the_line(&mut self) {
        let marks = self.marks.iter().filter(|mark| mark.x == LINE);
        let last = marks.map(|mark| mark.y).max().unwrap_or_default();
        self.lines
            .retain(|line| line.side != LINE || line.from < last);
    }
}

/// A plain mark on the line, whose height is not known yet.
fn on_the_line(shape: Shape, label: String) -> Mark {
    Mark {
        shape,
        tone: "plain",
        x: LINE,
        y: 0,
        hint: label.clone(),
        label,
        notes: Vec::new(),
    }
}

fn time(at: NaiveDateTime) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

fn times(count: usize) -> String {
    match count {
        1 => String::new(),
        _ => format!(" {count} times"),
    }
}

/// A place in one line, or in two where that is too long: an IPv6 address may be.
fn in_lines(place: &Place) -> Vec<String> {
    let ip = place.ip.as_deref().unwrap_or("No address");
    let device = if place.user_agent.is_empty() {
        "No user agent".to_owned()
    } else {
        device::describe(&place.user_agent)
    };
    let both = format!("{ip} · {device}");
    if both.chars().count() > WIDE {
        vec![ip.to_owned(), device]
    } else {
        vec![both]
    }
}
