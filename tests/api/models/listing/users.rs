//! Users by every filter, and the one of an address or a number at once.

use std::cmp::Reverse;

use chrono::{NaiveDateTime, TimeDelta};
use frontgate::models::listing::{Filter, Order, Present};
use frontgate::models::user::renew_keys;
use frontgate::models::user_list::{UserFilter, UserOrder};
use rand::RngExt;
use rand::rngs::StdRng;

use super::{all, any, insert, maybe, now, quoted, random, some};
use crate::support::{Backend, TestDatabase, on_both_databases};

#[derive(Clone, Debug)]
struct User {
    id: i64,
    email: String,
    active: bool,
    staff: bool,
    superuser: bool,
    joined: NaiveDateTime,
    last_login: Option<NaiveDateTime>,
}

fn time(random: &mut StdRng) -> NaiveDateTime {
    now().naive_utc() - TimeDelta::minutes(random.random_range(0..60))
}

fn user(id: i64, random: &mut StdRng) -> User {
    let name = any(random, &["Ada", "grace", "Émilie", "100%", "_"]);
    User {
        id,
        email: format!("{name}{id}@Example.com"),
        active: random.random_bool(0.7),
        staff: random.random_bool(0.2),
        superuser: random.random_bool(0.1),
        joined: time(random),
        last_login: maybe(random, time),
    }
}

fn store(database: &TestDatabase, users: &[User]) {
    let rows: Vec<_> = users
        .iter()
        .map(|user| {
            let last_login = user.last_login.map(|time| time.to_string());
            format!(
                "{}, '{}', '{}', '', {}, {}, {}, '{}', {}",
                user.id,
                user.email,
                frontgate::email::fold(&user.email),
                user.active,
                user.staff,
                user.superuser,
                user.joined,
                quoted(last_login.as_deref()),
            )
        })
        .collect();
    insert(
        &mut database.connect(),
        "users (id, email, email_key, password, is_active, is_staff, is_superuser, date_joined, \
         last_login)",
        &rows,
    );
}

fn filter(random: &mut StdRng) -> UserFilter {
    let parts = ["ADA", "éMIL", "%", "_", "1", "@example", "nobody"];
    UserFilter {
        search: some(random, |random| any(random, &parts).to_owned()),
        active: some(random, |random| random.random_bool(0.5)),
        staff: some(random, |random| random.random_bool(0.5)),
        superuser: some(random, |random| random.random_bool(0.5)),
        never_logged_in: random.random_bool(0.2),
        logged_in_from: some(random, time),
        joined_from: some(random, time),
        joined_before: some(random, time),
        order: any(random, &[UserOrder::Joined, UserOrder::LastLogIn]),
    }
}

fn chosen(filter: &UserFilter, user: &User) -> bool {
    let email = user.email.to_lowercase();
    filter
        .search
        .as_ref()
        .is_none_or(|part| email.contains(&part.to_lowercase()))
        && filter.active.is_none_or(|wanted| user.active == wanted)
        && filter.staff.is_none_or(|wanted| user.staff == wanted)
        && filter
            .superuser
            .is_none_or(|wanted| user.superuser == wanted)
        && (!filter.never_logged_in || user.last_login.is_none())
        && filter
            .logged_in_from
            .is_none_or(|from| user.last_login.is_some_and(|time| time >= from))
        && filter.joined_from.is_none_or(|from| user.joined >= from)
        && filter
            .joined_before
            .is_none_or(|before| user.joined < before)
}

fn naive(filter: &UserFilter, users: &[User]) -> Vec<i64> {
    let order = filter.listing(&Present::at(now())).driver.order;
    let by_last_login = order == Order::Time("last_login");
    let mut found: Vec<_> = users
        .iter()
        .filter(|user| chosen(filter, user))
        .filter(|user| !by_last_login || user.last_login.is_some())
        .collect();
    found.sort_by_key(|user| Reverse(user.id));
    match order {
        Order::Id => {}
        Order::Time("date_joined") => found.sort_by_key(|user| Reverse(user.joined)),
        Order::Time(_) => found.sort_by_key(|user| Reverse(user.last_login)),
    }
    found.iter().map(|user| user.id).collect()
}

on_both_databases! {
    async fn all_pages_together_are_what_the_filter_means(backend: Backend) {
        let database = TestDatabase::migrated(backend);
        let random = &mut random();
        let users: Vec<_> = (1..=700).map(|id| user(id, random)).collect();
        store(&database, &users);
        let connection = &mut database.connect();
        let mut found = 0;
        for _ in 0..40 {
            let filter = filter(random);
            let wanted = naive(&filter, &users);
            let limit = any(random, &[30, 100, 1000]);
            let listed = all(connection, &filter, random, limit, |user| user.id);
            assert_eq!(listed, wanted, "{filter:?}");
            found += usize::from(!wanted.is_empty());
        }
        assert!(found > 15, "{found} filters found something");
    }

    async fn an_exact_address_or_number_is_found_at_once_and_nobody_else(backend: Backend) {
        let database = TestDatabase::migrated(backend);
        let emails = ["Ada@Example.com", "bada@example.com", "2@example.com", "%@example.com"];
        let users: Vec<_> = (1..).zip(emails).map(|(id, email)| User {
            email: email.to_owned(),
            ..user(id, &mut random())
        }).collect();
        store(&database, &users);
        let exact = |text: &str| {
            let filter = UserFilter { search: Some(text.to_owned()), ..UserFilter::default() };
            let found = filter.exact(&mut database.connect()).unwrap();
            found.into_iter().map(|user| user.id).collect::<Vec<_>>()
        };
        for nobody in ["", "ada", "0", "-1", "99", "9223372036854775808", "%", "' OR 1=1 --", "1\0"] {
            assert!(exact(nobody).is_empty(), "{nobody:?}");
        }
        assert_eq!(exact(" aDA@example.COM "), [1]);
        assert_eq!(exact("2"), [2]);
        assert_eq!(exact("2@example.com"), [3]);
        assert_eq!(UserFilter::default().exact(&mut database.connect()).unwrap(), []);
    }

    async fn an_exact_address_is_not_another_one_that_once_was_the_same(backend: Backend) {
        let database = TestDatabase::migrated(backend);
        let ada = User { email: "ada@strasse.example".to_owned(), ..user(1, &mut random()) };
        store(&database, &[ada]);
        let exact = |text: &str| {
            let filter = UserFilter { search: Some(text.to_owned()), ..UserFilter::default() };
            filter.exact(&mut database.connect()).unwrap().len()
        };
        // Case folding alone takes ß for ss; a user with an old key is found by either.
        let other = "ada@stra\u{df}e.example";
        assert_eq!((exact("ada@strasse.example"), exact(other)), (1, 1));
        renew_keys(&mut database.connect()).unwrap();
        assert_eq!((exact("ada@strasse.example"), exact(other)), (1, 0));
    }
}
