//! Revocations become visible when their transactions commit, in whatever order and however
//! late; none is missed.

use diesel::connection::SimpleConnection;
use frontgate::db::AnyConnection;

use crate::history::Ask;
use crate::support::{Backend, Cluster, NodeSettings, Person, wait_until};

/// A transaction that has written the revocation of a session and does not commit yet.
struct Open<'a> {
    connection: AnyConnection,
    person: Person<'a>,
}

impl<'a> Open<'a> {
    fn new(cluster: &Cluster, person: &Person<'a>) -> Self {
        let mut connection = cluster.connect();
        let sid = person.session();
        // As the end of a session writes it. Without the notification: it is the poll that
        // must find the row.
        connection
            .batch_execute(&format!(
                "SET idle_in_transaction_session_timeout = 0; BEGIN;
                 INSERT INTO revocations (kind, subject, generation, reason, revoked_at, until)
                 VALUES ('session', '{sid}', 0, 'revoked', now(), now() + interval '1 hour');"
            ))
            .unwrap();
        Self {
            connection,
            person: person.clone(),
        }
    }

    /// Commits, and waits until both nodes refuse.
    fn commit(mut self, cluster: &Cluster) {
        let sid = self.person.session().to_owned();
        cluster.aside(Ask::End, &self.person, Some(&sid), || {
            self.connection.batch_execute("COMMIT").unwrap();
        });
        for node in 0..2 {
            wait_until("the node refuses", || {
                self.person.info(node).status == Some(401)
            });
        }
    }
}

/// Lets several polls go by, on both nodes: each sees a revocation of its own.
fn several_polls(cluster: &Cluster, name: &str) {
    for number in 0..3 {
        let person = cluster.person(&format!("{name}-between{number}"), 0);
        Open::new(cluster, &person).commit(cluster);
    }
}

fn nodes_with(listen: &'static str) -> Cluster {
    let settings = NodeSettings {
        url: None,
        environment: vec![("FRONTGATE_REVOCATION_LISTEN", listen)],
    };
    Cluster::with(Backend::Postgres, &[settings.clone(), settings])
}

/// An hour would do as well: the follower remembers the oldest transaction that was open,
/// not a length of time, so only the number of polls in between matters.
#[test]
fn revocations_that_commit_in_the_reverse_order_of_their_ids_are_all_heard() {
    for listen in ["true", "false"] {
        let cluster = nodes_with(listen);
        let people: Vec<_> = (0..3)
            .map(|number| cluster.person(&format!("user{number}"), number % 2))
            .collect();
        let open: Vec<_> = people
            .iter()
            .map(|person| Open::new(&cluster, person))
            .collect();
        for (number, open) in open.into_iter().enumerate().rev() {
            open.commit(&cluster);
            several_polls(&cluster, &format!("user{number}"));
            for person in &people[..number] {
                // It has not committed, so it has not happened.
                assert_eq!(person.clone().info(1).status, Some(200));
            }
        }
    }
}

#[test]
fn a_revocation_that_commits_while_the_node_was_away_is_heard() {
    let cluster = nodes_with("true");
    let early = cluster.person("early", 0);
    let open = Open::new(&cluster, &early);
    several_polls(&cluster, "one");
    // A node that starts meanwhile has a first snapshot in which it is open.
    cluster.restart(1);
    several_polls(&cluster, "two");
    open.commit(&cluster);
}
