//! Unix sockets: each connection is found among those of this process, or is not opened.

use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use frontgate::config::DatabaseUrl;
use frontgate::config::values::Value as _;
use frontgate::db;

use crate::support::{Backend, TestDatabase, text};

/// Connects on as many threads at once, so often each; returns what went wrong.
fn connect_at_once(url: &str, threads: usize, times: usize, timeout: Duration) -> Vec<String> {
    let url = &DatabaseUrl::parse(url).unwrap();
    thread::scope(|scope| {
        let connecting: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(move || {
                    let opened = (0..times).map(|_| db::connect(url, timeout));
                    let refused = opened.filter_map(Result::err);
                    refused.map(|error| error.to_string()).collect::<Vec<_>>()
                })
            })
            .collect();
        let refused = connecting.into_iter().map(|one| one.join().unwrap());
        refused.flatten().collect()
    })
}

fn on_a_unix_socket(database: &TestDatabase) -> bool {
    let url = DatabaseUrl::parse(&database.url).unwrap();
    let mut connection = db::connect(&url, Duration::from_secs(5)).unwrap();
    text(&mut connection, "coalesce(host(inet_client_addr()), '')").is_empty()
}

#[test]
fn nobody_waits_for_others_at_a_server_that_answers_nobody() {
    // It takes connections, and nobody reads them.
    let folder = tempfile::TempDir::new().unwrap();
    let _listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
    let url = format!("postgres:///x?user=x&host={}", folder.path().display());
    let refused = connect_at_once(&url, 8, 1, Duration::from_millis(200));
    assert_eq!(refused.len(), 8, "{refused:#?}");
    for error in refused {
        assert!(error.contains("timeout expired"), "{error}");
    }
}

#[test]
fn slow_log_ins_do_not_wait_for_each_other() {
    let database = TestDatabase::new(Backend::Postgres);
    assert!(on_a_unix_socket(&database), "{}", database.url);
    // In turn they would take twice as long as one of them may.
    let slow = format!("{}&options=-c%20post_auth_delay%3D1", database.url);
    let mut one = db::connect(&DatabaseUrl::parse(&slow).unwrap(), Duration::from_secs(5)).unwrap();
    assert_eq!(text(&mut one, "current_setting('post_auth_delay')"), "1s");
    let refused = connect_at_once(&slow, 10, 1, Duration::from_secs(5));
    assert_eq!(refused, Vec::<String>::new());
}

#[test]
fn a_connection_is_found_among_other_unix_sockets_that_come_and_go() {
    let database = TestDatabase::new(Backend::Postgres);
    assert!(on_a_unix_socket(&database), "{}", database.url);
    let folder = tempfile::TempDir::new().unwrap();
    let other = folder.path().join("resolver.sock");
    let listener = UnixListener::bind(&other).unwrap();
    let over = &AtomicBool::new(false);
    let refused = thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::SeqCst) {
                let _pair = UnixStream::pair().unwrap();
                let _asking = UnixStream::connect(&other).unwrap();
                let _asked = listener.accept().unwrap();
            }
        });
        let url = database.url.clone();
        let connecting = scope.spawn(move || connect_at_once(&url, 4, 10, Duration::from_secs(5)));
        let refused = connecting.join();
        over.store(true, Ordering::SeqCst);
        refused.unwrap()
    });
    assert_eq!(refused, Vec::<String>::new());
}
