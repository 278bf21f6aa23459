//! Who is logged in, and what each operation does there (RFC 1056 §4.3 to §4.10).
//!
//! ```text
//!  connected ──LOGIN──> logged in ──SEND-MESSAGE──> receiving text
//!      │                    │  ^──────── "." ────────────┘
//!      └──────LOGOUT────────┴──> closed
//! ```

use super::command::{COMMANDS, Keyword, Row, StateName};
use super::error::Refusal;
use super::parse::{Command, Login};
use super::reply::Reply;
use super::session::DmspSettings;
use super::{delivery, messages, names, objects};
use crate::mail::store::{MailboxId, ModSeq, Store, UserId};
use crate::time::Instant;

/// Where a session is; each state owns what exists only in it.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Nobody is logged in.
    NotLoggedIn,
    /// A client object is locked to this session.
    LoggedIn(Client),
    /// And it is sending the text of a message.
    ReceivingText(Client),
    /// Goodbye is said, or the peer has left.
    Closed,
}

/// For whom a session speaks.
#[derive(Clone, Debug, PartialEq)]
pub struct Client {
    /// The user.
    pub user: UserId,
    /// The client object's name.
    pub name: String,
    /// It replays a queue and leaves.
    pub batch: bool,
    /// When each mailbox's list was last told to this session: changes after that are not acknowledged in safe
    /// mode.
    pub told: Vec<(MailboxId, ModSeq)>,
}

/// What an operation works with.
pub struct Context<'a> {
    /// The moment.
    pub now: Instant,
    /// What the repository was told.
    pub settings: &'a DmspSettings,
    /// All mail.
    pub store: &'a mut Store,
}

impl State {
    /// Its name.
    #[must_use]
    pub const fn name(&self) -> StateName {
        match self {
            Self::NotLoggedIn => StateName::NotLoggedIn,
            Self::LoggedIn(_) => StateName::LoggedIn,
            Self::ReceivingText(_) => StateName::ReceivingText,
            Self::Closed => StateName::Closed,
        }
    }

    /// Whether an operation may be asked for here.
    ///
    /// # Errors
    /// [`Refusal::LogIn`] before LOGIN, [`Refusal::LoggedIn`] for a second one.
    pub fn allows(&self, row: &Row) -> Result<(), Refusal> {
        match self {
            state if row.states.contains(&state.name()) => Ok(()),
            Self::NotLoggedIn => Err(Refusal::LogIn),
            _ => Err(Refusal::LoggedIn),
        }
    }

    /// Carries out an operation, whole or not at all (RFC 1056 §4.3).
    ///
    /// # Errors
    /// Any [`Refusal`]; nothing has changed then.
    pub fn obey(&mut self, command: Command, context: &mut Context<'_>) -> Result<Reply, Refusal> {
        match (&mut *self, command) {
            (_, Command::Plain(Keyword::Help)) => Ok(help(context.settings)),
            (_, Command::SendVersion(version)) if version == context.settings.version => Ok(Reply::ok()),
            (_, Command::SendVersion(_)) => Err(Refusal::VersionSkew(context.settings.version)),
            // LOGOUT in any state: the client object is free, and the repository closes. RFC 1056 §4.5.
            (_, Command::Plain(Keyword::Logout)) => {
                self.end(context.store);
                Ok(Reply::ok())
            }
            // LOGIN: the client object is locked, and active from now on. RFC 1056 §4.5.
            (Self::NotLoggedIn, Command::Login(login)) => {
                let (client, reply) = log_in(&login, context)?;
                *self = Self::LoggedIn(client);
                Ok(reply)
            }
            // SEND-MESSAGE: the text comes next. RFC 1056 §4.4.
            (Self::LoggedIn(client), Command::Plain(Keyword::SendMessage)) => {
                *self = Self::ReceivingText(client.clone());
                Ok(Reply::Line(350, "enter message; end with \".\"".to_owned()))
            }
            (Self::LoggedIn(client), command) => operate(client, command, context),
            _ => Err(Refusal::LogIn),
        }
    }

    /// The text has come, or `None` if it was too long.
    ///
    /// # Errors
    /// [`Refusal::BadMessage`].
    pub fn deliver(&mut self, text: Option<&[u8]>, context: &mut Context<'_>) -> Result<Reply, Refusal> {
        let Self::ReceivingText(client) = self else { return Err(Refusal::Internal("no text was expected")) };
        let client = client.clone();
        let user = client.user;
        // The single period ends the text, whether it is a message or not. RFC 1056 §4.4.
        *self = Self::LoggedIn(client);
        let limit = context.settings.limits.message_octets;
        let text = text.ok_or_else(|| Refusal::BadMessage(format!("more than {limit} bytes")))?;
        delivery::send(text, user, context)?;
        Ok(Reply::ok())
    }

    /// The session is over: the client object is free. RFC 1056 §4.3.
    pub fn end(&mut self, store: &mut Store) {
        if let Self::LoggedIn(client) | Self::ReceivingText(client) = self {
            store.unlock_client(client.user, &client.name);
        }
        *self = Self::Closed;
    }
}

fn help(settings: &DmspSettings) -> Reply {
    let words = format!("Repository version {}. Following are supported:", settings.program_version);
    let lines = COMMANDS.iter().map(|row| format!("{:<72} {}", row.syntax, row.help));
    Reply::list(100, &words, lines.map(|line| line.trim_end().to_owned()))
}

fn log_in(login: &Login, context: &mut Context<'_>) -> Result<(Client, Reply), Refusal> {
    let Context { now, settings, store } = context;
    let user = store.user_in_any_case(&login.user).ok_or_else(|| Refusal::NoUser(login.user.clone()))?;
    if !store.password_matches(user, login.password.as_bytes()) {
        return Err(Refusal::BadPassword);
    }
    let clock = store.clock(*now);
    let missing = || Refusal::NoClient(login.client.clone());
    // Before a client is made: what fails leaves nothing behind. RFC 1056 §4.3
    if settings.one_session_per_user && store.clients(user).iter().any(|client| client.in_use) {
        return Err(Refusal::Locked(login.client.clone()));
    }
    if store.client(user, &login.client).is_none() {
        if !login.create {
            return Err(missing());
        }
        if !names::is_legal(&login.client) {
            return Err(Refusal::IllegalName(login.client.clone()));
        }
        if store.clients(user).len() >= settings.limits.clients_per_user {
            return Err(Refusal::Internal("this user has all the clients he may have"));
        }
        store.create_client(user, &login.client, clock).map_err(|_| missing())?;
    }
    let name = store.client(user, &login.client).map(|client| client.name.clone()).ok_or_else(missing)?;
    let before = store.lock_client(user, &name, clock).map_err(|_| Refusal::Locked(name.clone()))?;
    let client = Client { user, name, batch: login.batch, told: Vec::new() };
    if objects::is_active(before, clock, settings) {
        return Ok((client, Reply::ok()));
    }
    if settings.auto_reset {
        store.reset_client(user, &client.name);
    }
    let week = "Client out of date by > 1 week";
    Ok((client, Reply::Line(221, week.to_owned())))
}

fn operate(client: &mut Client, command: Command, context: &mut Context<'_>) -> Result<Reply, Refusal> {
    match command {
        Command::Plain(kind) => objects::list(client, kind, context),
        Command::Named(kind, name) => objects::named(client, kind, &name, context),
        Command::SetPassword(old, new) => {
            if !context.store.password_matches(client.user, old.as_bytes()) {
                return Err(Refusal::BadPassword);
            }
            context.store.set_password(client.user, new.into_bytes());
            Ok(Reply::ok())
        }
        Command::Address(kind, mailbox, address) => {
            objects::address(client, kind, &mailbox, &address, context)
        }
        Command::ResetSubscription(board, first) => match context.store.see_board(client.user, &board, first)
        {
            true => Ok(Reply::ok()),
            false => Err(Refusal::NoSubscription(board)),
        },
        Command::FetchChanged(mailbox, max) => messages::fetch_changed(client, &mailbox, max, context),
        Command::Range(Keyword::ResetDescriptors, mailbox, low, high) => {
            messages::reset(client, &mailbox, low, high, context)
        }
        Command::Range(_, mailbox, low, high) => messages::fetch_range(client, &mailbox, low, high, context),
        Command::FetchMessage(mailbox, uid) => messages::fetch(client, &mailbox, uid, context),
        Command::Copy(source, target, uid) => messages::copy(client, &source, &target, uid, context),
        Command::SetFlag(mailbox, uid, flag, on) => {
            messages::set_flag(client, &mailbox, uid, (flag, on), context)
        }
        Command::Print(mailbox, uid, printer) => messages::print(client, &mailbox, uid, &printer, context),
        Command::Login(_) => Err(Refusal::LoggedIn),
        Command::SendVersion(_) => Err(Refusal::VersionSkew(context.settings.version)),
    }
}
