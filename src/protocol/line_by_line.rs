//! The shell of a server that goes line by line: what POP1, POP2 and poppassd have in common.
//!
//! ```text
//!   octets ──> lines ──> line by line: a command framed, its reply ──> the timer begins anew
//!                                                                       └── it runs out: a last word, perhaps, and close
//! ```
//!
//! POP3 and SMTP have shells of their own: texts, chunks, layers and TLS come in between their lines.

use crate::mail::store::Store;
use crate::protocol::lines::{Line, LineBuffer};
use crate::session::{Output, Session};
use crate::time::{Duration, Instant};

/// What every such session keeps beside its state.
#[derive(Clone, Debug, PartialEq)]
pub struct Shell {
    lines: LineBuffer,
    /// When the client's time is up.
    deadline: Instant,
    /// The session has closed, or the peer has left.
    over: bool,
}

impl Shell {
    /// Before anything is said.
    #[must_use]
    pub const fn new(lines: LineBuffer) -> Self {
        Self { lines, deadline: Instant::NEVER, over: false }
    }
}

/// A protocol in which every line is a command, and nothing else comes in.
pub trait LineByLine {
    /// The shell.
    fn shell(&mut self) -> &mut Shell;

    /// How long a client may be silent.
    fn patience(&self) -> Duration;

    /// What is said first.
    fn greeting(&self) -> Vec<u8>;

    /// The line as it may be shown to people: without passwords.
    fn shown(line: &[u8]) -> Vec<u8>;

    /// Answers a line; `None` is one that was too long. True if the session goes on.
    fn answer(&mut self, line: Option<&[u8]>, store: &mut Store, out: &mut Output) -> bool;

    /// The last word to a client that was silent for too long.
    fn last_word(&mut self, _store: &mut Store, _out: &mut Output) {}

    /// The session is over: gives back locks, forgets what was not committed. May be called more than once.
    fn end(&mut self, _store: &mut Store) {}
}

fn restart_timer(session: &mut impl LineByLine, now: Instant, out: &mut Output) {
    let deadline = now + session.patience();
    session.shell().deadline = deadline;
    out.wake = Some(deadline);
}

fn take(
    session: &mut impl LineByLine,
    shown: fn(&[u8]) -> Vec<u8>,
    line: Line,
    store: &mut Store,
    out: &mut Output,
) {
    let (octets, text) = match line {
        Line::Whole { text, octets, .. } => (octets, Some(text)),
        Line::TooLong { octets } => (octets, None),
    };
    out.command(octets, text.as_deref().map_or_else(|| b"(a line that is too long)".to_vec(), shown));
    // Whatever comes behind the end belongs to a command, too, and is not obeyed.
    if !session.shell().over && !session.answer(text.as_deref(), store, out) {
        session.end(store);
        session.shell().over = true;
        out.close = true;
    }
}

impl<T: LineByLine> Session for T {
    fn open(&mut self, now: Instant, _: &mut Store, out: &mut Output) {
        out.write(self.greeting());
        restart_timer(self, now, out);
    }

    fn receive(&mut self, now: Instant, bytes: &[u8], store: &mut Store, out: &mut Output) {
        self.shell().lines.push(bytes);
        while let Some(line) = self.shell().lines.next_line() {
            take(self, T::shown, line, store, out);
            if !self.shell().over {
                restart_timer(self, now, out);
            }
        }
    }

    /// A mailbox is frozen when it is opened: whatever others do, this session hears nothing.
    fn notice(&mut self, _: Instant, _: &Store, _: &mut Output) {}

    fn wake(&mut self, now: Instant, store: &mut Store, out: &mut Output) {
        let (deadline, over) = (self.shell().deadline, self.shell().over);
        if over {
        } else if now < deadline {
            out.wake = Some(deadline);
        } else {
            self.last_word(store, out);
            self.gone(store);
            out.close = true;
        }
    }

    fn gone(&mut self, store: &mut Store) {
        self.end(store);
        self.shell().over = true;
    }
}
