//! The states of RFC 937, and what each action does in them. The decision table says which action it is.

use bytes::Bytes;

use super::command::{Command, Row, StateName};
use super::error::Garbage;
use super::folder::{Folder, InUse};
use super::session::Pop2Settings;
use super::table::{self, Action, Input};
use crate::mail::message::MessageId;
use crate::mail::store::Store;

/// Where a session is; each state owns what exists only in it.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Nobody has logged in.
    Auth,
    /// A mailbox is open.
    Mbox(Folder),
    /// A message is current.
    Item(Folder),
    /// It was sent.
    Next(Folder),
    /// Goodbye is said, or there was garbage.
    Done,
}

/// What the server says.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// `+ text`
    Plus(String),
    /// `#nnn text`
    Count(usize),
    /// `=ccc text`
    Length(u32),
    /// So many octets, and nothing else.
    Data(MessageId, Bytes),
    /// Not a word: the connection is closed.
    Close,
}

impl State {
    /// Its name in the table.
    #[must_use]
    pub const fn name(&self) -> StateName {
        match self {
            Self::Auth => StateName::Auth,
            Self::Mbox(_) => StateName::Mbox,
            Self::Item(_) => StateName::Item,
            Self::Next(_) => StateName::Next,
            Self::Done => StateName::Done,
        }
    }

    /// The open mailbox, if there is one.
    #[must_use]
    pub const fn folder(&self) -> Option<&Folder> {
        match self {
            Self::Mbox(folder) | Self::Item(folder) | Self::Next(folder) => Some(folder),
            Self::Auth | Self::Done => None,
        }
    }

    /// Does what the table says.
    ///
    /// # Errors
    /// [`Garbage`]: the session ends, and nothing is removed.
    pub fn obey(
        &mut self,
        row: &'static Row,
        command: Command,
        settings: &Pop2Settings,
        store: &mut Store,
    ) -> Result<Reply, Garbage> {
        let name = self.name();
        let action = table::action(Input::Command(row.kind), name);
        match (std::mem::replace(self, Self::Done), action, command) {
            // 3. Who is it? The default mailbox is opened.
            (Self::Auth, Action::LogIn, Command::Helo(user, password)) => {
                if !settings.security.lets_passwords_pass() {
                    return Err(Garbage::EncryptFirst);
                }
                let known = store.user(&user).filter(|user| store.password_matches(*user, &password));
                let user = known.ok_or(Garbage::Denied)?;
                let folder = Folder::open(user, "INBOX", store).map_err(|InUse| Garbage::InUse)?;
                Ok(self.opened(folder))
            }
            // 4. The mailbox is released.
            (state, Action::Bye, _) => {
                if let Some(folder) = state.into_folder() {
                    folder.release(store);
                }
                Ok(Reply::Plus("OK".to_owned()))
            }
            // 5. The mailbox is released, another one opened. One that is in use counts as empty.
            (Self::Mbox(before) | Self::Item(before), Action::Fold, Command::Fold(name)) => {
                let owner = before.owner();
                before.release(store);
                let name = String::from_utf8_lossy(&name).into_owned();
                let folder = Folder::open(owner, &name, store).unwrap_or_else(|InUse| Folder::nothing(owner));
                Ok(self.opened(folder))
            }
            // 6. READ makes a message current, and tells its size.
            (Self::Mbox(mut folder) | Self::Item(mut folder), Action::Size, Command::Read(number)) => {
                if let Some(number) = number {
                    folder.select(number);
                }
                Ok(self.item(folder))
            }
            // 7. The data, or the end of the session without a word.
            (Self::Item(folder), Action::Send, _) => {
                let Some((id, message)) = folder.entry().map(|entry| (entry.id, entry.message.octets()))
                else {
                    folder.abandon(store);
                    return Ok(Reply::Close);
                };
                match message {
                    Ok(octets) if !octets.is_empty() => {
                        *self = Self::Next(folder);
                        Ok(Reply::Data(id, octets))
                    }
                    Ok(_) => {
                        folder.abandon(store);
                        Ok(Reply::Close)
                    }
                    Err(_) => {
                        folder.abandon(store);
                        Err(Garbage::Lost)
                    }
                }
            }
            // 8. Kept, or marked, or wanted again.
            (Self::Next(mut folder), Action::Acknowledge, command) => {
                if command != Command::Nack {
                    folder.acknowledge(command == Command::Ackd);
                }
                Ok(self.item(folder))
            }
            // 1. Garbage.
            (state, _, _) => {
                state.abandon(store);
                Err(Garbage::WrongState(row, name))
            }
        }
    }

    /// The session ends without QUIT: nothing is removed, the lock is given back.
    pub fn end(&mut self, store: &mut Store) {
        std::mem::replace(self, Self::Done).abandon(store);
    }

    fn abandon(self, store: &mut Store) {
        if let Some(folder) = self.into_folder() {
            folder.abandon(store);
        }
    }

    fn into_folder(self) -> Option<Folder> {
        match self {
            Self::Mbox(folder) | Self::Item(folder) | Self::Next(folder) => Some(folder),
            Self::Auth | Self::Done => None,
        }
    }

    fn opened(&mut self, folder: Folder) -> Reply {
        let messages = folder.messages();
        *self = Self::Mbox(folder);
        Reply::Count(messages)
    }

    fn item(&mut self, folder: Folder) -> Reply {
        let octets = folder.octets();
        *self = Self::Item(folder);
        Reply::Length(octets)
    }
}
