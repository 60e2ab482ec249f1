//! A client that hangs up does not undo what it asked for.

use std::io::Write;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use frontgate::schema::sessions;

use crate::support::{Backend, TestApp, on_both_databases};

on_both_databases! {
    /// The request waits for the database when its client goes away: the log-out is carried
    /// out all the same, and this node knows of it.
    async fn a_log_out_whose_client_hangs_up_is_refused_from_then_on(backend: Backend) {
        let app = TestApp::new(backend).await;
        let browser = app.signed_up("ada@example.com").await;
        let mut blocker = app.connect();
        let block = match backend {
            Backend::Sqlite => "BEGIN IMMEDIATE",
            Backend::Postgres => "BEGIN; LOCK TABLE sessions",
        };
        blocker.batch_execute(block).unwrap();

        // The answer to the first request is left unread, so that closing resets the
        // connection and the server gives the second one up at once.
        let request = format!(
            "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n\
             POST /api/v1/users/logout/ HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nCookie: refresh={}\r\n\r\n",
            browser.refresh_token()
        );
        let mut socket = std::net::TcpStream::connect(app.address).unwrap();
        socket.write_all(request.as_bytes()).unwrap();
        // The request is under way before its client goes away.
        actix_web::rt::time::sleep(Duration::from_millis(200)).await;
        drop(socket);
        actix_web::rt::time::sleep(Duration::from_millis(200)).await;
        blocker.batch_execute("ROLLBACK").unwrap();

        let mut ended = 0;
        for _ in 0..100 {
            let mut connection = app.connect();
            ended = sessions::table
                .filter(sessions::ended_at.is_not_null())
                .count()
                .get_result::<i64>(&mut connection)
                .unwrap();
            if ended == 1 {
                break;
            }
            actix_web::rt::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(ended, 1, "the log-out was lost");
        // The set learns in the same breath as the commit, not with the answer.
        actix_web::rt::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(browser.with_only("access").info().await.status, 401);
    }
}
