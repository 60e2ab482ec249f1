//! `GET /admin/sessions/`.

use chrono::TimeDelta;
use diesel::prelude::*;
use frontgate::schema::{sessions, users};

use super::{ADA, BEHIND_A_PROXY, FIREFOX, PHONE, listed, logged_in, steady};
use crate::support::{Backend, Operator, TestApp, assert_answer, on_both_databases, rows};

on_both_databases! {
    async fn all_sessions_are_there_and_the_filters_combine(backend: Backend) {
        let app = TestApp::with(backend, &BEHIND_A_PROXY).await;
        let laptop = logged_in(&app, ADA, "192.0.2.7", FIREFOX).await;
        app.advance(TimeDelta::hours(2));
        let phone = logged_in(&app, ADA, "198.51.100.20", PHONE).await;
        let mut grace = logged_in(&app, "grace@example.com", "192.0.2.200", FIREFOX).await;
        grace.log_out().await;
        let mut operator = app.operator().await;
        let all = [&laptop, &phone];
        let page = operator.get("/admin/sessions/").await;
        assert_eq!(listed(&page, &all), [true, true]);
        assert_answer!("admin_sessions", steady(page));
        let user = rows::user(&app, ADA).id;
        for (query, wanted) in [
            ("user=ADA@example.com", [true, true]),
            (&format!("user={user}"), [true, true]),
            ("user=grace@example.com", [false, false]),
            ("ip=192.0.2.7", [true, false]),
            ("ip=192.0.2.0/24", [true, false]),
            ("ip=::/0", [false, false]),
            ("agent=iphone+safari", [false, true]),
            ("agent=iphone+firefox", [false, false]),
            ("state=live", [true, true]),
            ("state=ended", [false, false]),
            ("created_before=2026-01-05T13:00", [true, false]),
            ("created_from=2026-01-05T13:00:00", [false, true]),
            ("seen_from=2026-01-05T13:00Z&order=seen", [false, true]),
            ("seen_before=2026-01-06", [true, true]),
            (&format!("user={user}&state=live&ip=198.51.100.20&agent=safari&order=seen"), [false, true]),
        ] {
            let page = operator.get(&format!("/admin/sessions/?{query}")).await;
            assert_eq!(listed(&page, &all), wanted, "{query}: {page}");
        }
        let page = operator.get("/admin/sessions/?state=ended&reason=logged_out").await;
        assert!(page.body.contains("grace@example.com</a>"), "{page}");
    }

    async fn a_user_who_is_gone_is_a_number_and_an_address_that_nobody_has_is_a_complaint(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(ADA).await;
        app.signed_up("grace@example.com").await;
        let ada = rows::user(&app, ADA).id;
        rows::delete_user(&app, ADA);
        let mut operator = app.operator().await;
        for list in ["sessions/", "sessions/new-networks/", "tokens/"] {
            let page = operator.get(&format!("/admin/{list}?user={ada}")).await;
            assert!(page.status == 200 && page.body.contains(" was found.</strong>"), "{list}: {page}");
            assert!(!page.body.contains("grace@example.com"), "{list}: {page}");
        }
        let page = operator.get(&format!("/admin/events/?user={ada}")).await;
        assert!(page.status == 200 && page.body.contains("(deleted)"), "{page}");
        let page = operator.get(&format!("/admin/sessions/end-many/?user={ada}")).await;
        assert!(page.body.contains("There is nothing to end."), "{page}");
        for list in ["sessions/", "sessions/new-networks/", "sessions/end-many/", "tokens/", "events/"] {
            let page = operator.get(&format!("/admin/{list}?user=ADA%40example.com")).await;
            assert_eq!(page.status, 400, "{list}: {page}");
            assert!(page.body.contains("ADA@example.com is no user"), "{list}: {page}");
        }
    }

    async fn pages_lead_on_and_back_and_keep_the_filters(backend: Backend) {
        let app = TestApp::new(backend).await;
        let ada = app.signed_up(ADA).await;
        rows::open_sessions(&app, &ada, 120);
        let mut operator = app.operator().await;
        let mut path = "/admin/sessions/?user=ada%40example.com&order=created".to_owned();
        let (mut found, mut pages) = (Vec::new(), Vec::new());
        loop {
            let page = operator.get(&path).await;
            assert_eq!(page.status, 200, "{page}");
            let sids = page.body.split("name=\"sid\" value=\"").skip(1);
            found.extend(sids.map(|part| part[..32].to_owned()));
            pages.push(path.clone());
            let Some(next) = link(&page.body, "next") else { break };
            assert!(next.contains("user=ada%40example.com&order=created"), "{next}");
            path = next;
        }
        assert_eq!((pages.len(), found.len()), (3, 121));
        found.sort();
        found.dedup();
        assert_eq!(found.len(), 121);
        let last = operator.get(&path).await;
        let before = operator.get(&link(&last.body, "prev").unwrap()).await;
        assert_eq!(before.body.matches("name=\"sid\"").count(), 50);
        // A link is of its own list alone.
        let cursor = path.split("&page=").nth(1).unwrap();
        for query in [format!("page={cursor}"), format!("{}x", path.split('?').nth(1).unwrap()), "page=o.-.1.00000000".to_owned(), "page=%00".to_owned()] {
            let page = operator.get(&format!("/admin/sessions/?{query}")).await;
            assert_eq!(page.status, 400, "{query}: {page}");
            assert!(page.body.contains("leads to no place of this list"), "{page}");
        }
    }

    async fn what_cannot_be_understood_is_marked_and_kept(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(ADA).await;
        let mut operator = app.operator().await;
        let page = operator.get("/admin/sessions/?user=nobody@example.com&ip=1.2.3&state=gone&reason=x&order=y&created_from=yesterday&seen_before=2026-02-30").await;
        assert_eq!(page.status, 400);
        assert_answer!("admin_sessions_400", page);
        // Each word is a condition of its own, and SQLite takes a thousand.
        for list in ["", "new-networks/", "end-many/"] {
            let agent = |words: usize| format!("/admin/sessions/{list}?agent={}", vec!["a"; words].join("+"));
            assert_eq!(operator.get(&agent(50)).await.status, 200, "{list}");
            for words in [51, 3000] {
                let page = operator.get(&agent(words)).await;
                assert!(page.status == 400 && page.body.contains("write at most 50 words"), "{list}: {page}");
            }
        }
        let hostile = ["<script>alert(1)</script>", "' OR 1=1 --", "%", "\0", "99999999999999999999999", "9999-99-99T99:99", "+262143-01-01T00:00", "{{7*7}}"];
        for name in ["user", "state", "reason", "ip", "agent", "created_from", "created_before", "seen_from", "seen_before", "order", "page"] {
            for text in hostile {
                let mut query = url::form_urlencoded::Serializer::new(String::new());
                query.append_pair(name, text);
                for path in ["/admin/sessions/", "/admin/sessions/new-networks/"] {
                    let page = operator.get(&format!("{path}?{}", query.finish())).await;
                    assert!(page.status == 200 || page.status == 400, "{name}={text}: {page}");
                    assert!(!page.body.contains("<script>alert"), "{page}");
                    query = url::form_urlencoded::Serializer::new(String::new());
                    query.append_pair(name, text);
                }
            }
        }
    }

    async fn what_people_send_is_shown_as_text(backend: Backend) {
        let app = TestApp::with(backend, &BEHIND_A_PROXY).await;
        let browser = logged_in(&app, ADA, "192.0.2.7", "\"><img src=x onerror=alert(1)>").await;
        diesel::update(users::table.filter(users::email.eq(ADA)))
            .set(users::email.eq("\"<b>ada</b>\"@example.com"))
            .execute(&mut app.connect())
            .unwrap();
        let mut operator = app.operator().await;
        for path in ["/admin/sessions/".to_owned(), format!("/admin/sessions/{}/", browser.sid()), "/admin/addresses/192.0.2.7/".to_owned()] {
            let page = operator.get(&path).await;
            assert_eq!(page.status, 200, "{page}");
            assert!(!page.body.contains("<img src=x") && !page.body.contains("<b>ada"), "{page}");
            assert!(page.body.contains("&#60;b&#62;ada"), "{page}");
        }
    }

    async fn an_empty_list_says_what_to_do(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let page = operator.get("/admin/sessions/?state=expired").await;
        assert!(page.body.contains("Take a filter away"), "{page}");
        // An order leaves nobody out, and who ends all of these ends everyone.
        let page = operator.get("/admin/sessions/?order=seen").await;
        assert!(page.body.contains("End everyone…</a>"), "{page}");
        diesel::delete(sessions::table).execute(&mut app.connect()).unwrap();
        let page = operator.get("/admin/sessions/").await;
        assert!(page.body.contains("as soon as somebody signs up"), "{page}");
    }

    async fn only_staff_see_anything(backend: Backend) {
        let app = TestApp::new(backend).await;
        let ada = app.signed_up(ADA).await;
        let mut nobody = Operator::new(&app);
        let sid = ada.sid();
        for path in ["sessions/", "sessions/followers/", "sessions/failures/", "sessions/new-networks/", &format!("sessions/{sid}/"), "addresses/127.0.0.1/"] {
            let answer = nobody.get(&format!("/admin/{path}")).await;
            assert_eq!(answer.status, 303, "{path}: {answer}");
            assert!(!answer.body.contains(&sid), "{answer}");
        }
        let mut staff = app.staff("staff@example.com", false).await;
        assert_eq!(staff.get("/admin/sessions/").await.status, 200);
    }
}

/// Where the link with this `rel` leads.
fn link(page: &str, rel: &str) -> Option<String> {
    let (_, rest) = page.split_once(&format!("rel=\"{rel}\" href=\""))?;
    let (href, _) = rest.split_once('"')?;
    Some(href.replace("&#38;", "&").replace("&amp;", "&"))
}
