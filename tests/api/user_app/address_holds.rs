//! Addresses that were freed: for how long they are kept, and for whom.

use std::fmt::Write;

use chrono::TimeDelta;
use diesel::prelude::*;
use frontgate::config::{SecretKey, Settings};
use frontgate::purge::purge_all;
use frontgate::schema::address_holds;
use futures_util::future::join;
use reqwest::Method;
use serde_json::json;

use crate::support::process::run_on;
use crate::support::test_app::settings_with;
use crate::support::{Answer, Backend, Browser, PASSWORD, TestApp, USERS, on_both_databases, rows};

const OLD: &str = "ada@example.com";
const NEW: &str = "ada@example.org";
const TAKEN: &str = r#"{"email":["user with this email already exists."]}"#;

async fn move_to(app: &TestApp, browser: &mut Browser<'_>, email: &str) -> Answer {
    let request = app.request(Method::PATCH, &format!("{USERS}/profile/"));
    browser
        .send(request.json(&json!({ "email": email, "password": PASSWORD })))
        .await
}

async fn delete(app: &TestApp, browser: &mut Browser<'_>) {
    let request = app.request(Method::DELETE, &format!("{USERS}/"));
    let answer = browser
        .send(request.json(&json!({ "password": PASSWORD })))
        .await;
    assert_eq!(answer.status, 204, "{answer}");
}

fn holds(app: &TestApp) -> Vec<(Vec<u8>, i64)> {
    address_holds::table
        .order(address_holds::id)
        .select((address_holds::address_mac, address_holds::user_id))
        .load(&mut app.connect())
        .unwrap()
}

/// What the database keeps of an address, made by hand: HMAC-SHA256 under HKDF-SHA256 of the
/// tests' secret key, without a salt, for the purpose `frontgate address holds`.
const MAC_OF_OLD: &str = "d898e7f435af129001325f0c601e64e61343a8d08ff1be2031ded0dff5954e99";

#[test]
fn the_key_of_a_purpose_is_hkdf_of_the_secret_key() {
    let settings: Settings = settings_with("sqlite://nothing.sqlite3", &[]);
    let key = SecretKey::obtain(&settings, || true).unwrap();
    let mac = key.derive("frontgate address holds").mac(OLD.as_bytes());
    assert_eq!(hex(&mac), MAC_OF_OLD);
    assert_ne!(hex(&key.derive("another").mac(OLD.as_bytes())), MAC_OF_OLD);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

on_both_databases! {
    async fn an_address_that_an_operator_changes_is_kept_as_well(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(OLD).await;
        app.signed_up("grace@example.com").await;
        let rename = |user: &str, address: &str| run_on(&app.database, &["users", "rename", user, address], "");
        assert_eq!(rename(OLD, "Ada@Example.com").code, Some(0));
        assert_eq!(holds(&app), [], "another spelling frees nothing");
        let renamed = rename("Ada@example.com", NEW);
        assert_eq!(renamed.code, Some(0), "{renamed}");
        assert_eq!(app.browser().create(OLD, PASSWORD).await.body, TAKEN);
        let refused = rename("grace@example.com", OLD);
        assert_eq!((refused.code, refused.stderr.contains("is kept for the user who had it")), (Some(1), true), "{refused}");
        let back = rename(NEW, OLD);
        assert_eq!(back.code, Some(0), "{back}");
        assert_eq!(app.browser().create(NEW, PASSWORD).await.body, TAKEN);
    }

    async fn nobody_else_gets_an_address_for_a_while_after_its_user_has_changed_it(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut ada = app.signed_up(OLD).await;
        app.signed_up("bob@example.com").await;
        assert_eq!(move_to(&app, &mut ada, NEW).await.status, 200);
        let kept = holds(&app);
        assert_eq!(kept.iter().map(|(mac, user)| (hex(mac), *user)).collect::<Vec<_>>(), [(MAC_OF_OLD.to_owned(), 1)]);
        for (waited, spelling) in [(0, OLD), (0, "ADA@Example.COM"), (29, " Ada@example.com ")] {
            app.advance(TimeDelta::days(waited));
            let mut bob = app.browser();
            bob.log_in("bob@example.com", PASSWORD).await;
            let signed_up = app.browser().create(spelling, PASSWORD).await;
            assert_eq!((signed_up.status, &*signed_up.body), (400, TAKEN), "{spelling}");
            let moved = move_to(&app, &mut bob, spelling).await;
            assert_eq!((moved.status, &*moved.body), (400, TAKEN), "{spelling}");
        }
        assert_eq!(rows::user(&app, "bob@example.com").generation, 0, "nothing of what was refused is stored");
        app.advance(TimeDelta::days(1));
        assert_eq!(app.browser().create(OLD, PASSWORD).await.status, 201);
        purge_all(&app.state.database, TimeDelta::days(90), app.clock.now(), |_| {}).await.unwrap();
        assert!(holds(&app).is_empty());
    }

    async fn its_own_former_owner_may_take_it_back(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut ada = app.signed_up(OLD).await;
        for (to, freed) in [(NEW, OLD), (OLD, NEW), (NEW, OLD), ("Ada@example.net", NEW)] {
            assert_eq!(move_to(&app, &mut ada, to).await.status, 200, "{to}");
            assert_eq!(ada.info().await.json()["email"], to);
            let refused = app.browser().create(freed, PASSWORD).await;
            assert_eq!((refused.status, &*refused.body), (400, TAKEN), "{freed}");
        }
        assert_eq!(holds(&app).len(), 2);
        assert_eq!(rows::user(&app, "ada@example.net").id, 1);
    }

    async fn without_a_hold_an_address_is_free_at_once(backend: Backend) {
        let app = TestApp::with(backend, &[("address_hold", "0s")]).await;
        let mut ada = app.signed_up(OLD).await;
        move_to(&app, &mut ada, NEW).await;
        let mut grace = app.signed_up(OLD).await;
        assert_eq!(grace.info().await.body, format!(r#"{{"email":"{OLD}","user_id":2}}"#));
        assert_eq!(ada.info().await.body, format!(r#"{{"email":"{NEW}","user_id":1}}"#));
        assert!(holds(&app).is_empty());
    }

    async fn a_sign_up_that_races_a_new_address_does_not_get_the_old_one(backend: Backend) {
        let app = TestApp::with(backend, &[("database_timeout", "30s"), ("workers", "2")]).await;
        for round in 0..10 {
            let old = format!("ada{round}@example.com");
            let mut ada = app.signed_up(&old).await;
            let mut grace = app.browser();
            let (moved, signed_up) = join(move_to(&app, &mut ada, &format!("ada{round}@example.org")), grace.create(&old, PASSWORD)).await;
            assert_eq!((moved.status, signed_up.status, &*signed_up.body), (200, 400, TAKEN), "{round}");
        }
    }

    /// They could not be told from anybody else.
    async fn after_a_deletion_the_setting_says_whether_an_address_is_kept(backend: Backend) {
        let app = TestApp::with(backend, &[("deleted_address_hold", "7d")]).await;
        let mut operator = app.operator().await;
        for door in ["self", "admin", "command"] {
            let email = format!("{door}@example.com");
            let mut browser = app.signed_up(&email).await;
            match door {
                "self" => delete(&app, &mut browser).await,
                "admin" => {
                    let path = format!("/admin/users/{}/delete/", rows::user(&app, &email).id);
                    assert_eq!(operator.post(&path, &[("email", &email)]).await.status, 303);
                }
                _ => delete_by_command(&app, &email),
            }
            let refused = app.browser().create(&email, PASSWORD).await;
            assert_eq!((refused.status, &*refused.body), (400, TAKEN), "{door}");
        }
        app.advance(TimeDelta::days(7));
        // A command has a clock of its own.
        for door in ["self", "admin"] {
            assert_eq!(app.browser().create(&format!("{door}@example.com"), PASSWORD).await.status, 201, "{door}");
        }
    }

    /// Whose data: one address, two people, and every token of the first.
    async fn an_address_that_changes_hands_takes_nothing_along(backend: Backend) {
        let app = TestApp::with(backend, &[("address_hold", "0s")]).await;
        let mut laptop = app.signed_up(OLD).await;
        let mut phone = app.browser();
        phone.log_in(OLD, PASSWORD).await;
        let old = [laptop.clone(), phone.clone()];
        assert_eq!(move_to(&app, &mut laptop, NEW).await.status, 200);
        let grace = app.signed_up(OLD).await;
        for (number, device) in old.iter().enumerate() {
            assert_eq!(device.with_only("access").info().await.status, 401, "{number}");
            assert_eq!(device.with_only("access").get("/profile/").await.status, 401, "{number}");
            assert_eq!(device.with_only("refresh").refresh().await.status, 401, "{number}");
        }
        assert_eq!(laptop.get("/profile/").await.json()["email"], NEW);
        assert_eq!(grace.clone().get("/profile/").await.json()["user_id"], 2);

        let mut again = grace.clone();
        delete(&app, &mut again).await;
        let newer = app.signed_up(OLD).await;
        assert_eq!(newer.clone().info().await.json()["user_id"], 3);
        for token in ["access", "refresh"] {
            let mut gone = grace.with_only(token);
            assert_eq!(gone.get("/profile/").await.status, 401);
            assert_eq!(gone.refresh().await.status, 401);
        }
        assert_eq!(newer.clone().refresh().await.status, 200);
    }
}

fn delete_by_command(app: &TestApp, email: &str) {
    let file = app.database.folder.path().join("frontgate.toml");
    std::fs::write(file, "deleted_address_hold = \"7d\"\n").unwrap();
    let delete = ["users", "delete", "--yes", "--email", email];
    let done = run_on(&app.database, &delete, "");
    assert_eq!(done.code, Some(0), "{done}");
}
