//! `/admin/setup/`.

use chrono::TimeDelta;
use diesel::prelude::*;
use frontgate::admin::setup::make_link;
use frontgate::clock::Moment;
use frontgate::schema::{events, users};

use crate::support::{
    Backend, OPERATOR, Operator, PASSWORD, TestApp, assert_answer, on_both_databases,
};

fn link(app: &TestApp) -> String {
    let now: Moment = app.clock.now();
    make_link(&mut app.connect(), now).unwrap().unwrap().text()
}

fn fields<'a>(token: &'a str, email: &'a str, password: &'a str) -> [(&'a str, &'a str); 4] {
    [
        ("token", token),
        ("email", email),
        ("password", password),
        ("password_again", password),
    ]
}

fn superusers(app: &TestApp) -> i64 {
    users::table
        .filter(users::is_superuser.eq(true))
        .count()
        .get_result(&mut app.connect())
        .unwrap()
}

on_both_databases! {
    async fn a_link_makes_the_first_administrator_once(backend: Backend) {
        let app = TestApp::new(backend).await;
        let (token, other) = (link(&app), link(&app));
        let mut operator = Operator::new(&app);
        let mut page = operator.get(&format!("/admin/setup/?token={token}")).await;
        page.body = page.body.replace(&token, "<token>");
        assert_answer!("admin_setup", page);
        let answer = operator.post_exactly("/admin/setup/", &fields(&token, OPERATOR, PASSWORD)).await;
        assert_answer!("admin_signed_in", answer);
        assert_eq!(operator.get("/admin/").await.status, 200);
        assert_eq!(superusers(&app), 1);
        let kinds: Vec<(String, Option<i64>)> = events::table.order(events::id).select((events::kind, events::user_id)).load(&mut app.connect()).unwrap();
        assert_eq!(kinds, [("superuser_created".to_owned(), Some(1)), ("admin_signed_in".to_owned(), Some(1))]);
        for token in [&token, &other] {
            assert_answer!("admin_setup_invalid", Operator::new(&app).get(&format!("/admin/setup/?token={token}")).await);
            let answer = Operator::new(&app).post_exactly("/admin/setup/", &fields(token, "eve@example.com", PASSWORD)).await;
            assert_answer!("admin_setup_invalid", answer);
        }
        assert_eq!(superusers(&app), 1);
        assert!(make_link(&mut app.connect(), app.clock.now()).unwrap().is_none());
    }

    async fn a_link_works_for_half_an_hour(backend: Backend) {
        let app = TestApp::new(backend).await;
        let token = link(&app);
        let path = format!("/admin/setup/?token={token}");
        app.advance(TimeDelta::minutes(30) - TimeDelta::seconds(1));
        assert_eq!(Operator::new(&app).get(&path).await.status, 200);
        app.advance(TimeDelta::seconds(1));
        assert_answer!("admin_setup_invalid", Operator::new(&app).get(&path).await);
        let answer = Operator::new(&app).post_exactly("/admin/setup/", &fields(&token, OPERATOR, PASSWORD)).await;
        assert_answer!("admin_setup_invalid", answer);
        assert_eq!(superusers(&app), 0);
    }

    async fn what_is_no_link_of_this_kind_is_refused(backend: Backend) {
        let app = TestApp::new(backend).await;
        let ada = app.signed_up("ada@example.com").await;
        let reset = crate::support::process::run_on(&app.database, &["reset-link", "--email", "ada@example.com"], "");
        let reset = reset.stdout.trim().to_owned();
        for token in ["", "x", "%00", "'--", &"A".repeat(43), &reset, &ada.sid()] {
            assert_answer!("admin_setup_invalid", Operator::new(&app).get(&format!("/admin/setup/?token={token}")).await);
        }
        assert_eq!(superusers(&app), 0);
    }

    async fn what_is_refused_does_not_use_the_link_up(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up("ada@example.com").await;
        let token = link(&app);
        let again = [("token", token.as_str()), ("email", OPERATOR), ("password", PASSWORD), ("password_again", "another")];
        let wrong = [
            ("not an address", fields(&token, "nonsense<b>", PASSWORD), "Enter a valid email address."),
            ("no address", fields(&token, "", PASSWORD), "Enter a valid email address."),
            ("a taken one", fields(&token, "ADA@example.com", PASSWORD), "There is a user with this address already."),
            ("a weak password", fields(&token, OPERATOR, "12345678"), "This password is entirely numeric."),
            ("the address as password", fields(&token, OPERATOR, OPERATOR), "The password is too similar to the email."),
            ("two passwords", again, "The two passwords are not the same."),
        ];
        for (what, fields, complaint) in wrong {
            let mut operator = Operator::new(&app);
            let answer = operator.post_exactly("/admin/setup/", &fields).await;
            assert_eq!((answer.status, operator.cookie), (400, None), "{what}: {answer}");
            assert!(answer.body.contains(complaint), "{what}: {answer}");
            assert!(!answer.body.contains("nonsense<b>") && !answer.body.contains(PASSWORD), "{what}: {answer}");
        }
        assert_eq!(superusers(&app), 0);
        let answer = Operator::new(&app).post_exactly("/admin/setup/", &fields(&token, OPERATOR, PASSWORD)).await;
        assert_answer!("admin_signed_in", answer);
    }

    async fn of_two_who_use_links_at_once_one_becomes_administrator(backend: Backend) {
        let app = TestApp::new(backend).await;
        let (one, other) = (link(&app), link(&app));
        let (mut ada, mut eve) = (Operator::new(&app), Operator::new(&app));
        let (ada_fields, eve_fields) = (fields(&one, OPERATOR, PASSWORD), fields(&other, "eve@example.com", PASSWORD));
        let answers = futures_util::future::join(
            ada.post_exactly("/admin/setup/", &ada_fields),
            eve.post_exactly("/admin/setup/", &eve_fields),
        ).await;
        let mut statuses = [answers.0.status, answers.1.status];
        statuses.sort_unstable();
        assert_eq!((statuses, superusers(&app)), ([303, 400], 1));
    }
}
