//! Where a client sits: the contract between a client and whoever runs it.
//!
//! A client is a straight-line `async` function that gets a [`Desk`]. On the desk stands one line: the client
//! dials, connects to services, sends, reads, thinks and hangs up. Each of these is one [`Ask`], which the
//! world (or a real socket) meets with one [`Answer`]; while it waits, virtual time passes.
//!
//! ```text
//! dial ──> connect(service) ──> send / read ... ──> close ──> hang_up
//!              └─ a Wire: owned; several may be open at once
//! ```
//!
//! **A client is a function of its answers.** It learns time, chance and bytes only here, so its *tape*, the
//! asks and answers so far, is its state: a fresh start of the same function that hears the same answers is at
//! the same place. Authors keep to that: no statics, no clock, no chance of their own, no printing.

use std::cell::RefCell;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;

use crate::time::{Duration, Instant};

/// A service that a host offers, by the protocol spoken there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// Post Office Protocol, version 3 (RFC 1939), port 110.
    Pop3,
    /// Internet Message Access Protocol, version 4rev1 (RFC 3501), port 143.
    Imap,
    /// Simple Mail Transfer Protocol (RFC 821), port 25.
    Smtp,
}

impl Service {
    /// The service's well-known port.
    #[must_use]
    pub const fn port(self) -> u16 {
        match self {
            Self::Pop3 => 110,
            Self::Imap => 143,
            Self::Smtp => 25,
        }
    }
}

/// Names a connection in its world, in the order in which connections were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub u32);

/// One thing that a client asks of the world.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// Place a call on the desk's line and wait until it is up. A line that needs no call is up at once.
    Dial,
    /// End the call, and with it whatever is still open.
    HangUp,
    /// Open a connection and wait until the handshake is done.
    Connect(Service),
    /// Hand octets to the connection; does not wait.
    Send(ConnId, Bytes),
    /// Wait until octets have arrived, and take them all; not longer than until the given moment.
    Arrived(ConnId, Option<Instant>),
    /// Close the connection from this end, once everything is sent; does not wait.
    Close(ConnId),
    /// Let time pass: somebody reads, writes, thinks.
    Think(Duration),
    /// What time is it?
    Now,
    /// A number from the client's own random stream.
    Random,
    /// Write something down in the journal.
    Note(Note),
}

/// What the world answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It is done.
    Done,
    /// The connection is up.
    Connected(ConnId),
    /// What has arrived; never empty.
    Arrived(Bytes),
    /// The moment given has come and nothing has arrived.
    TimedOut,
    /// The time.
    Now(Instant),
    /// A random number, uniform over all 64 bits.
    Random(u64),
    /// It cannot be done.
    Failed(Trouble),
}

/// What a client writes into the journal about its user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// A remark for people.
    Remark(String),
    /// The user has now read the message with this [`crate::mail::summary::Key`].
    Read(crate::mail::summary::Key),
    /// The user has finished an answer to the message with this key, and it has been handed over for delivery.
    Answered(crate::mail::summary::Key),
    /// The scenario's visit of this number (from 0) begins.
    Visit(u32),
}

/// Why a client did not get what it asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No call is up, or it could not be made.
    NoCarrier,
    /// The call was made and failed; dialling again may work.
    CallFailed,
    /// Nobody offers this service.
    Refused(Service),
    /// The other end has closed the connection, and everything that it sent has been read.
    Closed,
    /// Nothing will ever arrive: no event is left in the world.
    Stalled,
    /// A line from the other end is longer than a client wants to keep.
    LineTooLong,
    /// The other end said something that the protocol does not allow here, or refused what was asked.
    Protocol(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCarrier => f.write_str("no carrier: there is no call, or the line dropped"),
            Self::CallFailed => f.write_str("the call failed"),
            Self::Refused(service) => write!(f, "no server offers {service:?} here"),
            Self::Closed => f.write_str("the other end has closed the connection"),
            Self::Stalled => f.write_str("nothing will ever arrive: both ends wait for each other"),
            Self::LineTooLong => f.write_str("a line from the other end is too long"),
            Self::Protocol(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Trouble {}

/// A client that has been started and waits for its next answer.
pub type Running = Pin<Box<dyn Future<Output = Result<(), Trouble>>>>;

/// A client that can be started afresh at any time: the function, without its place.
pub type Program = Arc<dyn Fn(Desk) -> Running + Send + Sync>;

/// A client's desk. Clones are the same desk.
#[derive(Clone, Debug, Default)]
pub struct Desk {
    slot: Rc<RefCell<Slot>>,
}

/// The one question and the one answer that lie on a desk.
#[derive(Debug, Default)]
struct Slot {
    ask: Option<Ask>,
    answer: Option<Answer>,
}

impl Desk {
    async fn ask(&self, ask: Ask) -> Answer {
        self.slot.borrow_mut().ask = Some(ask);
        poll_fn(|_| match self.slot.borrow_mut().answer.take() {
            Some(answer) => Poll::Ready(answer),
            None => Poll::Pending,
        })
        .await
    }

    /// For whoever runs the client: takes the question that lies on the desk.
    #[must_use]
    pub fn take_ask(&self) -> Option<Ask> {
        self.slot.borrow_mut().ask.take()
    }

    /// For whoever runs the client: lays an answer on the desk. Poll the client next.
    pub fn put_answer(&self, answer: Answer) {
        self.slot.borrow_mut().answer = Some(answer);
    }

    /// Places a call and waits until it is up.
    ///
    /// # Errors
    /// [`Trouble::CallFailed`] when nobody answers or the modems do not agree.
    pub async fn dial(&self) -> Result<(), Trouble> {
        done(self.ask(Ask::Dial).await)
    }

    /// Ends the call.
    pub async fn hang_up(&self) {
        self.ask(Ask::HangUp).await;
    }

    /// Opens a connection to the host's `service`.
    ///
    /// # Errors
    /// [`Trouble::NoCarrier`] without a call, [`Trouble::Refused`] if nobody listens.
    pub async fn connect(&self, service: Service) -> Result<Wire, Trouble> {
        match self.ask(Ask::Connect(service)).await {
            Answer::Connected(conn) => Ok(Wire { desk: self.clone(), conn, arrived: Vec::new(), taken: 0 }),
            other => Err(trouble(other)),
        }
    }

    /// Lets the user think, read or write for `span`.
    pub async fn think(&self, span: Duration) {
        if span > Duration::ZERO {
            self.ask(Ask::Think(span)).await;
        }
    }

    /// The time.
    pub async fn now(&self) -> Instant {
        match self.ask(Ask::Now).await {
            Answer::Now(now) => now,
            _ => Instant::START,
        }
    }

    /// A number from the client's own random stream.
    pub async fn random(&self) -> u64 {
        match self.ask(Ask::Random).await {
            Answer::Random(number) => number,
            _ => 0,
        }
    }

    /// Writes something down in the journal.
    pub async fn note(&self, note: Note) {
        self.ask(Ask::Note(note)).await;
    }
}

fn done(answer: Answer) -> Result<(), Trouble> {
    match answer {
        Answer::Done => Ok(()),
        other => Err(trouble(other)),
    }
}

fn trouble(answer: Answer) -> Trouble {
    match answer {
        Answer::Failed(trouble) => trouble,
        _ => Trouble::Stalled,
    }
}

/// One end of a connection, owned by the client that opened it.
///
/// Lines are cut here, on the client's side, from whatever has arrived: one question to the world brings all
/// that is there.
#[derive(Debug)]
pub struct Wire {
    desk: Desk,
    conn: ConnId,
    arrived: Vec<u8>,
    taken: usize,
}

impl Wire {
    /// The longest line that a client keeps, in octets.
    pub const LINE_MAX: usize = 16 << 20;

    /// The longest text of many lines that a client keeps, in octets.
    pub const TEXT_MAX: usize = 1 << 30;

    /// The connection's name.
    #[must_use]
    pub const fn id(&self) -> ConnId {
        self.conn
    }

    /// The desk that the wire belongs to.
    #[must_use]
    pub const fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Sends octets; does not wait.
    ///
    /// # Errors
    /// [`Trouble::NoCarrier`] or [`Trouble::Closed`] when the connection is gone.
    pub async fn send(&self, octets: impl Into<Bytes>) -> Result<(), Trouble> {
        done(self.desk.ask(Ask::Send(self.conn, octets.into())).await)
    }

    /// Octets that have arrived and were not read; does not wait.
    #[must_use]
    pub fn buffered(&self) -> &[u8] {
        &self.arrived[self.taken..]
    }

    /// Waits until anything more has arrived.
    ///
    /// # Errors
    /// As [`Wire::read_line`].
    pub async fn more(&mut self) -> Result<(), Trouble> {
        self.more_until(None).await.map(|_| ())
    }

    /// Waits until anything more has arrived (`true`) or the moment has come (`false`).
    ///
    /// # Errors
    /// As [`Wire::read_line`].
    pub async fn more_until(&mut self, deadline: Option<Instant>) -> Result<bool, Trouble> {
        match self.desk.ask(Ask::Arrived(self.conn, deadline)).await {
            Answer::Arrived(bytes) => {
                if self.taken > 0 {
                    self.arrived.drain(..self.taken);
                    self.taken = 0;
                }
                self.arrived.extend_from_slice(&bytes);
                Ok(true)
            }
            Answer::TimedOut => Ok(false),
            other => Err(trouble(other)),
        }
    }

    /// Reads one line, without its CR LF (or its bare LF).
    ///
    /// # Errors
    /// [`Trouble::Closed`], [`Trouble::NoCarrier`] or [`Trouble::Stalled`] when no whole line will come;
    /// [`Trouble::LineTooLong`] beyond [`Wire::LINE_MAX`].
    pub async fn read_line(&mut self) -> Result<Bytes, Trouble> {
        let mut searched = 0;
        loop {
            let waiting = &self.arrived[self.taken..];
            if let Some(at) = memchr::memchr(b'\n', &waiting[searched..]) {
                let line = &waiting[..searched + at];
                let line = Bytes::copy_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
                self.taken += searched + at + 1;
                return Ok(line);
            }
            searched = waiting.len();
            if searched > Self::LINE_MAX {
                return Err(Trouble::LineTooLong);
            }
            self.more().await?;
        }
    }

    /// Reads up to and with `end`, over as many lines as it takes. `end` must not be empty.
    ///
    /// # Errors
    /// As [`Wire::read_line`]; [`Trouble::LineTooLong`] beyond [`Wire::TEXT_MAX`].
    pub async fn read_until(&mut self, end: &[u8]) -> Result<Bytes, Trouble> {
        let mut searched = 0;
        loop {
            let waiting = &self.arrived[self.taken..];
            if let Some(at) = memchr::memmem::find(&waiting[searched..], end) {
                let octets = searched + at + end.len();
                return self.read_exact(octets).await;
            }
            // The end may have arrived in part.
            searched = (waiting.len() + 1).saturating_sub(end.len().max(1));
            if searched > Self::TEXT_MAX {
                return Err(Trouble::LineTooLong);
            }
            self.more().await?;
        }
    }

    /// Reads exactly `octets` octets.
    ///
    /// # Errors
    /// As [`Wire::read_line`].
    pub async fn read_exact(&mut self, octets: usize) -> Result<Bytes, Trouble> {
        while self.arrived.len() - self.taken < octets {
            self.more().await?;
        }
        let read = Bytes::copy_from_slice(&self.arrived[self.taken..self.taken + octets]);
        self.taken += octets;
        Ok(read)
    }

    /// Waits for `octets` octets and throws them away as they come.
    ///
    /// # Errors
    /// As [`Wire::read_line`].
    pub async fn skip(&mut self, octets: u64) -> Result<(), Trouble> {
        let mut left = octets;
        loop {
            let there = ((self.arrived.len() - self.taken) as u64).min(left);
            self.taken += there as usize;
            left -= there;
            if left == 0 {
                return Ok(());
            }
            self.more().await?;
        }
    }

    /// Reads until the other end has closed, and throws away what comes.
    pub async fn read_to_end(&mut self) {
        while self.more().await.is_ok() {
            self.taken = self.arrived.len();
        }
    }

    /// Closes the connection from this end.
    pub async fn close(self) {
        self.desk.ask(Ask::Close(self.conn)).await;
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use super::*;

    /// Runs a client that reads from one connection, on which these octets arrive piece by piece.
    fn read<T>(
        arrivals: &[&[u8]],
        client: impl AsyncFnOnce(Wire) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let desk = Desk::default();
        let mut running = std::pin::pin!(async { client(desk.clone().connect(Service::Pop3).await?).await });
        let mut arrivals = arrivals.iter();
        loop {
            if let Poll::Ready(read) = running.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return read;
            }
            let answer = match desk.take_ask() {
                Some(Ask::Connect(_)) => Answer::Connected(ConnId(0)),
                Some(Ask::Arrived(..)) => arrivals.next().map_or(Answer::Failed(Trouble::Closed), |octets| {
                    Answer::Arrived(Bytes::copy_from_slice(octets))
                }),
                other => panic!("{other:?}"),
            };
            desk.put_answer(answer);
        }
    }

    #[test]
    fn a_text_is_read_to_its_end_wherever_it_was_cut() {
        let stream = b"+OK\r\na\r\n.\rb\r\n.\r\nrest";
        for cut in 1..stream.len() {
            for size in 1..=cut {
                let pieces: Vec<&[u8]> = stream[..cut].chunks(size).chain([&stream[cut..]]).collect();
                let read = read(&pieces, async |mut wire| {
                    let line = wire.read_line().await?;
                    let text = wire.read_until(b"\r\n.\r\n").await?;
                    Ok((line, text, wire.read_exact(4).await?))
                });
                let (line, text, rest) = read.unwrap();
                assert_eq!(
                    (&line[..], &text[..], &rest[..]),
                    (&b"+OK"[..], &b"a\r\n.\rb\r\n.\r\n"[..], &b"rest"[..])
                );
            }
        }
    }

    #[test]
    fn a_text_whose_end_never_comes_is_trouble() {
        let outcome = read(&[b"a\r\n.", b"\r"], async |mut wire| wire.read_until(b"\r\n.\r\n").await);
        assert_eq!(outcome, Err(Trouble::Closed));
    }
}
