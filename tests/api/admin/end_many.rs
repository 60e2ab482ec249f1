//! `/admin/sessions/end-many/`, from the list to the last session.

mod hostile;
mod numbers;

use chrono::TimeDelta;
use diesel::prelude::*;
use frontgate::models::job::{Job, JobState};
use frontgate::schema::{events, sessions};
use frontgate::server::Worker;

use super::sessions::{ADA, BEHIND_A_PROXY, FIREFOX, PHONE, logged_in, steady};
use crate::support::{
    Answer, Backend, OPERATOR, Operator, PASSWORD, TestApp, assert_answer, on_both_databases, rows,
};

pub(super) const PATH: &str = "/admin/sessions/end-many/";

/// The hidden fields of the form, as a browser sends them with this number.
pub(super) fn fields(page: &Answer, number: &str) -> Vec<(String, String)> {
    let (_, form) = page
        .body
        .split_once("action=\"/admin/sessions/end-many/\"")
        .unwrap_or_else(|| panic!("no form: {page}"));
    let (form, _) = form.split_once("</form>").unwrap();
    let hidden = form
        .split("<input type=\"hidden\" name=\"")
        .skip(1)
        .map(|input| {
            let (name, rest) = input.split_once("\" value=\"").unwrap();
            let value = rest.split('"').next().unwrap();
            let value = value
                .replace("&#34;", "\"")
                .replace("&#60;", "<")
                .replace("&#62;", ">")
                .replace("&#39;", "'")
                .replace("&#38;", "&");
            (name.to_owned(), value)
        });
    let mut fields: Vec<_> = hidden.filter(|(name, _)| name != "csrf_token").collect();
    if form.contains("value=\"yes\" checked") {
        fields.push(("keep".to_owned(), "yes".to_owned()));
    }
    fields.push(("number".to_owned(), number.to_owned()));
    fields
}

pub(super) async fn confirm(operator: &mut Operator<'_>, fields: &[(String, String)]) -> Answer {
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    operator.post(PATH, &fields).await
}

/// Does what is queued, and answers the jobs there are, the newest first.
pub(super) async fn work(app: &TestApp) -> Vec<Job> {
    let worker = Worker::new(app.state.clone());
    while let Some(mut job) = worker.take().await.unwrap() {
        while job.state() == Some(JobState::Running) {
            job = worker.step(&job).await.unwrap().unwrap();
        }
    }
    Job::newest(&mut app.connect(), 10).unwrap()
}

fn jobs(app: &TestApp) -> usize {
    Job::newest(&mut app.connect(), 10).unwrap().len()
}

fn live(app: &TestApp) -> i64 {
    sessions::table
        .filter(sessions::ended_at.is_null())
        .count()
        .get_result(&mut app.connect())
        .unwrap()
}

type Noted = (
    String,
    Option<i64>,
    Option<String>,
    Option<String>,
    Option<String>,
    String,
);

/// What the log says of ending many, and of each session that ended.
fn noted(app: &TestApp, kind: &str) -> Vec<Noted> {
    events::table
        .filter(events::kind.eq(kind))
        .order(events::id)
        .select((
            events::kind,
            events::actor_id,
            events::ip,
            events::user_agent,
            events::reason,
            events::detail,
        ))
        .load(&mut app.connect())
        .unwrap()
}

on_both_databases! {
    async fn from_the_list_to_the_last_session(backend: Backend) {
        let app = TestApp::with(backend, &BEHIND_A_PROXY).await;
        let mut laptop = logged_in(&app, ADA, "192.0.2.7", FIREFOX).await;
        let mut other = logged_in(&app, "grace@example.com", "192.0.2.7", FIREFOX).await;
        let mut phone = logged_in(&app, ADA, "198.51.100.20", PHONE).await;
        let mut staff = app.staff("staff@example.com", false).await;
        app.advance(TimeDelta::seconds(5));

        let list = staff.get("/admin/sessions/?state=live&agent=firefox&user=&order=seen").await;
        assert!(list.body.contains("href=\"/admin/sessions/end-many/?state=live&#38;agent=firefox\">End all of these…</a>"), "{list}");
        let path = format!("{PATH}?state=live&agent=firefox");
        let page = staff.get(&path).await;
        assert_answer!("admin_end_many", steady(page.clone()));

        let wrong = confirm(&mut staff, &fields(&page, "3")).await;
        assert_eq!((wrong.status, jobs(&app), live(&app)), (400, 0, 4));
        assert_answer!("admin_end_many_400", steady(wrong.clone()));

        let answer = confirm(&mut staff, &fields(&wrong, " 2 ")).await;
        let location = answer.header("location").unwrap_or_else(|| panic!("{answer}")).to_owned();
        let id: i64 = location.trim_start_matches("/admin/jobs/").trim_end_matches('/').parse().unwrap();
        assert_eq!((answer.status, live(&app)), (303, 4), "a job does it");
        assert_answer!("admin_job_queued", steady(staff.get(&location).await));

        let done = work(&app).await;
        assert_eq!(done.iter().map(|job| (job.id, job.state(), job.done, job.total)).collect::<Vec<_>>(), [(id, Some(JobState::Done), 2, Some(2))]);
        for ended in [&mut laptop, &mut other] {
            assert_answer!("info_401_revoked", ended.clone().info().await);
            assert_eq!(ended.refresh().await.status, 401);
        }
        assert_eq!((phone.info().await.status, phone.refresh().await.status), (200, 200));
        assert_answer!("admin_job_done", steady(staff.get(&location).await));

        let keep = rows::user(&app, "staff@example.com").id;
        let by = Some(keep);
        let from = Some("127.0.0.1".to_owned());
        let agent = Some(String::new());
        let filter = r#""filter":{"state":"live","words":["firefox"]}"#;
        let queued = format!(r#"{{{filter},"job":{id},"keep":{keep}}}"#);
        let over = format!(r#"{{{filter},"job":{id},"keep":{keep},"sessions":2}}"#);
        let revoked = Some("revoked".to_owned());
        assert_eq!(noted(&app, "job_queued"), [("job_queued".to_owned(), by, from.clone(), agent.clone(), None, queued)]);
        assert_eq!(noted(&app, "many_sessions_ended"), [("many_sessions_ended".to_owned(), by, from.clone(), agent.clone(), revoked.clone(), over)]);
        let one = ("session_ended".to_owned(), by, from, agent, revoked, "{}".to_owned());
        assert_eq!(noted(&app, "session_ended"), [one.clone(), one]);
    }

    async fn everyone_goes_but_the_operator_unless_that_is_unchecked(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut ada = app.signed_up(ADA).await;
        let mut operator = app.operator().await;
        let mut own = app.browser();
        own.log_in(OPERATOR, PASSWORD).await;
        app.advance(TimeDelta::seconds(5));
        let list = operator.get("/admin/sessions/").await;
        assert!(list.body.contains("href=\"/admin/sessions/end-many/\">End everyone…</a>"), "{list}");
        let page = operator.get(PATH).await;
        assert!(page.body.contains("Sessions of everybody, but none of ops@example.com."), "{page}");
        assert!(page.body.contains("<strong class=\"big\">1 session</strong>"), "{page}");
        // Two of the operator's: of the sign-up, and of the log-in.
        assert!(page.body.contains("<dt>Others that stay</dt><dd>2</dd>"), "{page}");
        confirm(&mut operator, &fields(&page, "1")).await;
        assert_eq!(work(&app).await[0].done, 1);
        assert_eq!((ada.info().await.status, own.info().await.status, own.refresh().await.status), (401, 200, 200));

        // Now only the operator's own are left.
        let page = operator.get(PATH).await;
        assert!(page.body.contains("There is nothing to end") && page.body.contains("?keep=no\">look at them as well</a>"), "{page}");
        let page = operator.get(&format!("{PATH}?keep=no")).await;
        assert!(page.body.contains("Sessions of everybody.") && page.body.contains("2 sessions"), "{page}");
        confirm(&mut operator, &fields(&page, "2")).await;
        assert_eq!((work(&app).await[0].done, live(&app)), (2, 0));
        assert_eq!(own.info().await.status, 401);
        // The admin has sessions of its own.
        assert_eq!(operator.get(PATH).await.status, 200);
    }

    async fn a_page_that_is_confirmed_again_leads_to_the_same_job(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(ADA).await;
        app.signed_up("grace@example.com").await;
        let mut operator = app.operator().await;
        let mut staff = app.staff("staff@example.com", false).await;
        app.advance(TimeDelta::seconds(5));
        let ada = format!("{PATH}?user={ADA}");
        let page = operator.get(&ada).await;
        let other = fields(&staff.get(&ada).await, "1");
        app.advance(TimeDelta::seconds(1));
        let first = confirm(&mut operator, &fields(&page, "1")).await;
        assert_eq!((first.status, jobs(&app)), (303, 1));
        // Somebody else asks for themselves, and something else is another job.
        assert_eq!((confirm(&mut staff, &other).await.status, jobs(&app)), (303, 2));
        let grace = operator.get(&format!("{PATH}?user=grace@example.com")).await;
        assert_eq!((confirm(&mut operator, &fields(&grace, "1")).await.status, jobs(&app)), (303, 3));
        work(&app).await;
        for number in ["1", "", "2"] {
            let again = confirm(&mut operator, &fields(&page, number)).await;
            assert_eq!((again.status, again.header("location"), jobs(&app)), (303, first.header("location"), 3));
            let page = operator.get(first.header("location").unwrap()).await;
            assert!(page.body.contains("Nothing new was begun: you have confirmed that page before"), "{page}");
        }
        // Whoever looks again, and finds new ones, asks again.
        app.browser().log_in(ADA, PASSWORD).await;
        app.advance(TimeDelta::seconds(5));
        let anew = operator.get(&ada).await;
        assert_eq!((confirm(&mut operator, &fields(&anew, "1")).await.status, jobs(&app)), (303, 4));
        assert_eq!(work(&app).await[0].done, 1);
    }

    async fn unchecking_what_keeps_ones_own_is_counted_anew(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(ADA).await;
        let mut operator = app.operator().await;
        app.advance(TimeDelta::seconds(5));
        let page = operator.get(PATH).await;
        let mut sent = fields(&page, "1");
        sent.retain(|(name, _)| name != "keep");
        let again = confirm(&mut operator, &sent).await;
        assert_eq!((again.status, jobs(&app)), (400, 0));
        assert!(again.body.contains("these were 1 session when you looked, and are 2 sessions now"), "{again}");
        assert_eq!(confirm(&mut operator, &fields(&again, "2")).await.status, 303);
        assert_eq!((work(&app).await[0].done, live(&app)), (2, 0));
    }

    async fn of_one_user_nothing_is_kept_also_of_oneself(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        app.advance(TimeDelta::seconds(5));
        let page = operator.get(&format!("{PATH}?user={OPERATOR}")).await;
        assert!(page.body.contains("Sessions of ops@example.com.") && !page.body.contains("Keep my own"), "{page}");
        confirm(&mut operator, &fields(&page, "1")).await;
        assert_eq!((work(&app).await[0].done, live(&app)), (1, 0));
    }

    async fn a_second_operator_who_does_the_same_ends_nothing_twice(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut ada = app.signed_up(ADA).await;
        let (mut one, mut two, mut three) = (app.operator().await, app.staff("two@example.com", false).await, app.staff("three@example.com", false).await);
        app.advance(TimeDelta::seconds(5));
        let path = format!("{PATH}?user={ADA}");
        let (first, second, third) = (one.get(&path).await, two.get(&path).await, three.get(&path).await);
        assert_eq!(confirm(&mut one, &fields(&first, "1")).await.status, 303);
        assert_eq!(confirm(&mut two, &fields(&second, "1")).await.status, 303);
        let done: Vec<_> = work(&app).await.iter().map(|job| (job.state(), job.done)).collect();
        assert_eq!(done, [(Some(JobState::Done), 0), (Some(JobState::Done), 1)]);
        assert_eq!((ada.info().await.status, noted(&app, "session_ended").len()), (401, 1));
        let page = two.get("/admin/jobs/2/").await;
        assert!(page.body.contains("all of them had ended before"), "{page}");
        // And one who comes when all is done.
        let late = confirm(&mut three, &fields(&third, "1")).await;
        assert_eq!((late.status, jobs(&app)), (400, 2));
        assert!(late.body.contains("those that you looked at have ended meanwhile"), "{late}");
    }

    async fn a_job_that_failed_is_taken_up_again(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut ada = app.signed_up(ADA).await;
        let mut operator = app.operator().await;
        app.advance(TimeDelta::seconds(5));
        let page = operator.get(&format!("{PATH}?user={ADA}")).await;
        confirm(&mut operator, &fields(&page, "1")).await;
        let worker = Worker::new(app.state.clone());
        let job = worker.take().await.unwrap().unwrap();
        frontgate::app::App::change(&app.state, frontgate::sessions::By::default(), move |change| {
            assert!(frontgate::jobs::give_up(change, &job, "the disk is <full>")?);
            Ok(())
        }).await.unwrap();
        let mut staff = app.staff("staff@example.com", false).await;
        assert_answer!("admin_job_failed", steady(staff.get("/admin/jobs/1/").await));
        assert_eq!(staff.post_exactly("/admin/jobs/1/retry/", &[]).await.status, 403);
        let page = staff.post_and_follow("/admin/jobs/1/retry/", &[]).await;
        assert!(page.body.contains("The job was queued again, and goes on where it stopped."), "{page}");
        let by = Some(rows::user(&app, "staff@example.com").id);
        let again = &noted(&app, "job_queued")[1];
        assert_eq!((again.1, again.4.as_deref()), (by, Some("retried")));
        assert_eq!((work(&app).await[0].state(), ada.info().await.status), (Some(JobState::Done), 401));
        let page = staff.post_and_follow("/admin/jobs/1/retry/", &[]).await;
        assert!(page.body.contains("The job has not failed, or somebody has taken it up again"), "{page}");
        assert_eq!(noted(&app, "job_queued").len(), 2);
    }

    async fn the_list_of_jobs_begins_empty_and_has_the_newest_first(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(ADA).await;
        let mut operator = app.operator().await;
        app.advance(TimeDelta::seconds(5));
        assert_answer!("admin_jobs_empty", operator.get("/admin/jobs/").await);
        for (filter, keep) in [("ip=127.0.0.1", true), ("user=ada@example.com", false)] {
            let page = operator.get(&format!("{PATH}?{filter}")).await;
            let mut sent = fields(&page, "1");
            sent.retain(|(name, _)| keep || name != "keep");
            assert_eq!(confirm(&mut operator, &sent).await.status, 303);
        }
        let unreadable = frontgate::models::job::NewJob { kind: "make_tea", parameters: "{}", total: None, created_by: None };
        unreadable.insert(&mut app.connect(), app.clock.now()).unwrap();
        assert_answer!("admin_jobs", operator.get("/admin/jobs/").await);
        assert!(operator.get("/admin/jobs/3/").await.body.contains("a later one has queued it"));
    }
}
