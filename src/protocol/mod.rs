//! The protocols: servers as sans-IO sessions, clients as straight-line `async` functions over a [`Wire`].
//!
//! Each protocol is a folder with the same files, so that who knows one knows all:
//!
//! | file | holds |
//! |---|---|
//! | `command.rs` | the commands: one row each |
//! | `parse.rs` | octets to commands, under the grammar's rules |
//! | `state.rs` | the states that the RFC names, and the one transition match |
//! | `session.rs` | the server's shell: input in, writes and deadlines out |
//! | `client.rs` | the other end |
//!
//! [`Wire`]: crate::desk::Wire

pub mod dmsp;
pub mod features;
pub mod imap;
mod line_by_line;
pub mod lines;
pub mod mail_data;
pub mod pop1;
pub mod pop2;
pub mod pop3;
pub mod poppassd;
#[cfg(test)]
mod printed_sessions;
pub mod sasl;
pub mod scripted;
pub mod security;
mod sendmail;
pub mod smtp;
#[cfg(test)]
pub mod testing;
pub mod tls;

use crate::desk::Service;
use crate::mail::store::{Store, UserId};
use crate::session::{Output, Session};
use crate::time::Instant;

/// One command: the one place where its word, syntax, legal states, clause and help stand. Parsing, legality,
/// error texts, completion, help and the book's tables all come from this row.
#[derive(Clone, Copy, Debug)]
pub struct CommandRow<K: 'static, S: 'static> {
    /// Which command it is.
    pub kind: K,
    /// The keyword, in capitals.
    pub word: &'static str,
    /// The whole command as a person writes it: `TOP msg n`.
    pub syntax: &'static str,
    /// The states in which it may be given.
    pub states: &'static [S],
    /// The clause that defines it: `RFC 1939 §7`.
    pub clause: &'static str,
    /// What it does, in one line.
    pub help: &'static str,
}

/// The row whose keyword is `word`, in any case of letters.
pub fn row_named<'a, K, S>(rows: &'a [CommandRow<K, S>], word: &[u8]) -> Option<&'a CommandRow<K, S>> {
    rows.iter().find(|row| row.word.as_bytes().eq_ignore_ascii_case(word))
}

/// A server's session of any protocol: one value, so that a world can be cloned and compared.
#[derive(Clone, Debug, PartialEq)]
pub enum Server {
    /// A POP3 session.
    Pop3(pop3::Pop3),
    /// An IMAP session.
    Imap(imap::Imap),
    /// An SMTP session.
    Smtp(smtp::Smtp),
    /// A DMSP session.
    Dmsp(dmsp::Dmsp),
    /// A POP2 session.
    Pop2(pop2::Pop2),
    /// A POP1 session.
    Pop1(pop1::Pop1),
    /// A session with the password daemon.
    Poppassd(poppassd::Poppassd),
    /// A session that is written down.
    Scripted(scripted::Scripted),
}

macro_rules! forward {
    ($self:ident, $session:ident => $call:expr) => {
        match $self {
            Server::Pop3($session) => $call,
            Server::Imap($session) => $call,
            Server::Smtp($session) => $call,
            Server::Dmsp($session) => $call,
            Server::Pop2($session) => $call,
            Server::Pop1($session) => $call,
            Server::Poppassd($session) => $call,
            Server::Scripted($session) => $call,
        }
    };
}

impl Server {
    /// The same server as one of another year or make; `None` if its protocol has no dialect of this name.
    #[must_use]
    pub fn in_dialect(self, word: &str) -> Option<Self> {
        match self {
            Self::Pop3(pop3) => {
                pop3::Dialect::named(word).map(|dialect| Self::Pop3(pop3.in_dialect(dialect)))
            }
            Self::Imap(imap) => {
                imap::Dialect::named(word).map(|dialect| Self::Imap(imap.in_dialect(dialect)))
            }
            Self::Smtp(smtp) => {
                let dialect = smtp::Dialect::named(word).filter(|dialect| *dialect != smtp::Dialect::Lmtp)?;
                Some(Self::Smtp(smtp.in_dialect(dialect)))
            }
            _ => None,
        }
    }

    /// The names of the dialects of a service.
    #[must_use]
    pub fn dialects(service: Service) -> Vec<&'static str> {
        match service {
            Service::Pop3 => pop3::DIALECTS.iter().map(|row| row.word).collect(),
            Service::Imap => imap::Dialect::ALL.map(imap::Dialect::name).to_vec(),
            // LMTP is a service of its own.
            Service::Smtp => [smtp::Dialect::Rfc821, smtp::Dialect::Now].map(smtp::Dialect::word).to_vec(),
            _ => Vec::new(),
        }
    }

    /// What it knows of encryption, where its protocol knows any.
    #[must_use]
    pub fn security(&self) -> Option<security::Security> {
        match self {
            Self::Pop3(pop3) => Some(pop3.settings().security),
            Self::Imap(imap) => Some(imap.settings().security),
            Self::Smtp(smtp) => Some(smtp.settings().security),
            _ => None,
        }
    }

    /// Who is logged in, where the protocol knows users at all.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::Pop3(pop3) => pop3.user(),
            Self::Imap(imap) => imap.user(),
            Self::Dmsp(dmsp) => dmsp.user(),
            Self::Smtp(smtp) => smtp.user(),
            Self::Pop2(pop2) => pop2.user(),
            Self::Pop1(pop1) => pop1.user(),
            Self::Poppassd(poppassd) => poppassd.user(),
            Self::Scripted(_) => None,
        }
    }
}

impl Session for Server {
    fn open(&mut self, now: Instant, store: &mut Store, out: &mut Output) {
        forward!(self, session => session.open(now, store, out));
    }

    fn receive(&mut self, now: Instant, bytes: &[u8], store: &mut Store, out: &mut Output) {
        forward!(self, session => session.receive(now, bytes, store, out));
    }

    fn notice(&mut self, now: Instant, store: &Store, out: &mut Output) {
        forward!(self, session => session.notice(now, store, out));
    }

    fn wake(&mut self, now: Instant, store: &mut Store, out: &mut Output) {
        forward!(self, session => session.wake(now, store, out));
    }

    fn proceed(&mut self, now: Instant, store: &mut Store, out: &mut Output) {
        forward!(self, session => session.proceed(now, store, out));
    }

    fn secured(&mut self, now: Instant, store: &mut Store, out: &mut Output) {
        forward!(self, session => session.secured(now, store, out));
    }

    fn gone(&mut self, store: &mut Store) {
        forward!(self, session => session.gone(store));
    }
}
