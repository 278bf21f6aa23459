//! A line between a real socket and its session: what either end writes passes through a world whose clock
//! follows the real one.
//!
//! ```text
//!   socket ──client_writes──> World: call, TCP, IP, framing, line ──from_client──> hub
//!   socket <──to_client────── World                               <──server_writes── hub
//! ```
//!
//! The client's own kernel acknowledges at loopback speed, and knows nothing of it; the world's TCP does the
//! waiting. Each connection is a call of its own: it is dialled when the client connects.

use bytes::Bytes;

use super::cost::{Cost, Line};
use crate::desk::{Answer, Ask, ConnId, Service};
use crate::link::tcp::Side;
use crate::mail::store::Store;
use crate::protocol::Server;
use crate::protocol::scripted::{Script, Scripted};
use crate::session::Output;
use crate::time::{Duration, Instant};
use crate::trace::Trace;
use crate::world::{Conn, Host, Waiting, World};

/// A world between one client and its session.
#[derive(Debug)]
pub struct Pipe {
    world: World,
    line: Line,
    service: Service,
    /// What the clock showed when the world began.
    start: Instant,
    conn: Option<ConnId>,
    /// Octets of the client's stream that the hub has been given.
    heard: u64,
    /// Octets of it that were answered.
    framed: u64,
    /// How many octets of the session's may wait.
    waiting_max: u64,
    /// What the client did before the call was up.
    early: Vec<Bytes>,
    client_ended: bool,
    server_ended: bool,
}

/// What has come out of a pipe.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrived {
    /// The connection is up at the server's end: the session can begin.
    pub connected: bool,
    /// Octets for the hub.
    pub from_client: Vec<Bytes>,
    /// The client has closed, and all it wrote has been given to the hub.
    pub client_ended: bool,
    /// Octets for the socket.
    pub to_client: Vec<Bytes>,
    /// The server has closed, and all it wrote is in `to_client` or was before.
    pub server_ended: bool,
}

impl Pipe {
    /// What the line carries in so many seconds waits in the pipe, what comes next in the hub: enough to keep the
    /// line busy, and so little that a session's timers begin when its client has nearly all.
    const WAITING_SECONDS: u64 = 10;

    const WAITING_MIN: u64 = 4 << 10;

    const WAITING_MAX: u64 = 1 << 20;

    /// The world keeps what passes, for its journal. After so many octets the line is taken down.
    pub const OCTETS_MAX: u64 = 256 << 20;

    /// A line on which a call is dialled now.
    #[must_use]
    pub fn dial(line: &Line, service: Service, now: Instant) -> Self {
        let silent = Server::Scripted(Scripted::new(Script::default().into()));
        let mut world = World::new(0, Store::new(line.epoch), Host::new(vec![(service, silent)]));
        world.add_workstation(line.link.clone());
        let dialled = world.begin(0, &Ask::Dial);
        debug_assert_eq!(dialled, Ok(Waiting::Call));
        Self {
            world,
            line: line.clone(),
            service,
            start: now,
            conn: None,
            heard: 0,
            framed: 0,
            waiting_max: (line.link.rate_down.bits_per_second() / 8)
                .saturating_mul(Self::WAITING_SECONDS)
                .clamp(Self::WAITING_MIN, Self::WAITING_MAX),
            early: Vec::new(),
            client_ended: false,
            server_ended: false,
        }
    }

    /// When something will come out by itself.
    #[must_use]
    pub fn wake(&self) -> Option<Instant> {
        self.world.next_at().map(|at| self.start + at.since(Instant::START))
    }

    /// The client wrote.
    pub fn client_writes(&mut self, now: Instant, octets: Bytes) {
        self.pass_until(now);
        match self.conn {
            Some(conn) => drop(self.world.begin(0, &Ask::Send(conn, octets))),
            None => self.early.push(octets),
        }
    }

    /// The client closed its end.
    pub fn client_ends(&mut self, now: Instant) {
        self.pass_until(now);
        self.client_ended = true;
        if let Some(conn) = self.conn {
            drop(self.world.begin(0, &Ask::Close(conn)));
        }
    }

    /// The session wrote.
    pub fn server_writes(&mut self, now: Instant, octets: Bytes) {
        self.pass_until(now);
        if let Some(conn) = self.conn {
            let mut out = Output::default();
            if self.heard > self.framed {
                // Whatever had come by now is what this answers, as far as anybody can tell.
                out.command(self.heard - self.framed, Bytes::new());
                self.framed = self.heard;
            }
            out.write(octets);
            self.world.server_says(conn, out);
        }
    }

    /// The session is over, and all it wrote is in the pipe.
    pub fn server_ends(&mut self, now: Instant) {
        self.pass_until(now);
        if let Some(conn) = self.conn.filter(|_| !std::mem::replace(&mut self.server_ended, true)) {
            let mut out = Output::default();
            out.close = true;
            self.world.server_says(conn, out);
        }
    }

    /// How many octets of one end's wait for the line or are on it.
    fn waiting(&self, from: Side) -> u64 {
        let Some(conn) = self.conn.and_then(|id| self.world.conn(id)) else { return 0 };
        let stream = conn.stream(from);
        stream.end() - stream.arrivals.last().map_or(0, |arrival| arrival.upto)
    }

    /// True if the session may write.
    #[must_use]
    pub fn takes_from_server(&self) -> bool {
        self.conn.and_then(|id| self.world.conn(id)).is_some_and(Conn::is_open)
            && self.waiting(Side::Server) < self.waiting_max
    }

    /// True if the client may write.
    #[must_use]
    pub fn takes_from_client(&self) -> bool {
        let early: usize = self.early.iter().map(Bytes::len).sum();
        !self.client_ended && self.waiting(Side::Client) + (early as u64) < self.waiting_max
    }

    /// True if nothing of the session's is on its way.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.waiting(Side::Server) == 0
    }

    /// True if more has passed than is kept of one session.
    #[must_use]
    pub fn is_worn_out(&self) -> bool {
        let octets = |conn: ConnId| {
            let conn = self.world.conn(conn)?;
            Some(conn.stream(Side::Client).end() + conn.stream(Side::Server).end())
        };
        self.conn.and_then(octets).is_some_and(|octets| octets > Self::OCTETS_MAX)
    }

    /// Lets the world go on until `now`, and gives what has come out.
    pub fn arrived(&mut self, now: Instant) -> Arrived {
        self.pass_until(now);
        let mut arrived = Arrived::default();
        let Some(id) = self.conn else { return arrived };
        while let Some(Answer::Arrived(octets)) = self.world.poll(0, &Waiting::Octets(id, None)) {
            arrived.to_client.push(octets);
        }
        let Some(conn) = self.world.conn(id) else { return arrived };
        let stream = conn.stream(Side::Client);
        let upto = stream.arrivals.last().map_or(0, |arrival| arrival.upto);
        arrived.from_client = stream.shared(self.heard, upto);
        self.heard = upto;
        arrived.connected = conn.is_open();
        arrived.client_ended = conn.is_lost() || conn.end(Side::Server).peer_closed();
        arrived.server_ended = conn.is_lost() || conn.end(Side::Client).peer_closed();
        arrived
    }

    /// Hangs up. What the session took, and its trace.
    #[must_use]
    pub fn hang_up(mut self, now: Instant) -> (Cost, Trace) {
        self.pass_until(now);
        self.client_ends(now);
        // A connection that is still closing gets the time it needs, which the client does not wait for.
        while self.world.poll(0, &Waiting::Closing).is_none() && self.world.step() {}
        let begun = self.start.since(Instant::START);
        (Cost::of_world(&self.world, begun, &self.line), Trace::of(&self.world, 0))
    }

    /// Runs all events up to `now`; the clock of the world then shows `now`.
    fn pass_until(&mut self, now: Instant) {
        let until = Instant::START + now.since(self.start);
        // The world moves by events alone: a wake-up call is one.
        if until > self.world.now() {
            drop(self.world.begin(0, &Ask::Arrived(self.conn.unwrap_or(ConnId(0)), Some(until))));
        }
        loop {
            self.connect_when_up();
            if self.world.next_at().is_none_or(|at| at > until) {
                return;
            }
            self.world.step();
        }
    }

    /// Connects as soon as the call is up, and then says what the client has said meanwhile.
    fn connect_when_up(&mut self) {
        if self.conn.is_some() || self.world.workstations().first().is_none_or(|place| place.call().is_none())
        {
            return;
        }
        if let Ok(Waiting::Handshake(conn)) = self.world.begin(0, &Ask::Connect(self.service)) {
            self.conn = Some(conn);
            for octets in std::mem::take(&mut self.early) {
                drop(self.world.begin(0, &Ask::Send(conn, octets)));
            }
            if self.client_ended {
                drop(self.world.begin(0, &Ask::Close(conn)));
            }
        }
    }
}

/// How long a call takes to come up over the line, which clients wait before they are greeted.
#[must_use]
pub fn set_up(line: &Line) -> Duration {
    line.link.call.total()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::preset;
    use crate::link::tariff::Tariff;
    use crate::mail::date::Timestamp;
    use std::sync::Arc;

    fn line(link: &str) -> Line {
        Line {
            link: Arc::new(preset::resolve(link).unwrap()),
            tariff: Arc::new(Tariff::named("bt-local-1997").unwrap().clone()),
            real_time: true,
            epoch: Timestamp::DEFAULT_START,
        }
    }

    /// Runs the pipe until `done`, as the clock of a patient person would.
    fn wait(pipe: &mut Pipe, now: &mut Instant, mut done: impl FnMut(&Arrived) -> bool) {
        loop {
            let arrived = pipe.arrived(*now);
            if done(&arrived) {
                return;
            }
            *now = pipe.wake().expect("something must be under way").max(*now);
        }
    }

    #[test]
    fn octets_arrive_when_the_line_says() {
        let mut pipe =
            Pipe::dial(&line("rate=2400,bits=10,frame=0,delay=50ms,mtu=576"), Service::Pop3, at(7));
        let mut now = at(7);
        wait(&mut pipe, &mut now, |arrived| arrived.connected);
        assert!(now > at(7));
        let mut heard = 0;
        pipe.server_writes(now, Bytes::from(vec![b'x'; 10_000]));
        let said = now;
        wait(&mut pipe, &mut now, |arrived| {
            heard += arrived.to_client.iter().map(Bytes::len).sum::<usize>();
            heard == 10_000
        });
        // 10,000 octets of ten bits at 2400 bit/s take 41.7 s, and headers come on top.
        let took = now.since(said).as_secs_f64();
        assert!((41.7..60.0).contains(&took), "{took}");

        pipe.client_writes(now, Bytes::from_static(b"QUIT\r\n"));
        let mut all = Vec::new();
        wait(&mut pipe, &mut now, |arrived| {
            all.extend(arrived.from_client.iter().flat_map(|octets| octets.to_vec()));
            all == b"QUIT\r\n"
        });
        pipe.server_ends(now);
        wait(&mut pipe, &mut now, |arrived| arrived.server_ended);
        let (cost, trace) = pipe.hang_up(now);
        assert!(cost.line_bytes.down > 10_000 && cost.money > crate::units::Money::ZERO, "{cost}");
        assert_eq!(trace.writes().count(), 2);
    }

    #[test]
    fn what_is_said_before_the_call_is_up_waits_for_it() {
        let mut pipe = Pipe::dial(&line("v22bis-2400:plain"), Service::Smtp, at(0));
        let mut now = at(1);
        pipe.client_writes(now, Bytes::from_static(b"HELO x\r\n"));
        pipe.client_ends(now);
        let mut all = 0;
        wait(&mut pipe, &mut now, |arrived| {
            all += arrived.from_client.iter().map(Bytes::len).sum::<usize>();
            arrived.client_ended
        });
        assert_eq!(all, 8);
        assert!(now > at(0) + set_up(&line("v22bis-2400:plain")));
    }

    fn at(seconds: u64) -> Instant {
        Instant::START + Duration::from_secs(seconds)
    }
}
