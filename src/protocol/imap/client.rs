//! A client of IMAP4rev1, for strategies and scripts.
//!
//! Each method sends one command and waits for its end. Several commands can be on their way at once:
//! [`ImapClient::send_command`], and later [`ImapClient::finish`] or [`ImapClient::next_response`].

use std::collections::{BTreeMap, VecDeque};
use std::ops::RangeInclusive;

use super::names;
use super::response::{Completion, FetchResponse, Response, Status, Untagged};
use crate::desk::{Trouble, Wire};

mod authenticate;
mod compose;
mod exchange;
mod octets;
mod older;
mod sync;

pub use compose::Part;
pub use exchange::Tag;
use exchange::{argument, text_piece};
use octets::Octets;
pub use sync::{Changes, Known, NewUids, Opening};

/// What SELECT and EXAMINE say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selected {
    /// How many messages there are.
    pub exists: u32,
    /// How many of them are recent.
    pub recent: u32,
    /// The number of the first message that is not seen.
    pub first_unseen: Option<u32>,
    /// If it differs from what a client remembers, its UIDs are void.
    pub uid_validity: u32,
    /// The UID that the next message will get.
    pub uid_next: u32,
    /// Nothing can be changed.
    pub read_only: bool,
    /// The flags that exist there.
    pub flags: Vec<String>,
    /// What names the mailbox, whatever it is called, if the server has OBJECTID (RFC 8474 §4.2).
    pub mailbox_id: Option<String>,
    /// The newest change, if the server counts them (RFC 7162 §3.1.2).
    pub highest_modseq: Option<u64>,
    /// Messages that changed since the last visit, if that was asked (RFC 7162 §3.2.5).
    pub changed: Vec<FetchResponse>,
    /// UIDs that went since then, as ranges with both ends.
    pub vanished: Vec<RangeInclusive<u32>>,
}

impl Selected {
    /// What an untagged OK says in brackets.
    fn take_code(&mut self, code: &str) {
        let Some((name, number)) = code.split_once(' ') else { return };
        let small = number.parse().ok();
        match name.to_ascii_uppercase().as_str() {
            "UNSEEN" => self.first_unseen = small,
            "UIDVALIDITY" => self.uid_validity = small.unwrap_or(0),
            "UIDNEXT" => self.uid_next = small.unwrap_or(0),
            "MAILBOXID" => self.mailbox_id = Some(number.trim_matches(['(', ')']).to_owned()),
            "HIGHESTMODSEQ" => self.highest_modseq = number.parse().ok(),
            _ => {}
        }
    }
}

/// The client's end of a session.
#[derive(Debug)]
pub struct ImapClient {
    octets: Octets,
    /// Literals up to this length go out without waiting for leave (RFC 7888).
    literals_without_leave: u32,
    /// Data that answers a command may carry its tag (RFC 1203).
    takes_solicited: bool,
    last_tag: u32,
    /// Commands that have not ended, oldest first.
    outstanding: VecDeque<Tag>,
    /// What came for each command and was not taken yet. A server works in order: what it says belongs to the
    /// oldest command that has not ended.
    untagged: BTreeMap<Tag, VecDeque<Untagged>>,
    completed: BTreeMap<Tag, Completion>,
    greeting: Completion,
    exists: u32,
    /// How the last command ended, if it was refused.
    refusal: Option<Completion>,
}

impl ImapClient {
    /// Waits for the greeting (RFC 3501 §7.1).
    ///
    /// # Errors
    /// [`Trouble::Protocol`] if the server says BYE or nothing that is a greeting; what the wire says.
    pub async fn greet(wire: Wire) -> Result<Self, Trouble> {
        let greeting = Completion { status: Status::Ok, code: None, text: String::new() };
        let mut client = Self {
            octets: Octets::new(wire),
            literals_without_leave: 0,
            takes_solicited: false,
            last_tag: 0,
            outstanding: VecDeque::new(),
            untagged: BTreeMap::new(),
            completed: BTreeMap::new(),
            greeting,
            exists: 0,
            refusal: None,
        };
        match client.read_response().await? {
            Response::Untagged(Untagged::Status(greeting)) if greeting.status == Status::Ok => {
                client.greeting = greeting;
                Ok(client)
            }
            Response::Untagged(Untagged::Bye(text)) => {
                Err(Trouble::Protocol(format!("the server says BYE: {text}")))
            }
            other => Err(Trouble::Protocol(format!("this is no IMAP greeting: {other:?}"))),
        }
    }

    /// What the server greeted with.
    #[must_use]
    pub const fn greeting(&self) -> &Completion {
        &self.greeting
    }

    /// How many messages the open mailbox holds, by all that was heard up to now.
    #[must_use]
    pub const fn exists(&self) -> u32 {
        self.exists
    }

    /// The wire, for its desk and its name.
    #[must_use]
    pub const fn wire(&self) -> &Wire {
        &self.octets.wire
    }

    /// Lets literals go out without waiting for leave, which the server must have offered: LITERAL+ for any length,
    /// LITERAL- up to 4096 octets (RFC 7888). The capabilities are what CAPABILITY has told.
    pub fn use_capabilities(&mut self, capabilities: &[String]) {
        let has = |word: &str| capabilities.iter().any(|known| known.eq_ignore_ascii_case(word));
        self.literals_without_leave = match (has("LITERAL+"), has("LITERAL-") || has("IMAP4rev2")) {
            (true, _) => u32::MAX,
            (false, true) => 4096,
            (false, false) => 0,
        };
    }

    /// What the server can do.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn capability(&mut self) -> Result<Vec<String>, Trouble> {
        let answers = self.command("CAPABILITY").await?;
        Ok(answers
            .into_iter()
            .find_map(|answer| match answer {
                Untagged::Capability(words) => Some(words),
                _ => None,
            })
            .unwrap_or_default())
    }

    /// Says who the user is.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn login(&mut self, user: &str, password: &str) -> Result<(), Trouble> {
        let mut pieces = Vec::new();
        argument(&mut pieces, b"LOGIN ", user.as_bytes());
        argument(&mut pieces, b" ", password.as_bytes());
        let tag = self.send_pieces(&pieces).await?;
        self.finish(tag).await.map(|_| ())
    }

    /// Opens a mailbox.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn select(&mut self, mailbox: &str) -> Result<Selected, Trouble> {
        self.open_with(mailbox, &Opening::default()).await
    }

    /// Opens a mailbox to read only.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn examine(&mut self, mailbox: &str) -> Result<Selected, Trouble> {
        self.open_with(mailbox, &Opening { read_only: true, ..Opening::default() }).await
    }

    async fn finish_open(&mut self, tag: Tag) -> Result<Selected, Trouble> {
        let (completion, answers) = self.finish_whole(tag).await?;
        let mut selected =
            Selected { read_only: completion.code.as_deref() == Some("READ-ONLY"), ..Selected::default() };
        for answer in answers {
            match answer {
                Untagged::Exists(number) => selected.exists = number,
                Untagged::Recent(number) => selected.recent = number,
                Untagged::Flags(flags) => selected.flags = flags,
                Untagged::MayChange(may) => selected.read_only = !may,
                Untagged::Fetch(response) => selected.changed.push(*response),
                Untagged::Vanished { uids, .. } => selected.vanished.extend(uids),
                Untagged::Status(Completion { code: Some(code), .. }) => selected.take_code(&code),
                _ => {}
            }
        }
        Ok(selected)
    }

    /// Gets data of messages: `fetch("1:*", "(UID ENVELOPE)")`.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn fetch(&mut self, set: &str, items: &str) -> Result<Vec<FetchResponse>, Trouble> {
        self.fetching(&format!("FETCH {set} {items}")).await
    }

    /// Gets data of messages by UID.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn uid_fetch(&mut self, set: &str, items: &str) -> Result<Vec<FetchResponse>, Trouble> {
        self.fetching(&format!("UID FETCH {set} {items}")).await
    }

    /// Changes flags: `store("2:4", "+FLAGS", "(\\Deleted)")`. Gives what the server answered.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn store(
        &mut self,
        set: &str,
        change: &str,
        flags: &str,
    ) -> Result<Vec<FetchResponse>, Trouble> {
        self.fetching(&format!("STORE {set} {change} {flags}")).await
    }

    /// Changes flags by UID.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn uid_store(
        &mut self,
        set: &str,
        change: &str,
        flags: &str,
    ) -> Result<Vec<FetchResponse>, Trouble> {
        self.fetching(&format!("UID STORE {set} {change} {flags}")).await
    }

    async fn fetching(&mut self, text: &str) -> Result<Vec<FetchResponse>, Trouble> {
        let answers = self.command(text).await?;
        Ok(answers.into_iter().filter_map(Untagged::fetch).collect())
    }

    /// Finds messages: `search("UNSEEN SINCE 1-Feb-1998")`. Gives their numbers.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn search(&mut self, keys: &str) -> Result<Vec<u32>, Trouble> {
        self.searching(&format!("SEARCH {keys}")).await
    }

    /// Finds messages and gives their UIDs.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn uid_search(&mut self, keys: &str) -> Result<Vec<u32>, Trouble> {
        self.searching(&format!("UID SEARCH {keys}")).await
    }

    async fn searching(&mut self, text: &str) -> Result<Vec<u32>, Trouble> {
        let answers = self.command(text).await?;
        Ok(answers
            .into_iter()
            .find_map(|answer| match answer {
                Untagged::Search(numbers) => Some(numbers),
                _ => None,
            })
            .unwrap_or_default())
    }

    /// Copies messages into another mailbox.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn copy(&mut self, set: &str, mailbox: &str) -> Result<(), Trouble> {
        let mut pieces = Vec::new();
        argument(&mut pieces, format!("COPY {set} ").as_bytes(), names::encoded(mailbox).as_bytes());
        let tag = self.send_pieces(&pieces).await?;
        self.finish(tag).await.map(|_| ())
    }

    /// Puts a message into a mailbox; `flags` with their parentheses, or empty. Gives its UID, if the server has
    /// UIDPLUS.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn append(
        &mut self,
        mailbox: &str,
        flags: &str,
        message: &[u8],
    ) -> Result<Option<NewUids>, Trouble> {
        let mut pieces = Vec::new();
        argument(&mut pieces, b"APPEND ", names::encoded(mailbox).as_bytes());
        let gap = if flags.is_empty() { " ".to_owned() } else { format!(" {flags} ") };
        text_piece(&mut pieces, gap.as_bytes());
        pieces.push(message.to_vec());
        pieces.push(Vec::new());
        let tag = self.send_pieces(&pieces).await?;
        let (completion, _) = self.finish_whole(tag).await?;
        Ok(NewUids::of_code(completion.code.as_deref()))
    }

    /// Removes messages marked `\Deleted`. Gives the numbers of what is gone, each as it was at its turn.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn expunge(&mut self) -> Result<Vec<u32>, Trouble> {
        let answers = self.command("EXPUNGE").await?;
        Ok(answers
            .into_iter()
            .filter_map(|answer| match answer {
                Untagged::Expunge(number) => Some(number),
                _ => None,
            })
            .collect())
    }

    /// Leaves the mailbox; messages marked `\Deleted` are removed.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn close(&mut self) -> Result<(), Trouble> {
        self.command("CLOSE").await.map(|_| ())
    }

    /// Gives the server a chance to tell its news.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn noop(&mut self) -> Result<Vec<Untagged>, Trouble> {
        self.command("NOOP").await
    }

    /// Ends the session, waits until the server has closed, and closes this end.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn logout(mut self) -> Result<(), Trouble> {
        self.command("LOGOUT").await?;
        self.octets.wire.read_to_end().await;
        self.octets.wire.close().await;
        Ok(())
    }
}
