//! That the databases take the index that the driver names.

use crate::support::{Backend, TestApp, on_both_databases, plan};

on_both_databases! {
    /// A user with a hundred thousand of them must not make a page slow.
    async fn sessions_last_seen_first_are_read_from_an_index(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut connection = app.connect();
        for (column, index) in [
            ("user_id = 1", "sessions_user_seen"),
            ("ip = '192.0.2.1'", "sessions_ip_seen"),
            ("last_ip = '192.0.2.1'", "sessions_last_ip_seen"),
        ] {
            let query = format!("SELECT * FROM sessions WHERE {column} ORDER BY last_seen_at DESC, id DESC LIMIT 500");
            let plan = plan(&mut connection, &query);
            assert!(plan.contains(index), "{plan}");
            assert!(!plan.contains("Sort") && !plan.contains("B-TREE"), "{plan}");
        }
    }
}
