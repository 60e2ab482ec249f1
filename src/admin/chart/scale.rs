//! The scale at the side of a chart.

/// The most steps that a scale has above zero.
const MOST: u64 = 4;

/// A scale from zero, in up to four equal steps that a person can read: one, two or five, or
/// these with zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    step: u64,
    count: u64,
}

impl Scale {
    /// The shortest scale that reaches as far as `highest`; at least to one, and no farther
    /// than 64 bits.
    #[must_use]
    pub fn up_to(highest: u64) -> Self {
        let mut step = 1_u64;
        let mut factors = [2, 5, 10].into_iter().cycle();
        let mut decade = 1_u64;
        while highest.div_ceil(step) > MOST {
            let factor = factors.next().unwrap_or(10);
            step = decade.saturating_mul(factor);
            if factor == 10 {
                decade = step;
            }
        }
        let count = highest.div_ceil(step).max(1);
        Self { step, count }
    }

    /// The end of the scale.
    #[must_use]
    pub fn maximum(self) -> u64 {
        self.step.saturating_mul(self.count)
    }

    /// Every value that the scale names, from zero on.
    pub fn steps(self) -> impl Iterator<Item = u64> {
        (0..=self.count).map(move |place| self.step.saturating_mul(place))
    }

    /// How much of a `length` a value takes, rounded; all of it at the end of the scale.
    #[must_use]
    pub fn share(self, value: u64, length: u64) -> u64 {
        let (value, maximum) = (u128::from(value), u128::from(self.maximum()));
        let share = (value * u128::from(length) + maximum / 2) / maximum;
        u64::try_from(share).unwrap_or(length).min(length)
    }
}

/// A value of a scale as it is written beside the line: `1,500` would be too wide, so `1.5k`.
pub(super) fn short(value: u64) -> String {
    const UNITS: [(u64, &str); 4] = [
        (1_000_000_000_000, "T"),
        (1_000_000_000, "G"),
        (1_000_000, "M"),
        (1_000, "k"),
    ];
    let Some((unit, letter)) = UNITS.into_iter().find(|(unit, _)| value >= *unit) else {
        return value.to_string();
    };
    match value % unit / (unit / 10) {
        0 => format!("{}{letter}", value / unit),
        tenths => format!("{}.{tenths}{letter}", value / unit),
    }
}
