//! `role/`.

use diesel::connection::SimpleConnection;

use super::{admin_sessions_of, by_operator, message, noted, path};
use crate::support::{
    Backend, Operator, PASSWORD, TestApp, assert_answer, on_both_databases, rows,
};

const KINDS: [&str; 4] = [
    "staff_granted",
    "staff_removed",
    "superuser_granted",
    "superuser_removed",
];
const ADA: &str = "ada@example.com";

on_both_databases! {
    async fn a_role_lets_in_and_puts_out_at_once(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        app.signed_up(ADA).await;
        let path = path(&app, ADA, "role/");
        assert_answer!("admin_user_role", operator.get(&path).await);
        let mut ada = Operator::new(&app);
        assert_eq!(ada.sign_in(ADA, PASSWORD).await.status, 400);
        for (role, said, signed_in) in [
            ("staff", "ada@example.com is staff now.", true),
            ("superuser", "ada@example.com is a superuser now.", true),
            ("superuser", "ada@example.com has this role already. Nothing was changed.", true),
            ("staff", "ada@example.com is staff now.", false),
            ("user", "ada@example.com is let into the admin no more.", false),
            ("superuser", "ada@example.com is a superuser now.", true),
            ("user", "ada@example.com is let into the admin no more.", false),
        ] {
            ada.sign_in(ADA, PASSWORD).await;
            let before = ada.get("/admin/").await.status;
            assert_eq!(message(&operator.post_and_follow(&path, &[("role", role)]).await), said);
            if before == 200 {
                assert_eq!(ada.get("/admin/").await.status == 200, signed_in, "{role}");
            }
            assert_eq!(admin_sessions_of(&app, ADA) > 0, signed_in && before == 200, "{role}");
        }
        assert_eq!(noted(&app, &KINDS), [
            by_operator(&app, "staff_granted", ADA, "{}"),
            by_operator(&app, "superuser_granted", ADA, "{}"),
            by_operator(&app, "superuser_removed", ADA, "{}"),
            by_operator(&app, "staff_removed", ADA, "{}"),
            by_operator(&app, "staff_granted", ADA, "{}"),
            by_operator(&app, "superuser_granted", ADA, "{}"),
            by_operator(&app, "staff_removed", ADA, "{}"),
            by_operator(&app, "superuser_removed", ADA, "{}"),
        ]);
    }

    async fn a_superuser_of_django_who_is_not_staff_can_be_made_less(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        app.signed_up(ADA).await;
        app.connect().batch_execute("UPDATE users SET is_superuser = true WHERE email = 'ada@example.com'").unwrap();
        let page = operator.post_and_follow(&path(&app, ADA, "role/"), &[("role", "user")]).await;
        assert_eq!(message(&page), "ada@example.com is let into the admin no more.");
        assert_eq!(noted(&app, &KINDS), [by_operator(&app, "superuser_removed", ADA, "{}")]);
    }

    async fn what_is_no_role_changes_nothing(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        app.signed_up(ADA).await;
        for role in ["", "root", "Superuser", "superuser ' --", "<script>"] {
            let answer = operator.post(&path(&app, ADA, "role/"), &[("role", role)]).await;
            assert_eq!(answer.status, 400, "{role}: {answer}");
        }
        assert_eq!(operator.post(&path(&app, ADA, "role/"), &[("is_superuser", "true")]).await.status, 400);
        assert!(!rows::user(&app, ADA).is_staff && noted(&app, &KINDS).is_empty());
    }
}
