//! The server's shell: octets in, replies and deadlines out.
//!
//! Two small machines: [`Expect`] knows which octets come next, [`State`] where the mail transaction is. A third
//! one takes over once the two ends have changed places ([`Sender`]).

mod login;
mod sending;

use std::sync::Arc;

use super::command::{Chunk, Command, Keyword, Row, StateName};
use super::dialect::{Dialect, Extension};
use super::error::Refusal;
use super::parse;
use super::path::Grammar;
use super::reply::Reply;
use super::sender::{PeerReply, Sender};
use super::settings::SmtpSettings;
use super::state::{Around, State};
use crate::mail::store::{Store, UserId};
use crate::protocol::lines::{Line, LineBuffer};
use crate::protocol::mail_data::{Finished, MailData};
use crate::protocol::sasl::{Chance, Exchange, Sealing};
use crate::protocol::security::Tls;
use crate::session::{Output, Session};
use crate::time::Instant;

/// Which octets come next.
#[derive(Clone, Debug, PartialEq)]
enum Expect {
    /// A command line.
    Line,
    /// Mail data up to the line with a single dot.
    Data(Box<MailData>),
    /// The octets of a chunk.
    Chunk(Box<Pending>),
    /// A response of an exchange that logs the client in: never a command.
    Response(Box<Exchange>),
    /// Replies: this end sends.
    Replies(Box<Sending>),
}

/// A chunk that is coming.
#[derive(Clone, Debug, PartialEq)]
struct Pending {
    chunk: Chunk,
    /// Octets still to come.
    left: u64,
    /// The command line with its CR LF, and its octets.
    line: Vec<u8>,
    octets: u64,
    /// The chunk is thrown away, and this is the answer: the octets come whatever the server thinks of them (RFC 3030
    /// §2). True if the client has misused the protocol.
    refused: Option<(Reply, bool)>,
}

/// This end sends.
#[derive(Clone, Debug, PartialEq)]
struct Sending {
    sender: Sender,
    /// The lines of a reply so far, and their octets.
    reply: PeerReply,
    octets: u64,
}

/// One SMTP session, the receiver's end.
#[derive(Clone, Debug, PartialEq)]
pub struct Smtp {
    settings: Arc<SmtpSettings>,
    waiting: LineBuffer,
    expect: Expect,
    state: State,
    /// What all octets go through since a login that asked for it (RFC 2831 §2.3).
    sealing: Sealing,
    misuses: u32,
    /// When a client that stays silent is sent away.
    deadline: Instant,
    /// When a client that must log in is sent away.
    login_by: Option<Instant>,
    /// The session has closed, or the peer has left.
    over: bool,
}

impl Smtp {
    /// A session that waits for its client.
    #[must_use]
    pub fn new(settings: SmtpSettings) -> Self {
        Self {
            // A response may be longer than a command, "12288 octets" with its line end (RFC 4954 §4).
            waiting: LineBuffer::strict(
                if settings.auth.is_empty() {
                    settings.limits.line_octets
                } else {
                    settings.limits.line_octets.max(RESPONSE_OCTETS_MAX)
                }
                .saturating_sub(2),
            ),
            settings: Arc::new(settings),
            expect: Expect::Line,
            state: State::Connected(None),
            sealing: Sealing::default(),
            misuses: 0,
            deadline: Instant::NEVER,
            login_by: None,
            over: false,
        }
    }

    /// The same host as this session's, calling another one to bring it the mail for these domains (RFC 1985 §5.1).
    #[must_use]
    pub fn calling(&self, domains: Vec<String>, now: Instant) -> Self {
        let mut session = Self::new((*self.settings).clone());
        session.send_for(domains, now);
        session
    }

    fn send_for(&mut self, domains: Vec<String>, now: Instant) {
        let sender = Sender::new(domains, now);
        self.expect = Expect::Replies(Box::new(Sending { sender, reply: PeerReply::default(), octets: 0 }));
    }

    /// How many messages this end has sent, if it sends.
    #[must_use]
    pub fn sent(&self) -> Option<u32> {
        match &self.expect {
            Expect::Replies(sending) => Some(sending.sender.sent()),
            _ => None,
        }
    }

    /// Where the mail transaction is.
    #[must_use]
    pub fn state(&self) -> StateName {
        match self.expect {
            Expect::Replies(_) if !self.over => StateName::Sending,
            _ => self.state.name(),
        }
    }

    /// Who has logged in.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        self.state.login()
    }

    /// With what nonces are drawn from.
    #[must_use]
    pub fn with_chance(mut self, chance: Chance) -> Self {
        Arc::make_mut(&mut self.settings).chance = chance;
        self
    }

    /// The same server as one of another year.
    #[must_use]
    pub fn in_dialect(&self, dialect: Dialect) -> Self {
        let own = (*self.settings).clone();
        Self::new(match dialect {
            Dialect::Rfc821 => {
                SmtpSettings { host: own.host, domains: own.domains, ..SmtpSettings::rfc821() }
            }
            dialect => SmtpSettings { dialect, ..own },
        })
    }

    /// What the server was told.
    #[must_use]
    pub fn settings(&self) -> &SmtpSettings {
        &self.settings
    }

    /// True if a command may be given now.
    #[must_use]
    pub fn takes(&self, row: &'static Row) -> bool {
        let knows = self.settings.dialect.knows(row.kind);
        knows && matches!(self.expect, Expect::Line) && self.state.allows(row, &self.settings).is_ok()
    }

    /// Who must log in has so long for it, whatever else it says meanwhile.
    fn restart_timer(&mut self, now: Instant, out: &mut Output) {
        let idle = now + self.settings.idle;
        self.deadline = match self.login_by {
            Some(by) if self.state.login().is_none() => idle.min(by),
            _ => idle,
        };
        out.wake = Some(self.deadline);
    }

    fn write(&self, reply: &Reply, out: &mut Output) {
        reply.write(self.state.offered(&self.settings).has(Extension::EnhancedStatusCodes), out);
    }

    fn line(&mut self, line: Line, now: Instant, store: &mut Store, out: &mut Output) {
        let (octets, text) = match line {
            Line::Whole { text, octets, .. } if octets <= self.settings.limits.line_octets as u64 => {
                (octets, Some(text))
            }
            // AUTH with its initial response may be as long as a response.
            Line::Whole { text, octets, .. }
                if text.get(..5).is_some_and(|word| word.eq_ignore_ascii_case(b"AUTH ")) =>
            {
                (octets, Some(text))
            }
            Line::Whole { octets, .. } | Line::TooLong { octets } => (octets, None),
        };
        // The client's rights are those of before: EHLO itself is answered without enhanced codes.
        let read = match &text {
            Some(text) if !self.over => self.read(text),
            _ => Err(Refusal::LineTooLong { limit: self.settings.limits.line_octets }),
        };
        let text = text.unwrap_or_else(|| b"(a line that is too long)".to_vec());
        if let Ok((row, Command::Bdat(chunk))) = read {
            let refused = self.state.allows(row, &self.settings).err();
            let refused = refused.map(|refusal| (Reply::from(&refusal), refusal.is_misuse()));
            let pending = Pending { chunk, left: chunk.octets, line: text, octets, refused };
            self.expect = Expect::Chunk(Box::new(pending));
            return;
        }
        out.command(octets, login::without_secret(text));
        if self.over {
            return;
        }
        if let Ok((row, Command::Auth(mechanism, initial))) = &read {
            if let Err(refusal) = self.state.allows(row, &self.settings) {
                return self.refuse(&refusal, out);
            }
            return self.begin_login(mechanism, initial.as_deref(), store, out);
        }
        // QUIT ends the client's rights, too; its reply is still one of theirs.
        let enhanced = self.state.offered(&self.settings).has(Extension::EnhancedStatusCodes);
        match read.and_then(|(row, command)| self.command(row, command, now, store, out)) {
            Ok(reply) => {
                self.misuses = 0;
                reply.write(enhanced, out);
            }
            Err(refusal) => self.refuse(&refusal, out),
        }
        if self.state.name() == StateName::Closed {
            self.over = true;
            out.close = true;
        }
    }

    /// A line as a command of this dialect.
    fn read(&self, line: &[u8]) -> Result<(&'static Row, Command), Refusal> {
        let dialect = self.settings.dialect;
        let utf8 = self.state.offered(&self.settings).has(Extension::SmtpUtf8);
        let (row, field) = parse::keyword(line, dialect)?;
        if row.kind != Keyword::Bdat || !self.settings.offers(row.kind) {
            self.state.allows(row, &self.settings)?;
        }
        Ok((row, parse::arguments(row, field, Grammar { dialect, utf8 })?))
    }

    fn command(
        &mut self,
        row: &'static Row,
        command: Command,
        now: Instant,
        store: &mut Store,
        out: &mut Output,
    ) -> Result<Reply, Refusal> {
        let settings = Arc::clone(&self.settings);
        let reply = self.state.obey(row, command, Around { settings: &settings, store, now })?;
        match row.kind {
            Keyword::Data => {
                let limit = u64::from(self.settings.size_max);
                self.expect = Expect::Data(Box::new(MailData::new(limit)));
            }
            Keyword::Turn => {
                let domain = self.state.client().map(|client| client.domain.clone());
                self.send_for(domain.into_iter().collect(), now);
            }
            Keyword::Starttls => out.start_tls = true,
            _ => {}
        }
        Ok(reply)
    }

    fn refuse(&mut self, refusal: &Refusal, out: &mut Output) {
        self.refuse_with(&Reply::from(refusal), refusal.is_misuse(), out);
    }

    /// Says no; and goodbye after too many misuses in a row, or if the reply is one.
    fn refuse_with(&mut self, reply: &Reply, is_misuse: bool, out: &mut Output) {
        self.misuses = if is_misuse { self.misuses + 1 } else { 0 };
        let given_up = self.misuses >= self.settings.limits.misuses_in_a_row.max(1);
        if given_up {
            let host = self.settings.host.clone();
            self.write(&Reply::from(&Refusal::GivenUp { host }), out);
        } else {
            self.write(reply, out);
        }
        if given_up || reply.code == 421 {
            self.state = State::Closed;
            self.over = true;
            out.close = true;
        }
    }

    fn answer(&mut self, replies: Result<Vec<Reply>, Refusal>, out: &mut Output) {
        match replies {
            Ok(replies) => {
                self.misuses = 0;
                replies.iter().for_each(|reply| self.write(reply, out));
            }
            Err(refusal) => self.refuse(&refusal, out),
        }
    }

    fn mail_data(&mut self, data: Finished, now: Instant, store: &mut Store, out: &mut Output) {
        out.command(data.octets, format!("({} octets of mail data)", data.octets));
        self.expect = Expect::Line;
        let settings = Arc::clone(&self.settings);
        let around = Around { settings: &settings, store, now };
        let replies = self.state.deliver(data.text.as_deref(), around);
        self.answer(replies, out);
    }

    /// Takes in what there is of a chunk. False if more is needed.
    fn chunk(&mut self, now: Instant, store: &mut Store, out: &mut Output) -> bool {
        let Expect::Chunk(pending) = &mut self.expect else { return false };
        let waiting = self.waiting.waiting();
        let there = waiting.len().min(usize::try_from(pending.left).unwrap_or(usize::MAX));
        if pending.refused.is_none() && there > 0 {
            self.state.collect(waiting.get(..there).unwrap_or_default(), &self.settings);
        }
        pending.left -= there as u64;
        self.waiting.skip(there);
        if pending.left > 0 {
            return false;
        }
        let Expect::Chunk(pending) = std::mem::replace(&mut self.expect, Expect::Line) else { return false };
        let pending = *pending;
        out.command(pending.octets.saturating_add(pending.chunk.octets), pending.line);
        let settings = Arc::clone(&self.settings);
        // Nobody is there to answer for (RFC 2033 §4.3).
        let for_nobody = pending.chunk.last
            && self.settings.dialect.answers_each_recipient()
            && self.state.name() == StateName::Mail;
        match pending.refused {
            Some(_) if for_nobody => self.state.reset(),
            Some((reply, is_misuse)) => self.refuse_with(&reply, is_misuse, out),
            None => {
                let around = Around { settings: &settings, store, now };
                let replies = self.state.end_of_chunk(pending.chunk, around);
                self.answer(replies, out);
            }
        }
        true
    }

    /// Obeys what has come, as far as it is whole.
    fn work(&mut self, now: Instant, store: &mut Store, out: &mut Output) {
        loop {
            match &mut self.expect {
                Expect::Line => match self.waiting.next_line() {
                    Some(line) => self.line(line, now, store, out),
                    None => break,
                },
                Expect::Data(data) => {
                    let (taken, finished) = data.take(self.waiting.waiting());
                    self.waiting.skip(taken);
                    match finished {
                        Some(finished) => self.mail_data(finished, now, store, out),
                        None => break,
                    }
                }
                Expect::Chunk(_) => {
                    if !self.chunk(now, store, out) {
                        break;
                    }
                }
                Expect::Response(_) => match self.waiting.next_line() {
                    Some(line) => self.response(line, store, out),
                    None => break,
                },
                Expect::Replies(_) => match self.waiting.next_line() {
                    Some(line) if !self.over => self.hear(line, now, store, out),
                    Some(_) => {}
                    None => break,
                },
            }
            if out.start_tls {
                // What stands behind STARTTLS came in clear, and anybody could have put it there. RFC 3207 §6
                self.waiting.forget();
            }
        }
        if !self.over {
            self.restart_timer(now, out);
        }
    }
}

/// The longest response, its line end counted (RFC 4954 §4).
const RESPONSE_OCTETS_MAX: usize = 12_288;

impl Session for Smtp {
    fn open(&mut self, now: Instant, _: &mut Store, out: &mut Output) {
        self.login_by = self.settings.auth_required.then(|| now + self.settings.login_time);
        if matches!(self.expect, Expect::Line) {
            let service = if self.settings.dialect.answers_each_recipient() { "local" } else { "simple" };
            let text = format!("{} {service} mail transfer service ready", self.settings.host);
            self.write(&Reply::new(220, text), out);
        }
        self.restart_timer(now, out);
    }

    fn receive(&mut self, now: Instant, bytes: &[u8], store: &mut Store, out: &mut Output) {
        self.sealing.enter(out);
        match self.sealing.opened(bytes) {
            Ok(text) => {
                self.waiting.push(&text);
                self.work(now, store, out);
            }
            Err(_) => self.break_off(out),
        }
        self.sealing.seal(out);
    }

    /// All that the client has said is forgotten, its EHLO too; there is no second greeting (RFC 3207 §4.2).
    fn secured(&mut self, now: Instant, _: &mut Store, out: &mut Output) {
        Arc::make_mut(&mut self.settings).security.tls = Tls::Active;
        self.waiting.forget();
        self.expect = Expect::Line;
        self.state = State::Connected(None);
        self.restart_timer(now, out);
    }

    /// What others do to the store does not change what was said here.
    fn notice(&mut self, _: Instant, _: &Store, _: &mut Output) {}

    /// "421 service not available, closing transmission channel" may be given at any time (RFC 821 §4.3).
    fn wake(&mut self, now: Instant, store: &mut Store, out: &mut Output) {
        self.sealing.enter(out);
        if self.over {
        } else if now < self.deadline {
            out.wake = Some(self.deadline);
        } else {
            match &mut self.expect {
                Expect::Replies(sending) => {
                    sending.sender.give_up("the other host said nothing", &self.settings, store);
                }
                _ => {
                    let host = &self.settings.host;
                    let text = format!("{host} silent for too long, closing transmission channel");
                    self.write(&Reply::of(421, (4, 2), text), out);
                }
            }
            self.over = true;
            out.close = true;
        }
        self.sealing.seal(out);
    }

    /// A transaction without the end of its mail data is none (RFC 821 §4.1.1).
    fn gone(&mut self, store: &mut Store) {
        if let Expect::Replies(sending) = &mut self.expect {
            sending.sender.give_up("", &self.settings, store);
        }
        self.state = State::Closed;
        self.expect = Expect::Line;
        self.over = true;
    }
}
