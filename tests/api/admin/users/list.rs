//! `GET /admin/users/`.

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use frontgate::schema::users;

use super::shown;
use crate::support::{Answer, Backend, OPERATOR, TestApp, assert_answer, on_both_databases};

/// The addresses in the tables of a page, in their order.
fn listed(page: &Answer) -> Vec<String> {
    assert_eq!(page.status, 200, "{page}");
    let cells = page.body.split("data-title=\"Address\">").skip(1);
    let text = |cell: &str| {
        let (_, rest) = cell.split_once("/\">").unwrap();
        rest.split_once("</a>").unwrap().0.to_owned()
    };
    cells.map(text).collect()
}

fn set(app: &TestApp, email: &str, what: &str) {
    let statement = format!("UPDATE users SET {what} WHERE email = '{email}'");
    app.connect().batch_execute(&statement).unwrap();
}

/// Ada, who is inactive, Grace, who is staff, and Joan, who has never logged in, each an hour
/// younger than the one before.
async fn people(app: &TestApp) {
    for email in ["ada@example.com", "grace@example.com", "joan@example.com"] {
        app.signed_up(email).await;
        app.advance(TimeDelta::hours(1));
    }
    set(
        app,
        "ada@example.com",
        "is_active = false, first_name = 'Ada', last_name = '<b>Lovelace</b>'",
    );
    set(app, "grace@example.com", "is_staff = true");
    set(app, "joan@example.com", "last_login = NULL");
}

on_both_databases! {
    async fn the_list_says_who_there_is(backend: Backend) {
        let app = TestApp::new(backend).await;
        people(&app).await;
        let mut operator = app.operator().await;
        assert_answer!("admin_users", shown(operator.get("/admin/users/").await));
        let page = operator.get("/admin/users/?q=nobody").await;
        assert_answer!("admin_users_nobody", shown(page));
    }

    async fn filters_choose_alone_and_together(backend: Backend) {
        let app = TestApp::new(backend).await;
        people(&app).await;
        let mut operator = app.staff(OPERATOR, false).await;
        let (ada, grace, joan) = ("ada@example.com", "grace@example.com", "joan@example.com");
        for (query, wanted) in [
            ("", vec![OPERATOR, joan, grace, ada]),
            ("active=no", vec![ada]),
            ("active=yes&staff=no", vec![joan]),
            ("staff=yes", vec![OPERATOR, grace]),
            ("superuser=yes", vec![]),
            ("superuser=no&q=example", vec![OPERATOR, joan, grace, ada]),
            ("logged_in=never", vec![joan]),
            ("logged_in_from=2026-01-05T12:30", vec![OPERATOR, grace]),
            ("logged_in_from=2026-01-05T12:30&order=last_log_in", vec![OPERATOR, grace]),
            ("order=last_log_in", vec![OPERATOR, grace, ada]),
            ("joined_from=2026-01-05T13:00:00&joined_before=2026-01-05T14:00", vec![grace]),
            ("joined_before=2026-01-05", vec![]),
            ("q=GRACE", vec![grace]),
            ("q=grace%40EXAMPLE.com", vec![grace, grace]),
            ("q=grace&active=no", vec![]),
            ("q=%201%20", vec![ada]),
            ("q=+++&active=&staff=", vec![OPERATOR, joan, grace, ada]),
        ] {
            let page = operator.get(&format!("/admin/users/?{query}")).await;
            assert_eq!(listed(&page), wanted, "{query}");
        }
    }

    async fn pages_go_on_and_back_and_keep_the_filters(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120)";
        app.connect().batch_execute(&format!(
            "INSERT INTO users (email, email_key, password, date_joined) {numbers} \
             SELECT 'p' || i || '@example.org', 'p' || i || '@example.org', '', '2026-01-05 11:00:00' FROM n"
        )).unwrap();
        let mut path = "/admin/users/?q=example.org&active=yes".to_owned();
        let mut all = Vec::new();
        let mut links = Vec::new();
        let link = |page: &Answer, rel: &str| {
            let (_, rest) = page.body.split_once(&format!("rel=\"{rel}\" href=\""))?;
            Some(rest.split_once('"').unwrap().0.replace("&#38;", "&").replace("&amp;", "&"))
        };
        loop {
            let page = operator.get(&path).await;
            all.extend(listed(&page));
            let Some(older) = link(&page, "next") else { break };
            assert!(older.starts_with("/admin/users/?q=example.org&active=yes&page="), "{older}");
            links.push(std::mem::replace(&mut path, older));
        }
        let wanted: Vec<_> = (1..=120).rev().map(|i| format!("p{i}@example.org")).collect();
        assert_eq!(all, wanted);
        assert_eq!(links.len(), 2);
        let last = operator.get(&path).await;
        let before = operator.get(&link(&last, "prev").unwrap()).await;
        assert_eq!(listed(&before), wanted[50..100]);
        assert!(last.body.contains("href=\"/admin/users/?q=example.org&#38;active=yes\">First page"), "{last}");
        // Of this filter and no other, and byte for byte.
        let (_, cursor) = path.split_once("page=").unwrap();
        for wrong in [
            format!("page={cursor}"),
            format!("q=example.org&active=yes&page={cursor}0"),
            format!("q=example.org&active=yes&page={}", cursor.replace('o', "n ")),
            "page=o.1.1.00000000".to_owned(),
            "page=%00".to_owned(),
            format!("page={}", "9".repeat(4000)),
        ] {
            let page = operator.get(&format!("/admin/users/?{wrong}")).await;
            assert_eq!(page.status, 400, "{wrong}: {page}");
            assert!(page.body.contains("Open the list again"), "{page}");
        }
    }

    async fn what_cannot_be_chosen_is_marked_and_nothing_is_looked_for(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let hostile = "active=maybe&joined_from=31.12.2026&logged_in_from=2026-02-30&joined_before=99999-01-01T00:00\
                       &order=%3Cscript%3E&q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
        assert_answer!("admin_users_400", shown(operator.get(&format!("/admin/users/?{hostile}")).await));
    }

    async fn no_search_is_more_than_a_text(backend: Backend) {
        let app = TestApp::new(backend).await;
        people(&app).await;
        let mut operator = app.operator().await;
        for search in ["' OR 1=1 --", "%", "_", "\\", "'; DROP TABLE users; --", "<script>", "$1", "?", "\0", "-1", "9223372036854775808", "\u{202e}", &"x".repeat(3000)] {
            let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", search).finish();
            let page = operator.get(&format!("/admin/users/?{query}")).await;
            assert_eq!(listed(&page), Vec::<String>::new(), "{search}");
            assert!(!page.body.contains("<script>"), "{page}");
        }
        let count: i64 = users::table.count().get_result(&mut app.connect()).unwrap();
        assert_eq!(count, 4);
    }
}
