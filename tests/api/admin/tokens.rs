//! `/admin/tokens/`.

use chrono::TimeDelta;
use diesel::prelude::*;
use frontgate::schema::{events, outstanding_tokens, sessions};

use super::named::named;
use crate::support::{
    Backend, OPERATOR, Operator, PASSWORD, TestApp, assert_answer, on_both_databases, rows,
};

/// The tokens of a user, the oldest first.
fn tokens(app: &TestApp, email: &str) -> Vec<String> {
    outstanding_tokens::table
        .filter(outstanding_tokens::user_id.eq(rows::user(app, email).id))
        .order(outstanding_tokens::id)
        .select(outstanding_tokens::jti)
        .load(&mut app.connect())
        .unwrap()
}

/// How many rows of a list the page has.
fn found(page: &str) -> usize {
    page.matches("<td data-title=\"Token\">").count()
}

on_both_databases! {
    async fn tokens_are_listed_the_newest_first(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let mut ada = app.signed_up("ada@example.com").await;
        app.advance(TimeDelta::minutes(3));
        ada.refresh().await;
        app.signed_up("\"<b>joan\"@example.com").await;
        assert_answer!("admin_tokens", named(&app, operator.get("/admin/tokens/").await));
        assert_answer!("admin_tokens_blacklisted", named(&app, operator.get("/admin/tokens/blacklisted/").await));
    }

    async fn a_superseded_token_shows_where_it_was_used_and_that_it_is_blacklisted(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let mut ada = app.signed_up("ada@example.com").await;
        app.advance(TimeDelta::minutes(3));
        ada.refresh().await;
        let [first, second] = tokens(&app, "ada@example.com").try_into().unwrap();
        let page = operator.get(&format!("/admin/tokens/{first}/")).await;
        assert_answer!("admin_token_superseded", named(&app, page));
        let page = operator.get(&format!("/admin/tokens/{second}/")).await;
        assert_answer!("admin_token_current", named(&app, page));
        let before = rows::counts(&app);
        let page = operator.post_and_follow(&format!("/admin/tokens/{first}/blacklist/"), &[]).await;
        assert!(page.body.contains("Nothing was changed: the token has been superseded"), "{page}");
        assert_eq!(rows::counts(&app), before);
        assert_eq!(ada.refresh().await.status, 200);
    }

    async fn blacklisting_the_current_token_ends_its_session_at_once(backend: Backend) {
        let app = TestApp::new(backend).await;
        // Who is staff and no more may, for it ends a session.
        let mut operator = app.staff(OPERATOR, false).await;
        let mut ada = app.signed_up("ada@example.com").await;
        let mut phone = app.browser();
        phone.log_in("ada@example.com", PASSWORD).await;
        let jti = tokens(&app, "ada@example.com").remove(0);
        let page = operator.post_and_follow(&format!("/admin/tokens/{jti}/blacklist/"), &[]).await;
        assert!(page.body.contains("The token is blacklisted, and its session has ended."), "{page}");
        assert!(!page.body.contains("<details class=\"danger\">"), "{page}");
        assert_eq!(ada.info().await.status, 401);
        assert_eq!(ada.refresh().await.status, 401);
        assert_eq!((phone.info().await.status, phone.refresh().await.status), (200, 200));

        let by = rows::user(&app, OPERATOR).id;
        let session: (Option<String>, Option<i64>) = sessions::table
            .filter(sessions::current_jti.eq(&jti))
            .select((sessions::end_reason, sessions::ended_by))
            .first(&mut app.connect())
            .unwrap();
        assert_eq!(session, (Some("blacklisted".to_owned()), Some(by)));
        let event: (String, Option<i64>, Option<i64>, Option<String>, Option<String>) = events::table
            .order(events::id.desc())
            .filter(events::reason.eq("blacklisted"))
            .select((events::kind, events::user_id, events::actor_id, events::jti, events::ip))
            .first(&mut app.connect())
            .unwrap();
        let ada_id = rows::user(&app, "ada@example.com").id;
        let wanted = ("session_ended".to_owned(), Some(ada_id), Some(by), Some(jti.clone()), Some("127.0.0.1".to_owned()));
        assert_eq!(event, wanted);

        let before = rows::counts(&app);
        let page = operator.post_and_follow(&format!("/admin/tokens/{jti}/blacklist/"), &[]).await;
        assert!(page.body.contains("Nothing was changed: its session had ended before."), "{page}");
        assert_eq!(rows::counts(&app), before);
    }

    async fn filters_combine_and_stay_in_the_link(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let mut ada = app.signed_up("ada@example.com").await;
        ada.refresh().await;
        app.signed_up("joan@example.com").await.log_out().await;
        let jti = tokens(&app, "ada@example.com").remove(1);
        let id = rows::user(&app, "ada@example.com").id;
        for (query, wanted) in [
            (String::new(), 4),
            ("user=ADA@example.com".to_owned(), 2),
            (format!("user={id}"), 2),
            (format!("user={id}&blacklisted=yes"), 1),
            (format!("user={id}&blacklisted=no&expired=no"), 1),
            (format!("user={id}&expired=yes"), 0),
            (format!("jti={jti}"), 1),
            (format!("jti={jti}&reason=rotated"), 0),
            ("reason=rotated".to_owned(), 1),
            ("reason=logged_out&blacklisted=yes".to_owned(), 1),
            ("expires_from=2026-01-05&expires_before=2026-01-06".to_owned(), 0),
            ("expires_from=2026-01-05".to_owned(), 4),
        ] {
            let page = operator.get(&format!("/admin/tokens/?{query}")).await;
            assert_eq!((page.status, found(&page.body)), (200, wanted), "{query}: {page}");
        }
        for (query, wanted) in [("", 2), ("reason=logged_out", 1), ("from=2026-01-05T12:00&before=2026-01-05T12:00:01", 2), ("before=2026-01-05", 0)] {
            let page = operator.get(&format!("/admin/tokens/blacklisted/?{query}")).await;
            assert_eq!((page.status, found(&page.body)), (200, wanted), "{query}: {page}");
        }
    }

    async fn pages_follow_each_other_and_hold_every_token_once(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let ada = app.signed_up("ada@example.com").await;
        rows::open_sessions(&app, &ada, 120);
        let first = "/admin/tokens/?user=ada%40example.com";
        let (mut next, mut sizes) = (first.to_owned(), Vec::new());
        let mut seen = std::collections::BTreeSet::new();
        loop {
            let page = operator.get(&next).await;
            sizes.push(found(&page.body));
            seen.extend(page.body.split("<a class=\"id\" href=\"/admin/tokens/").skip(1).map(|rest| rest[..32].to_owned()));
            let Some((_, link)) = page.body.split_once("rel=\"next\" href=\"") else { break };
            next = link.split_once('"').unwrap().0.replace("&#38;", "&");
        }
        assert_eq!((sizes, seen.len()), (vec![50, 50, 21], 121));
        let back = operator.get(&next).await;
        let (_, link) = back.body.split_once("rel=\"prev\" href=\"").unwrap();
        let newer = link.split_once('"').unwrap().0.replace("&#38;", "&");
        assert_eq!(found(&operator.get(&newer).await.body), 50);
        // A place of another filter, of another list, and none at all.
        let cursor = next.split_once("page=").unwrap().1;
        for path in [
            format!("/admin/tokens/?page={cursor}"),
            format!("/admin/tokens/blacklisted/?page={cursor}"),
            "/admin/tokens/?page=o.-.1.00000000".to_owned(),
            "/admin/tokens/?page=%27%20OR%201=1".to_owned(),
        ] {
            let page = operator.get(&path).await;
            assert!(page.status == 400 && page.body.contains("This link leads to no place of this list"), "{page}");
        }
    }

    async fn nonsense_in_a_filter_is_kept_and_complained_about(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        app.signed_up("ada@example.com").await;
        let page = operator.get("/admin/tokens/?user=<script>alert(1)</script>&expires_from=yesterday&blacklisted=perhaps&jti=%00").await;
        assert_answer!("admin_tokens_400", named(&app, page));
        for text in ["' OR 1=1 --", "\"><script>", "%", "a\0b", "18446744073709551616", "-1", "٣"] {
            let text: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
            let page = operator.get(&format!("/admin/tokens/?jti={text}")).await;
            assert_eq!((page.status, found(&page.body)), (200, 0), "{page}");
            assert!(!page.body.contains("\"><script>"), "{page}");
            for field in ["user", "expires_from", "expires_before", "blacklisted", "expired"] {
                let page = operator.get(&format!("/admin/tokens/?{field}={text}")).await;
                assert!(page.status == 400 && page.body.contains("Nothing was looked for."), "{field} {text}: {page}");
            }
            for path in [format!("/admin/tokens/{text}/"), format!("/admin/tokens/{text}/blacklist/")] {
                let answer = if path.ends_with("blacklist/") {
                    operator.post(&path, &[]).await
                } else {
                    operator.get(&path).await
                };
                assert_eq!(answer.status, 404, "{path}: {answer}");
            }
        }
        for day in ["0000-00-00", "2026-02-30", "99999-01-01T00:00", "2026-01-05T25:00"] {
            let page = operator.get(&format!("/admin/tokens/blacklisted/?from={day}")).await;
            assert!(page.status == 400 && page.body.contains(&format!("type=\"text\" name=\"from\" value=\"{day}\"")), "{page}");
        }
        // A list is wanted still.
        assert_eq!(operator.get("/admin/tokens/?expires_from=9999-12-31").await.status, 200);
    }

    async fn nobody_blacklists_without_a_form_of_their_session(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let mut ada = app.signed_up("ada@example.com").await;
        let jti = tokens(&app, "ada@example.com").remove(0);
        let path = format!("/admin/tokens/{jti}/blacklist/");
        let before = rows::counts(&app);
        assert_eq!(operator.get(&path).await.status, 405);
        assert_eq!(operator.post_exactly(&path, &[("csrf_token", "forged")]).await.status, 403);
        let mut nobody = Operator::new(&app);
        for path in [path.as_str(), "/admin/tokens/", "/admin/tokens/blacklisted/"] {
            let answer = if path == "/admin/tokens/" { nobody.get(path).await } else { nobody.post(path, &[]).await };
            assert_eq!(answer.status, if path.ends_with("blacklisted/") { 405 } else { 303 }, "{answer}");
        }
        rows::deactivate(&app, OPERATOR);
        assert_eq!(operator.post(&path, &[]).await.status, 303);
        assert_eq!(rows::counts(&app), before);
        assert_eq!(ada.info().await.status, 200);
    }
}
