//! The server's shell: which octets belong to which command. What a command does stands in `state.rs`.

mod coats;

use std::sync::Arc;

use super::begun::{Begun, literal_without_leave, refusal};
use super::capability::Enabled;
use super::command::{Command, StateName};
use super::dialect::Dialect;
use super::imap3;
use super::lexer::{Cursor, Grammar, Stop};
use super::parse;
use super::settings::ImapSettings;
use super::state::{Answering, Loan, Next, Reply, State};
use super::stream::Stream;
use crate::mail::store::{Store, UserId};
use crate::protocol::lines::{Line, LineBuffer};
use crate::protocol::sasl::{Exchange, Sealing};
use crate::protocol::security::Tls;
use crate::session::{Output, Session};
use crate::time::Instant;

/// More literals than any command needs.
const LITERALS_MAX: u32 = 1000;

/// A server session of IMAP4rev1.
#[derive(Clone, Debug, PartialEq)]
pub struct Imap {
    settings: Arc<ImapSettings>,
    pub(super) state: State,
    lines: LineBuffer,
    framing: Framing,
    /// A command whose answer goes on; those behind it wait.
    answering: Option<Box<Answering>>,
    enabled: Enabled,
    /// Once COMPRESS was agreed on.
    deflated: Option<Box<Stream>>,
    /// What this call has written so far that is not to be deflated.
    in_clear: usize,
    /// What all octets go through since a login that asked for it (RFC 2831 §2.3); what is deflated, too (RFC 4978 §3).
    sealing: Sealing,
    /// There is news for a client that idles.
    news: bool,
    deadline: Instant,
}

/// Which octets come next.
#[derive(Clone, Debug, PartialEq)]
enum Framing {
    /// A line: the first of a command.
    Line,
    /// A command has begun, and goes on with `literal` octets and then a line.
    Literal(Begun),
    /// A command has begun, its last literal is whole, and it goes on with a line.
    Rest(Begun),
    /// A command was refused, but its client sends literals without waiting for leave (RFC 7888 §4): these
    /// octets, and then a line, are no command.
    Refused { skip: u64, begun: Begun },
    /// DONE: the end of the IDLE with this tag.
    Done(Vec<u8>),
    /// A response within the AUTHENTICATE with this tag.
    Response(Vec<u8>, Box<Exchange>),
}

impl Imap {
    /// A session that has not greeted yet.
    #[must_use]
    pub fn new(settings: ImapSettings) -> Self {
        let lines = LineBuffer::new(settings.command_max);
        let is_rev2 = settings.dialect == Dialect::Rev2;
        let settings = Arc::new(settings);
        Self {
            settings,
            state: State::NotAuthenticated,
            lines,
            framing: Framing::Line,
            answering: None,
            enabled: Enabled { rev2: is_rev2, utf8: is_rev2, ..Enabled::default() },
            deflated: None,
            in_clear: 0,
            sealing: Sealing::default(),
            news: false,
            deadline: Instant::NEVER,
        }
    }

    /// The same server as one of another year.
    #[must_use]
    pub fn in_dialect(&self, dialect: Dialect) -> Self {
        Self::new(ImapSettings { dialect, ..(*self.settings).clone() })
    }

    /// True if a command of this word would be taken now, as far as dialect, extensions and features go.
    #[must_use]
    pub fn takes(&self, word: &str) -> bool {
        parse::takes(word, self.grammar())
    }

    /// The state that RFC 3501 §3 names.
    #[must_use]
    pub const fn state(&self) -> StateName {
        self.state.name()
    }

    /// Who is logged in.
    #[must_use]
    pub const fn user(&self) -> Option<UserId> {
        match &self.state {
            State::Authenticated(user) | State::Selected(user, _) | State::Opened(user, _) => Some(*user),
            State::NotAuthenticated | State::Logout => None,
        }
    }

    fn wait_longer(&mut self, now: Instant, out: &mut Output) {
        self.deadline = now + self.settings.autologout.max(ImapSettings::AUTOLOGOUT_MIN);
        out.wake = Some(self.deadline);
    }

    /// What the client has agreed on.
    #[must_use]
    pub const fn enabled(&self) -> Enabled {
        self.enabled
    }

    /// How many messages are gone of which the client was not told: while FETCH, STORE or SEARCH is answered it may not
    /// be (RFC 3501 §7.4.1).
    #[must_use]
    pub fn withheld(&self, store: &Store) -> usize {
        match &self.state {
            State::Selected(_, view) => view.withheld(store),
            State::Opened(_, open) => open.withheld(store),
            _ => 0,
        }
    }

    /// What the server was told once.
    #[must_use]
    pub fn settings(&self) -> &ImapSettings {
        &self.settings
    }

    /// Obeys the commands that have come, one after the other.
    fn work(&mut self, now: Instant, store: &mut Store, out: &mut Output) {
        loop {
            while self.can_go_on() && self.advance(now, store, out) {
                if out.start_tls {
                    // What stands behind STARTTLS came in clear, and anybody could have put it there.
                    self.lines.forget();
                }
            }
            match self.deflated.as_mut().filter(|_| self.answering.is_none()).map(|stream| stream.next()) {
                Some(Ok(Some(plain))) if self.can_go_on() => self.lines.push(&plain),
                Some(Err(_)) if self.can_go_on() => {
                    out.write(&b"* BYE this is no deflate stream (RFC 4978 section 3)\r\n"[..]);
                    self.state = State::Logout;
                    break;
                }
                _ => break,
            }
        }
        if self.state.name() == StateName::Logout {
            out.close = true;
        } else {
            self.wait_longer(now, out);
        }
    }

    fn can_go_on(&self) -> bool {
        self.answering.is_none() && self.state.name() != StateName::Logout
    }

    /// Which words and forms exist now.
    fn grammar(&self) -> Grammar {
        let mut extensions = self.settings.understood();
        if self.enabled.rev2 {
            extensions = Dialect::Rev2.built_in().iter().fold(extensions, |set, more| set.with(*more));
        }
        let dialect = self.settings.dialect;
        let Enabled { utf8, rev2, imap3, .. } = self.enabled;
        let eight = imap3.is_some_and(|chosen| chosen.has(imap3::Feature::EightBitTransparent));
        Grammar { extensions, utf8: utf8 || rev2 || eight, utf8_only: utf8 && !rev2, dialect, imap3 }
    }

    /// DONE ends IDLE; whatever else is said instead ends it as well, and is refused (RFC 2177 §3).
    fn done(&mut self, tag: &[u8], line: &Line, store: &mut Store, out: &mut Output) {
        let (text, octets) = match line {
            Line::Whole { text, octets, .. } => (text.as_slice(), *octets),
            Line::TooLong { octets } => (&b""[..], *octets),
        };
        out.command(octets, text.to_vec());
        let own_from = store.modseq();
        self.state.tell(own_from, self.enabled, store, out);
        match text.eq_ignore_ascii_case(b"DONE") {
            true => Reply::done("IDLE").write(tag, out),
            false => Reply::bad_at(0, "expected DONE, which ends IDLE", "RFC 2177 §3").write(tag, out),
        }
    }

    /// A line of AUTHENTICATE: nobody but the mechanism sees it.
    fn response(
        &mut self,
        tag: &[u8],
        mut exchange: Box<Exchange>,
        line: &Line,
        store: &mut Store,
        out: &mut Output,
    ) {
        let (text, octets) = match line {
            Line::Whole { text, octets, .. } => (text.as_slice(), *octets),
            Line::TooLong { octets } => (&b"*"[..], *octets),
        };
        out.command(octets, &b"***"[..]);
        let step = exchange.answer(text, store);
        match self.state.step(tag, exchange, step, out) {
            Next::Response(tag, exchange) => self.framing = Framing::Response(tag, exchange),
            Next::Sealed(layer) => self.begin_layer(*layer, out),
            _ => {}
        }
    }

    /// Takes the next piece of the stream; false if it has not all arrived.
    fn advance(&mut self, now: Instant, store: &mut Store, out: &mut Output) -> bool {
        match std::mem::replace(&mut self.framing, Framing::Line) {
            Framing::Line => match self.lines.next_line() {
                Some(line) => self.line(Begun::default(), line, now, store, out),
                None => return false,
            },
            Framing::Rest(begun) => match self.lines.next_line() {
                Some(line) => self.line(begun, line, now, store, out),
                None => {
                    self.framing = Framing::Rest(begun);
                    return false;
                }
            },
            Framing::Done(tag) => match self.lines.next_line() {
                Some(line) => self.done(&tag, &line, store, out),
                None => {
                    self.framing = Framing::Done(tag);
                    return false;
                }
            },
            Framing::Response(tag, exchange) => match self.lines.next_line() {
                Some(line) => self.response(&tag, exchange, &line, store, out),
                None => {
                    self.framing = Framing::Response(tag, exchange);
                    return false;
                }
            },
            Framing::Literal(mut begun) => {
                let octets = self.lines.take_raw(begun.literal);
                begun.literal -= octets.len();
                begun.octets += octets.len() as u64;
                begun.text.extend_from_slice(&octets);
                let is_whole = begun.literal == 0;
                self.framing = if is_whole { Framing::Rest(begun) } else { Framing::Literal(begun) };
                return is_whole;
            }
            Framing::Refused { skip, mut begun } if skip > 0 => {
                let octets = self.lines.take_raw(usize::try_from(skip).unwrap_or(usize::MAX)).len() as u64;
                begun.octets += octets;
                self.framing = Framing::Refused { skip: skip - octets, begun };
                return skip == octets;
            }
            Framing::Refused { begun, .. } => match self.lines.next_line() {
                Some(line) => self.refused_line(begun, &line, out),
                None => {
                    self.framing = Framing::Refused { skip: 0, begun };
                    return false;
                }
            },
        }
        true
    }

    /// A line has come: the command is whole, wrong, or goes on with a literal.
    fn line(&mut self, mut begun: Begun, line: Line, now: Instant, store: &mut Store, out: &mut Output) {
        let text = match line {
            Line::Whole { text, octets, crlf: true } => {
                begun.octets += octets;
                text
            }
            Line::Whole { octets, .. } => {
                begun.octets += octets;
                return begun
                    .refuse(b"* BAD a line ends in CR LF, not in a bare LF (RFC 3501 section 2.2)", out);
            }
            Line::TooLong { octets } => {
                begun.octets += octets;
                let limit = self.settings.command_max;
                return begun.refuse(format!("* BAD a line of more than {limit} octets").as_bytes(), out);
            }
        };
        begun.text.extend_from_slice(&text);
        if begun.text.len() > self.settings.command_max.saturating_add(begun.message) {
            let limit = self.settings.command_max;
            return begun.refuse(format!("* BAD a command of more than {limit} octets").as_bytes(), out);
        }
        let refusal = match self.understand(&begun) {
            (tag, Ok(command)) => {
                let tag = tag.to_vec();
                out.command(begun.octets, begun.shown());
                return self.obey(&tag, command, &begun.text, now, store, out);
            }
            (tag, Err(Stop::Fault(fault))) => refusal(tag, &fault, self.settings.dialect),
            (tag, Err(Stop::Literal { octets, is_message, waits })) => {
                match self.literal_fits(&begun, octets, is_message) {
                    Ok(()) => {
                        begun.text.extend_from_slice(b"\r\n");
                        begun.literal = octets as usize;
                        begun.literals += 1;
                        if is_message {
                            begun.message += octets as usize;
                        }
                        if waits {
                            out.write(&b"+ go ahead\r\n"[..]);
                        }
                        self.framing = Framing::Literal(begun);
                        return;
                    }
                    Err(why) => [tag, b" ", why.as_bytes()].concat(),
                }
            }
        };
        match literal_without_leave(&text) {
            Some(skip) => {
                begun.refusal = refusal;
                self.framing = Framing::Refused { skip, begun };
            }
            None => begun.refuse(&refusal, out),
        }
    }

    /// A command is whole and understood.
    fn obey(
        &mut self,
        tag: &[u8],
        command: Command,
        text: &[u8],
        now: Instant,
        store: &mut Store,
        out: &mut Output,
    ) {
        if command == Command::Compress && self.deflated.is_some() {
            return Reply::bad_at(tag.len() + 1, "DEFLATE is active already", "RFC 4978 §3").write(tag, out);
        }
        if command == Command::Unauthenticate {
            // The layer ends behind this answer (RFC 8437 §3).
            self.sealing.end();
        }
        let enabled = &mut self.enabled;
        let mut loan = Loan { settings: &self.settings, now, text, enabled, store, out };
        match self.state.run(tag, command, &mut loan) {
            Next::Command => {}
            Next::Answer(answering) => self.answering = Some(Box::new(answering)),
            Next::Done(tag) => self.framing = Framing::Done(tag),
            Next::Response(tag, exchange) => self.framing = Framing::Response(tag, exchange),
            Next::Sealed(layer) => self.begin_layer(*layer, out),
            Next::Deflated => {
                let mut stream = Box::<Stream>::default();
                // A client waits for the answer first; what it sent instead is deflated.
                stream.push(&self.lines.take_raw(usize::MAX));
                self.deflated = Some(stream);
                self.in_clear = out.items.len();
            }
        }
    }

    /// A refused command goes on.
    fn refused_line(&mut self, mut begun: Begun, line: &Line, out: &mut Output) {
        let (text, octets) = match line {
            Line::Whole { text, octets, .. } => (text.as_slice(), *octets),
            Line::TooLong { octets } => (&b""[..], *octets),
        };
        begun.octets += octets;
        match literal_without_leave(text) {
            Some(skip) => self.framing = Framing::Refused { skip, begun },
            None => {
                let refusal = std::mem::take(&mut begun.refusal);
                begun.refuse(&refusal, out);
            }
        }
    }

    /// The tag, `*` if there is none, and the command, or why there is none yet.
    fn understand<'a>(&self, begun: &'a Begun) -> (&'a [u8], Result<Command, Stop>) {
        let mut cursor = Cursor::new(&begun.text, self.grammar());
        match cursor.tag() {
            Ok(tag) => {
                let row = parse::verb(&mut cursor, self.state.name());
                (tag, row.and_then(|row| parse::arguments(row.kind, &mut cursor)))
            }
            Err(stop) => (b"*", Err(stop)),
        }
    }

    /// Refuses a literal that is too long, before its client sends it.
    fn literal_fits(&self, begun: &Begun, octets: u64, is_message: bool) -> Result<(), String> {
        let rest = begun.text.len().saturating_sub(begun.message);
        // All messages of one command together: memory is bounded whoever calls.
        let (limit, code) = match is_message {
            true => (u64::from(self.settings.message_max).saturating_sub(begun.message as u64), "[TOOBIG] "),
            false => (self.settings.command_max.saturating_sub(rest) as u64, ""),
        };
        if octets > limit {
            return Err(format!("NO {code}a literal of {octets} octets is too long: at most {limit} here"));
        }
        if begun.literals >= LITERALS_MAX {
            return Err(format!("BAD more than {LITERALS_MAX} literals in one command"));
        }
        Ok(())
    }
}

impl Session for Imap {
    fn open(&mut self, now: Instant, store: &mut Store, out: &mut Output) {
        store.set_first_modseq_aside();
        let dialect = self.settings.dialect.capability();
        out.write(format!("* OK {} {dialect} service ready\r\n", self.settings.host));
        self.wait_longer(now, out);
    }

    fn receive(&mut self, now: Instant, bytes: &[u8], store: &mut Store, out: &mut Output) {
        if self.state.name() == StateName::Logout {
            return;
        }
        self.enter(out);
        let opened = self.sealing.opened(bytes);
        match (opened, &mut self.deflated) {
            (Ok(text), Some(stream)) => stream.push(&text),
            (Ok(text), None) => self.lines.push(&text),
            (Err(_), _) => return self.break_off(out),
        }
        self.work(now, store, out);
        self.finish(out);
    }

    /// The client must ask for the capabilities again; nothing else was known of it (RFC 3501 §6.2.1).
    fn secured(&mut self, now: Instant, _store: &mut Store, out: &mut Output) {
        Arc::make_mut(&mut self.settings).security.tls = Tls::Active;
        self.lines.forget();
        self.framing = Framing::Line;
        self.wait_longer(now, out);
    }

    fn proceed(&mut self, now: Instant, store: &mut Store, out: &mut Output) {
        self.enter(out);
        if let Some(answering) = self.answering.take() {
            let enabled = &mut self.enabled;
            let mut loan = Loan { settings: &self.settings, now, text: &[], enabled, store, out };
            if let Next::Answer(answering) = self.state.go_on(*answering, &mut loan) {
                self.answering = Some(Box::new(answering));
            }
            self.work(now, store, out);
        }
        self.finish(out);
    }

    /// News is told with the answer to the next command (RFC 3501 §5.3): the store's log keeps it till then. A
    /// client that idles hears it at once (RFC 2177 §3), and one with NEW.MAIL.NOTIFY of new mail (RFC 1203): the session asks to be woken, for it has to be lent the
    /// store to say which messages are recent.
    fn notice(&mut self, now: Instant, store: &Store, out: &mut Output) {
        let wants = matches!(self.framing, Framing::Done(_)) && self.state.has_news(store);
        let wants = wants || (self.answering.is_none() && self.state.wants_new_mail(self.enabled, store));
        if wants {
            self.news = true;
            out.wake = Some(now);
        }
    }

    fn wake(&mut self, now: Instant, store: &mut Store, out: &mut Output) {
        if self.state.name() == StateName::Logout {
            return;
        }
        self.enter(out);
        if std::mem::take(&mut self.news) && self.answering.is_none() {
            let own_from = store.modseq();
            self.state.tell(own_from, self.enabled, store, out);
            out.wake = Some(self.deadline);
        }
        if now >= self.deadline {
            // RFC 3501 §5.4, §7.1.5: BYE before an autologout.
            out.write(&b"* BYE autologout: silent for too long (RFC 3501 section 5.4)\r\n"[..]);
            self.state = State::Logout;
            out.close = true;
        }
        self.finish(out);
    }

    fn gone(&mut self, _store: &mut Store) {
        // What a session knows alone, its view and what it was going to say, goes with it.
        self.answering = None;
        self.state = State::Logout;
    }
}
