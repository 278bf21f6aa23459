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

mod wire;

pub use wire::{Coat, Wire};

/// A service that a host offers, by the protocol spoken there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// Post Office Protocol, version 3 (RFC 1939), port 110.
    Pop3,
    /// Internet Message Access Protocol, version 4rev1 (RFC 3501), port 143.
    Imap,
    /// Simple Mail Transfer Protocol (RFC 821), port 25.
    Smtp,
    /// Local Mail Transfer Protocol (RFC 2033); port 24, "any private mail system": it has none of its own, and must
    /// not be offered at port 25 (§3).
    Lmtp,
    /// Distributed Mail System Protocol of PCMAIL (RFC 1056), port 158.
    Dmsp,
    /// Post Office Protocol, version 2 (RFC 937), port 109.
    Pop2,
    /// Post Office Protocol, version 1 (RFC 918), which shared port 109 by custom.
    Pop1,
    /// The password daemon that stood beside POP3, port 106.
    Poppassd,
}

impl Service {
    /// All services.
    pub const ALL: [Self; 8] =
        [Self::Pop3, Self::Imap, Self::Smtp, Self::Lmtp, Self::Dmsp, Self::Pop2, Self::Pop1, Self::Poppassd];

    /// The service's well-known port.
    #[must_use]
    pub const fn port(self) -> u16 {
        match self {
            Self::Pop3 => 110,
            Self::Imap => 143,
            Self::Smtp => 25,
            Self::Lmtp => 24,
            Self::Dmsp => 158,
            Self::Pop2 | Self::Pop1 => 109,
            Self::Poppassd => 106,
        }
    }

    /// Its name in scripts, traces and options: `pop3`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pop3 => "pop3",
            Self::Imap => "imap",
            Self::Smtp => "smtp",
            Self::Lmtp => "lmtp",
            Self::Dmsp => "dmsp",
            Self::Pop2 => "pop2",
            Self::Pop1 => "pop1",
            Self::Poppassd => "poppassd",
        }
    }

    /// The service of this name.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.word() == word)
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
    /// Wait until the host has opened a connection to this end, as it does after ETRN (RFC 1985 §5.1), and take it;
    /// not longer than until the given moment.
    Accept(Option<Instant>),
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
    /// The workstation's disk now holds these octets, whole, under this name; `None`: nothing any more.
    Saved(String, Option<Bytes>),
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
            Answer::Connected(conn) => Ok(Wire::new(self.clone(), conn)),
            other => Err(trouble(other)),
        }
    }

    /// Waits until the host has opened a connection to this end, or until the moment has come (`None`).
    ///
    /// # Errors
    /// [`Trouble::NoCarrier`] when there is no call over which one could come.
    pub async fn accept(&self, until: Instant) -> Result<Option<Wire>, Trouble> {
        match self.ask(Ask::Accept(Some(until))).await {
            Answer::Connected(conn) => Ok(Some(Wire::new(self.clone(), conn))),
            Answer::TimedOut => Ok(None),
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
