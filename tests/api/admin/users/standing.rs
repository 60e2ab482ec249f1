//! `deactivate/` and `activate/`, and what nobody does to themselves.

use futures_util::future::join_all;

use super::{admin_sessions_of, by_operator, message, noted, path};
use crate::support::{Backend, OPERATOR, PASSWORD, TestApp, on_both_databases, rows};

const KINDS: [&str; 7] = [
    "deactivated",
    "activated",
    "user_deleted",
    "staff_removed",
    "superuser_removed",
    "staff_granted",
    "superuser_granted",
];

on_both_databases! {
    async fn whoever_is_deactivated_is_out_everywhere_at_once(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let mut grace = app.staff("grace@example.com", true).await;
        let mut browser = app.browser();
        browser.log_in("grace@example.com", PASSWORD).await;
        let page = path(&app, "grace@example.com", "");
        let answer = operator.post_and_follow(&format!("{page}deactivate/"), &[]).await;
        assert_eq!(message(&answer), "grace@example.com may log in no more. 2 sessions ended.");
        assert_eq!(browser.info().await.status, 401);
        assert_eq!(browser.refresh().await.status, 401);
        assert_eq!(grace.get("/admin/").await.status, 303);
        assert_eq!(admin_sessions_of(&app, "grace@example.com"), 0);
        assert_eq!(app.browser().log_in("grace@example.com", PASSWORD).await.status, 404);
        // Once more is no more.
        operator.post_and_follow(&format!("{page}deactivate/"), &[]).await;
        let answer = operator.post_and_follow(&format!("{page}activate/"), &[]).await;
        assert_eq!(message(&answer), "grace@example.com may log in again, with the password from before.");
        let answer = operator.post_and_follow(&format!("{page}activate/"), &[]).await;
        assert_eq!(message(&answer), "grace@example.com was active already. Nothing was changed.");
        assert_eq!(grace.get("/admin/").await.status, 303, "no session comes back");
        assert_eq!(app.browser().log_in("grace@example.com", PASSWORD).await.status, 200);
        assert_eq!(noted(&app, &KINDS), [
            by_operator(&app, "deactivated", "grace@example.com", "{}"),
            by_operator(&app, "activated", "grace@example.com", "{}"),
        ]);
    }

    async fn nobody_deactivates_demotes_or_deletes_themselves(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let before = rows::user(&app, OPERATOR);
        for (below, fields) in [
            ("deactivate/", vec![]), ("delete/", vec![("email", OPERATOR)]),
            ("role/", vec![("role", "user")]), ("role/", vec![("role", "staff")]), ("role/", vec![("role", "superuser")]),
        ] {
            let page = operator.post_and_follow(&path(&app, OPERATOR, below), &fields).await;
            let said = message(&page);
            assert!(said.starts_with("You cannot ") && said.ends_with("make somebody one first."), "{said}");
            assert_eq!(format!("{:?}", rows::user(&app, OPERATOR)), format!("{before:?}"), "{below}");
        }
        for below in ["role/", "delete/"] {
            let page = operator.get(&path(&app, OPERATOR, below)).await;
            assert!(page.body.contains("another superuser can.") && !page.body.contains("type=\"radio\""), "{page}");
        }
        assert!(noted(&app, &KINDS).is_empty());
    }

    async fn of_superusers_who_put_each_other_out_one_is_left(backend: Backend) {
        for below in ["deactivate/", "role/", "delete/"] {
            let app = TestApp::with(backend, &[("workers", "4")]).await;
            let mut operators = Vec::new();
            for name in ["ada", "grace", "joan", "mary"] {
                operators.push((app.staff(&format!("{name}@example.com"), true).await, format!("{name}@example.com")));
            }
            let targets: Vec<_> = (0..4).map(|index| operators[(index + 1) % 4].1.clone()).collect();
            let attempts = operators.iter_mut().zip(&targets).map(|((operator, _), target)| {
                let path = path(&app, target, below);
                async move { operator.post(&path, &[("role", "user"), ("email", target)]).await.status }
            });
            let statuses = join_all(attempts).await;
            assert!(statuses.contains(&303), "{below}: {statuses:?}");
            let left = frontgate::models::user::User::any_superuser(&mut app.connect()).unwrap();
            assert!(left, "{below}: {statuses:?}");
        }
    }
}
