//! Jobs that end many sessions.

mod filters;
mod workers;

use chrono::TimeDelta;
use diesel::prelude::*;
use frontgate::app::App;
use frontgate::jobs::{self, EndMany};
use frontgate::models::job::{Job, JobState};
use frontgate::models::session_list::SessionFilter;
use frontgate::models::user::User;
use frontgate::schema::{blacklisted_tokens, events, revocations, sessions, users};
use frontgate::server::Worker;
use frontgate::sessions::By;

use crate::support::change::{by_command, elsewhere};
use crate::support::{Backend, Browser, PASSWORD, TestApp, on_both_databases, rows};

const ADA: &str = "ada@example.com";
const GRACE: &str = "grace@example.com";
/// The operator of these tests, who has no session.
const OPERATOR: i64 = 4711;

/// What ends the sessions of `user`, or of everybody.
fn of_user(user: Option<i64>) -> EndMany {
    EndMany {
        filter: SessionFilter {
            user_id: user,
            ..SessionFilter::default()
        },
        keep: None,
        ip: Some("198.51.100.7".to_owned()),
        user_agent: "an operator's browser".to_owned(),
    }
}

/// Queues a job a second later than whatever has happened.
fn queue(app: &TestApp, what: &EndMany) -> i64 {
    app.advance(TimeDelta::seconds(1));
    operate(app, OPERATOR);
    let by = By {
        client: what.client(),
        actor_id: Some(OPERATOR),
    };
    let queued = elsewhere(&mut app.connect(), &app.clock, &by, |change| {
        jobs::queue(change, what, None)
    });
    queued.unwrap()
}

/// Makes somebody staff under this primary key, unless there is somebody.
fn operate(app: &TestApp, id: i64) {
    if User::find(&mut app.connect(), id).unwrap().is_some() {
        return;
    }
    let email = format!("{id}@example.com");
    diesel::insert_into(users::table)
        .values((
            users::id.eq(id),
            users::email.eq(&email),
            users::email_key.eq(&email),
            users::password.eq("!"),
            users::is_staff.eq(true),
            users::date_joined.eq(app.clock.now().naive_utc()),
        ))
        .execute(&mut app.connect())
        .unwrap();
}

fn job(app: &TestApp, id: i64) -> Job {
    Job::find(&mut app.connect(), id).unwrap().unwrap()
}

/// Does all that is left of a job, which somebody has taken.
async fn finish(worker: &Worker, mut job: Job) -> Job {
    while job.state() == Some(JobState::Running) {
        job = worker.step(&job).await.unwrap().unwrap();
    }
    job
}

/// How many sessions have ended, tokens are blacklisted, sessions are noted as ended and
/// revoked because an operator wanted it; each counted once.
fn ended(app: &TestApp) -> [i64; 4] {
    let mut connection = app.connect();
    [
        sessions::table
            .filter(sessions::end_reason.eq("revoked"))
            .filter(sessions::ended_by.eq(OPERATOR))
            .count()
            .get_result(&mut connection),
        blacklisted_tokens::table
            .filter(blacklisted_tokens::reason.eq("revoked"))
            .count()
            .get_result(&mut connection),
        events::table
            .filter(events::kind.eq("session_ended"))
            .filter(events::actor_id.eq(OPERATOR))
            .count()
            .get_result(&mut connection),
        revocations::table.count().get_result(&mut connection),
    ]
    .map(Result::unwrap)
}

/// How many different sessions the log and the feed tell of.
fn told(app: &TestApp) -> [usize; 2] {
    let mut connection = app.connect();
    let noted: Vec<Option<String>> = events::table
        .filter(events::kind.eq("session_ended"))
        .select(events::sid)
        .distinct()
        .load(&mut connection)
        .unwrap();
    let revoked: Vec<String> = revocations::table
        .select(revocations::subject)
        .distinct()
        .load(&mut connection)
        .unwrap();
    [noted.len(), revoked.len()]
}

/// Ada with 2,300 sessions, and Grace with one.
async fn crowd(app: &TestApp) -> (Browser<'_>, Browser<'_>) {
    let ada = app.signed_up(ADA).await;
    rows::open_sessions(app, &ada, 2299);
    let grace = app.signed_up(GRACE).await;
    (ada, grace)
}

/// Whom an event is about, who did it, from where, by what, why, and its detail.
type Told = (
    Option<i64>,
    Option<i64>,
    Option<String>,
    Option<String>,
    Option<String>,
    String,
);

on_both_databases! {
    async fn every_session_ends_once_and_is_refused_at_the_commit_of_its_batch(backend: Backend) {
        let app = TestApp::new(backend).await;
        let (mut ada, mut grace) = crowd(&app).await;
        let id = queue(&app, &of_user(Some(rows::user(&app, ADA).id)));
        let worker = Worker::new(app.state.clone());
        let mut running = worker.take().await.unwrap().unwrap();
        assert_eq!((running.id, running.done), (id, 0));
        let batch = i64::try_from(app.state.database.pace().rows).unwrap();
        for batches in 1..=(2300 + batch - 1) / batch {
            running = worker.step(&running).await.unwrap().unwrap();
            let done = (batches * batch).min(2300);
            assert_eq!((running.done, app.state.revoked.len()), (done, usize::try_from(done).unwrap()));
            assert_eq!(ended(&app), [done; 4]);
        }
        assert_eq!((ada.info().await.status, ada.refresh().await.status), (401, 401));
        assert_eq!((grace.info().await.status, grace.refresh().await.status), (200, 200));
        // Nothing is left: a second round shows it.
        let over = finish(&worker, running).await;
        assert_eq!((over.state(), over.done, over.finished_at), (Some(JobState::Done), 2300, Some(app.clock.now().naive_utc())));
        assert_eq!((over.owner, over.leased_until, over.error), (None, None, None));
        assert_eq!((ended(&app), told(&app)), ([2300; 4], [2300; 2]));
        assert!(worker.take().await.unwrap().is_none());
    }

    async fn one_event_tells_of_all_of_it(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(ADA).await;
        let grace = app.signed_up(GRACE).await;
        let mut what = of_user(None);
        what.keep = Some(rows::user(&app, GRACE).id);
        what.filter.ip = Some("127.0.0.1".parse().unwrap());
        let id = queue(&app, &what);
        let worker = Worker::new(app.state.clone());
        finish(&worker, worker.take().await.unwrap().unwrap()).await;
        let told: Vec<Told> = events::table.filter(events::kind.eq("many_sessions_ended"))
            .select((events::user_id, events::actor_id, events::ip, events::user_agent, events::reason, events::detail))
            .load(&mut app.connect()).unwrap();
        let detail = format!(r#"{{"filter":{{"ip":"127.0.0.1"}},"job":{id},"keep":{},"sessions":1}}"#, what.keep.unwrap());
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(told, [(None, Some(OPERATOR), text("198.51.100.7"), text("an operator's browser"), text("revoked"), detail)]);
        assert_eq!(grace.clone().info().await.status, 200);
    }

    async fn everyone_but_one_user_is_out(backend: Backend) {
        let app = TestApp::new(backend).await;
        let (mut ada, mut grace) = crowd(&app).await;
        let mut what = of_user(None);
        what.keep = Some(rows::user(&app, GRACE).id);
        queue(&app, &what);
        let worker = Worker::new(app.state.clone());
        let over = finish(&worker, worker.take().await.unwrap().unwrap()).await;
        assert_eq!(over.done, 2300);
        assert_eq!((ada.info().await.status, grace.info().await.status, grace.refresh().await.status), (401, 200, 200));
    }

    async fn a_session_that_was_opened_after_the_job_began_is_spared(backend: Backend) {
        let app = TestApp::new(backend).await;
        let (mut old, _) = crowd(&app).await;
        queue(&app, &of_user(None));
        // In the same microsecond, and later.
        let mut same = app.browser();
        same.log_in(ADA, PASSWORD).await;
        let worker = Worker::new(app.state.clone());
        let job = worker.take().await.unwrap().unwrap();
        let job = worker.step(&job).await.unwrap().unwrap();
        app.advance(TimeDelta::seconds(1));
        let mut later = app.browser();
        later.log_in(ADA, PASSWORD).await;
        let over = finish(&worker, job).await;
        assert_eq!(over.done, 2301);
        assert_eq!((old.info().await.status, same.info().await.status, later.info().await.status), (401, 200, 200));
    }

    /// A refresh moves a session to the front of the list that is ordered by it.
    async fn a_session_that_is_refreshed_meanwhile_ends_all_the_same(backend: Backend) {
        let app = TestApp::new(backend).await;
        let (mut ada, _) = crowd(&app).await;
        queue(&app, &of_user(None));
        let worker = Worker::new(app.state.clone());
        let job = worker.take().await.unwrap().unwrap();
        let job = worker.step(&job).await.unwrap().unwrap();
        app.advance(TimeDelta::seconds(1));
        // The first of all that was opened: its turn has not come yet.
        assert_eq!(ada.refresh().await.status, 200);
        finish(&worker, job).await;
        assert_eq!((ada.info().await.status, ada.refresh().await.status), (401, 401));
        assert_eq!(ended(&app), [2301; 4]);
    }

    /// Such a row would be removed by the next purge.
    async fn what_no_token_can_concern_is_not_revoked(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(ADA).await;
        app.advance(TimeDelta::hours(1));
        let mut grace = app.signed_up(GRACE).await;
        queue(&app, &of_user(None));
        let worker = Worker::new(app.state.clone());
        finish(&worker, worker.take().await.unwrap().unwrap()).await;
        assert_eq!(ended(&app), [2, 2, 2, 1]);
        assert_eq!(grace.info().await.status, 401);
    }

    async fn a_session_that_had_ended_is_left_as_it_is(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(ADA).await.log_out().await;
        app.signed_up(GRACE).await;
        queue(&app, &of_user(None));
        let worker = Worker::new(app.state.clone());
        let over = finish(&worker, worker.take().await.unwrap().unwrap()).await;
        assert_eq!(over.done, 1);
        assert_eq!(rows::end_reasons(&app), [Some("logged_out".to_owned()), Some("revoked".to_owned())]);
    }
}

/// What somebody else works on is passed over, and not forgotten.
#[test]
fn a_session_in_use_is_come_back_for() {
    use diesel::connection::SimpleConnection;
    crate::support::run(async {
        let app = TestApp::new(Backend::Postgres).await;
        app.signed_up(ADA).await;
        app.signed_up(GRACE).await;
        let mut busy = app.connect();
        busy.batch_execute("BEGIN; SELECT 1 FROM sessions ORDER BY id LIMIT 1 FOR UPDATE")
            .unwrap();
        queue(&app, &of_user(None));
        let worker = Worker::new(app.state.clone());
        let mut job = worker.take().await.unwrap().unwrap();
        for _ in 0..5 {
            job = worker.step(&job).await.unwrap().unwrap();
            assert_eq!((job.state(), job.done), (Some(JobState::Running), 1));
        }
        busy.batch_execute("COMMIT").unwrap();
        let over = finish(&worker, job).await;
        assert_eq!((over.state(), over.done), (Some(JobState::Done), 2));

        // One that is never let go: the job says so, and can be queued again.
        app.browser().log_in(ADA, PASSWORD).await;
        let id = queue(&app, &of_user(None));
        busy.batch_execute("BEGIN; SELECT 1 FROM sessions WHERE ended_at IS NULL FOR UPDATE")
            .unwrap();
        let over = finish(&worker, worker.take().await.unwrap().unwrap()).await;
        assert_eq!((over.state(), over.done), (Some(JobState::Failed), 0));
        assert!(over.error.unwrap().contains("in use all the time"));
        busy.batch_execute("COMMIT").unwrap();
        App::change(&app.state, by_command(Some(OPERATOR)), move |change| {
            assert!(jobs::retry(change, id)?);
            assert!(!jobs::retry(change, id)?);
            Ok(())
        })
        .await
        .unwrap();
        let over = finish(&worker, worker.take().await.unwrap().unwrap()).await;
        assert_eq!(
            (over.id, over.state(), over.done, over.error),
            (id, Some(JobState::Done), 1, None)
        );
        assert_eq!(job_of(&app), [id, id - 1]);
    });
}

fn job_of(app: &TestApp) -> Vec<i64> {
    let newest = Job::newest(&mut app.connect(), 2).unwrap();
    newest.iter().map(|job| job.id).collect()
}
