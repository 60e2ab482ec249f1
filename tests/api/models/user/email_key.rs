//! One account for every spelling of an address, and what becomes of accounts from before.

use diesel::prelude::*;
use frontgate::db;
use frontgate::email::{KEY_VERSION, fold, key};
use frontgate::models::user::{NewUser, User, collisions, renew_keys};
use frontgate::schema::users;
use serde_json::json;

use crate::cli::sessions::redacted;
use crate::support::process::{ServerProcess, run_on};
use crate::support::{
    Backend, PASSWORD, TestApp, TestDatabase, assert_answer, on_both_databases, rows,
};

const UNICODE: &str = "root@m\u{fc}nchen.example";
const ASCII: &str = "root@xn--mnchen-3ya.example";
/// Other spellings of them.
const OTHERS: [&str; 5] = [
    "ROOT@M\u{dc}NCHEN.example",
    "root@mu\u{308}nchen.example",
    "root@XN--MNCHEN-3YA.EXAMPLE",
    "root@m\u{fc}n\u{200b}chen.example",
    "root@\u{ff4d}\u{fc}nchen\u{3002}example",
];

/// Gives a user an address as it was stored before keys had versions.
fn make_old(database: &mut db::AnyConnection, id: i64, address: &str) {
    let changed = diesel::update(users::table.filter(users::id.eq(id)))
        .set((
            users::email.eq(address),
            users::email_key.eq(fold(address)),
            users::email_key_version.eq(0),
            users::email_key_due.eq(None::<String>),
        ))
        .execute(database)
        .unwrap();
    assert_eq!(changed, 1);
}

/// Each user's address, key, its version, and the key that is due.
fn stored(connection: &mut db::AnyConnection) -> Vec<(String, String, i64, Option<String>)> {
    users::table
        .order(users::id)
        .select((
            users::email,
            users::email_key,
            users::email_key_version,
            users::email_key_due,
        ))
        .load(connection)
        .unwrap()
}

/// Signs somebody up for each address, and stores it as it was before keys had versions.
async fn old_users(app: &TestApp, addresses: &[&str]) {
    for (index, address) in addresses.iter().enumerate() {
        let typed = format!("somebody{index}@example.com");
        app.signed_up(&typed).await;
        let id = rows::user(app, &typed).id;
        make_old(&mut app.connect(), id, address);
    }
}

on_both_databases! {
    async fn every_spelling_of_an_address_is_one_account_at_every_door(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(ASCII).await;
        app.signed_up("ada@example.com").await;
        for spelling in [UNICODE, ASCII].iter().chain(&OTHERS) {
            let again = app.browser().create(spelling, PASSWORD).await;
            // Django knows no dots but one.
            let why = if spelling.contains('\u{3002}') { "Enter a valid email address." } else { "user with this email already exists." };
            assert_eq!((again.status, again.body), (400, format!(r#"{{"email":["{why}"]}}"#)), "{spelling:?}");
            let answer = app.browser().log_in(spelling, PASSWORD).await;
            assert_eq!(answer.status, 200, "{spelling:?}: {answer}");
            assert!(answer.body.contains(&format!("\"email\":\"{ASCII}\"")), "{answer}");
            let mut ada = app.browser();
            ada.log_in("ada@example.com", PASSWORD).await;
            let change = json!({ "email": spelling, "password": PASSWORD });
            let request = app.request(reqwest::Method::PATCH, "/api/v1/users/profile/").json(&change);
            assert_eq!(ada.send(request).await.status, 400, "{spelling:?}");
        }
        for address in ["ada@example.com\u{200b}", "ada@ex\u{ad}ample.com", "ada@\u{ff45}xample.com"] {
            assert_eq!(app.browser().create(address, PASSWORD).await.status, 400, "{address:?}");
            assert_eq!(app.browser().log_in(address, PASSWORD).await.status, 200, "{address:?}");
        }
        assert_eq!(stored(&mut app.connect()).len(), 2);
    }

    async fn a_browser_signs_in_to_the_admin_as_the_superuser_of_a_domain_in_unicode(backend: Backend) {
        let database = TestDatabase::migrated(backend);
        let create = |address| run_on(&database, &["createsuperuser", "--email", address, "--password-stdin"], PASSWORD);
        assert_eq!(create(UNICODE).code, Some(0));
        for again in [ASCII].iter().chain(&OTHERS) {
            assert_eq!(create(again).code, Some(1), "{again:?}");
        }
        assert_eq!(create("fay\u{200b}@example.com").code, Some(1));
        let app = TestApp::on(database, TestApp::start_of_time(), &[]).await;
        let mut operator = crate::support::operator::Operator::new(&app);
        let answer = operator.sign_in(ASCII, PASSWORD).await;
        assert_eq!(answer.status, 303, "{answer}");
        for search in [UNICODE, ASCII, "m\u{fc}nchen", "M\u{dc}NCHEN", "xn--mnchen", "root@m", "nchen.example"] {
            let page = operator.get(&format!("/admin/users/?search={search}")).await;
            assert!(page.body.contains("/admin/users/1/"), "{search}: {page}");
        }
    }

    async fn keys_of_older_rows_are_made_anew_and_nobody_is_locked_out(backend: Backend) {
        let app = TestApp::new(backend).await;
        let old = [
            "Ada@example.com", "grace@m\u{fc}nchen.example", "joan@XN--MNCHEN-3YA.example", "a@fu\u{df}.de",
            // Nobody could sign up with these now.
            "fay@example.org\u{200e}", "\u{17f}am@b.co", "f\u{200b}ay@example.com", "\"a\u{1}b\"@b.co",
        ];
        old_users(&app, &old).await;
        for pass in 0..3 {
            if pass > 0 {
                assert_eq!(renew_keys(&mut app.connect()).unwrap(), 0);
                for (email, held, version, due) in stored(&mut app.connect()) {
                    assert_eq!((held, version, due), (key(&email), KEY_VERSION, None), "{email:?}");
                }
            }
            for address in old {
                assert_eq!(app.browser().log_in(address, PASSWORD).await.status, 200, "{address:?} before step {pass}");
                assert_eq!(app.browser().create(address, PASSWORD).await.status, 400, "{address:?}");
            }
        }
        // ss is another domain than ß, and free.
        assert_eq!(app.browser().create("a@fuss.de", PASSWORD).await.status, 201);
        assert_eq!(rows::user(&app, "a@fu\u{df}.de").email, "a@fu\u{df}.de");
        assert_eq!(rows::user(&app, "a@fuss.de").email, "a@fuss.de");
    }

    async fn users_who_share_an_address_keep_their_key_until_an_operator_chooses(backend: Backend) {
        let app = TestApp::new(backend).await;
        // Those of the domain share it, whether or not one of them has its key already.
        let shared = [UNICODE, ASCII, "ada@m\u{fc}nchen.example", "ada@mu\u{308}nchen.example", "joan@example.com", "joan@example.com\u{200b}"];
        old_users(&app, &shared).await;
        for _ in 0..2 {
            let left = renew_keys(&mut app.connect()).unwrap();
            assert_eq!(left, 4);
            for address in shared {
                assert_eq!(rows::user(&app, address).email, address);
                let answer = app.browser().log_in(address, PASSWORD).await;
                assert!(answer.status == 200, "{address:?}: {answer}");
            }
            for free in ["ada@xn--mnchen-3ya.example", "ada@m\u{fc}n\u{ad}chen.example", "joan@exam\u{2060}ple.com", OTHERS[0], OTHERS[4]] {
                let answer = app.browser().create(free, PASSWORD).await;
                assert_eq!(answer.status, 400, "{free:?}: {answer}");
            }
            assert_eq!(User::find_by_email(&mut app.connect(), "ada@xn--mnchen-3ya.example").unwrap().map(|user| user.id), None);
        }
        let groups = collisions(&mut app.connect()).unwrap();
        let groups: Vec<_> = groups.iter().map(|(key, users)| (key.as_str(), users.iter().map(|user| user.id).collect::<Vec<_>>())).collect();
        assert_eq!(groups, [("ada@xn--mnchen-3ya.example", vec![3, 4]), ("joan@example.com", vec![5, 6]), (ASCII, vec![1, 2])]);
        // Names may change meanwhile, the address not into one that is shared.
        let mut ada = app.browser();
        ada.log_in(shared[2], PASSWORD).await;
        for (change, status) in [(json!({ "first_name": "Ada" }), 200), (json!({ "email": "ada@xn--mnchen-3ya.example", "password": PASSWORD }), 400)] {
            let request = app.request(reqwest::Method::PATCH, "/api/v1/users/profile/").json(&change);
            assert_eq!(ada.send(request).await.status, status, "{change}");
        }
        // Somebody changes theirs, somebody is deleted: whoever is left has the address.
        assert!(User::delete(&mut app.connect(), 4).unwrap());
        assert_eq!(rows::user(&app, "ada@xn--mnchen-3ya.example").id, 3);
        let mut joan = app.browser();
        joan.log_in(shared[4], PASSWORD).await;
        let change = json!({ "email": "joan@example.org", "password": PASSWORD });
        let request = app.request(reqwest::Method::PATCH, "/api/v1/users/profile/").json(&change);
        assert_eq!(joan.send(request).await.status, 200);
        assert_eq!(rows::user(&app, "joan@example.com").id, 6);
        assert_eq!(renew_keys(&mut app.connect()).unwrap(), 1);
    }

    async fn the_command_line_lists_who_shares_an_address_and_renames(backend: Backend) {
        let database = TestDatabase::migrated(backend);
        let users = |arguments: &[&str]| run_on(&database, &[&["users"], arguments].concat(), "");
        assert_answer!("users_collisions_none", users(&["collisions"]));
        let mut connection = database.connect();
        for address in [UNICODE, ASCII, "ceo@example.com", "ceo@example.com\u{200b}"] {
            let unused = format!("{}@example.com", users::table.count().get_result::<i64>(&mut connection).unwrap());
            let new = NewUser { email: unused, password: "!".to_owned(), first_name: String::new(), last_name: String::new(), is_staff: address == UNICODE, is_superuser: false };
            let user = db::write_transaction(&mut connection, |connection| new.insert(connection, TestApp::start_of_time())).unwrap();
            make_old(&mut connection, user.id, address);
        }
        assert_answer!("migrate_collisions", run_on(&database, &["migrate"], ""));
        assert_answer!("users_collisions", redacted(&users(&["collisions"])));
        assert_answer!("users_collisions_json", redacted(&users(&["collisions", "--json"])));
        let server = ServerProcess::start(&database, &[]);
        assert!(server.greeting.iter().any(|line| line.contains("users collisions")), "{:?}", server.greeting);
        assert_answer!("users_rename_invalid", users(&["rename", "2", "x\u{202e}@example.com"]));
        assert_answer!("users_rename_taken", users(&["rename", "2", OTHERS[3]]));
        assert_answer!("users_rename_nobody", users(&["rename", "99", "x@example.com"]));
        assert_answer!("users_rename", users(&["rename", "2", "Root2@Example.com"]));
        assert_eq!(User::find_by_email(&mut connection, ASCII).unwrap().map(|user| user.id), Some(1));
        assert_eq!(users(&["rename", "3", "boss@example.com"]).code, Some(0));
        assert_eq!(User::find_by_email(&mut connection, "ceo@example.com").unwrap().map(|user| user.id), Some(4));
        assert_answer!("users_collisions_none", users(&["collisions"]));
    }
}

#[test]
fn a_key_that_is_given_makes_another_one_free() {
    let database = TestDatabase::migrated(Backend::Sqlite);
    let mut connection = database.connect();
    // The second waits for the key of the first, which moves on.
    for (id, address) in [(1, "a@fu\u{df}.de"), (2, "a@\u{ff46}uss.de"), (3, "b@b.co")] {
        diesel::insert_into(users::table)
            .values((
                users::id.eq(id),
                users::email.eq(address),
                users::email_key.eq(fold(address)),
                users::password.eq("!"),
                users::date_joined.eq(TestApp::start_of_time().naive_utc()),
            ))
            .execute(&mut connection)
            .unwrap();
    }
    assert_eq!(renew_keys(&mut connection).unwrap(), 0);
    let keys: Vec<_> = stored(&mut connection)
        .into_iter()
        .map(|(_, key, ..)| key)
        .collect();
    assert_eq!(keys, ["a@xn--fu-hia.de", "a@fuss.de", "b@b.co"]);
}
