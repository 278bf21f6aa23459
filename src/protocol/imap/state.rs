//! The states of RFC 3501 §3, each with the data that it owns, and the one transition match.

use super::capability::{self, Enabled, Extension};
use super::command::{Command, Password, StateName};
use super::fetch::Fetching;
pub use super::reply::Reply;
use super::settings::ImapSettings;
use super::view::{News, Shape, View};
use super::{append, change, imap3, mailboxes, older, resync, search, sort, thread};
use crate::mail::store::{ModSeq, Store, UserId};
use crate::protocol::sasl::{Exchange, Layer, Mechanism, Refusal, Step};
use crate::protocol::security::Tls;
use crate::session::Output;
use crate::time::Instant;

/// Where a session stands.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// The client has not said who it is.
    NotAuthenticated,
    /// The client is this user.
    Authenticated(UserId),
    /// The user has a mailbox open.
    Selected(UserId, View),
    /// The user has a mailbox open by version 3.0 of IMAP3 (RFC 1203).
    Opened(UserId, Box<imap3::Open>),
    /// The connection is being closed.
    Logout,
}

/// What a command is lent while it is obeyed.
#[derive(Debug)]
pub struct Loan<'a> {
    /// What the server was told once.
    pub settings: &'a ImapSettings,
    /// The time.
    pub now: Instant,
    /// The command's octets, literals in place.
    pub text: &'a [u8],
    /// What the client said that it understands.
    pub enabled: &'a mut Enabled,
    /// All mail.
    pub store: &'a mut Store,
    /// Where answers go.
    pub out: &'a mut Output,
}

impl Loan<'_> {
    /// `BAD` for the place where the last `word` stands in the command, which is given in capitals.
    pub fn bad_at(&self, word: &str, what: &str, clause: &str) -> Reply {
        let command = self.text.to_ascii_uppercase();
        Reply::bad_at(memchr::memmem::rfind(&command, word.as_bytes()).unwrap_or(0), what, clause)
    }
}

/// A command whose answer did not fit into the room there was: it goes on when the client has taken some of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Answering {
    /// FETCH, with its tag.
    Fetch(Vec<u8>, Fetching),
    /// FETCH of IMAP3, with its tag.
    Imap3(Vec<u8>, imap3::Fetching),
}

/// What comes after a command.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Another command.
    Command,
    /// The rest of this one's answer.
    Answer(Answering),
    /// DONE, and news before it (RFC 2177 §3).
    Done(Vec<u8>),
    /// Deflated octets, in both directions (RFC 4978 §3).
    Deflated,
    /// A line of AUTHENTICATE with this tag: base64 (RFC 3501 §6.2.2).
    Response(Vec<u8>, Box<Exchange>),
    /// All octets go through a layer from here on (RFC 3501 §6.2.2).
    Sealed(Box<Layer>),
}

impl State {
    /// Its name.
    pub const fn name(&self) -> StateName {
        match self {
            Self::NotAuthenticated => StateName::NotAuthenticated,
            Self::Authenticated(_) => StateName::Authenticated,
            Self::Selected(..) | Self::Opened(..) => StateName::Selected,
            Self::Logout => StateName::Logout,
        }
    }

    /// Does what a command says, tells the news of the mailbox, and answers. What comes next.
    pub fn run(&mut self, tag: &[u8], command: Command, loan: &mut Loan<'_>) -> Next {
        if let Some(chosen) = loan.enabled.imap3 {
            return imap3::run(self, tag, command, chosen, loan);
        }
        let own_from = loan.store.modseq();
        let mut news = News {
            own_from,
            expunges: command.lets_numbers_change(),
            by_uid: command.is_by_uid(),
            enabled: *loan.enabled,
        };
        self.note_condstore(&command, loan);
        if let Self::Selected(_, view) = self {
            view.tell_keywords(loan.store, loan.out);
        }
        if let Some(refusal) = self.refusal(&command, loan) {
            self.end(tag, refusal, news, loan);
            return Next::Command;
        }
        let is_compress = matches!(command, Command::Compress);
        let reply = match (&mut *self, command) {
            // FETCH leaves the state as it is. Its answer may be longer than there is room for. RFC 3501 §6.4.5
            (Self::Selected(_, view), Command::Fetch { by_uid, set, items, changed }) => {
                let shape = (Shape::of(*loan.enabled, by_uid), loan.settings.dialect);
                let since = ModSeq(changed.map_or(0, |changed| changed.since));
                match resync::tell_vanished(view, by_uid, &set, changed, loan) {
                    Ok(()) => {
                        let fetching = Fetching::begin(view, by_uid, &set, items, since, shape);
                        return self.go_on(Answering::Fetch(tag.to_vec(), fetching), loan);
                    }
                    Err(reply) => reply,
                }
            }

            // AUTHENTICATE goes on with the mechanism's own lines. RFC 3501 §6.2.2
            (Self::NotAuthenticated, Command::Authenticate { mechanism, initial }) => {
                let offered = Mechanism::named(&mechanism)
                    .filter(|wanted| loan.settings.offered_mechanisms().any(|known| known == *wanted));
                match offered {
                    Some(mechanism) => {
                        let initial = initial.as_ref().map(|Password(text)| text.as_slice());
                        let peer = loan.settings.peer();
                        let (exchange, step) = Exchange::begin(mechanism, peer, initial, loan.store);
                        return self.step(tag, Box::new(exchange), step, loan.out);
                    }
                    None => Reply::no("[CANNOT] no such mechanism here; CAPABILITY names them behind AUTH="),
                }
            }

            // IDLE leaves the state as it is, and lasts until DONE. RFC 2177 §3
            (_, Command::Idle) => {
                loan.out.write(&b"+ idling\r\n"[..]);
                self.tell(own_from, *loan.enabled, loan.store, loan.out);
                return Next::Done(tag.to_vec());
            }
            (_, command) => self.transition(tag, command, loan),
        };
        let is_done = matches!(reply, Reply::Ok(_));
        news.enabled = *loan.enabled;
        self.end(tag, reply, news, loan);
        if is_compress && is_done { Next::Deflated } else { Next::Command }
    }

    /// Why a command is refused before anything is done: it takes numbers that no message has.
    fn refusal(&self, command: &Command, loan: &Loan<'_>) -> Option<Reply> {
        let Self::Selected(_, view) = self else { return None };
        view.refusal(command.numbers()?, loan.text)
    }

    /// Tells the news, and then how the command ended.
    fn end(&mut self, tag: &[u8], reply: Reply, news: News, loan: &mut Loan<'_>) {
        if let Self::Selected(_, view) = self {
            view.tell(news, loan.store, loan.out);
        }
        let reply = reply.with_codes_of(loan.settings.dialect);
        reply.write(tag, loan.out);
    }

    /// Goes on with a mechanism: a challenge, or the end.
    pub fn step(&mut self, tag: &[u8], exchange: Box<Exchange>, step: Step, out: &mut Output) -> Next {
        let reply = match step {
            Step::Challenge(text) => {
                out.write(format!("+ {text}\r\n"));
                return Next::Response(tag.to_vec(), exchange);
            }
            // A success enters the authenticated state. RFC 3501 §6.2.2
            Step::Done(login) => {
                *self = Self::Authenticated(login.user);
                let reply = Reply::Ok(format!("AUTHENTICATE {} completed", exchange.mechanism().name()));
                reply.write(tag, out);
                return login.layer.map_or(Next::Command, |layer| Next::Sealed(Box::new(layer)));
            }
            // RFC 5530 §3: the secret is right, and the other name is not for this user.
            Step::Refused(Refusal::NotAuthorized) => {
                Reply::No(format!("[AUTHORIZATIONFAILED] {}", Refusal::NotAuthorized))
            }
            Step::Refused(refusal) if refusal.is_about_credentials() => {
                Reply::No(format!("[AUTHENTICATIONFAILED] {refusal}"))
            }
            Step::Refused(Refusal::NoMechanism) => Reply::No(format!("[CANNOT] {}", Refusal::NoMechanism)),
            // RFC 3501 §6.2.2: BAD for a client that gave up, or said what nobody can read.
            Step::Refused(refusal) => Reply::Bad(refusal.to_string()),
        };
        reply.write(tag, out);
        Next::Command
    }

    /// Tells all news there is: while the client waits for nothing else.
    pub fn tell(&mut self, own_from: ModSeq, enabled: Enabled, store: &mut Store, out: &mut Output) {
        match self {
            Self::Selected(_, view) => {
                view.tell(News { own_from, expunges: true, by_uid: false, enabled }, store, out);
            }
            Self::Opened(_, open) => imap3::tell(open, enabled, store, out),
            _ => {}
        }
    }

    /// True if there is new mail, and the client wants to hear of it at once (RFC 1203, NEW.MAIL.NOTIFY).
    pub fn wants_new_mail(&self, enabled: Enabled, store: &Store) -> bool {
        let wants = enabled.imap3.is_some_and(|chosen| chosen.has(imap3::Feature::NewMailNotify));
        wants && matches!(self, Self::Opened(_, open) if open.has_new_mail(store))
    }

    /// True if there is something to tell.
    pub fn has_news(&self, store: &Store) -> bool {
        matches!(self, Self::Selected(_, view) if view.has_news(store))
    }

    /// Goes on with an answer that did not fit. What comes next.
    pub fn go_on(&mut self, mut answering: Answering, loan: &mut Loan<'_>) -> Next {
        let reply = match (self, &mut answering) {
            (Self::Selected(_, view), Answering::Fetch(_, fetching)) => {
                let own_from = loan.store.modseq();
                let reply = fetching.go_on(view, loan.store, loan.out);
                let by_uid = fetching.is_by_uid();
                // Numbers must not change under an answer that has not ended (RFC 3501 §7.4.1).
                let expunges = by_uid && reply.is_some();
                view.tell(News { own_from, expunges, by_uid, enabled: *loan.enabled }, loan.store, loan.out);
                reply
            }
            (Self::Opened(_, open), Answering::Imap3(_, fetching)) => imap3::go_on(open, fetching, loan),
            _ => return Next::Command,
        };
        let Some(reply) = reply else {
            loan.out.more = true;
            return Next::Answer(answering);
        };
        let (Answering::Fetch(tag, _) | Answering::Imap3(tag, _)) = &answering;
        reply.write(tag, loan.out);
        Next::Command
    }

    pub(super) fn transition(&mut self, tag: &[u8], command: Command, loan: &mut Loan<'_>) -> Reply {
        match (&mut *self, command) {
            // CAPABILITY says what else the server can do: what is true here and now. RFC 3501 §6.1.1
            (state, Command::Capability) => {
                let authenticated = !matches!(state, Self::NotAuthenticated);
                let words = capability::words(loan.settings, authenticated);
                loan.out.write(format!("* CAPABILITY {words}\r\n"));
                Reply::done("CAPABILITY")
            }

            // NOOP lets the server tell its news. RFC 3501 §6.1.2
            (_, Command::Noop) => Reply::done("NOOP"),

            // ID tells and asks which program it is; nothing may depend on it. RFC 2971 §3.1
            (_, Command::Id) => {
                let version = env!("CARGO_PKG_VERSION");
                loan.out.write(format!("* ID (\"name\" \"maillab\" \"version\" \"{version}\")\r\n"));
                Reply::done("ID")
            }

            // LOGOUT in any state enters the logout state, with BYE before OK. Nothing is expunged. RFC 3501 §6.1.3
            (state, Command::Logout) => {
                loan.out.write(format!("* BYE {} signing off\r\n", loan.settings.host));
                *state = Self::Logout;
                Reply::done("LOGOUT")
            }

            // STARTTLS is answered in clear; TLS begins behind its CR LF, and the state stays. RFC 3501 §6.2.1
            (Self::NotAuthenticated, Command::Starttls) => match loan.settings.security.tls {
                Tls::Offered => {
                    loan.out.start_tls = true;
                    Reply::Ok("begin TLS now".to_owned())
                }
                Tls::Unavailable => loan.bad_at(
                    "STARTTLS",
                    "there is no TLS here; CAPABILITY lists what there is",
                    "RFC 3501 §6.2.1",
                ),
                Tls::Active => {
                    loan.bad_at("STARTTLS", "this connection is encrypted already", "RFC 3501 §6.2.1")
                }
            },

            // LOGIN is refused while LOGINDISABLED is announced, before the password is looked at. RFC 3501 §6.2.3
            (Self::NotAuthenticated, Command::Login { .. })
                if !loan.settings.security.lets_passwords_pass() =>
            {
                Reply::no(
                    "[PRIVACYREQUIRED] no password in clear here: begin with STARTTLS (RFC 3501 §6.2.3, LOGINDISABLED)",
                )
            }

            // LOGIN with the right password enters the authenticated state. RFC 3501 §6.2.3
            (state @ Self::NotAuthenticated, Command::Login { user, password: Password(password) }) => {
                let store = &loan.store;
                match store.user(&user).filter(|user| store.password_matches(*user, &password)) {
                    Some(user) => {
                        *state = Self::Authenticated(user);
                        Reply::done("LOGIN")
                    }
                    None => Reply::no("[AUTHENTICATIONFAILED] LOGIN failed: user name or password is wrong"),
                }
            }

            // IMAP3 begins as version 2.0, and version 3.0 can be chosen. RFC 1203
            (
                state,
                command @ (Command::SupportedVersions
                | Command::SelectVersion { .. }
                | Command::SelectFeatures { .. }),
            ) => imap3::negotiate(state, b"*", &command, loan)
                .unwrap_or_else(|| Reply::Bad("not in this state".to_owned())),

            // UNAUTHENTICATE is the way back; what was enabled is forgotten. RFC 8437 §2
            (state, Command::Unauthenticate) => {
                *state = Self::NotAuthenticated;
                *loan.enabled = Enabled::default();
                Reply::done("UNAUTHENTICATE")
            }

            // ENABLE answers with what it has switched on; the rest is passed over. RFC 5161 §3.1
            (state, Command::Enable { words }) => {
                let mut enabled = String::new();
                for word in words {
                    if state.enable(&word, loan) {
                        enabled += &format!(" {}", word.to_ascii_uppercase());
                    }
                }
                loan.out.write(format!("* ENABLED{enabled}\r\n"));
                Reply::done("ENABLE")
            }

            // BBOARD is SELECT for shared mailboxes. RFC 1176, BBOARD
            (Self::Authenticated(user) | Self::Selected(user, _), Command::Bboard { board }) => {
                let user = *user;
                let (state, reply) = older::bboard(user, &board, loan);
                *self = state;
                reply
            }

            // SELECT and EXAMINE leave the mailbox that is open, without expunging, even if they are then
            // refused. RFC 3501 §6.3.1, §6.3.2
            (_, Command::Select { mailbox, read_only, condstore, resync }) => {
                self.select(&mailbox, read_only, condstore, resync.as_ref(), loan)
            }

            // CLOSE expunges silently, unless the mailbox was opened to read only, and enters the authenticated
            // state. RFC 3501 §6.4.2
            (Self::Selected(user, view), Command::Close) => {
                let user = *user;
                change::close(view, loan.store);
                *self = Self::Authenticated(user);
                Reply::done("CLOSE")
            }

            // UNSELECT does the same and expunges nothing. RFC 3691 §2
            (Self::Selected(user, _), Command::Unselect) => {
                *self = Self::Authenticated(*user);
                Reply::done("UNSELECT")
            }

            // CHECK has nothing to put in order: the store is always. RFC 3501 §6.4.1
            (Self::Selected(_, view), Command::Check) => older::check(view, loan),

            // COMPRESS takes effect behind its answer. RFC 4978 §3
            (_, Command::Compress) => Reply::Ok("DEFLATE active".to_owned()),

            // These work on the messages of the mailbox and leave the state as it is. RFC 3501 §6.4
            (Self::Selected(_, view), Command::Expunge { uids }) => expunge(view, uids.as_ref(), loan),
            (Self::Selected(_, view), Command::CancelUpdate { tags }) => {
                match tags.iter().filter(|tag| !view.contexts.cancel(tag)).count() {
                    0 => Reply::done("CANCELUPDATE"),
                    _ => Reply::no("no SEARCH of this tag has asked for UPDATE (RFC 5267 §4.3.5)"),
                }
            }
            (Self::Selected(_, view), Command::Search(question)) => {
                search::search(view, tag, &question, loan)
            }
            (Self::Selected(_, view), Command::Sort { question, order }) => {
                sort::sort(view, tag, &question, &order, loan)
            }
            (Self::Selected(_, view), Command::Thread { question, algorithm }) => {
                thread::thread(view, &question, algorithm, loan)
            }
            (
                Self::Selected(_, view),
                Command::Store { by_uid, set, change, silent, flags, unchanged_since },
            ) => {
                let shape = Shape::of(*loan.enabled, by_uid);
                let change = change::Change { by_uid, kind: change, silent, flags, unchanged_since, shape };
                change::store_flags(view, loan.store, loan.out, &set, &change)
            }
            (Self::Selected(user, view), Command::Copy { by_uid, set, mailbox, moves }) => {
                let tells_uids = loan.settings.has(Extension::UidPlus);
                older::before_copy(*user, &mailbox, loan);
                let copying = change::Copying { by_uid, moves, tells_uids, mailbox: &mailbox };
                let reply = change::copy(view, *user, loan.store, loan.out, &set, &copying);
                older::after_copy(view, &set, &reply, loan);
                reply
            }

            (Self::Selected(user, view), Command::Replace { by_uid, set, mailbox, message }) => {
                append::replace(*user, view, (&set, by_uid), &mailbox, message, loan)
            }

            // These work on mailboxes by name, whether one is open or not. RFC 3501 §6.3
            (Self::Authenticated(user), command) => mailboxes::run(*user, None, command, loan),
            (Self::Selected(user, view), command) => mailboxes::run(*user, Some(view), command, loan),

            // The parser lets no other command through to these states.
            (Self::NotAuthenticated | Self::Logout | Self::Opened(..), _) => {
                Reply::Bad("not in this state".to_owned())
            }
        }
    }
}

/// EXPUNGE and UID EXPUNGE. To a client that remembers how far it has heard it is said how far that is now
/// (RFC 7162 §3.2.7).
fn expunge(view: &View, uids: Option<&super::set::SequenceSet>, loan: &mut Loan<'_>) -> Reply {
    let word = if uids.is_some() { "UID EXPUNGE" } else { "EXPUNGE" };
    match change::expunge(view, loan.store, uids) {
        Ok(true) if loan.enabled.qresync => {
            Reply::Ok(format!("[HIGHESTMODSEQ {}] {word} completed", view.highest_modseq(loan.store)))
        }
        Ok(_) => Reply::done(word),
        Err(reply) => reply,
    }
}
