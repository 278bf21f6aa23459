//! The states of RFC 1939 §3, and what each command does in them.

use bytes::Bytes;
use md5::{Digest, Md5};

use super::command::{Command, MessageNumber, Row, StateName};
use super::error::Refusal;
use super::maildrop::Maildrop;
use super::reply::Reply;
use super::session::Pop3Settings;
use crate::mail::store::{Entry, Store, UserId, equal_in_constant_time};
use crate::protocol::security::Tls;

/// Where a session is; each state owns what exists only in it.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Nobody is logged in.
    Authorization {
        /// The name that the last line, a USER, has given.
        user: Option<Vec<u8>>,
    },
    /// A maildrop is locked and open.
    Transaction(Maildrop),
    /// Goodbye is said. UPDATE itself takes no time: what was marked is gone.
    Update,
}

impl State {
    /// Its name.
    #[must_use]
    pub const fn name(&self) -> StateName {
        match self {
            Self::Authorization { .. } => StateName::Authorization,
            Self::Transaction(_) => StateName::Transaction,
            Self::Update => StateName::Update,
        }
    }

    /// Whether a command is legal here.
    ///
    /// # Errors
    /// [`Refusal::WrongState`] if not.
    pub fn allows(&self, row: &'static Row) -> Result<(), Refusal> {
        let state = self.name();
        if row.states.contains(&state) { Ok(()) } else { Err(Refusal::WrongState { row, state }) }
    }

    /// Carries out a command that is legal here.
    ///
    /// # Errors
    /// Any [`Refusal`]; nothing has changed then, but that a USER is forgotten.
    pub fn obey(
        &mut self,
        row: &'static Row,
        command: Command,
        settings: &Pop3Settings,
        store: &mut Store,
    ) -> Result<Reply, Refusal> {
        match (&mut *self, command) {
            // CAPA lists what is true here and now: each capability has its name, some have arguments. RFC 2449 §5
            (_, Command::Capa) => Ok(Reply::Listing("capabilities follow".into(), capabilities(settings))),
            // STLS is refused where TLS is active, and leaves the state as it is. RFC 2595 §4
            (Self::Authorization { user }, Command::Stls) => {
                *user = None;
                match settings.security.tls {
                    Tls::Offered => line("begin TLS now"),
                    Tls::Unavailable => Err(Refusal::NoTls),
                    Tls::Active => Err(Refusal::TlsIsActive),
                }
            }
            // Nobody is asked for a password that everybody could read. RFC 2595 §2.1
            (Self::Authorization { .. }, Command::User(_) | Command::Pass(_))
                if !settings.security.lets_passwords_pass() =>
            {
                Err(Refusal::EncryptFirst)
            }
            // USER takes any name: a refusal would tell which names exist. RFC 1939 §7, §13
            (Self::Authorization { user }, Command::User(name)) => {
                *user = Some(name);
                line("send the password with PASS")
            }
            // PASS is good only right after USER, and opens the maildrop. RFC 1939 §4, §7
            (Self::Authorization { user }, Command::Pass(password)) => {
                let name = user.take().ok_or(Refusal::PassWithoutUser)?;
                let known = store.user(&name).filter(|user| store.password_matches(*user, &password.0));
                self.enter(known.ok_or(Refusal::Denied)?, store)
            }
            // APOP shows that both ends know the secret. RFC 1939 §7
            (Self::Authorization { user }, Command::Apop(name, digest)) => {
                *user = None;
                let known = store.user(&name);
                let secret = known.map_or_else(Bytes::new, |user| store.password(user));
                let expected = apop_digest(settings.timestamp().as_bytes(), &secret);
                let known = known.filter(|_| equal_in_constant_time(&expected, &digest));
                self.enter(known.ok_or(Refusal::Denied)?, store)
            }
            // QUIT in AUTHORIZATION ends the session without UPDATE. RFC 1939 §4
            (Self::Authorization { .. }, Command::Quit) => {
                *self = Self::Update;
                line(&format!("{} POP3 server signing off", settings.host))
            }
            // Marked messages count in neither total. RFC 1939 §5
            (Self::Transaction(maildrop), Command::Stat) => {
                line(&format!("{} {}", maildrop.messages(), maildrop.octets()))
            }
            (Self::Transaction(maildrop), Command::List(None)) => {
                Ok(Reply::Listing(total(maildrop), maildrop.scan_listings()))
            }
            (Self::Transaction(maildrop), Command::List(Some(number))) => {
                line(&format!("{number} {}", maildrop.entry(number)?.message.size()))
            }
            (Self::Transaction(maildrop), Command::Retr(number)) => {
                let entry = maildrop.entry(number)?;
                let text = format!("{} octets", entry.message.size());
                Ok(Reply::Mail(text, entry.id, octets(entry, number)?))
            }
            // DELE only marks: "the server does not actually delete the message until UPDATE". RFC 1939 §5
            (Self::Transaction(maildrop), Command::Dele(number)) => {
                maildrop.mark(number)?;
                line(&format!("message {number} deleted"))
            }
            (Self::Transaction(_), Command::Noop) => line(""),
            (Self::Transaction(maildrop), Command::Rset) => {
                maildrop.unmark_all();
                line(&format!("maildrop has {}", total(maildrop)))
            }
            // TOP sends the header, the empty line and n lines of the body, or all there is. RFC 1939 §7
            (Self::Transaction(maildrop), Command::Top(number, lines)) => {
                let entry = maildrop.entry(number)?;
                Ok(Reply::Mail("top of message follows".into(), entry.id, top(entry, number, lines)?))
            }
            (Self::Transaction(maildrop), Command::Uidl(None)) => {
                Ok(Reply::Listing("unique-ids follow".into(), maildrop.unique_id_listings()))
            }
            (Self::Transaction(maildrop), Command::Uidl(Some(number))) => {
                line(&format!("{number} {}", maildrop.unique_id(maildrop.entry(number)?)))
            }
            // QUIT in TRANSACTION enters UPDATE: marked mail is removed, the lock given back. RFC 1939 §6
            (Self::Transaction(_), Command::Quit) => {
                let left = match std::mem::replace(self, Self::Update) {
                    Self::Transaction(maildrop) => maildrop.update(store),
                    _ => 0,
                };
                let left =
                    if left == 0 { "maildrop empty".into() } else { format!("{} left", counted(left)) };
                line(&format!("{} POP3 server signing off ({left})", settings.host))
            }
            (state, _) => Err(Refusal::WrongState { row, state: state.name() }),
        }
    }

    /// A line was refused: a USER before it no longer stands "immediately" before PASS. RFC 1939 §7
    pub fn refused(&mut self) {
        if let Self::Authorization { user } = self {
            *user = None;
        }
    }

    /// The session ends without QUIT: nothing is removed, the lock is given back. RFC 1939 §6
    pub fn end(&mut self, store: &mut Store) {
        if let Self::Transaction(maildrop) = std::mem::replace(self, Self::Update) {
            maildrop.abandon(store);
        }
    }

    fn enter(&mut self, user: UserId, store: &mut Store) -> Result<Reply, Refusal> {
        let maildrop = Maildrop::open(user, store)?;
        let said = format!("{}'s maildrop has {}", store.user_name(user), total(&maildrop));
        *self = Self::Transaction(maildrop);
        line(&said)
    }
}

/// What CAPA lists: `TOP`, `UIDL`, `PIPELINING` (RFC 2449 §6), `USER` unless passwords must not pass, and `STLS`
/// while it can be asked for (RFC 2595 §4). There is no capability for APOP.
fn capabilities(settings: &Pop3Settings) -> Vec<u8> {
    let security = settings.security;
    [
        (true, "TOP"),
        (true, "UIDL"),
        (true, "PIPELINING"),
        (security.lets_passwords_pass(), "USER"),
        (security.tls == Tls::Offered, "STLS"),
    ]
    .into_iter()
    .filter(|(is_true, _)| *is_true)
    .flat_map(|(_, name)| [name.as_bytes(), b"\r\n"].concat())
    .collect()
}

/// The digest that APOP wants: MD5 over the greeting's timestamp and the secret, in hexadecimal digits of lower
/// case (RFC 1939 §7).
#[must_use]
pub fn apop_digest(timestamp: &[u8], secret: &[u8]) -> [u8; 32] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digest: [u8; 16] = Md5::new().chain_update(timestamp).chain_update(secret).finalize().into();
    let mut hex = [0; 32];
    for (pair, octet) in hex.chunks_exact_mut(2).zip(digest) {
        pair.copy_from_slice(&[DIGITS[usize::from(octet >> 4)], DIGITS[usize::from(octet & 15)]]);
    }
    hex
}

fn line(text: &str) -> Result<Reply, Refusal> {
    Ok(Reply::Line(text.to_owned()))
}

/// `2 messages (320 octets)`
fn total(maildrop: &Maildrop) -> String {
    format!("{} ({} octets)", counted(maildrop.messages()), maildrop.octets())
}

fn counted(messages: usize) -> String {
    if messages == 1 { "1 message".into() } else { format!("{messages} messages") }
}

fn octets(entry: &Entry, number: MessageNumber) -> Result<Bytes, Refusal> {
    entry.message.octets().map_err(|lost| Refusal::Lost { number, reason: lost.reason })
}

/// The header with its empty line and `lines` lines of the body. The header alone needs no look at the body.
fn top(entry: &Entry, number: MessageNumber, lines: u32) -> Result<Bytes, Refusal> {
    let header = entry.message.header();
    if lines == 0 {
        return Ok(header.clone());
    }
    let all = octets(entry, number)?;
    let body = all.get(header.len()..).unwrap_or_default();
    let end = memchr::memmem::find_iter(body, b"\r\n").nth(lines as usize - 1);
    let end = end.map_or(all.len(), |at| header.len() + at + 2);
    Ok(all.slice(..end))
}
