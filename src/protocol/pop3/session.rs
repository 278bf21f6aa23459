//! The server's shell: octets in, replies and deadlines out.

use std::sync::Arc;

use super::command::{Command, Extension, Keyword, StateName};
use super::dialect::Dialect;
use super::error::Refusal;
use super::reply::{self, Reply};
use super::settings::{GreetingStamp, Pop3Settings};
use super::state::{Context, State};
use super::{folders, parse, xmit};
use crate::mail::store::{Store, UserId};
use crate::protocol::lines::{Line, LineBuffer};
use crate::protocol::mail_data::{Finished, MailData};
use crate::protocol::sasl::{Layer, Sealing};
use crate::protocol::security::Tls;
use crate::session::{Output, Session};
use crate::time::Instant;

/// One POP3 session, the server's end.
#[derive(Clone, Debug, PartialEq)]
pub struct Pop3 {
    settings: Arc<Pop3Settings>,
    lines: LineBuffer,
    state: State,
    /// The text of a message comes next, and not a line.
    text: Option<Box<Text>>,
    /// What all octets go through since a login that asked for it (RFC 2831 §2.3).
    sealing: Sealing,
    /// A login has just brought a layer: its welcome is still in clear.
    begun: Option<Box<Layer>>,
    misuses: u32,
    /// When the autologout timer expires.
    autologout: Instant,
    /// The session has closed, or the peer has left.
    over: bool,
}

/// A message on its way in.
#[derive(Clone, Debug, PartialEq)]
struct Text {
    data: MailData,
    /// The folder that it is for; `None` if it is to be sent.
    folder: Option<Vec<u8>>,
}

impl Pop3 {
    /// A session that waits for its client.
    #[must_use]
    pub fn new(settings: Pop3Settings) -> Self {
        Self {
            lines: if settings.quirks.accept_bare_lf { LineBuffer::new(0) } else { LineBuffer::strict(0) },
            settings: Arc::new(settings),
            state: State::new(),
            text: None,
            sealing: Sealing::default(),
            begun: None,
            misuses: 0,
            autologout: Instant::NEVER,
            over: false,
        }
    }

    /// The same session with another greeting: for a host that makes each session from one model.
    #[must_use]
    pub fn with_greeting_stamp(mut self, stamp: GreetingStamp) -> Self {
        Arc::make_mut(&mut self.settings).greeting_stamp = stamp;
        self
    }

    /// The same session as one of another year.
    #[must_use]
    pub fn in_dialect(mut self, dialect: Dialect) -> Self {
        Arc::make_mut(&mut self.settings).dialect = dialect;
        self
    }

    /// What it was told.
    #[must_use]
    pub fn settings(&self) -> &Pop3Settings {
        &self.settings
    }

    /// The state that RFC 1939 names.
    #[must_use]
    pub const fn state(&self) -> StateName {
        self.state.name()
    }

    /// Who is logged in: in TRANSACTION, the owner of the maildrop.
    #[must_use]
    pub const fn user(&self) -> Option<UserId> {
        match &self.state {
            State::Transaction(maildrop) => Some(maildrop.owner()),
            State::Authorization(_) | State::Update => None,
        }
    }

    /// "The receipt of any command from the client should suffice to reset the timer" (RFC 1939 §3).
    fn restart_autologout(&mut self, now: Instant, out: &mut Output) {
        self.autologout = now + self.settings.autologout.max(Pop3Settings::AUTOLOGOUT_MIN);
        out.wake = Some(self.autologout);
    }

    /// How long the next line may be, CR LF counted: before login shorter, but for AUTH's responses.
    fn line_octets(&self) -> usize {
        let limits = &self.settings.limits;
        match &self.state {
            State::Authorization(_) if !self.state.is_in_exchange() => {
                limits.line_octets_before_login.min(limits.line_octets)
            }
            _ => limits.line_octets,
        }
    }

    fn line(&mut self, line: Line, now: Instant, store: &mut Store, out: &mut Output) {
        let limit = self.line_octets();
        let (octets, text) = match line {
            Line::Whole { text, octets, .. } => (octets, Some(text)),
            Line::TooLong { octets } => (octets, None),
        };
        let shown = match &text {
            None => b"(a line that is too long)".to_vec(),
            // Responses may hold a password, and tickets open a maildrop.
            Some(_) if self.state.is_in_exchange() => b"(a response of SASL)".to_vec(),
            Some(_) if self.state.awaits_ticket(&self.settings) => b"(a ticket)".to_vec(),
            Some(text) => parse::without_password(text),
        };
        out.command(octets, shown);
        if self.over {
            return;
        }
        let replied = match text {
            Some(text) => self.obey(&text, now, store, out),
            None => Err(Refusal::LineTooLong { limit }),
        };
        self.answer(replied, store, out);
    }

    fn answer(&mut self, replied: Result<Reply, Refusal>, store: &mut Store, out: &mut Output) {
        let is_fatal = matches!(replied, Err(Refusal::NoTicket));
        match replied {
            Ok(reply) => {
                self.misuses = 0;
                reply.write(self.settings.quirks.space_after_ok, out);
            }
            Err(refusal) => {
                self.state.refused();
                reply::refuse(&refusal, self.settings.dialect, out);
                self.misuses = if refusal.is_misuse() { self.misuses + 1 } else { 0 };
            }
        }
        if is_fatal
            || self.state.name() == StateName::Update
            || self.misuses >= self.settings.limits.misuses_in_a_row.max(1)
        {
            self.close(store, out);
        }
    }

    fn obey(
        &mut self,
        line: &[u8],
        now: Instant,
        store: &mut Store,
        out: &mut Output,
    ) -> Result<Reply, Refusal> {
        let settings = Arc::clone(&self.settings);
        let mut context = Context { settings: &settings, now, store, layer: None };
        let reply = if self.state.is_in_exchange() {
            self.state.respond(line, &mut context)
        } else if self.state.awaits_ticket(&settings) {
            self.state.ticket(line, &context)
        } else {
            self.command(line, &mut context, out)
        };
        self.begun = context.layer.map(Box::new);
        reply
    }

    fn command(
        &mut self,
        line: &[u8],
        context: &mut Context<'_>,
        out: &mut Output,
    ) -> Result<Reply, Refusal> {
        let line = if self.settings.quirks.accept_trailing_blanks { line.trim_ascii_end() } else { line };
        let (row, arguments) = parse::keyword(line, self.settings.dialect)?;
        self.state.allows(row)?;
        let command = parse::arguments(row, arguments)?;
        let folder = match &command {
            Command::Xtnd(Extension::Transmit) => Some(None),
            Command::Stor(name) => Some(Some(name.clone())),
            _ => None,
        };
        let reply = self.state.obey(row, command, context)?;
        let data = MailData::new(self.settings.limits.message_octets);
        self.text = folder.map(|folder| Box::new(Text { data, folder }));
        out.start_tls = row.kind == Keyword::Stls;
        Ok(reply)
    }

    /// The text of a message is there to its end.
    fn finished(
        &mut self,
        finished: Finished,
        folder: Option<&[u8]>,
        now: Instant,
        store: &mut Store,
        out: &mut Output,
    ) {
        out.command(finished.octets, format!("({} octets of a message)", finished.octets));
        let settings = Arc::clone(&self.settings);
        let mut context = Context { settings: &settings, now, store, layer: None };
        let replied = match (finished.text, &self.state) {
            (None, _) => Err(Refusal::NotSent("it is longer than this server takes".into())),
            (Some(text), State::Transaction(maildrop)) => match folder {
                Some(name) => folders::find(maildrop, name, &context)
                    .and_then(|folder| xmit::store(&text, folder, &mut context))
                    .map(|()| Reply::Line("message stored".into())),
                None => {
                    let text = if settings.quirks.xmit_keeps_dots { with_dots(text) } else { text };
                    xmit::send(&text, maildrop, &mut context)
                        .map(|_| Reply::Line("Message sent successfully".into()))
                }
            },
            (Some(_), _) => Err(Refusal::NotSent("nobody is logged in".into())),
        };
        self.answer(replied, store, out);
    }

    /// Takes in octets that are in clear, or no longer wrapped.
    fn take(&mut self, bytes: &[u8], now: Instant, store: &mut Store, out: &mut Output) {
        self.lines.push(bytes);
        loop {
            if let Some(text) = &mut self.text {
                let (taken, finished) = text.data.take(self.lines.waiting());
                self.lines.skip(taken);
                let Some(finished) = finished else { break };
                let folder = self.text.take().and_then(|text| text.folder);
                self.finished(finished, folder.as_deref(), now, store, out);
            } else {
                self.lines.set_limit(self.line_octets().saturating_sub(2));
                let Some(line) = self.lines.next_line() else { break };
                self.line(line, now, store, out);
            }
            if !self.over {
                self.restart_autologout(now, out);
            }
            if out.start_tls {
                // What stands behind STLS came in clear, and anybody could have put it there. RFC 2595 §2.2
                self.lines.forget();
            }
            if let Some(layer) = self.begun.take() {
                // What stands behind the login is wrapped.
                let behind = self.lines.take_raw(usize::MAX);
                match self.sealing.begin(*layer, &behind, out) {
                    Ok(text) => self.lines.push(&text),
                    Err(_) => return self.close(store, out),
                }
            }
        }
    }

    fn close(&mut self, store: &mut Store, out: &mut Output) {
        self.gone(store);
        out.close = true;
    }
}

/// The text as popper took it: with the dots that the client had put in.
fn with_dots(text: Vec<u8>) -> Vec<u8> {
    let stuffed = crate::protocol::lines::dot_stuffed(&text).0;
    stuffed.strip_suffix(b".\r\n").map_or(text, <[u8]>::to_vec)
}

impl Session for Pop3 {
    fn open(&mut self, now: Instant, _: &mut Store, out: &mut Output) {
        // With a ticket the greeting comes behind it.
        if !self.state.awaits_ticket(&self.settings) {
            Reply::Line(self.settings.greeting()).write(false, out);
        }
        self.restart_autologout(now, out);
    }

    fn receive(&mut self, now: Instant, bytes: &[u8], store: &mut Store, out: &mut Output) {
        self.sealing.enter(out);
        match self.sealing.opened(bytes) {
            Ok(text) => self.take(&text, now, store, out),
            // "The connection is closed": somebody has changed what was said (RFC 2831 §2.3).
            Err(_) => self.close(store, out),
        }
        self.sealing.seal(out);
    }

    /// "The server ... MUST discard any knowledge obtained from the client": the state is AUTHORIZATION again, and
    /// there is no second greeting (RFC 2595 §4).
    fn secured(&mut self, now: Instant, _: &mut Store, out: &mut Output) {
        Arc::make_mut(&mut self.settings).security.tls = Tls::Active;
        self.lines.forget();
        self.state = State::new();
        self.restart_autologout(now, out);
    }

    /// A maildrop is frozen when it is opened: whatever others do to the mailbox, this session hears nothing.
    fn notice(&mut self, _: Instant, _: &Store, _: &mut Output) {}

    /// "The session does NOT enter the UPDATE state: the server should close the connection without removing any
    /// messages or sending any response to the client" (RFC 1939 §3).
    fn wake(&mut self, now: Instant, store: &mut Store, out: &mut Output) {
        if self.over {
        } else if now < self.autologout {
            out.wake = Some(self.autologout);
        } else {
            self.close(store, out);
        }
    }

    fn gone(&mut self, store: &mut Store) {
        self.state.end(store);
        self.text = None;
        self.over = true;
    }
}
