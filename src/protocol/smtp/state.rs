//! Where a session is in its mail transaction, and what each command does there (RFC 821 §3.1, §4.1.1).

use std::sync::Arc;

use super::answer;
use super::command::{Chunk, Command, Keyword, Manner, Parameter, Row, StateName};
use super::delivery::{Delivery, Envelope, Recipient};
use super::dialect::Dialect;
use super::error::Refusal;
use super::parameter;
use super::path::{Mailbox, ReversePath};
use super::reply::Reply;
use super::settings::{Offered, SmtpSettings};
use crate::mail::envelope::Body;
use crate::mail::store::{Store, UserId};
use crate::protocol::mail_data::Collected;
use crate::protocol::security::Tls;
use crate::time::Instant;

/// Where a session is; each state owns what exists only in it.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Greeted, and waiting to hear who calls; who has logged in, if that brought a layer, and all was forgotten but that.
    Connected(Option<UserId>),
    /// Between mail transactions.
    Ready(Arc<Client>),
    /// MAIL was accepted, and the recipients that the envelope holds.
    Transaction(Arc<Client>, Arc<Envelope>),
    /// Chunks have come, and were not the last (RFC 3030 §2).
    Chunks(Arc<Client>, Arc<Envelope>, Collected),
    /// TURN was accepted: this end sends now.
    Sending(Arc<Client>),
    /// QUIT was given, or the server has given up.
    Closed,
}

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The name it gave.
    pub domain: String,
    /// It said EHLO or LHLO, and may use the extensions.
    pub extended: bool,
    /// Who has logged in.
    pub login: Option<UserId>,
}

impl Client {
    /// What the time stamp line calls the way a message came (RFC 5321 §4.4, RFC 3848, RFC 6531 §4.3).
    #[must_use]
    pub const fn protocol(&self, settings: &SmtpSettings, utf8: bool) -> &'static str {
        let authenticated = self.login.is_some();
        let secured = matches!(settings.security.tls, Tls::Active);
        match (settings.dialect, utf8, self.extended, secured) {
            (Dialect::Lmtp, true, _, false) => "UTF8LMTP",
            (Dialect::Lmtp, true, _, true) => "UTF8LMTPS",
            (Dialect::Lmtp, false, _, false) => "LMTP",
            (Dialect::Lmtp, false, _, true) => "LMTPS",
            (_, true, _, false) => "UTF8SMTP",
            (_, true, _, true) => "UTF8SMTPS",
            (_, _, true, true) => {
                if authenticated {
                    "ESMTPSA"
                } else {
                    "ESMTPS"
                }
            }
            (_, _, true, false) if authenticated => "ESMTPA",
            (_, _, true, false) => "ESMTP",
            (_, _, false, _) => "SMTP",
        }
    }
}

/// What a command is carried out with.
pub struct Around<'a> {
    /// What the server was told.
    pub settings: &'a SmtpSettings,
    /// The mail.
    pub store: &'a mut Store,
    /// The time.
    pub now: Instant,
}

impl State {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> StateName {
        match self {
            Self::Connected(_) => StateName::Connected,
            Self::Ready(_) => StateName::Ready,
            Self::Transaction(_, envelope) if envelope.to.is_empty() => StateName::Mail,
            Self::Transaction(..) => StateName::Recipients,
            Self::Chunks(..) => StateName::Chunks,
            Self::Sending(_) => StateName::Sending,
            Self::Closed => StateName::Closed,
        }
    }

    /// Who calls, once that was said.
    #[must_use]
    pub const fn client(&self) -> Option<&Arc<Client>> {
        match self {
            Self::Ready(client)
            | Self::Transaction(client, _)
            | Self::Chunks(client, ..)
            | Self::Sending(client) => Some(client),
            Self::Connected(_) | Self::Closed => None,
        }
    }

    /// Who has logged in.
    #[must_use]
    pub fn login(&self) -> Option<UserId> {
        match self {
            Self::Connected(login) => *login,
            _ => self.client().and_then(|client| client.login),
        }
    }

    /// Somebody has logged in.
    pub fn logged_in(&mut self, user: UserId) {
        if let Self::Ready(client) = self {
            Arc::make_mut(client).login = Some(user);
        }
    }

    /// What this client may use now.
    #[must_use]
    pub fn offered<'a>(&self, settings: &'a SmtpSettings) -> Offered<'a> {
        Offered { settings, extended: self.client().is_some_and(|client| client.extended) }
    }

    /// Whether a command may be given here.
    ///
    /// # Errors
    /// [`Refusal::WrongState`] if not, [`Refusal::NotImplemented`] if this server does not offer it.
    pub fn allows(&self, row: &'static Row, settings: &SmtpSettings) -> Result<(), Refusal> {
        let state = self.name();
        if !settings.offers(row.kind) {
            return Err(Refusal::NotImplemented(row));
        }
        // What a client may say before it has logged in: the rest is answered with 530 (RFC 4954 §4, §6).
        let is_open = matches!(
            row.kind,
            Keyword::Helo
                | Keyword::Ehlo
                | Keyword::Lhlo
                | Keyword::Auth
                | Keyword::Starttls
                | Keyword::Noop
                | Keyword::Rset
                | Keyword::Help
                | Keyword::Quit
        );
        if settings.auth_required && !is_open && self.login().is_none() {
            return Err(Refusal::LoginNeeded);
        }
        if row.kind == Keyword::Auth && self.login().is_some() {
            return Err(Refusal::LoggedIn);
        }
        // "The reverse-path buffer, the forward-path buffer and the mail data buffer are cleared": in RFC 821 §4.1.1
        // MAIL begins anew whatever was given before. RFC 5321 §4.1.4 forbids it within a transaction.
        let begins = matches!(row.kind, Keyword::Mail | Keyword::Send | Keyword::Soml | Keyword::Saml);
        let anew = settings.dialect == Dialect::Rfc821 && begins && self.client().is_some();
        if row.states.contains(&state) || anew {
            return Ok(());
        }
        match self {
            // With pipelined commands DATA comes whatever became of the recipients (RFC 5321 §3.3, RFC 2920 §3.1).
            Self::Transaction(_, envelope)
                if row.kind == Keyword::Data
                    && settings.dialect == Dialect::Now
                    && envelope.to.is_empty()
                    && envelope.refused > 0 =>
            {
                Err(Refusal::NoRecipients)
            }
            Self::Chunks(..) if row.kind == Keyword::Data => Err(Refusal::MixedText),
            _ => Err(Refusal::WrongState { row, state }),
        }
    }

    /// Carries out a command. After a DATA that was accepted mail data comes next.
    ///
    /// # Errors
    /// Any [`Refusal`]; nothing has changed then.
    pub fn obey(
        &mut self,
        row: &'static Row,
        command: Command,
        around: Around<'_>,
    ) -> Result<Reply, Refusal> {
        let Around { settings, store, now } = around;
        // Who has logged in stays so whatever name is said (RFC 4954 §4).
        let login = self.login();
        match (&mut *self, command) {
            // HELO and EHLO confirm that no transaction is open: they reset one that is. RFC 821 §4.1.1
            (_, Command::Helo(domain)) => {
                *self = Self::Ready(Arc::new(Client { domain, extended: false, login }));
                Ok(Reply::new(250, settings.host.as_str()))
            }
            (_, Command::Ehlo(domain)) => {
                *self = Self::Ready(Arc::new(Client { domain, extended: true, login }));
                Ok(answer::ehlo(settings))
            }
            (_, Command::Mail(manner, from, parameters)) => {
                let (client, envelope) = self.begin(manner, from, &parameters, settings, row)?;
                *self = Self::Transaction(client, Arc::new(envelope));
                Ok(Reply::ok((1, 0), "OK"))
            }
            (Self::Transaction(..), Command::Rcpt(to, parameters)) => {
                self.recipient(to, &parameters, settings, store)
            }
            // DATA opens the way for the text. RFC 821 §3.1
            (Self::Transaction(_, envelope), Command::Data) => {
                if envelope.parameters.body == Body::Binary {
                    return Err(Refusal::BinaryInData);
                }
                Ok(Reply::new(354, "start mail input; end with <CRLF>.<CRLF>"))
            }
            // RSET gives the transaction up. RFC 821 §4.1.1
            (_, Command::Rset) => {
                self.reset();
                Ok(Reply::ok((0, 0), "OK"))
            }
            // STARTTLS is answered in clear; TLS begins behind its CR LF. RFC 3207 §4
            (_, Command::Starttls) => match settings.security.tls {
                Tls::Offered => Ok(Reply::of(220, (0, 0), "ready to start TLS")),
                Tls::Unavailable => Err(Refusal::NoTls),
                Tls::Active => Err(Refusal::TlsIsActive),
            },
            (_, Command::Noop) => Ok(Reply::ok((0, 0), "OK")),
            (_, Command::Vrfy(string)) => answer::verify(&string, settings, store),
            (_, Command::Expn(string)) => answer::expand(&string, settings, store),
            (_, Command::Help(about)) => answer::help(about.as_deref(), settings),
            (_, Command::Etrn(node)) => answer::etrn(&node, settings, store, now),
            // TURN: the other end receives now, and greets. RFC 821 §3.8
            (Self::Ready(client), Command::Turn) => {
                *self = Self::Sending(Arc::clone(client));
                Ok(Reply::ok((0, 0), "OK, and now it is your turn to greet"))
            }
            (_, Command::Quit) => {
                *self = Self::Closed;
                Ok(Reply::of(221, (0, 0), format!("{} service closing transmission channel", settings.host)))
            }
            (state, _) => Err(Refusal::WrongState { row, state: state.name() }),
        }
    }

    /// MAIL and its kin begin a transaction. RFC 821 §3.1, §3.4
    fn begin(
        &self,
        manner: Manner,
        from: ReversePath,
        parameters: &[Parameter],
        settings: &SmtpSettings,
        row: &'static Row,
    ) -> Result<(Arc<Client>, Envelope), Refusal> {
        let client = self.client().ok_or(Refusal::WrongState { row, state: self.name() })?;
        let parameters = parameter::of_mail(parameters, self.offered(settings))?;
        if let Some(sender) = from.0.as_ref().filter(|sender| sender.needs_utf8() && !parameters.utf8) {
            return Err(Refusal::NeedsUtf8(sender.clone()));
        }
        if parameters.size.is_some_and(|size| size > u64::from(settings.size_max)) {
            return Err(Refusal::TooMuchMail { limit: settings.size_max });
        }
        let envelope = Envelope { manner, from, parameters, to: Vec::new(), refused: 0 };
        Ok((Arc::clone(client), envelope))
    }

    /// RCPT names one recipient; a refused one does not spoil the others. RFC 821 §3.1
    fn recipient(
        &mut self,
        to: Mailbox,
        parameters: &[Parameter],
        settings: &SmtpSettings,
        store: &Store,
    ) -> Result<Reply, Refusal> {
        let offered = self.offered(settings);
        let Self::Transaction(_, envelope) = self else { return Err(Refusal::NotStored) };
        let limit = settings.limits.recipients;
        let accepted = if envelope.to.len() >= limit {
            let is_final = settings.dialect == Dialect::Rfc821;
            Err(Refusal::TooManyRecipients { limit, is_final })
        } else {
            parameter::of_rcpt(parameters, offered)
                .and_then(|parameters| Recipient::of(to, parameters, envelope, settings, store))
        };
        let envelope = Arc::make_mut(envelope);
        match accepted {
            Ok(recipient) => {
                let reply = recipient.reply();
                envelope.to.push(recipient);
                Ok(reply)
            }
            Err(refusal) => {
                envelope.refused = envelope.refused.saturating_add(1);
                Err(refusal)
            }
        }
    }

    /// Takes in a piece of a chunk that was announced and not refused.
    pub fn collect(&mut self, octets: &[u8], settings: &SmtpSettings) {
        if let Self::Transaction(client, envelope) = self {
            let text = Collected::new(u64::from(settings.size_max));
            *self = Self::Chunks(Arc::clone(client), Arc::clone(envelope), text);
        }
        if let Self::Chunks(_, _, text) = self {
            text.push(octets);
        }
    }

    /// A chunk is whole. The last one ends the transaction, and so does one too many. RFC 3030 §2
    ///
    /// # Errors
    /// [`Refusal::TooMuchMail`], and what keeps the message from being delivered.
    pub fn end_of_chunk(&mut self, chunk: Chunk, around: Around<'_>) -> Result<Vec<Reply>, Refusal> {
        // A chunk of no octets is a chunk.
        self.collect(b"", around.settings);
        let Self::Chunks(_, _, text) = self else { return Err(Refusal::NotStored) };
        if !chunk.last && !text.is_too_long() {
            return Ok(vec![Reply::ok((0, 0), format!("{} octets received", chunk.octets))]);
        }
        let text = text.take();
        self.deliver(text.as_deref(), around)
    }

    /// The text has come, or `None` if it was too long: the end of mail data confirms the transaction, and ends
    /// it either way (RFC 821 §3.1, §4.1.1). One reply, or one for each recipient (RFC 2033 §4.2).
    ///
    /// # Errors
    /// [`Refusal::TooMuchMail`] and what else keeps it from all recipients.
    pub fn deliver(&mut self, text: Option<&[u8]>, around: Around<'_>) -> Result<Vec<Reply>, Refusal> {
        let Around { settings, store, now } = around;
        let (Self::Transaction(client, envelope) | Self::Chunks(client, envelope, _)) = self else {
            return Err(Refusal::NotStored);
        };
        let (client, envelope) = (Arc::clone(client), Arc::clone(envelope));
        self.reset();
        let outcome = match text {
            None => Err(Refusal::TooMuchMail { limit: settings.size_max }),
            Some(text) => {
                let delivery = Delivery { envelope: &envelope, client: &client, now, settings, text };
                delivery.deliver(store)
            }
        };
        if !settings.dialect.answers_each_recipient() {
            return outcome.map(|_| vec![Reply::ok((0, 0), "OK, delivered")]);
        }
        let each = |recipient: &Recipient, outcome: Result<&(), &Refusal>| match outcome {
            Ok(_) => Reply::ok((0, 0), format!("<{}> OK, delivered", recipient.address)),
            Err(refusal) => {
                let reply = Reply::from(refusal);
                let lines = reply.lines.iter().map(|line| format!("<{}> {line}", recipient.address));
                Reply { lines: lines.collect(), ..reply }
            }
        };
        Ok(match &outcome {
            Ok(outcomes) => {
                let outcomes = outcomes.iter().map(Result::as_ref);
                envelope.to.iter().zip(outcomes).map(|(to, outcome)| each(to, outcome)).collect()
            }
            Err(refusal) => envelope.to.iter().map(|to| each(to, Err(refusal))).collect(),
        })
    }

    /// Gives up the transaction that is open, if one is.
    pub fn reset(&mut self) {
        if let Self::Transaction(client, _) | Self::Chunks(client, ..) = self {
            *self = Self::Ready(Arc::clone(client));
        }
    }
}
