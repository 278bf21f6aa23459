//! What an address is beside a mailbox: a person's name, a way to elsewhere, a mailing list, a terminal.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Store, UserId};
use crate::mail::date::Timestamp;
use crate::mail::message::Message;
use crate::persist::Log;

/// Where mail for an address goes that is no mailbox (RFC 5321 §3.9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alias {
    /// To another address, here or elsewhere (RFC 821 §3.2).
    Forward(String),
    /// To all of these; what goes wrong is reported to the list's owner, and not to whoever wrote (RFC 5321
    /// §3.9.2).
    List {
        /// The addresses of all members.
        members: Vec<String>,
        /// Who looks after the list.
        owner: String,
    },
}

/// A message on somebody's screen (RFC 821 §3.4).
#[derive(Clone, Debug, PartialEq)]
pub struct OnTerminal {
    /// Whose screen.
    pub user: UserId,
    /// The message.
    pub message: Arc<Message>,
    /// When.
    pub at: Timestamp,
}

/// Names, aliases and terminals of a store.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Directory {
    /// By address in lower case.
    aliases: BTreeMap<String, (String, Alias)>,
    full_names: BTreeMap<UserId, String>,
    at_terminals: BTreeSet<UserId>,
    shown: Log<OnTerminal>,
}

impl Store {
    /// Lets mail for an address go elsewhere. It comes before a mailbox of the same address.
    pub fn set_alias(&mut self, address: &str, alias: Alias) {
        let directory = Arc::make_mut(&mut self.directory);
        directory.aliases.insert(address.to_ascii_lowercase(), (address.to_owned(), alias));
    }

    /// Where mail for an address goes, if that is no mailbox; in any case of letters.
    #[must_use]
    pub fn alias(&self, address: &[u8]) -> Option<&Alias> {
        let key = String::from_utf8_lossy(address).to_ascii_lowercase();
        self.directory.aliases.get(&key).map(|(_, alias)| alias)
    }

    /// Gives a user a name by which people know them: `Mark Crispin`.
    pub fn set_full_name(&mut self, user: UserId, name: &str) {
        Arc::make_mut(&mut self.directory).full_names.insert(user, name.to_owned());
    }

    /// The name by which people know a user, if it was told.
    #[must_use]
    pub fn full_name(&self, user: UserId) -> Option<&str> {
        self.directory.full_names.get(&user).map(String::as_str)
    }

    /// All users whose full name holds this word, in any case of letters.
    pub fn users_called<'a>(&'a self, word: &'a str) -> impl Iterator<Item = UserId> + 'a {
        let matches = move |name: &str| {
            name.split([' ', '.']).any(|part| part.eq_ignore_ascii_case(word)) || name == word
        };
        self.directory.full_names.iter().filter(move |(_, name)| matches(name)).map(|(user, _)| *user)
    }

    /// Lets a user sit down at a terminal, or leave it.
    pub fn set_at_terminal(&mut self, user: UserId, sits: bool) {
        let terminals = &mut Arc::make_mut(&mut self.directory).at_terminals;
        if sits {
            terminals.insert(user);
        } else {
            terminals.remove(&user);
        }
    }

    /// True if a message for the user's screen would be seen.
    #[must_use]
    pub fn is_at_terminal(&self, user: UserId) -> bool {
        self.directory.at_terminals.contains(&user)
    }

    /// Shows a message on a user's screen. False if nobody sits there.
    pub fn show_on_terminal(&mut self, user: UserId, message: Arc<Message>, at: Timestamp) -> bool {
        let sits = self.is_at_terminal(user);
        if sits {
            Arc::make_mut(&mut self.directory).shown.push(OnTerminal { user, message, at });
        }
        sits
    }

    /// All that was shown on terminals, in order.
    pub fn shown_on_terminals(&self) -> impl Iterator<Item = &OnTerminal> {
        self.directory.shown.iter()
    }
}
