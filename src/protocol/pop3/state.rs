//! The states of RFC 1939 §3, and what each command does in AUTHORIZATION. `transaction.rs` has the rest.

use bytes::Bytes;
use md5::{Digest, Md5};

use super::command::{Command, Row, StateName};
use super::dialect::Dialect;
use super::error::Refusal;
use super::maildrop::{Maildrop, Opening};
use super::reply::Reply;
use super::settings::{Expire, Pop3Settings};
use super::transaction::{self, counted, line, total};
use super::{capability, groups};
use crate::mail::store::{Store, UserId, equal_in_constant_time};
use crate::protocol::sasl::{Exchange, Layer, Login, Mechanism, Peer, Step};
use crate::protocol::security::Tls;
use crate::time::{Duration, Instant};

/// Where a session is; each state owns what exists only in it.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Nobody is logged in.
    Authorization(Box<Nobody>),
    /// A maildrop is locked and open.
    Transaction(Maildrop),
    /// Goodbye is said. UPDATE itself takes no time: what was marked is gone.
    Update,
}

/// What a session knows of a client that has not logged in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Nobody {
    /// The name that the last line, a USER, has given.
    user: Option<Vec<u8>>,
    /// The login by AUTH that is under way: the next line belongs to it.
    exchange: Option<Exchange>,
    /// The client has said UTF8.
    utf8: bool,
    /// Whom a ticket names (KPOP).
    principal: Option<String>,
}

/// What a command may look at and change beside its own state.
pub struct Context<'a> {
    /// What the server was told.
    pub settings: &'a Pop3Settings,
    /// The time.
    pub now: Instant,
    /// All mail.
    pub store: &'a mut Store,
    /// The layer that a login has begun: all that follows goes through it.
    pub layer: Option<Layer>,
}

impl State {
    /// Before anything is said.
    #[must_use]
    pub fn new() -> Self {
        Self::Authorization(Box::default())
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> StateName {
        match self {
            Self::Authorization(_) => StateName::Authorization,
            Self::Transaction(_) => StateName::Transaction,
            Self::Update => StateName::Update,
        }
    }

    /// The next line is a response to a challenge, whatever it looks like (RFC 5034 §4).
    #[must_use]
    pub const fn is_in_exchange(&self) -> bool {
        matches!(self, Self::Authorization(nobody) if nobody.exchange.is_some())
    }

    /// The next line must show a ticket (KPOP).
    #[must_use]
    pub fn awaits_ticket(&self, settings: &Pop3Settings) -> bool {
        settings.dialect == Dialect::Kpop
            && matches!(self, Self::Authorization(nobody) if nobody.principal.is_none())
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
        context: &mut Context<'_>,
    ) -> Result<Reply, Refusal> {
        let settings = context.settings;
        match (&mut *self, command) {
            // CAPA lists what is true here and now: each capability has its name, some have arguments. RFC 2449 §5
            (state, Command::Capa) => {
                let lines = capability::lines(settings, state.name());
                Ok(Reply::Listing("capabilities follow".into(), lines))
            }
            (_, Command::Lang(language)) => capability::language(language),
            (Self::Authorization(nobody), command) => {
                let user = nobody.user.take();
                match nobody.obey(user, command, context)? {
                    Outcome::Reply(reply) => Ok(reply),
                    Outcome::Login(login) => self.enter(login, context),
                    // QUIT in AUTHORIZATION ends the session without UPDATE. RFC 1939 §4
                    Outcome::Quit => {
                        *self = Self::Update;
                        line(&format!("{} POP3 server signing off", settings.host))
                    }
                    Outcome::WrongState => Err(Refusal::WrongState { row, state: self.name() }),
                }
            }
            // QUIT in TRANSACTION enters UPDATE: marked mail is removed, the lock given back. RFC 1939 §6
            (Self::Transaction(_), Command::Quit) => {
                let left = match std::mem::replace(self, Self::Update) {
                    Self::Transaction(maildrop) => maildrop.update(context.store),
                    _ => 0,
                };
                let left =
                    if left == 0 { "maildrop empty".into() } else { format!("{} left", counted(left)) };
                line(&format!("{} POP3 server signing off ({left})", settings.host))
            }
            (Self::Transaction(maildrop), Command::Xtnd(extension)) => {
                groups::obey(maildrop, extension, context)
            }
            (Self::Transaction(maildrop), command) => transaction::obey(maildrop, row, command, context),
            (Self::Update, _) => Err(Refusal::WrongState { row, state: StateName::Update }),
        }
    }

    /// A line of a SASL exchange.
    ///
    /// # Errors
    /// Whatever keeps the client from logging in; the exchange is over then.
    pub fn respond(&mut self, response: &[u8], context: &mut Context<'_>) -> Result<Reply, Refusal> {
        let Self::Authorization(nobody) = self else { return Err(Refusal::PassWithoutUser) };
        let Some(mut exchange) = nobody.exchange.take() else { return Err(Refusal::PassWithoutUser) };
        let step = exchange.answer(response, context.store);
        match nobody.step(exchange, step)? {
            Outcome::Login(login) => self.enter(login, context),
            Outcome::Reply(reply) => Ok(reply),
            Outcome::Quit | Outcome::WrongState => Err(Refusal::PassWithoutUser),
        }
    }

    /// The line before a greeting, in KPOP: a ticket in place of a password. This is a toy, and no Kerberos.
    ///
    /// # Errors
    /// [`Refusal::NoTicket`], after which the server closes.
    pub fn ticket(&mut self, text: &[u8], context: &Context<'_>) -> Result<Reply, Refusal> {
        let name = context.settings.principal(text, context.store).ok_or(Refusal::NoTicket)?;
        if let Self::Authorization(nobody) = self {
            nobody.principal = Some(name);
        }
        line(&context.settings.greeting())
    }

    /// A line was refused: a USER before it no longer stands "immediately" before PASS. RFC 1939 §7
    pub fn refused(&mut self) {
        if let Self::Authorization(nobody) = self {
            (nobody.user, nobody.exchange) = (None, None);
        }
    }

    /// The session ends without QUIT: nothing is removed, the lock is given back. RFC 1939 §6
    pub fn end(&mut self, store: &mut Store) {
        if let Self::Transaction(maildrop) = std::mem::replace(self, Self::Update) {
            maildrop.abandon(store);
        }
    }

    /// Locks and opens the maildrop, unless the user was here too short a time ago (RFC 2449 §6.5); mail that has
    /// been here too long is removed first (RFC 2449 §6.7).
    fn enter(&mut self, login: Entering, context: &mut Context<'_>) -> Result<Reply, Refusal> {
        let Context { settings, now, store, .. } = context;
        let Entering { user, recipient, layer } = login;
        // Without a delay nobody was here less than that ago.
        if store.logged_in_within(user, settings.login_delay, *now) {
            return Err(Refusal::LoginDelay(settings.login_delay));
        }
        if let (Expire::Days(days @ 1..), Some(inbox)) = (settings.expire, store.inbox(user)) {
            let oldest = store.clock(*now).unix - i64::from(days) * 86_400;
            store.expunge(inbox, |entry| entry.internal_date.unix < oldest);
        }
        let utf8 = matches!(self, Self::Authorization(nobody) if nobody.utf8);
        let opening = Opening { recipient, utf8, forgets_last: settings.dialect == Dialect::Popper };
        let mut maildrop = Maildrop::open(user, &opening, store)?;
        if settings.quirks.uidl_changes {
            maildrop.disguise(settings.greeting_stamp.process as u32);
        }
        if settings.login_delay > Duration::ZERO {
            store.set_last_login(user, *now);
        }
        let said = format!("{}'s maildrop has {}", store.user_name(user), total(&maildrop));
        *self = Self::Transaction(maildrop);
        context.layer = layer;
        line(&said)
    }
}

/// What comes of a command in AUTHORIZATION.
enum Outcome {
    Reply(Reply),
    Login(Entering),
    Quit,
    WrongState,
}

/// A login that has still to open the maildrop.
struct Entering {
    user: UserId,
    /// Only mail for this recipient (SDPS).
    recipient: Option<Vec<u8>>,
    layer: Option<Layer>,
}

impl Entering {
    const fn of(user: UserId) -> Self {
        Self { user, recipient: None, layer: None }
    }
}

impl Nobody {
    fn obey(
        &mut self,
        user: Option<Vec<u8>>,
        command: Command,
        context: &mut Context<'_>,
    ) -> Result<Outcome, Refusal> {
        let Context { settings, store, .. } = context;
        let reply = |text: &str| line(text).map(Outcome::Reply);
        match command {
            // STLS is refused where TLS is active, and leaves the state as it is. RFC 2595 §4
            Command::Stls => match settings.security.tls {
                Tls::Offered => reply("begin TLS now"),
                Tls::Unavailable => Err(Refusal::NoTls),
                Tls::Active => Err(Refusal::TlsIsActive),
            },
            // Nobody is asked for a password that everybody could read. RFC 2595 §2.1
            Command::User(_) | Command::Pass(_) if !settings.security.lets_passwords_pass() => {
                Err(Refusal::EncryptFirst)
            }
            // USER takes any name: a refusal would tell which names exist. RFC 1939 §7, §13
            Command::User(name) => {
                self.user = Some(name);
                reply("send the password with PASS")
            }
            // With a ticket the password is for the state machine alone. A ticket opens one's own maildrop.
            Command::Pass(_) if self.principal.is_some() => {
                let name = user.ok_or(Refusal::PassWithoutUser)?;
                let own = self.principal.as_deref().is_some_and(|principal| principal.as_bytes() == name);
                let known = store.user(&name).filter(|_| own);
                Ok(Outcome::Login(Entering::of(known.ok_or(Refusal::NotTrusted)?)))
            }
            // PASS is good only right after USER, and opens the maildrop. RFC 1939 §4, §7
            Command::Pass(password) => {
                let name = user.ok_or(Refusal::PassWithoutUser)?;
                let (account, recipient) = sdps_parts(settings.dialect, &name);
                let known = store.user(account).filter(|user| store.password_matches(*user, &password.0));
                Ok(Outcome::Login(Entering { recipient, ..Entering::of(known.ok_or(Refusal::Denied)?) }))
            }
            // RPOP believes a host about its users, as rlogin did. RFC 1081
            Command::Rpop(remote) => {
                let name = user.ok_or(Refusal::PassWithoutUser)?;
                let pair =
                    |pair: &&(String, String)| pair.0.as_bytes() == remote && pair.1.as_bytes() == name;
                let trusted = settings.trusted.iter().find(pair).and_then(|_| store.user(&name));
                Ok(Outcome::Login(Entering::of(trusted.ok_or(Refusal::NotTrusted)?)))
            }
            // APOP shows that both ends know the secret. RFC 1939 §7
            Command::Apop(name, digest) => {
                let known = store.user(&name);
                let secret = known.map_or_else(Bytes::new, |user| store.password(user));
                let expected = apop_digest(settings.timestamp().as_bytes(), &secret);
                let known = known.filter(|_| equal_in_constant_time(&expected, &digest));
                Ok(Outcome::Login(Entering::of(known.ok_or(Refusal::Denied)?)))
            }
            // AUTH begins an exchange; RFC 1734 knew no response in its line. RFC 5034 §4
            Command::Auth(name, initial) => {
                let mechanism = capability::mechanisms(settings)
                    .find(|known| known.name().as_bytes().eq_ignore_ascii_case(&name));
                let Some(mechanism) = mechanism else { return Err(no_mechanism(&name, settings)) };
                if initial.is_some() && !settings.dialect.has_response_codes() {
                    return Err(Refusal::Sasl(crate::protocol::sasl::Refusal::NoInitialResponse));
                }
                let peer = Peer {
                    service: "pop",
                    host: settings.host.clone(),
                    chance: settings.chance(),
                    external: settings.external.clone().map(String::into_bytes),
                    layers: settings.dialect.has_response_codes(),
                };
                let (exchange, step) = Exchange::begin(mechanism, peer, initial.as_deref(), store);
                self.step(exchange, step)
            }
            Command::Utf8 => {
                self.utf8 = true;
                reply("UTF-8 it is")
            }
            Command::Quit => Ok(Outcome::Quit),
            _ => Ok(Outcome::WrongState),
        }
    }

    fn step(&mut self, exchange: Exchange, step: Step) -> Result<Outcome, Refusal> {
        match step {
            Step::Challenge(base64) => {
                self.exchange = Some(exchange);
                Ok(Outcome::Reply(Reply::Challenge(base64)))
            }
            Step::Done(Login { user, layer, .. }) => {
                Ok(Outcome::Login(Entering { layer, ..Entering::of(user) }))
            }
            Step::Refused(refusal) => Err(Refusal::Sasl(refusal)),
        }
    }
}

/// A mechanism that is not offered: because nobody may show a password here, or because it is not known.
fn no_mechanism(name: &[u8], settings: &Pop3Settings) -> Refusal {
    match Mechanism::named(name) {
        Some(mechanism) if mechanism.row().shows_password && !settings.security.lets_passwords_pass() => {
            Refusal::EncryptFirst
        }
        _ => Refusal::Sasl(crate::protocol::sasl::Refusal::NoMechanism),
    }
}

/// SDPS: `user@host` is the share of one user of the host's mail; the password is the host's.
fn sdps_parts(dialect: Dialect, name: &[u8]) -> (&[u8], Option<Vec<u8>>) {
    match memchr::memrchr(b'@', name) {
        Some(at) if dialect == Dialect::Sdps => (&name[at + 1..], Some(name.to_vec())),
        _ => (name, None),
    }
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
