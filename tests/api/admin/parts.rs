//! The parts that pages are made of, from sample values.

use askama::Template;
use chrono::{TimeDelta, TimeZone, Utc};
use frontgate::admin::parts::{Badge, Button, Danger, Device, Pager, Time, relative};

#[test]
fn times_are_told_in_the_largest_unit_that_fits() {
    let told = |seconds| relative(TimeDelta::seconds(seconds));
    for (seconds, words) in [
        (0, "now"),
        (1, "1 second ago"),
        (59, "59 seconds ago"),
        (60, "1 minute ago"),
        (3_599, "59 minutes ago"),
        (3_600, "1 hour ago"),
        (172_799, "47 hours ago"),
        (172_800, "2 days ago"),
        (5_184_000, "2 months ago"),
        (63_072_000, "2 years ago"),
        (-1, "in 1 second"),
        (-604_800, "in 7 days"),
        (i64::from(i32::MIN), "in 68 years"),
    ] {
        assert_eq!(told(seconds), words);
    }
}

#[test]
fn a_time_has_the_exact_one_in_its_markup() {
    let now = Utc.with_ymd_and_hms(2026, 1, 5, 12, 0, 0).unwrap();
    let at = now - TimeDelta::milliseconds(90_500);
    assert_eq!(
        Time::new(at.naive_utc(), now).render().unwrap(),
        "<time datetime=\"2026-01-05T11:58:29.500Z\" title=\"2026-01-05 11:58:29 UTC\">1 minute ago</time>"
    );
}

#[test]
fn whatever_stands_in_a_part_is_escaped() {
    let evil = "\"><script>alert('x')</script>&";
    let button = Button {
        action: evil.to_owned(),
        csrf: evil.to_owned(),
        fields: vec![(evil.to_owned(), evil.to_owned())],
        label: evil.to_owned(),
    };
    let rendered = [
        Badge::new("good", evil).render().unwrap(),
        Device::new(evil).render().unwrap(),
        Danger::new(button, evil).render().unwrap(),
        Pager {
            first: Some(evil.to_owned()),
            newer: Some(evil.to_owned()),
            older: Some(evil.to_owned()),
            looked: Some(evil.to_owned()),
        }
        .render()
        .unwrap(),
    ];
    for html in rendered {
        assert!(html.contains("&#60;script&#62;"), "{html}");
        assert!(
            !html.contains("<script") && !html.contains("alert('"),
            "{html}"
        );
    }
}

#[test]
fn a_pager_has_only_the_links_that_lead_somewhere() {
    assert_eq!(Pager::default().render().unwrap().trim(), "");
    let pager = Pager {
        older: Some("?older=1".to_owned()),
        ..Pager::default()
    };
    let html = pager.render().unwrap();
    assert!(
        html.contains("rel=\"next\"") && !html.contains("rel=\"prev\""),
        "{html}"
    );
}
