//! The sending end without a wire: it empties the queue of some domains over one connection.
//!
//! ```text
//!  220 ─> EHLO ─> MAIL RCPT … DATA ─> text ─> MAIL … ─> QUIT
//!          │ 5xx       one group where the other end announces PIPELINING (RFC 2920 §3.1),
//!          v           else one command at a time
//!         HELO         BDAT in place of DATA and text where it announces CHUNKING (RFC 3030 §2)
//! ```
//!
//! A server becomes this after TURN (RFC 821 §3.8), and is it from the start where it calls the client back after
//! ETRN (RFC 1985 §5.1). What comes of each recipient is told to the queue; until the last reply has come the
//! queue keeps the message: a line that drops before it makes a second copy, and no sender can know whether there
//! is a first one (RFC 1047).

pub(in crate::protocol::smtp) mod outcome;
mod peer;

use std::collections::VecDeque;

use super::settings::SmtpSettings;
use crate::mail::envelope::Body;
use crate::mail::queue::{Item, QueueId};
use crate::mail::store::Store;
use crate::protocol::lines::dot_stuffed;
use crate::session::Output;
use crate::time::Instant;
use outcome::{Outcome, unreached};
pub use peer::{Announced, PeerReply};

/// What the other end owes a reply to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owed {
    Greeting,
    Ehlo,
    Helo,
    Mail,
    /// The recipient with this number.
    Rcpt(usize),
    Data,
    /// The text and its end, or the last chunk.
    Text,
    Rset,
    Quit,
}

/// Sends what waits.
#[derive(Clone, Debug, PartialEq)]
pub struct Sender {
    domains: Vec<String>,
    owed: VecDeque<Owed>,
    peer: Announced,
    attempt: Option<Attempt>,
    /// The item that was tried last: what waits again is for the next connection.
    last: QueueId,
    /// How many messages the other end has taken.
    sent: u32,
    now: Instant,
    /// The queue knows that this call is over.
    is_over: bool,
}

/// One item under way.
#[derive(Clone, Debug, PartialEq)]
struct Attempt {
    id: QueueId,
    /// The commands that are not sent yet; all of a group are.
    steps: VecDeque<Owed>,
    outcome: Outcome,
}

impl Sender {
    /// A sender of the mail for these domains that waits for the other end's greeting.
    #[must_use]
    pub fn new(domains: Vec<String>, now: Instant) -> Self {
        Self {
            domains,
            owed: VecDeque::from([Owed::Greeting]),
            peer: Announced::default(),
            attempt: None,
            last: QueueId(0),
            sent: 0,
            now,
            is_over: false,
        }
    }

    /// How many messages the other end has taken.
    #[must_use]
    pub const fn sent(&self) -> u32 {
        self.sent
    }

    /// A whole reply has come. True if the connection is to be closed.
    pub fn hear(
        &mut self,
        reply: &PeerReply,
        now: Instant,
        settings: &SmtpSettings,
        store: &mut Store,
        out: &mut Output,
    ) -> bool {
        self.now = now;
        // 421 may come at any time: the other end is closing (RFC 5321 §3.8).
        if reply.code == 421 || reply.is_none() {
            self.give_up(&reply.shown(), settings, store);
            return true;
        }
        match self.owed.pop_front() {
            Some(Owed::Greeting) if reply.is_positive() => self.say("EHLO", &settings.host, Owed::Ehlo, out),
            Some(Owed::Ehlo) if reply.is_positive() => {
                self.peer = Announced::after_ehlo(reply);
                self.next(settings, store, out);
            }
            Some(Owed::Ehlo) => self.say("HELO", &settings.host, Owed::Helo, out),
            Some(Owed::Helo) if reply.is_positive() => self.next(settings, store, out),
            Some(Owed::Quit) | None => {
                self.end(store);
                return true;
            }
            Some(Owed::Greeting | Owed::Helo) => {
                self.put_off(&reply.shown(), settings, store);
                self.quit(out);
            }
            Some(owed) => self.about_the_item(owed, reply, settings, store, out),
        }
        false
    }

    fn say(&mut self, word: &str, argument: &str, owed: Owed, out: &mut Output) {
        out.write(format!("{word} {argument}\r\n"));
        self.owed.push_back(owed);
    }

    fn quit(&mut self, out: &mut Output) {
        out.write("QUIT\r\n");
        self.owed.push_back(Owed::Quit);
    }

    /// The next message that can be sent here, or the end.
    fn next(&mut self, settings: &SmtpSettings, store: &mut Store, out: &mut Output) {
        loop {
            let domains = &self.domains;
            let wanted = |domain: &str| domains.iter().any(|own| own.eq_ignore_ascii_case(domain));
            let Some(id) = store.queue_mut().claim(self.last, wanted) else { return self.quit(out) };
            self.last = id;
            let Some(item) = store.queue().item(id).cloned() else { return self.quit(out) };
            let mut outcome = Outcome::of(&item);
            if let Some((status, why)) = self.peer.cannot_take(&item) {
                outcome.fail_all(status, why);
                self.settle(id, outcome, settings, store);
                continue;
            }
            let steps = steps(&item, self.peer.chunking);
            self.attempt = Some(Attempt { id, steps, outcome });
            return self.go_on(&item, out);
        }
    }

    /// Sends the next command, or the next group.
    fn go_on(&mut self, item: &Item, out: &mut Output) {
        let mut octets = Vec::new();
        let chunks = self.peer.chunking;
        while let Some(step) = self.attempt.as_mut().and_then(|attempt| attempt.steps.pop_front()) {
            self.owed.push_back(step);
            match step {
                Owed::Mail => octets.extend_from_slice(self.peer.mail(item).as_bytes()),
                Owed::Rcpt(nth) => octets.extend_from_slice(self.peer.rcpt(item, nth).as_bytes()),
                Owed::Data => octets.extend_from_slice(b"DATA\r\n"),
                Owed::Rset => octets.extend_from_slice(b"RSET\r\n"),
                Owed::Text => {
                    let text = item.message.octets().unwrap_or_default();
                    if chunks {
                        octets.extend_from_slice(format!("BDAT {} LAST\r\n", text.len()).as_bytes());
                        octets.extend_from_slice(&text);
                    } else {
                        octets.extend_from_slice(&dot_stuffed(&text).0);
                    }
                }
                Owed::Greeting | Owed::Ehlo | Owed::Helo | Owed::Quit => {}
            }
            // DATA ends its group: what follows depends on its reply (RFC 2920 §3.1).
            if !self.peer.pipelining || step == Owed::Data {
                break;
            }
        }
        if !octets.is_empty() {
            out.write(octets);
        }
    }

    fn about_the_item(
        &mut self,
        owed: Owed,
        reply: &PeerReply,
        settings: &SmtpSettings,
        store: &mut Store,
        out: &mut Output,
    ) {
        let Some(attempt) = &mut self.attempt else { return };
        match owed {
            Owed::Mail if !reply.is_positive() => attempt.outcome.refuse_all(reply),
            Owed::Rcpt(nth) => attempt.outcome.recipient(nth, reply),
            // Nobody is left to have the text, and yet it was asked for: a dot alone ends it (RFC 2920 §3.1).
            Owed::Data if reply.code == 354 && attempt.outcome.accepted() == 0 => {
                attempt.steps.clear();
                out.write(".\r\n");
                self.owed.push_back(Owed::Rset);
                return;
            }
            Owed::Data if reply.code == 354 => {}
            Owed::Data | Owed::Text if !reply.is_positive() => {
                attempt.outcome.refuse_accepted(reply);
                attempt.steps.clear();
            }
            Owed::Text => {
                attempt.outcome.deliver();
                self.sent = self.sent.saturating_add(1);
            }
            _ => {}
        }
        // All is answered, and nobody is left: there is nothing to send.
        let in_vain = attempt.outcome.accepted() == 0;
        let asks = self.owed.is_empty() && matches!(attempt.steps.front(), Some(Owed::Data | Owed::Text));
        if asks && in_vain {
            attempt.steps.clear();
            attempt.steps.push_back(Owed::Rset);
        } else if owed == Owed::Mail && !reply.is_positive() && !self.peer.pipelining {
            attempt.steps.clear();
        }
        let (id, over) = (attempt.id, attempt.steps.is_empty() && self.owed.is_empty());
        if over {
            if let Some(attempt) = self.attempt.take() {
                self.settle(attempt.id, attempt.outcome, settings, store);
            }
            self.next(settings, store, out);
        } else if self.owed.is_empty()
            && let Some(item) = store.queue().item(id).cloned()
        {
            self.go_on(&item, out);
        }
    }

    fn settle(&self, id: QueueId, outcome: Outcome, settings: &SmtpSettings, store: &mut Store) {
        outcome.settle(id, self.peer.dsn, &self.peer.host, self.now, settings, store);
    }

    /// The connection is gone: what was under way waits for the next attempt, and so does what was due behind it.
    pub fn give_up(&mut self, why: &str, settings: &SmtpSettings, store: &mut Store) {
        if self.is_over {
            return;
        }
        let why = if why.is_empty() { "the connection was lost" } else { why };
        if let Some(attempt) = self.attempt.take() {
            unreached(attempt.id, why, self.now, settings, store);
        }
        // All was tried before QUIT; what came in since is for the next call.
        if self.owed.front() != Some(&Owed::Quit) {
            self.put_off(why, settings, store);
        }
        self.end(store);
    }

    fn put_off(&self, why: &str, settings: &SmtpSettings, store: &mut Store) {
        for id in store.queue().left_by_call(&self.domains, self.now) {
            unreached(id, why, self.now, settings, store);
        }
    }

    fn end(&mut self, store: &mut Store) {
        self.is_over = true;
        self.owed.clear();
        store.queue_mut().end_call(&self.domains);
    }
}

/// The commands for one item, in order.
fn steps(item: &Item, chunking: bool) -> VecDeque<Owed> {
    let recipients = (0..item.recipients.len()).map(Owed::Rcpt);
    let data = (!chunking).then_some(Owed::Data);
    std::iter::once(Owed::Mail).chain(recipients).chain(data).chain([Owed::Text]).collect()
}

/// True if the item's octets need chunks (RFC 3030 §3).
const fn is_binary(item: &Item) -> bool {
    matches!(item.body, Body::Binary)
}
