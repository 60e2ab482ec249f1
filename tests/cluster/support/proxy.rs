//! What stands between a node and PostgreSQL, and can be cut: a TCP proxy to the server's
//! socket.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What becomes of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traffic {
    /// They arrive.
    Pass = 0,
    /// They are held back in both directions and arrive later, as when packets are lost and
    /// sent again. New connections are taken, and hear nothing.
    Hold = 1,
    /// They are lost. A connection that has lost some stays open and hears nothing any more,
    /// even when the way is clear again.
    Swallow = 2,
    /// Connections are closed, open and new ones.
    Reject = 3,
}

/// A way to the server that can be cut. It goes away with the test.
pub struct Proxy(Arc<Shared>);

struct Shared {
    upstream: PathBuf,
    traffic: AtomicU8,
    open: Mutex<Vec<(TcpStream, UnixStream)>>,
    /// Since the way was cut last.
    accepted: AtomicU64,
    /// Directions from a node that have lost bytes and are open.
    silent: AtomicUsize,
}

/// Between two looks at what is to become of the bytes.
const LOOK: Duration = Duration::from_millis(5);

impl Proxy {
    /// A proxy to the server that this URL names by the folder of its socket, and the URL of
    /// the same database through it.
    pub fn to(url: &str) -> (Self, String) {
        let mut parsed = url::Url::parse(url).unwrap();
        let folder = parsed.query_pairs().find(|(name, _)| name == "host");
        let folder = PathBuf::from(folder.expect("a URL with a socket").1.into_owned());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            upstream: folder.join(".s.PGSQL.5432"),
            traffic: AtomicU8::new(Traffic::Pass as u8),
            open: Mutex::default(),
            accepted: AtomicU64::new(0),
            silent: AtomicUsize::new(0),
        });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                accepting.accept(client);
            }
        });
        parsed.set_query(None);
        let database = parsed.path().to_owned();
        (
            Self(shared),
            format!("postgres://postgres@127.0.0.1:{port}{database}"),
        )
    }

    pub fn set(&self, traffic: Traffic) {
        self.0.accepted.store(0, Ordering::SeqCst);
        self.0.traffic.store(traffic as u8, Ordering::SeqCst);
        if traffic == Traffic::Reject {
            self.close();
        }
    }

    /// Closes all connections, as the system does when nothing was heard for too long.
    pub fn close(&self) {
        for (client, server) in self.0.open.lock().unwrap().drain(..) {
            // Either may be closed already.
            let _ = client.shutdown(Shutdown::Both);
            let _ = server.shutdown(Shutdown::Both);
        }
    }

    /// How many connections have lost bytes and are still open on the node's side.
    pub fn half_open(&self) -> usize {
        self.0.silent.load(Ordering::SeqCst)
    }

    /// How many connections were tried since [`Self::set`] was called last.
    pub fn tries(&self) -> u64 {
        self.0.accepted.load(Ordering::SeqCst)
    }
}

impl Shared {
    fn traffic(&self) -> Traffic {
        [
            Traffic::Pass,
            Traffic::Hold,
            Traffic::Swallow,
            Traffic::Reject,
        ][usize::from(self.traffic.load(Ordering::SeqCst))]
    }

    fn accept(self: &Arc<Self>, client: TcpStream) {
        self.accepted.fetch_add(1, Ordering::SeqCst);
        if self.traffic() == Traffic::Reject {
            return;
        }
        let Ok(server) = UnixStream::connect(&self.upstream) else {
            return;
        };
        // Notifications are not to wait for more.
        let _ = client.set_nodelay(true);
        // Both directions share the fate of a connection that has lost a byte.
        let lost = Arc::new(AtomicBool::new(false));
        let pair = (client.try_clone().unwrap(), server.try_clone().unwrap());
        self.open.lock().unwrap().push(pair);
        let ways = [
            (
                End::Tcp(client.try_clone().unwrap()),
                End::Unix(server.try_clone().unwrap()),
            ),
            (End::Unix(server), End::Tcp(client)),
        ];
        for (from, to) in ways {
            let (shared, lost) = (Arc::clone(self), Arc::clone(&lost));
            std::thread::spawn(move || shared.carry(from, to, &lost));
        }
    }

    /// One direction of one connection, until it is closed.
    fn carry(&self, mut from: End, mut to: End, lost: &AtomicBool) {
        let mut bytes = [0; 16 * 1024];
        let from_node = matches!(from, End::Tcp(_));
        let mut silent = false;
        loop {
            let read = match from.read(&mut bytes) {
                Ok(0) | Err(_) => break,
                Ok(read) => read,
            };
            while self.traffic() == Traffic::Hold {
                std::thread::sleep(LOOK);
            }
            if self.traffic() == Traffic::Swallow {
                lost.store(true, Ordering::SeqCst);
            }
            if lost.load(Ordering::SeqCst) {
                if from_node && !silent {
                    silent = true;
                    self.silent.fetch_add(1, Ordering::SeqCst);
                }
                continue;
            }
            if to.write_all(&bytes[..read]).is_err() {
                break;
            }
        }
        if silent {
            self.silent.fetch_sub(1, Ordering::SeqCst);
        }
        // What was cut is not told that the other side has gone.
        while matches!(self.traffic(), Traffic::Hold | Traffic::Swallow) {
            std::thread::sleep(LOOK);
        }
        if !lost.load(Ordering::SeqCst) {
            to.close();
        }
    }
}

/// Either side of a connection.
enum End {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl End {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(bytes),
            Self::Unix(stream) => stream.read(bytes),
        }
    }

    fn write_all(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.write_all(bytes),
            Self::Unix(stream) => stream.write_all(bytes),
        }
    }

    fn close(&self) {
        // It may be closed already.
        let _ = match self {
            Self::Tcp(stream) => stream.shutdown(Shutdown::Both),
            Self::Unix(stream) => stream.shutdown(Shutdown::Both),
        };
    }
}
