//! The states of RFC 3501 §3, each with the data that it owns, and the one transition match.

use super::command::{Command, Password, StateName};
use super::fetch::Fetching;
use super::session::ImapSettings;
use super::view::{News, View};
use super::{change, mailboxes, search, wire};
use crate::mail::store::{Store, UserId};
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
    /// The connection is being closed.
    Logout,
}

/// A command whose answer did not fit into the room there was: it goes on when the client has taken some of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Answering {
    tag: Vec<u8>,
    fetching: Fetching,
}

/// How a command ended: the tagged response without its tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// `OK`: done.
    Ok(String),
    /// `NO`: understood, and not done.
    No(String),
    /// `BAD`: the client must not ask for this.
    Bad(String),
}

impl Reply {
    /// `OK ... completed`
    pub fn done(word: &str) -> Self {
        Self::Ok(format!("{word} completed"))
    }

    /// `NO` with a reason.
    pub fn no(why: impl Into<String>) -> Self {
        Self::No(why.into())
    }

    fn write(&self, tag: &[u8], out: &mut Output) {
        let (word, text) = match self {
            Self::Ok(text) => (" OK ", text),
            Self::No(text) => (" NO ", text),
            Self::Bad(text) => (" BAD ", text),
        };
        out.write([tag, word.as_bytes(), wire::seven_bit(text).as_bytes(), b"\r\n"].concat());
    }
}

/// `* CAPABILITY IMAP4rev1`, with `STARTTLS` while it can be asked for, and `LOGINDISABLED` while passwords must
/// not pass (RFC 3501 §6.2.1, §7.2.1).
fn capabilities(settings: &ImapSettings) -> String {
    let security = settings.security;
    let starttls = if security.tls == Tls::Offered { " STARTTLS" } else { "" };
    let disabled = if security.lets_passwords_pass() { "" } else { " LOGINDISABLED" };
    format!("* CAPABILITY IMAP4rev1{starttls}{disabled}\r\n")
}

impl State {
    /// Its name.
    pub const fn name(&self) -> StateName {
        match self {
            Self::NotAuthenticated => StateName::NotAuthenticated,
            Self::Authenticated(_) => StateName::Authenticated,
            Self::Selected(..) => StateName::Selected,
            Self::Logout => StateName::Logout,
        }
    }

    /// Does what a command says, tells the news of the mailbox, and answers. What is left if the answer did not
    /// fit.
    pub fn run(
        &mut self,
        tag: &[u8],
        command: Command,
        settings: &ImapSettings,
        now: Instant,
        store: &mut Store,
        out: &mut Output,
    ) -> Option<Answering> {
        let own_from = store.modseq();
        let news = News { own_from, expunges: command.lets_numbers_change(), with_uid: command.is_by_uid() };
        let reply = match (&mut *self, command) {
            // FETCH leaves the state as it is. Its answer may be longer than there is room for. RFC 3501 §6.4.5
            (Self::Selected(_, view), Command::Fetch { by_uid, set, items }) => {
                match Fetching::begin(view, by_uid, &set, items) {
                    Ok(fetching) => {
                        return self.go_on(Answering { tag: tag.to_vec(), fetching }, store, out);
                    }
                    Err(reply) => reply,
                }
            }
            (_, command) => self.transition(command, settings, now, store, out),
        };
        if let Self::Selected(_, view) = self {
            view.tell(news, store, out);
        }
        reply.write(tag, out);
        None
    }

    /// Goes on with an answer that did not fit. What is left if it still does not.
    pub fn go_on(
        &mut self,
        mut answering: Answering,
        store: &mut Store,
        out: &mut Output,
    ) -> Option<Answering> {
        let Self::Selected(_, view) = self else { return None };
        let own_from = store.modseq();
        let reply = answering.fetching.go_on(view, store, out);
        let with_uid = answering.fetching.is_by_uid();
        // Numbers must not change under an answer that has not ended (RFC 3501 §7.4.1).
        let news = News { own_from, expunges: with_uid && reply.is_some(), with_uid };
        view.tell(news, store, out);
        let Some(reply) = reply else {
            out.more = true;
            return Some(answering);
        };
        reply.write(&answering.tag, out);
        None
    }

    fn transition(
        &mut self,
        command: Command,
        settings: &ImapSettings,
        now: Instant,
        store: &mut Store,
        out: &mut Output,
    ) -> Reply {
        match (&mut *self, command) {
            // CAPABILITY says what else the server can do: what is true here and now. RFC 3501 §6.1.1
            (_, Command::Capability) => {
                out.write(capabilities(settings));
                Reply::done("CAPABILITY")
            }

            // NOOP lets the server tell its news. RFC 3501 §6.1.2
            (_, Command::Noop) => Reply::done("NOOP"),

            // LOGOUT in any state enters the logout state, with BYE before OK. Nothing is expunged. RFC 3501 §6.1.3
            (state, Command::Logout) => {
                out.write(format!("* BYE {} signing off\r\n", settings.host));
                *state = Self::Logout;
                Reply::done("LOGOUT")
            }

            // STARTTLS is answered in clear; TLS begins behind its CR LF, and the state stays. RFC 3501 §6.2.1
            (Self::NotAuthenticated, Command::Starttls) => match settings.security.tls {
                Tls::Offered => {
                    out.start_tls = true;
                    Reply::Ok("begin TLS now".to_owned())
                }
                Tls::Unavailable => {
                    Reply::Bad("there is no TLS here; CAPABILITY lists what there is".to_owned())
                }
                Tls::Active => Reply::Bad("this connection is encrypted already".to_owned()),
            },

            // LOGIN is refused while LOGINDISABLED is announced, before the password is looked at. RFC 3501 §6.2.3
            (Self::NotAuthenticated, Command::Login { .. }) if !settings.security.lets_passwords_pass() => {
                Reply::no("no password in clear here: begin with STARTTLS (RFC 3501 §6.2.3, LOGINDISABLED)")
            }

            // LOGIN with the right password enters the authenticated state. RFC 3501 §6.2.3
            (state @ Self::NotAuthenticated, Command::Login { user, password: Password(password) }) => {
                match store.user(&user).filter(|user| store.password_matches(*user, &password)) {
                    Some(user) => {
                        *state = Self::Authenticated(user);
                        Reply::done("LOGIN")
                    }
                    None => Reply::no("LOGIN failed: user name or password is wrong"),
                }
            }

            // SELECT and EXAMINE leave the mailbox that is open, without expunging, even if they are then
            // refused. RFC 3501 §6.3.1, §6.3.2
            (Self::Authenticated(user) | Self::Selected(user, _), Command::Select { mailbox, read_only }) => {
                let user = *user;
                match store.mailbox_named(user, &mailbox).and_then(|id| View::open(id, read_only, store, out))
                {
                    Some(view) => {
                        *self = Self::Selected(user, view);
                        Reply::Ok(match read_only {
                            false => "[READ-WRITE] SELECT completed".to_owned(),
                            true => "[READ-ONLY] EXAMINE completed".to_owned(),
                        })
                    }
                    None => {
                        *self = Self::Authenticated(user);
                        Reply::no(mailboxes::no_such_mailbox(store, user, &mailbox))
                    }
                }
            }

            // CLOSE expunges silently, unless the mailbox was opened to read only, and enters the authenticated
            // state. RFC 3501 §6.4.2
            (Self::Selected(user, view), Command::Close) => {
                let user = *user;
                change::close(view, store);
                *self = Self::Authenticated(user);
                Reply::done("CLOSE")
            }

            // CHECK has nothing to put in order: the store is always. RFC 3501 §6.4.1
            (Self::Selected(..), Command::Check) => Reply::done("CHECK"),

            // These work on the messages of the mailbox and leave the state as it is. RFC 3501 §6.4
            (Self::Selected(_, view), Command::Expunge) => change::expunge(view, store),
            (Self::Selected(_, view), Command::Search { by_uid, charset, key }) => {
                search::search(view, store, out, by_uid, &charset, &key)
            }
            (Self::Selected(_, view), Command::Store { by_uid, set, change, silent, flags }) => {
                let change = change::Change { by_uid, kind: change, silent, flags };
                change::store_flags(view, store, out, &set, &change)
            }
            (Self::Selected(user, view), Command::Copy { by_uid, set, mailbox }) => {
                change::copy(view, *user, store, by_uid, &set, &mailbox)
            }

            // These work on mailboxes by name, whether one is open or not. RFC 3501 §6.3
            (Self::Authenticated(user) | Self::Selected(user, _), command) => {
                mailboxes::run(*user, command, now, store, out)
            }

            // The parser lets no other command through to these states.
            (Self::NotAuthenticated | Self::Logout, _) => Reply::Bad("not in this state".to_owned()),
        }
    }
}
