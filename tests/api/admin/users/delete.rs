//! `delete/`.

use super::{message, noted, path};
use crate::support::{
    Backend, OPERATOR, PASSWORD, TestApp, assert_answer, on_both_databases, rows,
};

const ADA: &str = "ada@example.com";

on_both_databases! {
    async fn a_user_is_deleted_by_whoever_types_the_address(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let mut ada = app.signed_up(ADA).await;
        let path = path(&app, ADA, "delete/");
        assert_answer!("admin_user_delete", operator.get(&path).await);
        let before = rows::counts(&app);
        assert_answer!("admin_user_delete_400", operator.post(&path, &[("email", "\"><script>")]).await);
        for typed in ["", "ada", "ada@example.co", OPERATOR, "ada@example.com'"] {
            assert_eq!(operator.post(&path, &[("email", typed)]).await.status, 400, "{typed}");
        }
        assert_eq!((rows::counts(&app), ada.info().await.status), (before, 200));
        let (id, actor) = (rows::user(&app, ADA).id, rows::user(&app, OPERATOR).id);
        let page = operator.post_and_follow(&path, &[("email", " ADA@example.com ")]).await;
        assert_eq!(message(&page), "ada@example.com is deleted. 1 session ended.");
        assert_eq!((ada.info().await.status, ada.refresh().await.status), (401, 401));
        assert_eq!(app.browser().log_in(ADA, PASSWORD).await.status, 404);
        assert_eq!(noted(&app, &["user_deleted"]), [("user_deleted".to_owned(), Some(id), Some(actor), "{}".to_owned())]);
        assert_eq!(operator.get(&path).await.status, 404);
        assert_eq!(operator.post(&path, &[("email", ADA)]).await.status, 404, "by another operator a moment ago");
        assert_eq!(app.signed_up(ADA).await.info().await.status, 200, "the address is free");
    }

    async fn a_deleted_operator_is_out_at_once(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let mut grace = app.staff("grace@example.com", true).await;
        let path = path(&app, "grace@example.com", "delete/");
        operator.post_and_follow(&path, &[("email", "grace@example.com")]).await;
        assert_eq!(grace.get("/admin/").await.status, 303);
    }
}
