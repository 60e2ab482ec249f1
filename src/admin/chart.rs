//! Bar charts, drawn on the server: from numbers to where each bar is. What is not drawn is
//! said, in the description of the picture and on each column.
//!
//! Across, everything is a share of the width, and down, it is in pixels: so a chart takes the
//! width that there is, and its words keep their size.

mod scale;

use askama::Template;

pub use scale::Scale;

use super::parts::grouped;

/// How high the tallest bar may be, in pixels.
pub const PLOT: u64 = 120;
/// Above the bars: half of the topmost word of the scale.
const TOP: u64 = 10;
/// Below the bars: the words of the points.
const BELOW: u64 = 24;
/// What is there at all can be seen.
const LEAST: u64 = 2;
/// How much of its share of the width a column takes, in per cent.
const FILLED: usize = 76;

/// Where a chart has a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// What it is called, such as `12:03`.
    pub name: String,
    /// What stands below it, where something does.
    pub mark: Option<String>,
}

/// What is stacked on what came before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// What it counts.
    pub label: &'static str,
    /// Its style.
    pub tone: &'static str,
    /// How many at each point.
    pub counts: Vec<u64>,
}

/// A chart of stacked bars.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "admin/parts/chart.html")]
pub struct Chart {
    /// What it is called in the page.
    pub id: &'static str,
    /// What it shows.
    pub title: String,
    /// What can be seen on it, in words.
    pub description: String,
    /// How high it is, in pixels.
    pub height: u64,
    /// The lines of the scale: how far down, and what they say.
    pub lines: Vec<(u64, String)>,
    /// How far to the right and what the words below say.
    pub marks: Vec<(String, String)>,
    /// The columns where something is.
    pub columns: Vec<Column>,
}

/// The bars of one point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// How far to the right it begins.
    pub x: String,
    /// How wide it is.
    pub width: String,
    /// The numbers.
    pub hint: String,
    /// From the lowest on.
    pub bars: Vec<Bar>,
}

/// One bar, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// How far down it begins.
    pub y: u64,
    /// How high it is.
    pub height: u64,
    /// Its style.
    pub tone: &'static str,
}

impl Chart {
    /// Draws the layers over the points, the first one lowest. A layer that is shorter than
    /// the points counts nothing at the others.
    #[must_use]
    pub fn new(id: &'static str, title: String, points: &[Point], layers: &[Layer]) -> Self {
        let count = |layer: &Layer, place| layer.counts.get(place).copied().unwrap_or(0);
        let stack = |place| {
            let each = layers.iter().map(|layer| count(layer, place));
            each.fold(0, u64::saturating_add)
        };
        let highest = (0..points.len()).map(stack).max().unwrap_or(0);
        let scale = Scale::up_to(highest);
        let lines = scale.steps().map(|value| {
            let down = TOP + PLOT - scale.share(value, PLOT);
            (down, scale::short(value))
        });
        let marks = points.iter().enumerate().filter_map(|(place, point)| {
            let mark = point.mark.clone()?;
            Some((percent(2 * place + 1, 2 * points.len()), mark))
        });
        let column = |(place, point): (usize, &Point)| {
            let counts: Vec<u64> = layers.iter().map(|layer| count(layer, place)).collect();
            let parts = layers.iter().zip(&counts).filter(|(_, count)| **count > 0);
            let parts: Vec<_> = parts
                .map(|(layer, count)| format!("{} {}", grouped(*count), layer.label))
                .collect();
            (!parts.is_empty()).then(|| Column {
                x: percent(200 * place + 100 - FILLED, 200 * points.len()),
                width: percent(FILLED, 100 * points.len()),
                hint: format!("{}: {}", point.name, parts.join(", ")),
                bars: bars(layers, &heights(&counts, scale)),
            })
        };
        Self {
            id,
            description: describe(points, layers),
            height: TOP + PLOT + BELOW,
            lines: lines.collect(),
            marks: marks.collect(),
            columns: points.iter().enumerate().filter_map(column).collect(),
            title,
        }
    }

    /// How far down the foot of the bars is.
    #[must_use]
    pub fn foot(&self) -> u64 {
        self.height - BELOW
    }
}

/// How high the bar of each count is. The tallest makes room for what would be too low to be
/// seen.
fn heights(counts: &[u64], scale: Scale) -> Vec<u64> {
    let mut heights: Vec<u64> = counts
        .iter()
        .map(|count| match count {
            0 => 0,
            count => scale.share(*count, PLOT).max(LEAST),
        })
        .collect();
    let beyond = heights.iter().sum::<u64>().saturating_sub(PLOT);
    if let Some(tallest) = heights.iter_mut().max() {
        *tallest = tallest.saturating_sub(beyond);
    }
    heights
}

/// One on top of the other; what is not there is left out.
fn bars(layers: &[Layer], heights: &[u64]) -> Vec<Bar> {
    let mut y = TOP + PLOT;
    let stacked = layers.iter().zip(heights).map(|(layer, height)| {
        y -= height;
        Bar {
            y,
            height: *height,
            tone: layer.tone,
        }
    });
    stacked.filter(|bar| bar.height > 0).collect()
}

/// How many of each, and where most of them are.
fn describe(points: &[Point], layers: &[Layer]) -> String {
    let told = layers.iter().map(|layer| {
        let total = layer.counts.iter().copied().fold(0, u64::saturating_add);
        // Of equals the last, which is the newest.
        let most = points
            .iter()
            .zip(&layer.counts)
            .max_by_key(|(_, count)| **count);
        match most {
            Some((point, most)) if total > 0 => format!(
                "{} {} in all, at most {} ({}).",
                grouped(total),
                layer.label,
                grouped(*most),
                point.name
            ),
            _ => format!("No {}.", layer.label),
        }
    });
    told.collect::<Vec<_>>().join(" ")
}

/// A share in hundredths of a per cent.
fn percent(part: usize, of: usize) -> String {
    let hundredths = part * 10_000 / of.max(1);
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}
