//! Both ends of a session that is written down: they send what the script says, when the script says so.
//!
//! A recorded session of any protocol can thus be run over another link or another TCP: only sizes, order and
//! thinking are taken from it, no moment of time. The octets may be filler.

use std::sync::Arc;

use bytes::Bytes;

use crate::desk::{Program, Service};
use crate::mail::store::Store;
use crate::session::{Output, Session};
use crate::time::{Duration, Instant};

/// What both ends of a session do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// How long the client waits before it begins.
    pub begins: Duration,
    /// The client's bursts, in order.
    pub bursts: Vec<Burst>,
    /// The server's writes, in order.
    pub replies: Vec<Reply>,
    /// The server closes the connection after its last write.
    pub server_closes: bool,
    /// It does so while that write is still held back (`TCP_CORK`).
    pub closes_corked: bool,
    /// It waits for so many octets of the client's stream before it does.
    pub closes_after: u64,
    /// The client closes only when the server has closed.
    pub client_waits_for_close: bool,
}

/// What a client does between two waits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Burst {
    /// How long it thinks first.
    pub thinks: Duration,
    /// What it writes then, one after the other without waiting.
    pub writes: Vec<Bytes>,
    /// How many octets more it waits for before it goes on.
    pub awaits: u64,
}

/// One write of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// How many octets of the client's stream it waits for: 0 for a greeting.
    pub after: u64,
    /// How long the server thinks once they are there and the write before is done.
    pub thinks: Duration,
    /// What it writes.
    pub bytes: Bytes,
    /// The first line of the command that it answers, for people.
    pub answers: Bytes,
}

/// The server of a [`Script`].
#[derive(Clone, Debug, PartialEq)]
pub struct Scripted {
    script: Arc<Script>,
    /// The scripts of all connections of a host, if each has one of its own.
    of_host: Arc<[Arc<Script>]>,
    received: u64,
    framed: u64,
    /// How many replies are written.
    written: usize,
    /// When the next reply is thought out, once the server thinks about it.
    ready: Option<Instant>,
}

impl Scripted {
    /// A session that follows `script`.
    #[must_use]
    pub fn new(script: Arc<Script>) -> Self {
        Self { script, of_host: Arc::default(), received: 0, framed: 0, written: 0, ready: None }
    }

    /// Sessions that follow each a script of its own, in the order in which connections are opened.
    #[must_use]
    pub fn of_host(scripts: Vec<Arc<Script>>) -> Self {
        Self { of_host: scripts.into(), ..Self::new(Arc::default()) }
    }

    /// The session of the host's connection of this number, from 1.
    #[must_use]
    pub fn numbered(self, number: u64) -> Self {
        match usize::try_from(number).ok().and_then(|nth| self.of_host.get(nth.checked_sub(1)?)) {
            Some(script) => Self { script: Arc::clone(script), ..self },
            None => self,
        }
    }

    /// Writes every reply whose octets are there and which is thought out.
    fn advance(&mut self, now: Instant, out: &mut Output) {
        let script = Arc::clone(&self.script);
        while let Some(reply) = script.replies.get(self.written).filter(|reply| reply.after <= self.received)
        {
            if reply.after > self.framed {
                out.command(reply.after - self.framed, reply.answers.clone());
                self.framed = reply.after;
            }
            let ready = *self.ready.get_or_insert(now + reply.thinks);
            if ready > now {
                out.wake = Some(ready);
                return;
            }
            out.write(reply.bytes.clone());
            self.ready = None;
            self.written += 1;
        }
        let heard_all = self.written == script.replies.len() && self.received >= script.closes_after;
        out.close = script.server_closes && heard_all;
        if out.close && script.closes_after > self.framed {
            // What it closes for is a command that it does not answer.
            out.command(script.closes_after - self.framed, Bytes::new());
            self.framed = script.closes_after;
        }
    }
}

impl Session for Scripted {
    fn open(&mut self, now: Instant, _: &mut Store, out: &mut Output) {
        self.advance(now, out);
    }

    fn receive(&mut self, now: Instant, bytes: &[u8], _: &mut Store, out: &mut Output) {
        self.received += bytes.len() as u64;
        self.advance(now, out);
    }

    fn notice(&mut self, _: Instant, _: &Store, _: &mut Output) {}

    fn wake(&mut self, now: Instant, _: &mut Store, out: &mut Output) {
        self.advance(now, out);
    }

    fn gone(&mut self, _: &mut Store) {}
}

/// The client of a [`Script`]: it dials, follows its bursts, closes and hangs up.
#[must_use]
pub fn client(service: Service, script: Arc<Script>) -> Program {
    Arc::new(move |desk| {
        let script = Arc::clone(&script);
        Box::pin(async move {
            desk.think(script.begins).await;
            desk.dial().await?;
            let mut wire = desk.connect(service).await?;
            for burst in &script.bursts {
                desk.think(burst.thinks).await;
                for write in &burst.writes {
                    wire.send(write.clone()).await?;
                }
                wire.skip(burst.awaits).await?;
            }
            if script.client_waits_for_close {
                wire.read_to_end().await;
            }
            wire.close().await;
            desk.hang_up().await;
            Ok(())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::date::Timestamp;

    fn said(session: &mut Scripted, at: u64, octets: usize) -> (usize, Option<u64>, bool) {
        let mut out = Output::default();
        let mut store = Store::new(Timestamp::DEFAULT_START);
        let now = Instant::from_nanos(at);
        if octets == 0 {
            session.wake(now, &mut store, &mut out);
        } else {
            session.receive(now, &vec![b'x'; octets], &mut store, &mut out);
        }
        (out.bytes().len(), out.wake.map(Instant::as_nanos), out.close)
    }

    #[test]
    fn a_reply_waits_for_its_octets_and_its_thought() {
        let reply = |after, thinks, octets: usize| Reply {
            after,
            thinks: Duration::from_nanos(thinks),
            bytes: Bytes::from(vec![b'.'; octets]),
            answers: Bytes::new(),
        };
        let replies = vec![reply(10, 0, 100), reply(20, 5, 200), reply(30, 0, 300)];
        let script = Script { replies, server_closes: true, ..Script::default() };
        let mut session = Scripted::new(Arc::new(script));
        assert_eq!(said(&mut session, 0, 9), (0, None, false));
        assert_eq!(said(&mut session, 1, 1), (100, None, false));
        assert_eq!(said(&mut session, 2, 20), (0, Some(7), false), "one thought after the other");
        assert_eq!(said(&mut session, 7, 0), (500, None, true), "and the reply behind it follows at once");
    }
}
