//! From the envelope into mailboxes, onto terminals, into the queue.

use std::sync::Arc;

use super::command::Manner;
use super::dialect::Dialect;
use super::error::Refusal;
use super::notify;
use super::parameter::{MailParameters, RcptParameters};
use super::path::{Mailbox, ReversePath};
use super::reply::Reply;
use super::route::{Destination, Place, Route, route};
use super::settings::{BareLineEnds, SmtpSettings};
use super::state::Client;
use crate::mail::date::Timestamp;
use crate::mail::flags::Flags;
use crate::mail::message::Message;
use crate::mail::queue::{Item, QueuedRecipient};
use crate::mail::report::Action;
use crate::mail::store::{MailboxId, Store};
use crate::time::Instant;

/// Who sends, and who receives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Onto terminals, or into mailboxes.
    pub manner: Manner,
    /// Where the message comes from.
    pub from: ReversePath,
    /// What MAIL said beside.
    pub parameters: MailParameters,
    /// Where it goes.
    pub to: Vec<Recipient>,
    /// How many recipients were refused.
    pub refused: u32,
}

/// One accepted recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The address as it was given.
    pub address: Mailbox,
    /// What RCPT said beside.
    pub parameters: RcptParameters,
    route: Route,
}

impl Recipient {
    /// Where mail for an address goes.
    ///
    /// # Errors
    /// Whatever keeps it from being accepted.
    pub fn of(
        address: Mailbox,
        parameters: RcptParameters,
        envelope: &Envelope,
        settings: &SmtpSettings,
        store: &Store,
    ) -> Result<Self, Refusal> {
        if address.needs_utf8() && !envelope.parameters.utf8 {
            return Err(Refusal::NeedsUtf8(address));
        }
        let route = route(&address, envelope.manner, settings, store)?;
        let announced = envelope.parameters.size.unwrap_or(0);
        let recipient = Self { address, parameters, route };
        recipient.check_room(announced, settings, store)?;
        Ok(recipient)
    }

    /// The reply to its RCPT.
    #[must_use]
    pub fn reply(&self) -> Reply {
        match &self.route {
            // "251 User not local; will forward to <forward-path>" (RFC 821 §3.2)
            Route { forwarded: Some(to), .. } => {
                Reply::of(251, (1, 5), format!("user not local; will forward to <{to}>"))
            }
            Route { mails_instead: true, .. } => Reply::ok((1, 5), "user not active now, so will do mail"),
            _ => Reply::ok((1, 5), "OK"),
        }
    }

    fn check_room(&self, more: u64, settings: &SmtpSettings, store: &Store) -> Result<(), Refusal> {
        let Some(limit) = settings.limits.mailbox_octets else { return Ok(()) };
        for place in &self.route.places {
            let Destination::Mailbox(mailbox) = place.to else { continue };
            let there = store.mailbox(mailbox).map_or(0, crate::mail::store::Mailbox::octets);
            if there.saturating_add(more) > limit {
                let for_now = settings.dialect != Dialect::Rfc821;
                return Err(Refusal::MailboxFull { address: self.address.to_string(), for_now });
            }
        }
        Ok(())
    }

    fn goes_elsewhere(&self) -> bool {
        self.route.places.iter().any(|place| matches!(place.to, Destination::Elsewhere(_)))
    }
}

/// Everything that one delivery needs.
pub struct Delivery<'a> {
    /// Who sends, and who receives.
    pub envelope: &'a Envelope,
    /// Who called.
    pub client: &'a Client,
    /// When.
    pub now: Instant,
    /// What the server was told.
    pub settings: &'a SmtpSettings,
    /// The octets as they came.
    pub text: &'a [u8],
}

/// A message as it goes to one group of places: which have the same trace lines before it.
struct Copy {
    is_final: bool,
    from: ReversePath,
    message: Arc<Message>,
}

impl Delivery<'_> {
    /// Hands the message to all recipients, and says for each what came of it.
    ///
    /// # Errors
    /// What keeps the message from all of them: nothing was delivered then.
    pub fn deliver(&self, store: &mut Store) -> Result<Vec<Result<(), Refusal>>, Refusal> {
        self.check_text()?;
        let mut copies: Vec<Copy> = Vec::new();
        let mut done: Vec<(MailboxId, ReversePath)> = Vec::new();
        let mut queued: Vec<Item> = Vec::new();
        let received = store.clock(self.now);
        let mut outcomes = Vec::with_capacity(self.envelope.to.len());
        for recipient in &self.envelope.to {
            let mut outcome = recipient.check_room(self.text.len() as u64, self.settings, store);
            let places = if outcome.is_ok() { &recipient.route.places[..] } else { &[] };
            for place in places {
                let from = place
                    .owner
                    .clone()
                    .map_or_else(|| self.envelope.from.clone(), |owner| ReversePath(Some(owner)));
                let message = self.copy(place, &from, &received, &mut copies);
                let delivered = match &place.to {
                    Destination::Mailbox(mailbox) | Destination::Sink(mailbox) => {
                        let key = (*mailbox, from);
                        done.contains(&key)
                            || store.append(*mailbox, message, Flags::NONE, received).is_some_and(|_| {
                                done.push(key);
                                true
                            })
                    }
                    Destination::Terminal(user) => {
                        // Who has left meanwhile has missed it: SEND promises no more (RFC 821 §3.4).
                        store.show_on_terminal(*user, message, received);
                        true
                    }
                    Destination::Elsewhere(domain) => {
                        self.enqueue(recipient, place, &from, domain, message, &mut queued);
                        true
                    }
                };
                if !delivered {
                    outcome = Err(Refusal::NotStored);
                }
            }
            outcomes.push(outcome);
        }
        for item in queued {
            store.queue_mut().push(item);
        }
        if outcomes.iter().all(Result::is_err)
            && let Some(first) = outcomes.iter().position(Result::is_err)
            && !self.settings.dialect.answers_each_recipient()
        {
            return Err(outcomes.swap_remove(first).err().unwrap_or(Refusal::NotStored));
        }
        self.report_success(&outcomes, store);
        Ok(outcomes)
    }

    /// What no recipient may get, or no next host.
    fn check_text(&self) -> Result<(), Refusal> {
        let goes_elsewhere = self.envelope.to.iter().any(Recipient::goes_elsewhere);
        let strict = goes_elsewhere || self.settings.bare_line_ends == BareLineEnds::Refused;
        let is_binary = self.envelope.parameters.body == crate::mail::envelope::Body::Binary;
        if strict && !is_binary && could_be_misread(self.text) {
            return Err(Refusal::BareInText);
        }
        if goes_elsewhere && hops(self.text) > self.settings.limits.hops {
            return Err(Refusal::Circles);
        }
        Ok(())
    }

    /// The message with the trace lines for a place; places that need the same ones share it.
    fn copy(
        &self,
        place: &Place,
        from: &ReversePath,
        received: &Timestamp,
        copies: &mut Vec<Copy>,
    ) -> Arc<Message> {
        let is_final = matches!(place.to, Destination::Mailbox(_));
        if let Some(copy) = copies.iter().find(|copy| copy.is_final == is_final && copy.from == *from) {
            return Arc::clone(&copy.message);
        }
        let return_path = if is_final { format!("Return-Path: {from}\r\n") } else { String::new() };
        let mut octets = (return_path + &self.time_stamp(*received)).into_bytes();
        octets.extend_from_slice(self.text);
        let message = Arc::new(Message::new(octets));
        copies.push(Copy { is_final, from: from.clone(), message: Arc::clone(&message) });
        message
    }

    /// The time stamp line that the server puts before the message (RFC 821 §4.1.2, RFC 5321 §4.4). The recipient is
    /// shown only if there is no other, who might not know.
    fn time_stamp(&self, received: Timestamp) -> String {
        let (from, by) = (&self.client.domain, &self.settings.host);
        if self.settings.dialect == Dialect::Rfc821 {
            return format!("Received: from {from} by {by} with SMTP ; {}\r\n", received.rfc821());
        }
        let recipient = match &self.envelope.to[..] {
            [only] => format!("\r\n\tfor <{}>", only.address),
            _ => String::new(),
        };
        let protocol = self.client.protocol(self.settings, self.envelope.parameters.utf8);
        format!("Received: from {from} by {by} with {protocol}{recipient};\r\n\t{}\r\n", received.rfc5322())
    }

    /// One item for each domain and each reverse-path: the message crosses the line once.
    fn enqueue(
        &self,
        recipient: &Recipient,
        place: &Place,
        from: &ReversePath,
        domain: &str,
        message: Arc<Message>,
        queued: &mut Vec<Item>,
    ) {
        let from = from.0.as_ref().map_or_else(String::new, ToString::to_string);
        let to = QueuedRecipient {
            address: place.address.to_string(),
            notify: recipient.parameters.notify.filter(|_| place.owner.is_none()),
            orcpt: recipient.parameters.orcpt.clone(),
        };
        let same = queued.iter_mut().find(|item| item.domain == domain && item.from == from);
        match same {
            Some(item) if item.recipients.contains(&to) => {}
            Some(item) => item.recipients.push(to),
            None => {
                let parameters = &self.envelope.parameters;
                queued.push(Item {
                    recipients: vec![to],
                    body: parameters.body,
                    utf8: parameters.utf8,
                    envid: parameters.envid.clone(),
                    ret: parameters.ret,
                    ..Item::new(message, &from, domain, self.now)
                });
            }
        }
    }

    /// Who asked to hear of success hears of it, once the message is in the mailbox or given to the list (RFC 3461
    /// §5.2.2). What went on to other hosts is theirs to report.
    fn report_success(&self, outcomes: &[Result<(), Refusal>], store: &mut Store) {
        let told = self.envelope.to.iter().zip(outcomes).filter(|(recipient, outcome)| {
            let wanted = recipient.parameters.notify.is_some_and(|notify| notify.success);
            let stays = recipient.route.is_list || !recipient.goes_elsewhere();
            wanted && stays && outcome.is_ok()
        });
        let reported = |(recipient, _): (&Recipient, &Result<(), Refusal>)| notify::Told {
            address: recipient.address.to_string(),
            orcpt: recipient.parameters.orcpt.clone(),
            action: if recipient.route.is_list { Action::Expanded } else { Action::Delivered },
            status: "2.1.5".to_owned(),
            remote: None,
            diagnostic: None,
        };
        let told: Vec<notify::Told> = told.map(reported).collect();
        let from = self.envelope.from.0.as_ref().map_or_else(String::new, ToString::to_string);
        let about = notify::About {
            from: &from,
            envid: self.envelope.parameters.envid.as_deref(),
            ret: self.envelope.parameters.ret,
            arrived: store.clock(self.now),
            original: self.text,
            retries_until: None,
        };
        for action in [Action::Delivered, Action::Expanded] {
            let told: Vec<_> = told.iter().filter(|told| told.action == action).cloned().collect();
            notify::tell(&about, told, self.now, self.settings, store);
        }
    }
}

/// True if another host might see a line end where there is none: a CR stands without its LF, an LF without its CR,
/// or a NUL, which some leave out.
pub(super) fn could_be_misread(text: &[u8]) -> bool {
    memchr::memchr3_iter(b'\r', b'\n', 0, text).any(|at| match text.get(at) {
        Some(b'\r') => text.get(at + 1) != Some(&b'\n'),
        Some(b'\n') => at == 0 || text.get(at - 1) != Some(&b'\r'),
        _ => true,
    })
}

/// How many hosts have written their trace line into the header.
fn hops(text: &[u8]) -> usize {
    let header = memchr::memmem::find(text, b"\r\n\r\n").map_or(text.len(), |at| at + 2);
    let lines = text.get(..header).unwrap_or_default().split(|octet| *octet == b'\n');
    lines.filter(|line| line.get(..9).is_some_and(|start| start.eq_ignore_ascii_case(b"received:"))).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_line_end_is_found_wherever_it_stands() {
        for (text, bare) in [
            (&b""[..], false),
            (b"a\r\nb\r\n", false),
            (b"\n", true),
            (b"\r", true),
            (b"a\nb\r\n", true),
            (b"a\rb\r\n", true),
            (b"a\r\r\n", true),
            (b"a\r\n\n", true),
            (b"a\r\n\0.\r\n", true),
        ] {
            assert_eq!(could_be_misread(text), bare, "{text:?}");
        }
    }

    #[test]
    fn only_trace_lines_of_the_header_count() {
        assert_eq!(
            hops(b"Received: a\r\nreceived: b\r\n x: c\r\nSubject: Received: d\r\n\r\nReceived: e\r\n"),
            2
        );
    }
}
