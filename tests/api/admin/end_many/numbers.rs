//! Numbers that were counted to their end, and those that were not.

use askama::Template;
use chrono::DateTime;
use frontgate::admin::frame::{Frame, Section};
use frontgate::admin::sessions::counted::{Counted, left, users};
use frontgate::admin::sessions::end_many::EndManyPage;

use crate::support::assert_answer;

fn all(sessions: usize) -> Counted {
    Counted {
        sessions,
        more: false,
    }
}

fn more(sessions: usize) -> Counted {
    Counted {
        sessions,
        more: true,
    }
}

#[test]
fn a_number_says_whether_it_is_all() {
    let said = [
        all(0),
        all(1),
        all(2301),
        more(1),
        more(37_412),
        more(100_000),
    ]
    .map(Counted::in_words);
    assert_eq!(
        said,
        [
            "0 sessions",
            "1 session",
            "2,301 sessions",
            "at least 1 session",
            "at least 37,412 sessions",
            "more than 100,000 sessions"
        ]
    );
    assert_eq!(
        [users(1200, false), users(1200, true)],
        ["1,200", "at least 1,200"]
    );
}

#[test]
fn a_number_is_typed_with_its_commas_or_without() {
    for typed in ["2301", "2,301", "2 301"] {
        assert!(all(2301).is_typed(typed), "{typed}");
    }
    for typed in ["", ",", "2.301", "2300", "+2301", "2301 sessions"] {
        assert!(!all(2301).is_typed(typed), "{typed}");
    }
}

#[test]
fn one_in_a_hundred_more_is_let_pass_and_any_fewer() {
    for (shown, now, grown) in [
        (all(1), all(1), false),
        (all(1), all(2), true),
        (all(99), all(100), true),
        (all(100), all(101), false),
        (all(100), all(102), true),
        (all(100), all(0), false),
        // All of a hundred, and now nobody knows how many.
        (all(100), more(7), true),
        // Whoever confirmed an open number has confirmed whatever there is.
        (more(7), all(100), false),
        (more(100_000), more(100_000), false),
    ] {
        assert_eq!(shown.has_grown_to(now), grown, "{shown:?} {now:?}");
    }
}

#[test]
fn what_is_left_is_said_as_far_as_it_is_known() {
    let most = 1000;
    let said = [
        (all(10), 15),
        (all(10), most),
        (more(10), 15),
        (more(10), most),
        (all(10), 9),
    ];
    let said = said.map(|(ending, open)| left(ending, open, most));
    assert_eq!(
        said,
        ["5", "at least 990", "at most 5", "too many to count", "0"]
    );
}

#[test]
fn a_page_that_ran_out_of_time_says_so() {
    let mut page = EndManyPage {
        frame: Frame {
            section: Section::Sessions,
            email: "ops@example.com".to_owned(),
            user_id: 1,
            is_superuser: true,
            csrf: "0".to_owned(),
            messages: Vec::new(),
            now: DateTime::UNIX_EPOCH,
        },
        what: "Sessions of everybody".to_owned(),
        counted: more(37_412),
        users: users(5000, true),
        left: left(more(37_412), 500_000, 500_000),
        lines: Vec::new(),
        keep: Some(true),
        fields: vec![("agent".to_owned(), "\"x".to_owned())],
        last_job: 0,
        typed: String::new(),
        complaint: None,
        list: "/admin/sessions/?agent=x".to_owned(),
        longer: Some("/admin/sessions/end-many/?agent=x&count=long".to_owned()),
        without_keeping: None,
    };
    assert_answer!("admin_end_many_lower_bound", page.render().unwrap());
    page.counted = more(0);
    let none = page.render().unwrap();
    assert!(
        none.contains("none was found in time")
            && none.contains("Look for ten seconds")
            && !none.contains("<form method=\"post\" action=\"/admin/sessions/end-many/\""),
        "{none}"
    );
}
