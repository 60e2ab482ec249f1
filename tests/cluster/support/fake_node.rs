//! Nodes that misbehave, and know what they were asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::node::own_address;

/// What a fake node does with a request that it has read.
#[derive(Clone, Copy, Debug)]
pub enum Does {
    /// It closes the connection, as a node that is killed.
    HangUp,
    /// It says this, and keeps the connection.
    Say(&'static str),
    /// It keeps the connection and says nothing.
    Nothing,
}

/// A server that writes down what it is asked; it listens until the test process ends.
pub struct FakeNode {
    pub address: String,
    heard: Arc<Mutex<Heard>>,
}

#[derive(Default)]
struct Heard {
    connections: usize,
    heads: Vec<String>,
}

impl FakeNode {
    pub fn start(does: Does) -> Self {
        let address = own_address();
        let listener = TcpListener::bind(&address).unwrap();
        let heard: Arc<Mutex<Heard>> = Arc::default();
        let writing = Arc::clone(&heard);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let heard = Arc::clone(&writing);
                heard.lock().unwrap().connections += 1;
                std::thread::spawn(move || serve(&client, does, &heard));
            }
        });
        Self { address, heard }
    }

    /// The heads of the requests since the last call.
    pub fn take_heads(&self) -> Vec<String> {
        std::mem::take(&mut self.heard.lock().unwrap().heads)
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.heard.lock().unwrap().connections
    }
}

fn serve(client: &TcpStream, does: Does, heard: &Mutex<Heard>) {
    let mut reader = BufReader::new(client);
    while let Some(head) = read_request(&mut reader) {
        heard.lock().unwrap().heads.push(head);
        match does {
            Does::HangUp => return,
            // Who has gone does not listen.
            Does::Say(text) if { client }.write_all(text.as_bytes()).is_err() => return,
            Does::Say(_) | Does::Nothing => {}
        }
    }
}

/// The head of a request, its body read as well.
fn read_request(reader: &mut impl BufRead) -> Option<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head.lines().find_map(|line| {
        line.to_lowercase()
            .strip_prefix("content-length: ")?
            .parse()
            .ok()
    });
    reader
        .take(length.unwrap_or(0))
        .read_to_end(&mut Vec::new())
        .ok()?;
    Some(head)
}
