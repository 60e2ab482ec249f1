//! Deactivated, active again, deleted: what becomes of a user's sessions.

use diesel::prelude::*;
use diesel::result::Error::NotFound;
use frontgate::models::revocation::Revocation;
use frontgate::schema::{events, revocations};
use frontgate::sessions::{Change, Consequences, activate, deactivate, delete_user};

use crate::support::change::by_command;
use crate::support::{self, Backend, PASSWORD, TestApp, on_both_databases, rows};

const EMAIL: &str = "ada@example.com";
const OPERATOR: Option<i64> = Some(4711);

/// Carries out one of them in a transaction of its own, as an operator at the command line.
fn change<T>(
    app: &TestApp,
    work: impl FnOnce(&mut Change<'_>) -> QueryResult<T>,
) -> QueryResult<(T, Consequences)> {
    let by = by_command(OPERATOR);
    support::change::change(&mut app.connect(), &app.clock, &by, work)
}

/// What the audit log says, but for log-ins.
fn noted(app: &TestApp) -> Vec<(String, Option<i64>, Option<String>)> {
    events::table
        .filter(events::kind.ne_all(["signed_up", "logged_in"]))
        .order(events::id)
        .select((events::kind, events::actor_id, events::reason))
        .load(&mut app.connect())
        .unwrap()
}

fn line(kind: &str, reason: Option<&str>) -> (String, Option<i64>, Option<String>) {
    (kind.to_owned(), OPERATOR, reason.map(str::to_owned))
}

/// Tells the node what has been revoked, as its feed does.
fn tell(app: &TestApp, learnt: &[Revocation]) {
    for revocation in learnt {
        app.state.revoked.add(revocation);
    }
}

on_both_databases! {
    async fn deactivating_a_user_ends_every_session_and_refuses_the_next_log_in(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let mut phone = app.browser();
        phone.log_in(EMAIL, PASSWORD).await;
        let id = rows::user(&app, EMAIL).id;
        let (ended, consequences) = change(&app, |change| deactivate(change, id)).unwrap();
        assert_eq!((ended, consequences.revocations().len()), (2, 1));
        tell(&app, consequences.revocations());
        for device in [&mut browser, &mut phone] {
            assert_eq!((device.info().await.status, device.clone().refresh().await.status), (401, 401));
        }
        assert_eq!(app.browser().log_in(EMAIL, PASSWORD).await.status, 404);
        let reason = Some("deactivated");
        assert_eq!(rows::end_reasons(&app), [reason, reason].map(|reason| reason.map(str::to_owned)));
        assert_eq!(noted(&app), [line("deactivated", None), line("session_ended", reason), line("session_ended", reason)]);

        // Once more ends nothing and notes nothing.
        let (again, consequences) = change(&app, |change| deactivate(change, id)).unwrap();
        assert_eq!((again, consequences.revocations().len(), noted(&app).len()), (0, 0, 3));
    }

    async fn a_user_who_is_active_again_logs_in_and_gets_no_session_back(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let id = rows::user(&app, EMAIL).id;
        assert!(!change(&app, |change| activate(change, id)).unwrap().0);
        assert_eq!(noted(&app), []);
        let (_, consequences) = change(&app, |change| deactivate(change, id)).unwrap();
        tell(&app, consequences.revocations());
        assert!(change(&app, |change| activate(change, id)).unwrap().0);
        assert_eq!(noted(&app).last(), Some(&line("activated", None)));
        let mut later = app.browser();
        assert_eq!(later.log_in(EMAIL, PASSWORD).await.status, 200);
        assert_eq!(later.info().await.status, 200);
        assert_eq!((browser.info().await.status, browser.refresh().await.status), (401, 401));
    }

    async fn deleting_a_user_leaves_the_revocation_and_the_events(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let other = app.signed_up("grace@example.com").await;
        browser.refresh().await;
        let id = rows::user(&app, EMAIL).id;
        let (ended, consequences) = change(&app, |change| delete_user(change, id, None)).unwrap();
        assert_eq!((ended, consequences.revocations().len()), (1, 1));
        let counts = rows::counts(&app);
        assert_eq!(counts[..4], [("users", 1), ("sessions", 1), ("outstanding_tokens", 1), ("blacklisted_tokens", 0)]);
        let revoked: Vec<(String, String, i64, String)> = revocations::table
            .select((revocations::kind, revocations::subject, revocations::generation, revocations::reason))
            .load(&mut app.connect())
            .unwrap();
        assert_eq!(revoked, [("user".to_owned(), id.to_string(), 1, "deleted".to_owned())]);
        assert_eq!(noted(&app), [line("session_ended", Some("deleted")), line("user_deleted", None)]);

        // A node that starts only now refuses the token of a user who is no more.
        let (access, others) = (browser.access().to_owned(), other.access().to_owned());
        let app = app.restart(&[]).await;
        let mut ada = app.browser();
        ada.cookies.insert("access".to_owned(), access);
        assert_eq!(ada.info().await.status, 401);
        let mut grace = app.browser();
        grace.cookies.insert("access".to_owned(), others);
        assert_eq!(grace.info().await.status, 200);
    }

    async fn a_user_who_is_not_there_is_not_found_and_nothing_is_noted(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(EMAIL).await;
        let id = rows::user(&app, EMAIL).id + 1;
        let before = rows::counts(&app);
        assert_eq!(change(&app, |change| deactivate(change, id)).unwrap_err(), NotFound);
        assert_eq!(change(&app, |change| activate(change, id)).unwrap_err(), NotFound);
        assert_eq!(change(&app, |change| delete_user(change, id, None)).unwrap_err(), NotFound);
        assert_eq!(rows::counts(&app), before);
    }
}
