//! Fields of the form above a list.

use frontgate::admin::filters::Fields;
use frontgate::admin::parameters::Parameters;

/// The time that is read, and the complaint.
fn time(typed: &str) -> (Option<String>, Option<String>) {
    let query = Parameters::from([("when", typed)]);
    let mut fields = Fields::new(&query);
    let time = fields.time("when", "When").map(|time| time.to_string());
    (time, fields.finish().remove(0).complaint)
}

#[test]
fn times_are_read_as_browsers_send_them() {
    for (typed, wanted) in [
        ("2026-01-05", "2026-01-05 00:00:00"),
        ("2026-01-05T12:30", "2026-01-05 12:30:00"),
        ("2026-01-05T12:30:59", "2026-01-05 12:30:59"),
        ("2028-02-29", "2028-02-29 00:00:00"),
        ("0001-01-01", "0001-01-01 00:00:00"),
        ("9999-12-31T23:59:59", "9999-12-31 23:59:59"),
    ] {
        assert_eq!(time(typed), (Some(wanted.to_owned()), None), "{typed}");
    }
}

#[test]
fn what_is_no_time_says_what_to_write() {
    for typed in [
        "x",
        "2026",
        "2026-1-5",
        "26-01-05",
        "2026-02-30",
        "2026-01-05T25:00",
        "2026-01-05 12:30",
        "20260105",
        "+2026-01-05",
        "-2026-01-05",
        "10000-01-01",
        "2026-01-05T12:30Z",
        "2026-01-05T12:30:59.5",
        "2026-01-05T12:30:60",
        "２０２６-01-05",
        "<script>",
        "2026-01-05\u{a0}x",
    ] {
        let (read, complaint) = time(typed);
        assert_eq!(read, None, "{typed}");
        assert!(
            complaint
                .unwrap()
                .starts_with(&format!("“{typed}” is no time. Write it as")),
            "{typed}"
        );
    }
}

#[test]
fn nothing_is_nothing() {
    assert_eq!(time(""), (None, None));
    assert_eq!(time("  "), (None, None));
}
