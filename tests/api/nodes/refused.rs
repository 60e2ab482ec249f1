//! The alarm about PostgreSQL servers of another history.

use chrono::TimeDelta;
use frontgate::db::RefusedServer;
use frontgate::models::event::EventKind;
use frontgate::nodes::refused::note;
use frontgate::schema::events;
use frontgate::sessions::{By, Change};

use diesel::prelude::*;

use crate::support::change::change;
use crate::support::{Backend, TestApp, on_both_databases};

fn server(name: &str, reason: &'static str, found: i64) -> RefusedServer {
    RefusedServer {
        server: format!("postgres://frontgate@{name}/frontgate"),
        reason,
        found,
        known: 7,
    }
}

on_both_databases! {
    async fn each_refused_server_is_an_alarm_once_an_hour(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let old = server("db-a", "older_timeline", 6);
        let other = server("db-b", "another_cluster", 1);
        let noted = |servers: &[RefusedServer]| {
            let work = |change: &mut Change<'_>| note(change, servers);
            let ((), consequences) = change(&mut app.connect(), &app.clock, &By::default(), work).unwrap();
            consequences.alarms().iter().map(|alarm| alarm.reason.clone().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(noted(&[old.clone(), other.clone()]), ["older_timeline", "another_cluster"]);
        // Other servers, or this one after a restart, meet it as well.
        assert_eq!(noted(&[other.clone(), old.clone()]), [""; 0]);
        assert_eq!(noted(&[server("db-a", "older_timeline", 5)]), ["older_timeline"]);
        let page = operator.get("/admin/").await.body;
        assert!(page.contains("postgres://frontgate@db-a/frontgate was the primary before a failover and runs again."), "{page}");
        assert!(page.contains("postgres://frontgate@db-b/frontgate is of another cluster than this database."), "{page}");
        app.advance(TimeDelta::minutes(59));
        assert_eq!(noted(std::slice::from_ref(&old)), [""; 0]);
        app.advance(TimeDelta::minutes(1));
        assert_eq!(noted(&[old]), ["older_timeline"]);
        let details: Vec<String> = events::table
            .filter(events::kind.eq(EventKind::DatabaseRefused.as_str()))
            .select(events::detail)
            .order(events::id)
            .load(&mut app.connect())
            .unwrap();
        assert_eq!(details[0], r#"{"found":6,"known":7,"server":"postgres://frontgate@db-a/frontgate"}"#);
        assert_eq!(details.len(), 4);
    }
}
