//! Several that work on jobs, and what becomes of a job when one goes away.

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use frontgate::app::App;
use frontgate::jobs;
use frontgate::models::event::EventKind;
use frontgate::models::job::{Job, JobState, NewJob};
use frontgate::schema::events;
use frontgate::server::Worker;
use frontgate::sessions::{By, Client};
use futures_util::future::join;

use super::{ADA, OPERATOR, crowd, ended, finish, job, of_user, operate, queue, told};
use crate::support::change::elsewhere;
use crate::support::{Backend, TestApp, on_both_databases, rows};

/// A job that failed is queued again by this operator, from another address.
async fn retried(app: &TestApp, id: i64, operator: i64) {
    operate(app, operator);
    let client = Client {
        ip: Some("203.0.113.9".to_owned()),
        user_agent: "another browser".to_owned(),
    };
    let by = By {
        client,
        actor_id: Some(operator),
    };
    let queued = App::change(&app.state, by, move |change| Ok(jobs::retry(change, id)?));
    assert!(queued.await.unwrap());
    assert_eq!(job(app, id).created_by, Some(operator));
}

on_both_databases! {
    async fn a_job_survives_a_restart_in_the_middle(backend: Backend) {
        let app = TestApp::new(backend).await;
        crowd(&app).await;
        let id = queue(&app, &of_user(Some(rows::user(&app, ADA).id)));
        let worker = Worker::new(app.state.clone());
        let left = worker.take().await.unwrap().unwrap();
        let left = worker.step(&left).await.unwrap().unwrap();
        drop(worker);
        let app = app.restart(&[]).await;
        let batch = i64::try_from(app.state.database.pace().rows).unwrap();
        let worker = Worker::new(app.state.clone());
        // The other one may still be there, for as long as its lease lasts.
        app.advance(TimeDelta::seconds(30) - TimeDelta::microseconds(1));
        assert!(worker.take().await.unwrap().is_none());
        app.advance(TimeDelta::microseconds(1));
        let taken = worker.take().await.unwrap().unwrap();
        assert_eq!((taken.id, taken.done, &taken.cursor), (id, batch, &left.cursor));
        // Whoever comes back late does nothing.
        assert!(Worker::new(app.state.clone()).step(&left).await.unwrap().is_none());
        assert_eq!(ended(&app), [batch; 4]);
        let over = finish(&worker, taken).await;
        assert_eq!((over.state(), over.done), (Some(JobState::Done), 2300));
        assert_eq!((ended(&app), told(&app)), ([2300; 4], [2300; 2]));
    }

    async fn each_batch_renews_the_lease(backend: Backend) {
        let app = TestApp::new(backend).await;
        crowd(&app).await;
        queue(&app, &of_user(None));
        let (one, other) = (Worker::new(app.state.clone()), Worker::new(app.state.clone()));
        let mut job = one.take().await.unwrap().unwrap();
        let batch = app.state.database.pace().rows;
        for _ in 0..2301_usize.div_ceil(batch) {
            app.advance(TimeDelta::seconds(29));
            assert!(other.take().await.unwrap().is_none());
            job = one.step(&job).await.unwrap().unwrap();
        }
        assert_eq!(job.done, 2301);
    }

    async fn of_two_that_take_a_job_at_once_one_gets_it(backend: Backend) {
        let app = TestApp::new(backend).await;
        for _ in 0..10 {
            queue(&app, &of_user(None));
            let (one, other) = (Worker::new(app.state.clone()), Worker::new(app.state.clone()));
            let (first, second) = join(one.take(), other.take()).await;
            let (first, second) = (first.unwrap(), second.unwrap());
            assert!(first.is_some() != second.is_some(), "{first:?} {second:?}");
            let (worker, job) = match (first, second) {
                (Some(job), _) => (one, job),
                (_, job) => (other, job.unwrap()),
            };
            assert_eq!(finish(&worker, job).await.state(), Some(JobState::Done));
        }
    }

    async fn two_that_do_the_same_batch_at_once_do_it_once(backend: Backend) {
        let app = TestApp::new(backend).await;
        crowd(&app).await;
        queue(&app, &of_user(None));
        let worker = Worker::new(app.state.clone());
        let mut running = worker.take().await.unwrap().unwrap();
        let mut batches = 0;
        while running.state() == Some(JobState::Running) {
            let (one, other) = join(worker.step(&running), worker.step(&running)).await;
            let moved: Vec<Job> = [one, other].into_iter().filter_map(|step| step.unwrap()).collect();
            assert_eq!(moved.len(), 1, "{moved:?}");
            running = moved.into_iter().next().unwrap();
            batches += 1;
        }
        assert_eq!((batches, running.done), (2301_usize.div_ceil(app.state.database.pace().rows) + 1, 2301));
        assert_eq!((ended(&app), told(&app)), ([2301; 4], [2301; 2]));
    }

    async fn a_server_does_what_is_queued_and_gives_back_what_is_left_when_it_stops(backend: Backend) {
        let app = TestApp::new(backend).await;
        crowd(&app).await;
        let working = actix_web::rt::spawn(Worker::new(app.state.clone()).work_forever());
        let id = queue(&app, &of_user(None));
        app.state.jobs.ring();
        while job(&app, id).done == 0 {
            tokio::task::yield_now().await;
        }
        app.state.jobs.stop();
        working.await.unwrap();
        let left = job(&app, id);
        // The next one need not wait for the lease, unless all was done by then.
        if left.state() == Some(JobState::Running) {
            assert_eq!(left.owner, None);
            let worker = Worker::new(app.state.clone());
            finish(&worker, worker.take().await.unwrap().unwrap()).await;
        }
        assert_eq!(job(&app, id).state(), Some(JobState::Done));
        assert_eq!((ended(&app), told(&app)), ([2301; 4], [2301; 2]));
    }

    async fn a_job_that_cannot_be_read_fails_in_words_and_the_next_one_is_done(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(ADA).await;
        let later = r#"{"filter":{"country":"AQ"},"user_agent":""}"#;
        let unreadable = NewJob { kind: jobs::KIND, parameters: later, total: None, created_by: None }.insert(&mut app.connect(), app.clock.now()).unwrap();
        let unknown = NewJob { kind: "make_tea", parameters: "{}", total: None, created_by: None }.insert(&mut app.connect(), app.clock.now()).unwrap();
        let id = queue(&app, &of_user(None));
        let working = actix_web::rt::spawn(Worker::new(app.state.clone()).work_forever());
        while job(&app, id).state() != Some(JobState::Done) {
            tokio::task::yield_now().await;
        }
        app.state.jobs.stop();
        working.await.unwrap();
        let failed = job(&app, unreadable);
        assert_eq!(failed.state(), Some(JobState::Failed));
        assert!(failed.error.unwrap().contains("unknown field `country`"));
        assert_eq!(job(&app, unknown).error.unwrap(), "\"make_tea\" is no job that this version knows; a later one may have queued it");
        assert_eq!(ended(&app), [1; 4]);
        let noted: Vec<String> = events::table.filter(events::kind.eq(EventKind::ManySessionsEnded.as_str()))
            .order(events::id).select(events::detail).load(&mut app.connect()).unwrap();
        assert_eq!(noted.len(), 3);
        assert!(noted[0].contains("country"), "{noted:?}");
    }

    async fn whoever_lost_a_job_cannot_give_it_up_or_back(backend: Backend) {
        let app = TestApp::new(backend).await;
        queue(&app, &of_user(None));
        let (one, other) = (Worker::new(app.state.clone()), Worker::new(app.state.clone()));
        let lost = one.take().await.unwrap().unwrap();
        app.advance(TimeDelta::seconds(30));
        let taken = other.take().await.unwrap().unwrap();
        let known = lost.clone();
        App::change(&app.state, By::default(), move |change| {
            assert!(!jobs::give_up(change, &known, "I give up")?);
            let now = change.now();
            assert!(!known.release(change.connection, now)?);
            Ok(())
        }).await.unwrap();
        assert_eq!(job(&app, lost.id), taken);
    }

    async fn looking_for_a_job_is_one_statement(backend: Backend) {
        let app = TestApp::new(backend).await;
        let worker = Worker::new(app.state.clone());
        worker.take().await.unwrap();
        let before = app.state.database.statements();
        worker.take().await.unwrap();
        // The pool asks PostgreSQL first whether the connection is still there.
        let pings = u64::from(backend == Backend::Postgres);
        assert_eq!(app.state.database.statements() - before, 1 + pings);
    }

    async fn a_job_stops_once_its_operator_may_operate_no_more_and_another_one_takes_it_up(backend: Backend) {
        let app = TestApp::new(backend).await;
        let (mut ada, _) = crowd(&app).await;
        let id = queue(&app, &of_user(None));
        let worker = Worker::new(app.state.clone());
        let mut running = worker.take().await.unwrap().unwrap();
        running = worker.step(&running).await.unwrap().unwrap();
        let done = running.done;
        assert!(done > 0);
        let set = |change: &str| app.connect().batch_execute(&format!("UPDATE users SET {change} WHERE id = {OPERATOR}")).unwrap();
        for (change, back, why) in [
            ("is_active = false", "is_active = true", "was deactivated"),
            ("is_staff = false", "is_staff = true", "is no longer staff"),
            ("generation = generation + 1", "generation = generation - 1", "has a new password or address, or was logged out everywhere, since"),
        ] {
            set(change);
            let over = worker.step(&running).await.unwrap().unwrap();
            assert_eq!((over.state(), over.done), (Some(JobState::Failed), done));
            let said = format!("the operator who asked for it, {OPERATOR}@example.com, {why}; another one may take it up again");
            assert_eq!(over.error.as_deref(), Some(&*said));
            set(back);
            retried(&app, id, OPERATOR).await;
            running = worker.take().await.unwrap().unwrap();
        }
        // Another operator's it goes on, as asked for from where that one is.
        set("is_active = false");
        assert_eq!(worker.step(&running).await.unwrap().unwrap().state(), Some(JobState::Failed));
        retried(&app, id, OPERATOR + 1).await;
        let over = finish(&worker, worker.take().await.unwrap().unwrap()).await;
        assert_eq!((over.state(), over.done, over.error), (Some(JobState::Done), 2301, None));
        let last: (Option<i64>, Option<String>) = events::table
            .filter(events::kind.eq("session_ended"))
            .order(events::id.desc())
            .select((events::actor_id, events::ip))
            .first(&mut app.connect())
            .unwrap();
        assert_eq!(last, (Some(OPERATOR + 1), Some("203.0.113.9".to_owned())));
        assert_eq!(ada.info().await.status, 401);
    }

    async fn a_job_of_a_deleted_operator_stops_and_one_of_the_command_line_is_nobodys(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(ADA).await;
        let id = queue(&app, &of_user(None));
        app.connect().batch_execute(&format!("DELETE FROM users WHERE id = {OPERATOR}")).unwrap();
        let worker = Worker::new(app.state.clone());
        let over = finish(&worker, worker.take().await.unwrap().unwrap()).await;
        assert_eq!((over.id, over.state(), over.done), (id, Some(JobState::Failed), 0));
        assert_eq!(over.error.unwrap(), format!("the operator who asked for it, user {OPERATOR}, was deleted; another one may take it up again"));
        let by = of_user(None).client().into();
        elsewhere(&mut app.connect(), &app.clock, &by, |change| jobs::queue(change, &of_user(None), None)).unwrap();
        let over = finish(&worker, worker.take().await.unwrap().unwrap()).await;
        assert_eq!((over.state(), over.done), (Some(JobState::Done), 1));
    }
}
