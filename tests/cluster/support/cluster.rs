//! The nodes of a test, and the database below them.

use std::path::Path;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use frontgate::config::DatabaseUrl;
use frontgate::config::values::Value;
use frontgate::db::{self, AnyConnection};
use reqwest::blocking::Client;

use super::node::{self, Node};
use super::person::{Answer, Person, credentials};
use super::{Backend, Record, TestDatabase, wait_until};
use crate::history::{Ask, Request};

/// What one node is told: its database, and other environment.
#[derive(Clone, Debug, Default)]
pub struct NodeSettings<'a> {
    /// Instead of the test's database, for example a way to it that can be cut.
    pub url: Option<String>,
    pub environment: Vec<(&'a str, &'a str)>,
}

/// Nodes on one database. Fields are dropped in this order: first the nodes die, then their
/// history is checked, then the database goes.
pub struct Cluster {
    nodes: Vec<Mutex<Node>>,
    pub addresses: Vec<String>,
    pub record: Record,
    pub http: Client,
    url: String,
    /// Goes away with the test, where it is the test's own.
    database: Option<TestDatabase>,
}

impl Cluster {
    /// So many nodes on a PostgreSQL database of their own.
    pub fn start(nodes: usize) -> Self {
        Self::with(Backend::Postgres, &vec![NodeSettings::default(); nodes])
    }

    /// A node for each of the settings.
    pub fn with(backend: Backend, nodes: &[NodeSettings<'_>]) -> Self {
        let database = TestDatabase::new(backend);
        Self::on(database, nodes)
    }

    /// Nodes on this database.
    pub fn on(database: TestDatabase, nodes: &[NodeSettings<'_>]) -> Self {
        let mut cluster = Self::at(&database.url.clone(), database.folder.path(), nodes);
        cluster.database = Some(database);
        cluster
    }

    /// Nodes on a database that somebody else keeps; waits until all are ready.
    pub fn at(url: &str, folder: &Path, nodes: &[NodeSettings<'_>]) -> Self {
        let record = Record::new();
        let nodes: Vec<_> = nodes
            .iter()
            .enumerate()
            .map(|(number, settings)| {
                let log = record.folder.join(format!("node-{number}.log"));
                let url = settings.url.as_deref().unwrap_or(url);
                let mut node = Node::new(url, folder, log, &settings.environment);
                node.spawn();
                node
            })
            .collect();
        let cluster = Self {
            addresses: nodes.iter().map(|node| node.address.clone()).collect(),
            nodes: nodes.into_iter().map(Mutex::new).collect(),
            record,
            // A connection that outlives its node would look like a lost answer.
            http: client(0),
            url: url.to_owned(),
            database: None,
        };
        for node in 0..cluster.nodes.len() {
            cluster.wait_until_ready(node);
        }
        cluster
    }

    /// For tests in which no node goes away: connections are kept.
    pub fn keep_connections(&mut self) {
        self.http = client(64);
    }

    /// Somebody without a session.
    pub fn stranger(&self, name: &str) -> Person<'_> {
        let (email, password) = credentials(name);
        Person {
            record: &self.record,
            http: self.http.clone(),
            addresses: &self.addresses,
            email,
            password,
            user: None,
            access: None,
            refresh: None,
            issued: Vec::new(),
        }
    }

    /// Somebody who has just signed up at a node.
    #[track_caller]
    pub fn person(&self, name: &str, node: usize) -> Person<'_> {
        let mut person = self.stranger(name);
        let answer = person.sign_up(node);
        assert_eq!(answer.status, Some(201), "{answer:?}");
        person
    }

    /// A GET without any token.
    pub fn get(&self, node: usize, path: &str) -> Answer {
        let url = format!("http://{}{path}", self.addresses[node]);
        Answer::of(self.http.get(url), self.record.now())
    }

    pub fn is_ready(&self, node: usize) -> bool {
        self.get(node, "/health/ready").status == Some(200)
    }

    #[track_caller]
    pub fn wait_until_ready(&self, node: usize) {
        let address = &self.addresses[node];
        wait_until(&format!("node {node} at {address} is ready"), || {
            if let Some(how) = self.node(node).ended() {
                panic!("node {node} has ended: {how}");
            }
            self.is_ready(node)
        });
        self.record.up(node);
    }

    pub fn node(&self, node: usize) -> MutexGuard<'_, Node> {
        self.nodes[node].lock().unwrap()
    }

    /// The database of the nodes.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What a node has logged so far.
    pub fn log(&self, node: usize) -> String {
        let path = self.record.folder.join(format!("node-{node}.log"));
        std::fs::read_to_string(path).unwrap()
    }

    /// SIGKILL.
    pub fn kill(&self, node: usize) {
        self.record.down(node);
        self.node(node).kill();
    }

    /// SIGTERM; waits until the node has ended.
    pub fn stop(&self, node: usize) {
        self.record.down(node);
        self.node(node).stop();
    }

    /// Starts a node that was killed or stopped, and waits for nothing.
    pub fn spawn(&self, node: usize) {
        self.node(node).spawn();
    }

    pub fn restart(&self, node: usize) {
        self.kill(node);
        self.spawn(node);
        self.wait_until_ready(node);
    }

    /// Sends a signal to a node, which does not answer for a while.
    pub fn freeze(&self, node: usize) {
        self.record.note(format!("node {node} frozen"));
        node::signal(self.node(node).id(), "STOP");
    }

    /// Lets a frozen node go on.
    pub fn thaw(&self, node: usize) {
        self.record.note(format!("node {node} thawed"));
        node::signal(self.node(node).id(), "CONT");
    }

    /// A connection beside the nodes'.
    pub fn connect(&self) -> AnyConnection {
        let url = DatabaseUrl::parse(&self.url).unwrap();
        db::connect(&url, Duration::from_secs(30)).unwrap()
    }

    /// Runs statements beside the nodes.
    pub fn sql(&self, statements: &str) {
        self.connect().batch_execute(statements).unwrap();
    }

    /// Does something that ends sessions beside the nodes, and writes it down.
    pub fn aside<T>(
        &self,
        ask: Ask,
        person: &Person<'_>,
        target: Option<&str>,
        work: impl FnOnce() -> T,
    ) -> T {
        let started = self.record.now();
        let value = work();
        self.record.asked(Request {
            node: None,
            started,
            ended: self.record.now(),
            ask,
            token: None,
            user: person.user,
            target: target.map(str::to_owned),
            status: Some(200),
            code: String::new(),
            access: None,
            refresh: None,
        });
        value
    }

    /// A command that ends sessions, with the settings of the first node.
    pub fn command_aside(
        &self,
        ask: Ask,
        person: &Person<'_>,
        target: Option<&str>,
        arguments: &[&str],
        input: &str,
    ) {
        let mut command = self.node(0).command(arguments);
        self.aside(ask, person, target, || node::run(&mut command, input));
    }
}

fn client(idle_connections: usize) -> Client {
    Client::builder()
        .pool_max_idle_per_host(idle_connections)
        .timeout(Duration::from_secs(30))
        .build()
        .unwrap()
}
