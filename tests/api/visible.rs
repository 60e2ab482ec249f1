//! Nothing that a stranger typed is hidden, or turns around what stands beside it.

use askama::filters::Escaper;
use diesel::prelude::*;
use frontgate::email::shown;
use frontgate::schema::{events, sessions, users};
use frontgate::visible::{Html, is_hidden, json, visible};
use proptest::prelude::*;

use crate::support::process::run_on;
use crate::support::{Backend, TestApp, TestDatabase, on_both_databases, rows};

/// Characters of every category that is hidden.
const HIDDEN: [char; 40] = [
    '\0',
    '\u{7}',
    '\u{1b}',
    '\u{7f}',
    '\u{85}',
    '\u{9b}',
    '\u{a0}',
    '\u{ad}',
    '\u{34f}',
    '\u{61c}',
    '\u{115f}',
    '\u{1160}',
    '\u{17b4}',
    '\u{180b}',
    '\u{180e}',
    '\u{2003}',
    '\u{200b}',
    '\u{200c}',
    '\u{200d}',
    '\u{200e}',
    '\u{200f}',
    '\u{2028}',
    '\u{2029}',
    '\u{202a}',
    '\u{202e}',
    '\u{2060}',
    '\u{2064}',
    '\u{2066}',
    '\u{2069}',
    '\u{206f}',
    '\u{2800}',
    '\u{3164}',
    '\u{e000}',
    '\u{fe0f}',
    '\u{feff}',
    '\u{ffa0}',
    '\u{fff9}',
    '\u{1bca0}',
    '\u{e0020}',
    '\u{10fffd}',
];

#[test]
fn hidden_characters_are_written_out_and_letters_of_every_script_stay() {
    for c in HIDDEN {
        assert!(is_hidden(c), "{c:?}");
        assert_eq!(
            visible(&format!("a{c}b")),
            format!("a{}b", c.escape_unicode())
        );
    }
    let seen = "Ada Lovelace <ada@example.com> \u{e9}e\u{301} \u{430}\u{434}\u{430} \u{5d0}\u{5d1} \u{639}\u{631}\u{628} \u{4e2d}\u{56fd} \u{5c71}\u{7530}\u{3000}\u{592a}\u{90ce} \u{1f600} \u{939}\u{93f}\u{902}\u{926}\u{940} \\ \u{2026}";
    assert_eq!(visible(seen), seen);
}

#[test]
fn an_address_is_shown_in_unicode_and_in_ascii_as_well_where_scripts_mix() {
    for (address, expected) in [
        ("ada@example.com", "ada@example.com"),
        ("root@xn--mnchen-3ya.example", "root@m\u{fc}nchen.example"),
        ("root@m\u{fc}nchen.example", "root@m\u{fc}nchen.example"),
        (
            "a@xn--fiqs8s.xn--fiqs8s",
            "a@\u{4e2d}\u{56fd}.\u{4e2d}\u{56fd}",
        ),
        (
            "a@\u{43f}\u{43e}\u{447}\u{442}\u{430}.\u{440}\u{444}",
            "a@\u{43f}\u{43e}\u{447}\u{442}\u{430}.\u{440}\u{444}",
        ),
        (
            "a@xn--80ak6aa92e.com",
            "a@\u{430}\u{440}\u{440}\u{4cf}\u{435}.com (xn--80ak6aa92e.com)",
        ),
        (
            "a@ex\u{430}mple.com",
            "a@ex\u{430}mple.com (xn--exmple-4nf.com)",
        ),
        (
            "a@\u{65e5}\u{672c}\u{306e}.\u{65e5}\u{672c}",
            "a@\u{65e5}\u{672c}\u{306e}.\u{65e5}\u{672c}",
        ),
        ("ceo@example.com\u{200e}", "ceo@example.com\\u{200e}"),
        ("c\u{202e}eo@example.com", "c\\u{202e}eo@example.com"),
        ("a@xn--zz--zz.com", "a@xn--zz--zz.com"),
        ("a@[127.0.0.1]", "a@[127.0.0.1]"),
        ("no address\u{200b}", "no address\\u{200b}"),
    ] {
        assert_eq!(shown(address), expected, "{address:?}");
    }
}

proptest! {
    #[test]
    fn nothing_hidden_is_left_in_a_page_in_a_terminal_or_in_json(text in any::<String>()) {
        prop_assert!(!visible(&text).contains(is_hidden));
        prop_assert!(!shown(&text).contains(is_hidden));
        let mut page = String::new();
        Html.write_escaped_str(&mut page, &text).unwrap();
        prop_assert!(!page.contains(|c| is_hidden(c) && !matches!(c, '\n' | '\r' | '\t')));
        prop_assert!(!page.contains(['<', '>', '"', '\'']));
        let written = json(&serde_json::to_string(&text).unwrap());
        prop_assert!(!written.contains(|c| c != '\n' && is_hidden(c)));
        prop_assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
    }
}

/// What a stranger of old managed to sign up with, and what their browser called itself.
const ADDRESS: &str = "ceo@example.com\u{200e}";
const AGENT: &str = "curl\u{202e}/8\u{200b}.0";

/// Somebody whose address, names, user agent and events are full of hidden characters.
async fn hidden_person(app: &TestApp) -> i64 {
    app.signed_up("ada@example.com").await;
    let id = rows::user(app, "ada@example.com").id;
    let mut connection = app.connect();
    diesel::update(users::table.find(id))
        .set((
            users::email.eq(ADDRESS),
            users::email_key.eq(ADDRESS),
            users::first_name.eq("A\u{2066}da"),
            users::last_name.eq("L\u{3164}"),
        ))
        .execute(&mut connection)
        .unwrap();
    diesel::update(sessions::table)
        .set(sessions::user_agent.eq(AGENT))
        .execute(&mut connection)
        .unwrap();
    diesel::update(events::table)
        .set((
            events::user_agent.eq(AGENT),
            events::detail.eq("{\"old_email\":\"x\u{202e}@example.com\"}"),
        ))
        .execute(&mut connection)
        .unwrap();
    id
}

on_both_databases! {
    async fn no_page_and_no_export_of_the_admin_has_a_hidden_character(backend: Backend) {
        let app = TestApp::new(backend).await;
        let id = hidden_person(&app).await;
        let sid: String = sessions::table.select(sessions::sid).first(&mut app.connect()).unwrap();
        let mut operator = app.operator().await;
        let pages = [
            "/admin/".to_owned(), "/admin/users/".to_owned(), format!("/admin/users/{id}/"), format!("/admin/users/{id}/delete/"), format!("/admin/users/{id}/claims/"),
            "/admin/sessions/".to_owned(), format!("/admin/sessions/{sid}/"), "/admin/events/".to_owned(), "/admin/tokens/".to_owned(), "/admin/addresses/127.0.0.1/".to_owned(),
            "/admin/events/export.csv".to_owned(), "/admin/events/export.jsonl".to_owned(),
        ];
        let mut met = 0;
        for path in pages {
            let page = operator.get(&path).await;
            assert_eq!(page.status, 200, "{path}: {page}");
            let body = page.body.strip_prefix('\u{feff}').unwrap_or(&page.body);
            let hidden = body.find(|c| is_hidden(c) && !matches!(c, '\n' | '\r' | '\t'));
            assert_eq!(hidden.map(|at| &body[at.saturating_sub(40)..]), None, "{path}");
            met += usize::from(body.contains("200e"));
        }
        assert!(met >= 9, "the address was on {met} pages");
        // As it is shown, it can be typed.
        let delete = format!("/admin/users/{id}/delete/");
        let answer = operator.post(&delete, &[("email", "ceo@example.com\\u{200e}")]).await;
        assert_eq!(answer.status, 303, "{answer}");
        assert_eq!(users::table.find(id).count().get_result::<i64>(&mut app.connect()), Ok(0));
    }

    async fn no_command_prints_a_hidden_character(backend: Backend) {
        let app = TestApp::on(TestDatabase::migrated(backend), TestApp::start_of_time(), &[]).await;
        hidden_person(&app).await;
        for command in [&["users", "list"][..], &["users", "list", "--json"], &["sessions", "list", "--ended"], &["sessions", "list", "--ended", "--json"], &["users", "deactivate", "--email", ADDRESS], &["users", "delete", "--email", "x\u{202e}@example.com"]] {
            let printed = run_on(&app.database, command, "").to_string();
            let hidden = printed.find(|c| c != '\n' && is_hidden(c));
            assert_eq!(hidden, None, "{command:?}: {printed:?}");
            assert!(printed.contains("200e") || printed.contains("202e"), "{command:?}: {printed}");
        }
    }
}
