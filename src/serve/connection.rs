//! One client's socket: what the hub wants sent is sent, what comes in goes to the hub.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::rc::Rc;
use std::time::Duration as StdDuration;

use bytes::Bytes;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::hub::{Hub, Step};
use super::pipe::Pipe;
use super::server::Clock;
use super::stream::{Done, Stream};
use super::tls::Tls;
use crate::time::Instant;

/// How much is read at once.
const READ_OCTETS: usize = 16 << 10;

/// How long a closed connection is kept, so that its last octets arrive before the system resets it.
const LINGER: StdDuration = StdDuration::from_secs(1);

/// What a client may still send into a connection that is closed, in octets.
const LINGER_OCTETS: usize = 1 << 20;

/// How long a client may take to shake hands for TLS.
const HANDSHAKE: StdDuration = StdDuration::from_secs(30);

/// What all connections share.
#[derive(Debug)]
pub struct Shared {
    /// The store and the sessions.
    pub hub: RefCell<Hub>,
    /// The real clock.
    pub clock: Clock,
    /// The certificate, if there is one.
    pub tls: Option<Tls>,
    /// Room to read into: one for all, since nobody holds it while waiting.
    pub room: RefCell<Vec<u8>>,
}

impl Shared {
    /// What connections share.
    #[must_use]
    pub fn new(hub: Hub, clock: Clock, tls: Option<Tls>) -> Self {
        Self { hub: RefCell::new(hub), clock, tls, room: RefCell::new(vec![0; READ_OCTETS]) }
    }

    async fn encrypt(&self, stream: Stream) -> io::Result<Stream> {
        let Some(tls) = &self.tls else { return Err(io::Error::other("there is no certificate")) };
        match tokio::time::timeout(HANDSHAKE, stream.encrypt(tls)).await {
            Ok(encrypted) => encrypted,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    fn now(&self) -> Instant {
        self.clock.now()
    }
}

/// One client's connection.
#[derive(Debug)]
pub struct Client {
    /// Its number at the hub.
    pub number: u64,
    /// What is notified when the hub has something to do for it.
    pub changed: Rc<Notify>,
    /// TLS begins with the first octet.
    pub encrypted: bool,
    /// The line between the socket and the hub, if there is one.
    pub line: Option<Pipe>,
}

impl Client {
    /// Serves the client until the hub has said all, and gives the socket back.
    ///
    /// # Errors
    /// What broke the connection before.
    pub async fn converse(&mut self, stream: TcpStream, shared: &Shared) -> io::Result<Stream> {
        // Without it Nagle's algorithm holds short replies back. Where it cannot be had, all is only slower.
        let _ = stream.set_nodelay(true);
        let mut stream = Stream::Clear(stream);
        if self.encrypted {
            stream = shared.encrypt(stream).await?;
        }
        // The line is taken out for the time of the talk, so that both can be changed.
        let mut line = self.line.take();
        let said = match &mut line {
            Some(line) => self.over_a_line(stream, shared, line).await,
            None => self.directly(stream, shared).await,
        };
        self.line = line;
        said
    }

    async fn directly(&self, mut stream: Stream, shared: &Shared) -> io::Result<Stream> {
        let number = self.number;
        loop {
            let Step { send, reads, wake, start_tls, is_over } = shared.hub.borrow().step(number);
            if is_over {
                return Ok(stream);
            }
            if start_tls {
                stream = shared.encrypt(stream).await?;
                shared.hub.borrow_mut().secured(shared.now(), number);
                continue;
            }
            tokio::select! {
                done = stream.next(send.as_deref(), reads.then_some(&shared.room)) => match done? {
                    Done::Wrote(octets) => shared.hub.borrow_mut().sent(shared.now(), number, octets),
                    Done::Ended => shared.hub.borrow_mut().input_ended(shared.now(), number),
                    Done::Came(octets) => shared.hub.borrow_mut().received(shared.now(), number, &octets),
                },
                () = until(wake, shared.clock) => shared.hub.borrow_mut().due(shared.now(), number),
                () = self.changed.notified() => {}
            }
        }
    }

    async fn over_a_line(&self, mut stream: Stream, shared: &Shared, line: &mut Pipe) -> io::Result<Stream> {
        let number = self.number;
        let mut to_client: VecDeque<Bytes> = VecDeque::new();
        let (mut client_ended, mut told_the_end) = (false, false);
        loop {
            let now = shared.now();
            let arrived = line.arrived(now);
            to_client.extend(arrived.to_client);
            // The hub is given back before anything waits.
            let Step { send, wake, start_tls, is_over, .. } = {
                let mut hub = shared.hub.borrow_mut();
                for octets in &arrived.from_client {
                    hub.received(now, number, octets);
                }
                if arrived.client_ended && !std::mem::replace(&mut told_the_end, true) {
                    hub.input_ended(now, number);
                }
                hub.step(number)
            };
            if let Some(send) = send.filter(|_| line.takes_from_server()) {
                shared.hub.borrow_mut().sent(now, number, send.len());
                line.server_writes(now, send);
                continue;
            }
            if is_over {
                line.server_ends(now);
            }
            if to_client.is_empty() {
                if arrived.server_ended || line.is_worn_out() {
                    return Ok(stream);
                }
                if start_tls && line.is_drained() {
                    stream = shared.encrypt(stream).await?;
                    shared.hub.borrow_mut().secured(shared.now(), number);
                    continue;
                }
            }
            let wake = [wake, line.wake()].into_iter().flatten().min();
            let reads = !client_ended && !start_tls && line.takes_from_client();
            tokio::select! {
                done = stream.next(to_client.front().map(|send| &**send), reads.then_some(&shared.room)) => match done? {
                    Done::Wrote(octets) => {
                        if let Some(front) = to_client.front_mut() {
                            drop(front.split_to(octets.min(front.len())));
                        }
                        to_client.pop_front_if(|front| front.is_empty());
                    }
                    Done::Ended => {
                        client_ended = true;
                        line.client_ends(shared.now());
                    }
                    Done::Came(octets) => line.client_writes(shared.now(), octets),
                },
                () = until(wake, shared.clock) => shared.hub.borrow_mut().due(shared.now(), number),
                () = self.changed.notified() => {}
            }
        }
    }
}

/// Sends a last word to somebody who is not let in.
pub async fn turn_away(mut stream: TcpStream, word: String) {
    let said = tokio::time::timeout(LINGER, stream.write_all(word.as_bytes())).await;
    if matches!(said, Ok(Ok(()))) {
        say_goodbye(Stream::Clear(stream)).await;
    }
}

/// Closes so that what was sent arrives: a system that closes while octets of the client lie unread resets the
/// connection, and the client may never see the last reply.
pub async fn say_goodbye(mut stream: Stream) {
    let drain = async {
        stream.shutdown().await?;
        let mut room = [0; 1024];
        let mut left = LINGER_OCTETS;
        while left > 0 {
            match stream.read(&mut room).await? {
                0 => break,
                octets => left = left.saturating_sub(octets),
            }
        }
        Ok::<(), io::Error>(())
    };
    // Whether the client hears it or has gone: the connection is over.
    let _ = tokio::time::timeout(LINGER, drain).await;
}

/// Waits for a moment, or for ever.
pub async fn until(at: Option<Instant>, clock: Clock) {
    match at {
        Some(at) => tokio::time::sleep(StdDuration::from_nanos(at.since(clock.now()).as_nanos())).await,
        None => std::future::pending().await,
    }
}
