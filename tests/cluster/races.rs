//! Everything that opens, rotates and ends sessions, against one another on three nodes.

use std::collections::HashMap;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::prelude::*;
use frontgate::db::{self, AnyConnection};
use frontgate::sessions::{self, Change, Client};

use crate::history::Ask;
use crate::support::{Cluster, NEW_PASSWORD, Person, wait_until};

/// Each contestant starts a thousand times at least: seven times in each round of the fields.
const RACES: usize = 143 * FIELDS.len();
/// Races at a time.
const WORKERS: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Contestant {
    Refresh,
    LogIn,
    LogOut,
    Revoke,
    ChangePassword,
    Deactivate,
}
use Contestant::{ChangePassword, Deactivate, LogIn, LogOut, Refresh, Revoke};

/// Every pair, and three at a time where that is more than the sum of its pairs.
const FIELDS: [&[Contestant]; 14] = [
    &[Refresh, Refresh, LogOut],
    &[Refresh, LogIn, Revoke],
    &[Refresh, LogOut, ChangePassword],
    &[Refresh, Revoke, Deactivate],
    &[Refresh, ChangePassword, Deactivate],
    &[LogIn, LogIn, LogOut],
    &[LogIn, LogOut, Revoke],
    &[LogIn, ChangePassword, Refresh],
    &[LogIn, Deactivate, LogIn],
    &[LogOut, Deactivate, Deactivate],
    &[LogOut, Revoke, ChangePassword],
    &[Revoke, Revoke, ChangePassword],
    &[ChangePassword, ChangePassword, Deactivate],
    &[Revoke, Deactivate, LogOut],
];

/// One race of one user: a browser, and another one that may end it.
fn race<'a>(cluster: &'a Cluster, number: usize, taken: &[AtomicUsize; 6]) -> Vec<Person<'a>> {
    let field = FIELDS[number % FIELDS.len()];
    let (home, away) = (number % 3, (number + 1) % 3);
    let browser = cluster.person(&format!("user{number}"), home);
    let mut other = cluster.stranger(&format!("user{number}"));
    assert_eq!(other.log_in(away).status, Some(200));
    let victim = browser.session().to_owned();
    let start = Barrier::new(field.len());
    let run = |contestant: Contestant, lane: usize| {
        taken[contestant as usize].fetch_add(1, Ordering::Relaxed);
        let node = (number / FIELDS.len() + lane) % 3;
        let mut browser = browser.clone();
        let mut other = other.clone();
        browser.issued.clear();
        other.issued.clear();
        start.wait();
        match contestant {
            Refresh => {
                browser.refresh(node);
                // The successor races as well.
                browser.refresh(away);
            }
            LogIn => {
                browser.log_in(node);
            }
            LogOut => {
                browser.log_out(node);
            }
            Revoke => {
                other.end(node, &victim);
            }
            ChangePassword => {
                other.change_password(node, NEW_PASSWORD);
            }
            Deactivate => deactivate(cluster, &other),
        }
        browser.issued.append(&mut other.issued);
        browser
    };
    let run = &run;
    let mut people: Vec<_> = std::thread::scope(|scope| {
        let lanes: Vec<_> = field
            .iter()
            .enumerate()
            .map(|(lane, contestant)| scope.spawn(move || run(*contestant, lane)))
            .collect();
        lanes.into_iter().map(|lane| lane.join().unwrap()).collect()
    });
    people.push(browser);
    people.push(other);
    people
}

/// As `frontgate users deactivate` does it, but for the notification.
fn deactivate(cluster: &Cluster, person: &Person<'_>) {
    let by = Client::command_line("users deactivate").into();
    let user = person.user.unwrap();
    let mut connection = cluster.connect();
    cluster.aside(Ask::EndAll, person, None, || {
        let clock = clock(&mut connection);
        db::write_transaction(&mut connection, |connection| {
            let mut change = Change::new(connection, &clock, &by);
            let ended = sessions::deactivate(&mut change, user)?;
            // The nodes learn of it from the feed alone.
            drop(change.into_consequences());
            Ok::<_, diesel::result::Error>(ended)
        })
        .unwrap();
    });
}

/// A clock that has the database's time.
fn clock(connection: &mut AnyConnection) -> frontgate::clock::Clock {
    let clock = frontgate::clock::Clock::system();
    db::set_clock(connection, &clock).unwrap();
    clock
}

/// Each session by its identity, and whether it lives, as the database has it.
fn sessions_of(cluster: &Cluster) -> HashMap<String, bool> {
    use frontgate::schema::sessions;
    let rows: Vec<(String, bool)> = sessions::table
        .select((sessions::sid, sessions::ended_at.is_null()))
        .load(&mut cluster.connect())
        .unwrap();
    rows.into_iter().collect()
}

#[test]
fn after_a_thousand_races_of_each_kind_every_token_of_an_ended_session_is_dead_everywhere() {
    let mut cluster = Cluster::start(3);
    cluster.keep_connections();
    let taken: [AtomicUsize; 6] = Default::default();
    let next = AtomicUsize::new(0);
    let (cluster, taken, next) = (&cluster, &taken, &next);
    let work = move || {
        let mut people = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= RACES {
                return people;
            }
            people.extend(race(cluster, number, taken));
        }
    };
    let people: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap())
            .collect()
    });
    let races: Vec<_> = taken
        .iter()
        .map(|taken| taken.load(Ordering::Relaxed))
        .collect();
    assert!(races.iter().all(|races| *races >= 1000), "{races:?}");
    every_token_tells_the_truth(cluster, &people);
}

/// Every token ever issued is asked for at every node, and is as dead as its session.
fn every_token_tells_the_truth(cluster: &Cluster, people: &[Person<'_>]) {
    let over = cluster.record.now() + cluster.record.rules.staleness;
    wait_until("the lease has passed", || cluster.record.now() > over);
    let lives = sessions_of(cluster);
    let count = [AtomicUsize::new(0), AtomicUsize::new(0)];
    let look = |person: &Person<'_>| {
        for (token, is_access) in &person.issued {
            let lives = lives[&token.id.session];
            count[usize::from(lives)].fetch_add(1, Ordering::Relaxed);
            // A refresh token that lives would be rotated: the checker has seen to those.
            let nodes = if *is_access {
                0..3
            } else {
                0..usize::from(!lives)
            };
            for node in nodes {
                let dead = person.is_dead(node, token, *is_access);
                assert_eq!(dead, !lives, "{token:?} at node {node}");
            }
        }
    };
    let look = &look;
    std::thread::scope(|scope| {
        for part in people.chunks(people.len().div_ceil(WORKERS)) {
            scope.spawn(move || part.iter().for_each(look));
        }
    });
    let [dead, alive] = count.map(AtomicUsize::into_inner);
    assert!(dead > RACES && alive > 0, "{dead} dead, {alive} alive");
}
