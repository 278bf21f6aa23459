//! The other way round: a client of ours, written for a desk in the laboratory, before a real server.
//!
//! ```text
//! client ── Ask ──> desk ── Ask ──> Caller ──> a socket for each connection, TLS on it or not, the real clock
//!        <─ Answer ──      <─ Answer ──
//! ```
//!
//! A client asks one thing at a time and waits for its answer, so a thread that blocks is all it needs. There is no
//! line to dial: a network is always up. Nobody waits for a reader: time to think is counted, and skipped.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

mod line;
mod tls;

pub use line::Layer;
pub use tls::Trust;

use self::line::Line;
use super::listen::is_loopback;
use super::server::Clock;
use crate::desk::{Answer, Ask, ConnId, Desk, Note, Program, Service, Trouble};
use crate::lesson::Lesson;
use crate::time::{Duration, Instant};

/// So many octets are read at once.
const PIECE: usize = 64 << 10;

/// Where the services are, and how patient their client is.
#[derive(Clone, Debug)]
pub struct Hosts {
    /// HOST:PORT of each service.
    pub addresses: BTreeMap<Service, String>,
    /// How long a connection may take to come up, and a server to say something.
    pub patience: Duration,
    /// Passwords may go in clear beyond this machine.
    pub cleartext: bool,
    /// What lies between the client and each service; nothing where nothing is said.
    pub layers: BTreeMap<Service, Layer>,
    /// Whom to trust, where there is TLS.
    pub trust: Option<Trust>,
}

impl Hosts {
    /// Servers in clear.
    #[must_use]
    pub const fn new(addresses: BTreeMap<Service, String>, patience: Duration, cleartext: bool) -> Self {
        Self { addresses, patience, cleartext, layers: BTreeMap::new(), trust: None }
    }
}

/// One connection.
struct Conn {
    line: Line,
    /// What the server said before TLS, and the client has not heard yet.
    pending: Bytes,
}

/// What a call took, measured by the clock on the wall.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Octets to the server.
    pub up: u64,
    /// Octets from the server.
    pub down: u64,
    /// Client bursts: runs of octets to the server with none from it between.
    pub turns: u64,
    /// Connections that came up.
    pub connections: u32,
    /// From the first question to the last answer, time to think left out.
    pub elapsed: Duration,
}

/// How a call ended.
#[derive(Clone, Debug)]
pub struct Called {
    /// What the client says.
    pub outcome: Result<(), Trouble>,
    /// What the system says of the last connection that did not come up or broke, if anything.
    pub why: Option<String>,
    /// What it took.
    pub taken: Taken,
}

/// Runs a client against real servers. `heed` gets what the client writes down, before it goes on; if that fails, so
/// does the call, and every connection is cut: a client must not say that it has what is on no disk.
///
/// # Errors
/// What `heed` says.
pub fn call(
    program: &Program,
    hosts: &Hosts,
    seed: u64,
    mut heed: impl FnMut(&Note) -> Result<(), Lesson>,
) -> Result<Called, Lesson> {
    let desk = Desk::default();
    let mut running = program(desk.clone());
    let mut caller = Caller::new(hosts, seed);
    let mut context = Context::from_waker(Waker::noop());
    let outcome = loop {
        if let Poll::Ready(outcome) = running.as_mut().poll(&mut context) {
            break outcome;
        }
        // A client that waits for anything but its desk waits for ever.
        let Some(ask) = desk.take_ask() else { break Err(Trouble::Stalled) };
        if let Ask::Note(note) = &ask {
            heed(note)?;
        }
        desk.put_answer(caller.meet(ask));
    };
    caller.taken.elapsed = caller.clock.now().since(Instant::START);
    Ok(Called { outcome, why: caller.why, taken: caller.taken })
}

struct Caller<'a> {
    hosts: &'a Hosts,
    clock: Clock,
    /// Time that was skipped.
    skipped: Duration,
    conns: Vec<Option<Conn>>,
    random: ChaCha8Rng,
    taken: Taken,
    /// The last octets went up.
    is_speaking: bool,
    why: Option<String>,
    buffer: Vec<u8>,
}

impl<'a> Caller<'a> {
    fn new(hosts: &'a Hosts, seed: u64) -> Self {
        Self {
            hosts,
            clock: Clock::start(),
            skipped: Duration::ZERO,
            conns: Vec::new(),
            random: ChaCha8Rng::seed_from_u64(seed),
            taken: Taken::default(),
            is_speaking: false,
            why: None,
            buffer: vec![0; PIECE],
        }
    }

    fn now(&self) -> Instant {
        self.clock.now() + self.skipped
    }

    fn meet(&mut self, ask: Ask) -> Answer {
        match ask {
            Ask::Dial | Ask::Note(_) => Answer::Done,
            Ask::HangUp => {
                self.conns.iter_mut().for_each(|conn| drop(conn.take()));
                Answer::Done
            }
            Ask::Connect(service) => self.connect(service),
            // Nobody calls back: there is no listener at this end.
            Ask::Accept(_) => Answer::Failed(Trouble::NoCarrier),
            Ask::Send(conn, octets) => self.send(conn, &octets),
            Ask::Arrived(conn, until) => self.arrived(conn, until),
            Ask::Close(conn) => {
                drop(self.conns.get_mut(conn.0 as usize).and_then(Option::take));
                Answer::Done
            }
            Ask::Think(span) => {
                let skipped = self.skipped.as_nanos().saturating_add(span.as_nanos());
                self.skipped = Duration::from_nanos(skipped);
                Answer::Done
            }
            Ask::Now => Answer::Now(self.now()),
            Ask::Random => Answer::Random(self.random.next_u64()),
        }
    }

    fn connect(&mut self, service: Service) -> Answer {
        let Some(address) = self.hosts.addresses.get(&service) else {
            self.why = Some(format!("no address was given for {}", service.word()));
            return Answer::Failed(Trouble::Refused(service));
        };
        match self.connected(service, address) {
            Ok(conn) => {
                let id = ConnId(self.conns.len() as u32);
                self.conns.push(Some(conn));
                self.taken.connections += 1;
                Answer::Connected(id)
            }
            Err(why) => {
                self.why = Some(format!("{address}: {why}"));
                Answer::Failed(Trouble::Refused(service))
            }
        }
    }

    fn connected(&mut self, service: Service, address: &str) -> Result<Conn, String> {
        let layer = self.hosts.layers.get(&service).copied().unwrap_or_default();
        let found: Vec<SocketAddr> = address.to_socket_addrs().map_err(|error| error.to_string())?.collect();
        let mut why = "this name has no address".to_owned();
        for at in found {
            if layer == Layer::Clear && !self.hosts.cleartext && !is_loopback(at.ip()) {
                why = "a password would go there in clear; use `--tls`, or allow it with `--cleartext`"
                    .to_owned();
                continue;
            }
            match TcpStream::connect_timeout(&at, real(self.hosts.patience)) {
                Ok(stream) => {
                    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
                    let host = host.trim_start_matches('[').trim_end_matches(']');
                    let conn = self.prepared(stream, layer, service, host);
                    return conn.map_err(|error| error.to_string());
                }
                Err(error) => why = error.to_string(),
            }
        }
        Err(why)
    }

    fn prepared(
        &mut self,
        stream: TcpStream,
        layer: Layer,
        service: Service,
        host: &str,
    ) -> std::io::Result<Conn> {
        let patience = Some(real(self.hosts.patience));
        stream.set_nodelay(true)?;
        stream.set_write_timeout(patience)?;
        stream.set_read_timeout(patience)?;
        let (line, before) = Line::new(stream, layer, self.hosts.trust.as_ref(), service, host)?;
        self.taken.up += before.up;
        self.taken.down += before.down;
        self.taken.turns += before.turns;
        Ok(Conn { line, pending: before.greeting })
    }

    fn line(&mut self, conn: ConnId) -> Option<&mut Line> {
        self.conns.get_mut(conn.0 as usize)?.as_mut().map(|conn| &mut conn.line)
    }

    fn send(&mut self, conn: ConnId, octets: &Bytes) -> Answer {
        let Some(line) = self.line(conn) else { return Answer::Failed(Trouble::Closed) };
        if let Err(error) = line.write_all(octets).and_then(|()| line.flush()) {
            return self.broken(conn, &error);
        }
        self.taken.up += octets.len() as u64;
        self.taken.turns += u64::from(!self.is_speaking);
        self.is_speaking = true;
        Answer::Done
    }

    fn arrived(&mut self, conn: ConnId, until: Option<Instant>) -> Answer {
        let patience = self.hosts.patience;
        let left = until.map(|until| until.since(self.now()));
        if left == Some(Duration::ZERO) {
            return Answer::TimedOut;
        }
        let wait = left.map_or(patience, |left| left.min(patience));
        let Some(Conn { line, pending }) = self.conns.get_mut(conn.0 as usize).and_then(Option::as_mut)
        else {
            return Answer::Failed(Trouble::Closed);
        };
        if !pending.is_empty() {
            self.taken.down += pending.len() as u64;
            self.is_speaking = false;
            return Answer::Arrived(std::mem::take(pending));
        }
        let read = loop {
            let read = line.set_read_timeout(Some(real(wait))).and_then(|()| line.read(&mut self.buffer));
            match read {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        match read {
            Ok(0) => Answer::Failed(Trouble::Closed),
            // A server that does not say goodbye in TLS has closed all the same; what was cut off shows by its protocol.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Answer::Failed(Trouble::Closed),
            Ok(octets) => {
                self.taken.down += octets as u64;
                self.is_speaking = false;
                Answer::Arrived(Bytes::copy_from_slice(self.buffer.get(..octets).unwrap_or_default()))
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                if left.is_some_and(|left| left <= patience) {
                    return Answer::TimedOut;
                }
                self.why = Some(format!("the server has said nothing for {patience}"));
                Answer::Failed(Trouble::Stalled)
            }
            Err(error) => self.broken(conn, &error),
        }
    }

    fn broken(&mut self, conn: ConnId, error: &std::io::Error) -> Answer {
        self.why = Some(error.to_string());
        drop(self.conns.get_mut(conn.0 as usize).and_then(Option::take));
        Answer::Failed(Trouble::NoCarrier)
    }
}

/// A span as the system counts it.
const fn real(span: Duration) -> std::time::Duration {
    std::time::Duration::from_nanos(span.as_nanos())
}

#[cfg(test)]
mod tests;
