//! Taking the audit log along.

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use frontgate::admin::cookie::SECURE_NAME;
use frontgate::admin::events::export::CHUNK;
use frontgate::models::event::{EventKind, NewEvent};
use frontgate::schema::events;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{
    Answer, Backend, OPERATOR, Operator, PASSWORD, TestApp, assert_answer, on_both_databases, rows,
};

/// Appends events, a second apart, each with a detail of so many letters.
fn append(app: &TestApp, count: usize, letters: usize) {
    let detail = json!({ "text": "x".repeat(letters) }).to_string();
    let connection = &mut app.connect();
    for second in 0..count.div_ceil(500) {
        let event = NewEvent {
            kind: EventKind::ProfileChanged,
            user_id: Some(1),
            detail: Some(&detail),
            ..NewEvent::default()
        };
        let size = 500.min(count - second * 500);
        let now = app.clock.now() + TimeDelta::seconds(i64::try_from(second).unwrap());
        NewEvent::insert_all(connection, &vec![event; size], now).unwrap();
    }
}

/// Whom it happened to, who did it, from where, and the detail.
type Noted = (Option<i64>, Option<i64>, Option<String>, String);

/// A request of this operator, to be read piece by piece.
fn request(app: &TestApp, operator: &Operator<'_>, path: &str) -> RequestBuilder {
    let cookie = format!("{}={}", SECURE_NAME, operator.cookie.clone().unwrap());
    app.request(Method::GET, path).header("Cookie", cookie)
}

fn ids(answer: &Answer) -> Vec<i64> {
    let lines = answer.body.lines();
    lines
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["id"]
                .as_i64()
                .unwrap()
        })
        .collect()
}

on_both_databases! {
    async fn both_kinds_of_file_say_everything_and_defuse_formulas(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let by = rows::user(&app, OPERATOR).id;
        let insert = |event: NewEvent<'_>| NewEvent::insert_all(&mut app.connect(), &[event], app.clock.now()).unwrap();
        for agent in ["=HYPERLINK(\"http://evil.example\",\"x\")", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "a, \"b\"\r\nc", "plain"] {
            insert(NewEvent { kind: EventKind::LoggedIn, user_agent: Some(agent), ip: Some("2001:db8::1"), ..NewEvent::default() });
        }
        insert(NewEvent {
            kind: EventKind::Deactivated,
            user_id: Some(9_999_999),
            actor_id: Some(by),
            sid: Some("a session"),
            jti: Some("a token"),
            reason: Some("why"),
            detail: Some("{\"count\": 3, \"nested\": {\"a\": [\"=1\", null]}}"),
            ..NewEvent::default()
        });
        assert_answer!("admin_events_csv", operator.get("/admin/events/export.csv?kind=logged_in&kind=deactivated").await);
        assert_answer!("admin_events_jsonl", operator.get("/admin/events/export.jsonl?kind=logged_in&kind=deactivated").await);
    }

    async fn a_file_of_many_chunks_has_every_event_once_and_in_order(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        append(&app, 2 * CHUNK + 7, 10);
        app.advance(TimeDelta::minutes(1));
        let all = ids(&operator.get("/admin/events/export.jsonl").await);
        assert_eq!(all.len(), 2 * CHUNK + 9, "with the operator's own two");
        let newest_first = all.windows(2).all(|two| two[0] > two[1]);
        assert!(newest_first, "{all:?}");
        let some = ids(&operator.get("/admin/events/export.jsonl?kind=profile_changed").await);
        assert_eq!(some, all[..2 * CHUNK + 7]);
        // Where the chunks end with the rows.
        let even = operator.get("/admin/events/export.csv?from=2026-01-05T12:00:01&before=2026-01-05T12:00:03").await;
        assert_eq!(even.body.lines().count(), 1 + CHUNK);
        let none = operator.get("/admin/events/export.csv?before=2026-01-05").await;
        assert_eq!((none.status, none.body.lines().count()), (200, 1));
        assert_eq!(operator.get("/admin/events/export.jsonl?before=2026-01-05").await.body, "");
    }

    async fn each_export_is_an_event_with_who_and_what_was_asked_for(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let by = rows::user(&app, OPERATOR).id;
        let before = rows::counts(&app);
        for query in ["csv", "jsonl?kind=logged_in&kind=signed_up&user=ops@example.com&ip=192.0.2.0/24&from=2026-01-05", "jsonl?ip=2001:db8::1&reason=revoked"] {
            let answer = operator.get(&format!("/admin/events/export.{query}")).await;
            assert_eq!(answer.status, 200, "{answer}");
            assert!(!answer.body.contains("events_exported"), "{answer}");
        }
        assert_eq!(operator.get("/admin/events/export.csv?ip=nonsense").await.status, 400);
        let noted: Vec<Noted> = events::table
            .filter(events::kind.eq("events_exported"))
            .order(events::id)
            .select((events::user_id, events::actor_id, events::ip, events::detail))
            .load(&mut app.connect())
            .unwrap();
        let details: Vec<Value> = noted.iter().map(|(_, _, _, detail)| serde_json::from_str(detail).unwrap()).collect();
        let kinds = ["signed_up", "logged_in"];
        assert_eq!(details, [
            json!({ "format": "csv", "filter": {} }),
            json!({ "format": "jsonl", "filter": { "kinds": kinds, "user_id": by, "network": "192.0.2.0/24", "from": "2026-01-05T00:00:00+00:00" } }),
            json!({ "format": "jsonl", "filter": { "ip": "2001:db8::1", "reason": "revoked" } }),
        ]);
        for (user, actor, ip, _) in noted {
            assert_eq!((user, actor, ip.as_deref()), (None, Some(by), Some("127.0.0.1")));
        }
        let counts = rows::counts(&app);
        assert_eq!((counts[5].1 - before[5].1, &counts[..5]), (3, &before[..5]));
    }

    async fn a_file_that_cannot_be_read_to_its_end_does_not_look_whole(backend: Backend) {
        let app = TestApp::new(backend).await;
        let operator = app.operator().await;
        append(&app, 8 * CHUNK, 4000);
        for (path, last) in [
            ("export.csv", "\"INCOMPLETE: the export was broken off here; export again\"\r\n"),
            ("export.jsonl", "{\"incomplete\":\"INCOMPLETE: the export was broken off here; export again\"}\n"),
        ] {
            let mut answer = request(&app, &operator, &format!("/admin/events/{path}")).send().await.unwrap();
            assert_eq!(answer.status(), 200);
            let mut text = answer.chunk().await.unwrap().unwrap().to_vec();
            app.connect().batch_execute("ALTER TABLE events RENAME TO events_away").unwrap();
            let broken = loop {
                match answer.chunk().await {
                    Ok(Some(more)) => text.extend(more),
                    end => break end,
                }
            };
            assert!(broken.is_err(), "{path} ends as if it were whole");
            let text = String::from_utf8(text).unwrap();
            let end = text.lines().last().unwrap_or_default();
            assert!(text.ends_with(last), "{} letters at the end", end.len());
            assert!(text.lines().count() < 8 * CHUNK);
            // Before anything was sent it is a plain error.
            let answer = Answer::of(request(&app, &operator, &format!("/admin/events/{path}"))).await;
            assert_eq!((answer.status, answer.header("content-disposition")), (500, None), "{answer}");
            app.connect().batch_execute("ALTER TABLE events_away RENAME TO events").unwrap();
        }
    }

    async fn whoever_is_put_out_or_signs_out_gets_no_more_of_it(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        append(&app, 8 * CHUNK, 4000);
        for out in ["signed out", "no longer staff", "deactivated"] {
            let mut answer = request(&app, &operator, "/admin/events/export.jsonl").send().await.unwrap();
            answer.chunk().await.unwrap().unwrap();
            match out {
                "signed out" => assert_eq!(operator.post("/admin/logout/", &[]).await.status, 303),
                "no longer staff" => app.connect().batch_execute("UPDATE users SET is_staff = false, is_superuser = false").unwrap(),
                _ => rows::deactivate(&app, OPERATOR),
            }
            let broken = loop {
                match answer.chunk().await {
                    Ok(Some(_)) => {}
                    end => break end,
                }
            };
            assert!(broken.is_err(), "{out}");
            if out != "deactivated" {
                app.connect().batch_execute("UPDATE users SET is_staff = true, is_superuser = true").unwrap();
                operator = Operator::new(&app);
                operator.sign_in(OPERATOR, PASSWORD).await;
                operator.get("/admin/").await;
            }
        }
    }

    /// Only its own session matters, and it may last longer than one that is idle.
    async fn another_session_of_the_operator_that_ends_and_a_long_time_do_no_harm(backend: Backend) {
        let app = TestApp::new(backend).await;
        let operator = app.operator().await;
        let mut other = Operator::new(&app);
        other.sign_in(OPERATOR, PASSWORD).await;
        other.get("/admin/").await;
        append(&app, 8 * CHUNK, 4000);
        let mut answer = request(&app, &operator, "/admin/events/export.jsonl").send().await.unwrap();
        answer.chunk().await.unwrap().unwrap();
        assert_eq!(other.post("/admin/logout/", &[]).await.status, 303);
        app.advance(TimeDelta::hours(2));
        while answer.chunk().await.unwrap().is_some() {}
    }

    async fn a_client_that_hangs_up_ends_it(backend: Backend) {
        let app = TestApp::new(backend).await;
        let operator = app.operator().await;
        append(&app, 8 * CHUNK, 4000);
        let database = app.state.database.clone();
        let begun = database.statements();
        request(&app, &operator, "/admin/events/export.jsonl").send().await.unwrap().bytes().await.unwrap();
        let whole = database.statements() - begun;
        let begun = database.statements();
        let mut answer = request(&app, &operator, "/admin/events/export.jsonl").send().await.unwrap();
        answer.chunk().await.unwrap().unwrap();
        drop(answer);
        // A server that stops finishes what is under way.
        let app = app.restart(&[]).await;
        let read = database.statements() - begun;
        assert!(read < whole, "{read} statements of {whole}");
        drop(app);
    }
}
