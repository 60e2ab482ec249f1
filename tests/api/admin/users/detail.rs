//! `GET /admin/users/{id}/`.

use diesel::connection::SimpleConnection;

use super::{path, shown};
use crate::support::{
    Backend, OPERATOR, Operator, PASSWORD, TestApp, assert_answer, on_both_databases, rows,
};

on_both_databases! {
    async fn a_user_s_page_says_all_that_is_known(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let mut ada = app.signed_up("ada@example.com").await;
        ada.refresh().await;
        let mut grace = Operator::new(&app);
        app.connect().batch_execute(
            "UPDATE users SET is_staff = true, claims = '{\"plan\":\"pro\"}', first_name = '<i>Ada</i>' WHERE email = 'ada@example.com'"
        ).unwrap();
        grace.sign_in("ada@example.com", PASSWORD).await;
        let ada = path(&app, "ada@example.com", "");
        assert_answer!("admin_user", shown(operator.get(&ada).await));
        assert_answer!("admin_user_for_staff", shown(grace.get(&path(&app, OPERATOR, "")).await));
        assert_answer!("admin_user_oneself", shown(operator.get(&path(&app, OPERATOR, "")).await));
    }

    async fn what_is_no_user_is_not_found(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let gone = app.signed_up("ada@example.com").await;
        let ada = rows::user(&app, "ada@example.com").id;
        rows::delete_user(&app, "ada@example.com");
        drop(gone);
        let gone = ada.to_string();
        for id in [gone.as_str(), "0", "-1", "01", "1.0", "abc", "9223372036854775808", "%00", "1'", "%3Cscript%3E"] {
            for below in ["", "role/", "claims/", "password/", "delete/"] {
                let answer = operator.get(&format!("/admin/users/{id}/{below}")).await;
                assert_eq!(answer.status, 404, "{id}/{below}: {answer}");
            }
            for below in ["activate/", "deactivate/", "reset-link/", "end-sessions/", "delete/", "password/", "claims/", "role/"] {
                let answer = operator.post(&format!("/admin/users/{id}/{below}"), &[("role", "staff")]).await;
                assert_eq!(answer.status, 404, "{id}/{below}: {answer}");
            }
        }
    }

    async fn staff_look_and_end_sessions_and_change_nothing_else(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.operator().await;
        app.signed_up("ada@example.com").await;
        let mut staff = app.staff("grace@example.com", false).await;
        let before = format!("{:?}", (rows::user(&app, "ada@example.com"), rows::counts(&app)));
        for below in ["role/", "claims/", "password/", "delete/"] {
            let answer = staff.get(&path(&app, "ada@example.com", below)).await;
            assert_eq!(answer.status, 403, "{below}: {answer}");
        }
        for below in ["activate/", "deactivate/", "reset-link/", "delete/", "password/", "claims/", "role/"] {
            for email in ["ada@example.com", "grace@example.com", OPERATOR] {
                let fields = [
                    ("role", "superuser"), ("email", email), ("password", "another horse battery"),
                    ("password_again", "another horse battery"), ("claims", "{}"),
                ];
                let answer = staff.post(&path(&app, email, below), &fields).await;
                assert_eq!(answer.status, 403, "{below}: {answer}");
                assert!(answer.body.contains("Only superusers may"), "{answer}");
            }
        }
        assert_eq!(format!("{:?}", (rows::user(&app, "ada@example.com"), rows::counts(&app))), before);
    }

    async fn nothing_changes_without_a_form_of_one_s_own_session(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let other = app.staff("grace@example.com", true).await;
        app.signed_up("ada@example.com").await;
        let before = format!("{:?}", (rows::user(&app, "ada@example.com"), rows::counts(&app)));
        for below in ["activate/", "deactivate/", "reset-link/", "delete/", "password/", "claims/", "role/", "end-sessions/", "admin-sessions/1/end/"] {
            let path = path(&app, "ada@example.com", below);
            for csrf in ["", "x", other.csrf.as_str()] {
                let fields = [("csrf_token", csrf), ("role", "staff"), ("email", "ada@example.com")];
                assert_eq!(operator.post_exactly(&path, &fields).await.status, 403, "{below}");
            }
            let mut nobody = Operator::new(&app);
            let answer = nobody.post_exactly(&path, &[("csrf_token", &operator.csrf)]).await;
            assert_eq!((answer.status, answer.header("location")), (303, Some("/admin/login/")), "{below}");
        }
        assert_eq!(format!("{:?}", (rows::user(&app, "ada@example.com"), rows::counts(&app))), before);
    }
}
