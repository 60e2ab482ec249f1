//! Charts: the scale, and where each bar is.

use frontgate::admin::chart::{Bar, Chart, Layer, PLOT, Point, Scale};
use proptest::prelude::*;

fn points(count: usize) -> Vec<Point> {
    let point = |place| Point {
        name: format!("point {place}"),
        mark: (place % 2 == 0).then(|| format!("<{place}>")),
    };
    (0..count).map(point).collect()
}

fn layer(label: &'static str, tone: &'static str, counts: &[u64]) -> Layer {
    let counts = counts.to_vec();
    Layer {
        label,
        tone,
        counts,
    }
}

fn chart(count: usize, layers: &[Layer]) -> Chart {
    Chart::new("sample", "Sample".to_owned(), &points(count), layers)
}

#[test]
fn a_scale_has_a_few_steps_that_a_person_can_read() {
    let steps = |highest| -> Vec<u64> { Scale::up_to(highest).steps().collect() };
    assert_eq!(steps(0), [0, 1]);
    assert_eq!(steps(1), [0, 1]);
    assert_eq!(steps(4), [0, 1, 2, 3, 4]);
    assert_eq!(steps(5), [0, 2, 4, 6]);
    assert_eq!(steps(9), [0, 5, 10]);
    assert_eq!(steps(21), [0, 10, 20, 30]);
    assert_eq!(steps(101), [0, 50, 100, 150]);
    assert_eq!(steps(1_000_000), [0, 500_000, 1_000_000]);
}

#[test]
fn the_words_beside_the_scale_are_short() {
    let words = |highest| -> Vec<String> {
        let lines = chart(1, &[layer("ones", "main", &[highest])]).lines;
        lines.into_iter().map(|(_, words)| words).collect()
    };
    assert_eq!(words(3), ["0", "1", "2", "3"]);
    assert_eq!(words(1_200), ["0", "500", "1k", "1.5k"]);
    assert_eq!(words(3_500_000), ["0", "1M", "2M", "3M", "4M"]);
    assert_eq!(words(9_000_000_000), ["0", "5G", "10G"]);
    assert_eq!(words(2_000_000_000_000), ["0", "500G", "1T", "1.5T", "2T"]);
}

#[test]
fn bars_are_stacked_in_proportion_and_only_where_something_is() {
    let drawn = chart(
        4,
        &[
            layer("log-ins", "main", &[30, 0, 0, 60]),
            layer("failed", "bad", &[30, 0, 1200, 60]),
        ],
    );
    let columns: Vec<_> = drawn
        .columns
        .iter()
        .map(|column| {
            let bars: Vec<_> = column.bars.iter().map(|bar| (bar.y, bar.height)).collect();
            (column.x.as_str(), column.width.as_str(), bars)
        })
        .collect();
    assert_eq!(Scale::up_to(1200).maximum(), 1500);
    // The foot is at 130 pixels, and 1500 would be 120 of them.
    assert_eq!(
        columns,
        [
            ("3.00%", "19.00%", vec![(128, 2), (126, 2)]),
            ("53.00%", "19.00%", vec![(34, 96)]),
            ("78.00%", "19.00%", vec![(125, 5), (120, 5)]),
        ]
    );
    let hints: Vec<_> = drawn.columns.iter().map(|column| &column.hint).collect();
    assert_eq!(
        hints,
        [
            "point 0: 30 log-ins, 30 failed",
            "point 2: 1,200 failed",
            "point 3: 60 log-ins, 60 failed"
        ]
    );
    assert_eq!(
        drawn.description,
        "90 log-ins in all, at most 60 (point 3). 1,290 failed in all, at most 1,200 (point 2)."
    );
    let marks = [("12.50%", "<0>"), ("62.50%", "<2>")];
    assert_eq!(
        drawn.marks,
        marks.map(|(x, words)| (x.to_owned(), words.to_owned()))
    );
}

#[test]
fn what_is_little_is_seen_beside_what_is_much() {
    let drawn = chart(
        1,
        &[
            layer("much", "main", &[3_999_999]),
            layer("little", "bad", &[1]),
        ],
    );
    let bar = |y, height, tone| Bar { y, height, tone };
    assert_eq!(
        drawn.columns[0].bars,
        [bar(12, 118, "main"), bar(10, 2, "bad")]
    );
}

#[test]
fn nothing_is_an_empty_chart_that_says_so() {
    let drawn = chart(3, &[layer("reuse", "bad", &[0, 0, 0])]);
    assert_eq!(drawn.columns, []);
    assert_eq!(drawn.description, "No reuse.");
    let html = drawn.to_string();
    assert!(html.contains(">None</text>"), "{html}");
    assert_eq!(chart(0, &[]).columns, []);
}

#[test]
fn a_chart_is_a_picture_with_a_title_and_escapes_what_it_says() {
    let html = chart(1, &[layer("<i>&", "main", &[7])]).to_string();
    assert!(html.starts_with("<svg class=\"chart\" height=\"154\" role=\"img\" aria-labelledby=\"sample-title\" aria-describedby=\"sample-desc\">"), "{html}");
    assert!(
        html.contains("<title id=\"sample-title\">Sample</title>"),
        "{html}"
    );
    assert!(
        html.contains("<title>point 0: 7 &#60;i&#62;&#38;</title>"),
        "{html}"
    );
    assert!(
        html.contains(">&#60;0&#62;</text>") && !html.contains("<i>"),
        "{html}"
    );
    assert!(!html.contains("style="), "{html}");
}

proptest! {
    #[test]
    fn every_scale_reaches_far_enough_and_not_much_farther(highest: u64) {
        let scale = Scale::up_to(highest);
        let steps: Vec<_> = scale.steps().collect();
        prop_assert!((2..=5).contains(&steps.len()));
        prop_assert!(steps.is_sorted_by(|a, b| a < b));
        prop_assert_eq!(steps.last(), Some(&scale.maximum()));
        prop_assert!(scale.maximum() >= highest);
        prop_assert!(scale.maximum() / 3 <= highest.max(1));
        prop_assert_eq!(scale.share(0, PLOT), 0);
        prop_assert_eq!(scale.share(scale.maximum(), PLOT), PLOT);
    }

    #[test]
    fn no_bar_leaves_the_chart_and_none_is_left_out(
        counts in prop::collection::vec((any::<u64>(), 0..3_u64, 0..1000_u64), 1..40)
    ) {
        let of = |pick: fn(&(u64, u64, u64)) -> u64| counts.iter().map(pick).collect::<Vec<_>>();
        let layers = [
            layer("a", "main", &of(|all| all.0)),
            layer("b", "good", &of(|all| all.1)),
            layer("c", "bad", &of(|all| all.2)),
        ];
        let drawn = chart(counts.len(), &layers);
        let wanted = counts.iter().filter(|all| all.0 | all.1 | all.2 > 0).count();
        prop_assert_eq!(drawn.columns.len(), wanted);
        let there = counts.iter().map(|all| [all.0, all.1, all.2].iter().filter(|count| **count > 0).count());
        let bars = drawn.columns.iter().map(|column| column.bars.len());
        prop_assert_eq!(bars.sum::<usize>(), there.sum::<usize>());
        for column in &drawn.columns {
            let mut foot = drawn.foot();
            for bar in &column.bars {
                prop_assert!(bar.height >= 2);
                prop_assert_eq!(bar.y + bar.height, foot);
                foot = bar.y;
            }
            prop_assert!(foot >= drawn.foot() - PLOT);
        }
    }
}
