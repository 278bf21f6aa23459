//! Where a session is in its mail transaction, and what each command does there (RFC 821 §3.1, §4.1.1).

use std::sync::Arc;

use super::command::{COMMANDS, Command, Keyword, Parameter, Row, StateName};
use super::delivery::{self, Envelope, Recipient};
use super::error::Refusal;
use super::path::{Mailbox, ReversePath};
use super::reply::Reply;
use super::session::SmtpSettings;
use crate::mail::store::Store;
use crate::protocol::row_named;
use crate::protocol::security::Tls;
use crate::time::Instant;

/// Where a session is; each state owns what exists only in it.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Greeted, and waiting to hear who calls.
    Connected,
    /// Between mail transactions.
    Ready(Arc<Client>),
    /// MAIL was accepted.
    Mail(Arc<Client>, ReversePath),
    /// At least one RCPT was accepted.
    Recipients(Arc<Client>, Envelope),
    /// QUIT was given, or the server has given up.
    Closed,
}

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The name it gave.
    pub domain: String,
    /// It said EHLO, and may use the extensions.
    pub extended: bool,
}

impl State {
    /// Its name.
    #[must_use]
    pub const fn name(&self) -> StateName {
        match self {
            Self::Connected => StateName::Connected,
            Self::Ready(_) => StateName::Ready,
            Self::Mail(..) => StateName::Mail,
            Self::Recipients(..) => StateName::Recipients,
            Self::Closed => StateName::Closed,
        }
    }

    /// Whether a command may be given here.
    ///
    /// # Errors
    /// [`Refusal::WrongState`] if not, [`Refusal::NotImplemented`] if it may be given nowhere.
    pub fn allows(&self, row: &'static Row) -> Result<(), Refusal> {
        let state = self.name();
        match row.states {
            [] => Err(Refusal::NotImplemented(row)),
            states if states.contains(&state) => Ok(()),
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
        settings: &SmtpSettings,
        store: &Store,
    ) -> Result<Reply, Refusal> {
        match (&mut *self, command) {
            // HELO and EHLO confirm that no transaction is open: they reset one that is. RFC 821 §4.1.1
            (_, Command::Helo(domain)) => {
                *self = Self::Ready(Arc::new(Client { domain, extended: false }));
                ok(&settings.host)
            }
            (_, Command::Ehlo(domain)) => {
                *self = Self::Ready(Arc::new(Client { domain, extended: true }));
                Ok(Reply { code: 250, lines: extensions(settings) })
            }
            // MAIL begins anew, whatever was given before. RFC 821 §3.1
            (
                Self::Ready(client) | Self::Mail(client, _) | Self::Recipients(client, _),
                Command::Mail(from, parameters),
            ) => {
                check_parameters(client.extended, &parameters, settings)?;
                *self = Self::Mail(Arc::clone(client), from);
                ok("OK")
            }
            // RCPT names one recipient; a refused one does not spoil the others. RFC 821 §3.1
            (_, Command::Rcpt(_, parameters)) if !parameters.is_empty() => Err(unknown(&parameters)),
            (Self::Mail(client, from), Command::Rcpt(to, _)) => {
                let to = vec![Recipient::of(to, settings, store)?];
                *self = Self::Recipients(Arc::clone(client), Envelope { from: from.clone(), to });
                ok("OK")
            }
            (Self::Recipients(_, envelope), Command::Rcpt(to, _)) => {
                let limit = settings.limits.recipients;
                if envelope.to.len() >= limit {
                    return Err(Refusal::TooManyRecipients { limit });
                }
                envelope.to.push(Recipient::of(to, settings, store)?);
                ok("OK")
            }
            // DATA opens the way for the text. RFC 821 §3.1
            (Self::Recipients(..), Command::Data) => {
                Ok(Reply::new(354, "start mail input; end with <CRLF>.<CRLF>"))
            }
            // RSET gives the transaction up. RFC 821 §4.1.1
            (_, Command::Rset) => {
                self.reset();
                ok("OK")
            }
            // STARTTLS is answered in clear; TLS begins behind its CR LF. RFC 3207 §4
            (_, Command::Starttls) => match settings.security.tls {
                Tls::Offered => Ok(Reply::new(220, "ready to start TLS")),
                Tls::Unavailable => Err(Refusal::NoTls),
                Tls::Active => Err(Refusal::TlsIsActive),
            },
            (_, Command::Noop) => ok("OK"),
            (_, Command::Vrfy(string)) => verify(&string, settings, store),
            (_, Command::Help(about)) => Ok(help(about.as_deref())),
            (_, Command::Quit) => {
                *self = Self::Closed;
                Ok(Reply::new(221, format!("{} service closing transmission channel", settings.host)))
            }
            (state, _) => Err(Refusal::WrongState { row, state: state.name() }),
        }
    }

    /// The text has come, or `None` if it was too long: the end of mail data confirms the transaction, and ends
    /// it either way (RFC 821 §3.1, §4.1.1).
    ///
    /// # Errors
    /// [`Refusal::TooMuchMail`] and [`Refusal::NotStored`].
    pub fn deliver(
        &mut self,
        text: Option<&[u8]>,
        now: Instant,
        settings: &SmtpSettings,
        store: &mut Store,
    ) -> Result<Reply, Refusal> {
        let Self::Recipients(client, envelope) = self else { return Err(Refusal::NotStored) };
        let (client, envelope) = (Arc::clone(client), envelope.clone());
        self.reset();
        let text = text.ok_or(Refusal::TooMuchMail { limit: settings.size_max })?;
        delivery::deliver(text, &envelope, &client, now, settings, store)?;
        ok("OK, delivered")
    }

    fn reset(&mut self) {
        if let Self::Mail(client, _) | Self::Recipients(client, _) = self {
            *self = Self::Ready(Arc::clone(client));
        }
    }
}

fn ok(text: &str) -> Result<Reply, Refusal> {
    Ok(Reply::new(250, text))
}

/// What EHLO announces: only what is true here. SIZE is RFC 1870, 8BITMIME RFC 6152; that octets pass unchanged
/// is true without it as well.
fn extensions(settings: &SmtpSettings) -> Vec<String> {
    let mut lines =
        vec![settings.host.clone(), "8BITMIME".into(), format!("SIZE {}", settings.size_max), "HELP".into()];
    // STARTTLS is announced where it can be asked for, and no longer once it was (RFC 3207 §4.2).
    if settings.security.tls == Tls::Offered {
        lines.push("STARTTLS".into());
    }
    lines
}

/// The parameters of MAIL: those of the extensions that EHLO announced, and after HELO none.
fn check_parameters(
    extended: bool,
    parameters: &[Parameter],
    settings: &SmtpSettings,
) -> Result<(), Refusal> {
    for parameter in parameters {
        let value = parameter.value.as_deref().unwrap_or("");
        match parameter.keyword.as_str() {
            "BODY"
                if extended && ["7BIT", "8BITMIME"].iter().any(|kind| kind.eq_ignore_ascii_case(value)) => {}
            "SIZE"
                if extended
                    && (1..=20).contains(&value.len())
                    && value.bytes().all(|c| c.is_ascii_digit()) =>
            {
                // A size that no number can hold is too large as well.
                if value.parse().map_or(true, |size: u64| size > u64::from(settings.size_max)) {
                    return Err(Refusal::TooMuchMail { limit: settings.size_max });
                }
            }
            _ => return Err(unknown(std::slice::from_ref(parameter))),
        }
    }
    Ok(())
}

fn unknown(parameters: &[Parameter]) -> Refusal {
    let text = parameters.first().map_or_else(String::new, |parameter| match &parameter.value {
        Some(value) => format!("{}={value}", parameter.keyword),
        None => parameter.keyword.clone(),
    });
    Refusal::Parameter(text)
}

/// VRFY tells who exists, so it says nothing unless the laboratory wants it to. RFC 821 §3.3, RFC 1123 §5.2.3
fn verify(string: &[u8], settings: &SmtpSettings, store: &Store) -> Result<Reply, Refusal> {
    if !settings.verify_users {
        return Ok(Reply::new(252, "send the mail, and see: this server does not say who exists"));
    }
    let string = String::from_utf8_lossy(string);
    let mut addresses = match string.contains('@') {
        true => vec![string.trim_matches(['<', '>']).to_owned()],
        false => settings.domains.iter().map(|domain| format!("{string}@{domain}")).collect(),
    };
    addresses.retain(|address| store.addressee(address.as_bytes()).is_some());
    let found = addresses.first().and_then(|address| address.rsplit_once('@'));
    let (local, domain) = found.ok_or(Refusal::NoMatch)?;
    ok(&format!("<{}>", Mailbox { local: local.into(), domain: domain.into() }))
}

/// HELP, from the rows (RFC 821 §4.1.1).
fn help(about: Option<&[u8]>) -> Reply {
    let offered = || COMMANDS.iter().filter(|row| !row.states.is_empty());
    match about {
        None => {
            let mut lines: Vec<String> =
                offered().map(|row| format!("{:<24} {}", row.syntax, row.help)).collect();
            lines.push("HELP with a command's name says more".into());
            Reply { code: 214, lines }
        }
        Some(word) => match row_named(COMMANDS, word) {
            Some(row) => Reply::new(214, format!("{}: {} ({})", row.syntax, row.help, row.clause)),
            None => {
                let words: Vec<&str> = offered().map(|row| row.word).collect();
                Reply::new(214, format!("the commands are {}", words.join(" ")))
            }
        },
    }
}

/// True for the command after which the client's octets are mail data.
#[must_use]
pub fn opens_mail_data(row: &Row) -> bool {
    row.kind == Keyword::Data
}
