//! A client of IMAP4rev1, for strategies and scripts.
//!
//! Each method sends one command and waits for its end. Several commands can be on their way at once:
//! [`ImapClient::send_command`], and later [`ImapClient::finish`] or [`ImapClient::next_response`].

use std::collections::{BTreeMap, VecDeque};

use super::names;
use super::response::{Completion, FetchResponse, Pieces, Response, Status, Untagged, understand};
use crate::desk::{Trouble, Wire};

/// Names a command that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag(u32);

/// What SELECT and EXAMINE say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
}

/// The client's end of a session.
#[derive(Debug)]
pub struct ImapClient {
    wire: Wire,
    last_tag: u32,
    /// Commands that have not ended, oldest first.
    outstanding: VecDeque<Tag>,
    /// What came for each command and was not taken yet. A server works in order: what it says belongs to the
    /// oldest command that has not ended.
    untagged: BTreeMap<Tag, VecDeque<Untagged>>,
    completed: BTreeMap<Tag, Completion>,
    greeting: Completion,
    exists: u32,
}

impl ImapClient {
    /// Waits for the greeting (RFC 3501 §7.1).
    ///
    /// # Errors
    /// [`Trouble::Protocol`] if the server says BYE or nothing that is a greeting; what the wire says.
    pub async fn greet(wire: Wire) -> Result<Self, Trouble> {
        let greeting = Completion { status: Status::Ok, code: None, text: String::new() };
        let mut client = Self {
            wire,
            last_tag: 0,
            outstanding: VecDeque::new(),
            untagged: BTreeMap::new(),
            completed: BTreeMap::new(),
            greeting,
            exists: 0,
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
        &self.wire
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
        self.open("SELECT ", mailbox).await
    }

    /// Opens a mailbox to read only.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn examine(&mut self, mailbox: &str) -> Result<Selected, Trouble> {
        self.open("EXAMINE ", mailbox).await
    }

    async fn open(&mut self, word: &str, mailbox: &str) -> Result<Selected, Trouble> {
        let mut pieces = Vec::new();
        argument(&mut pieces, word.as_bytes(), names::encoded(mailbox).as_bytes());
        let tag = self.send_pieces(&pieces).await?;
        let (completion, answers) = self.finish_whole(tag).await?;
        let mut selected =
            Selected { read_only: completion.code.as_deref() == Some("READ-ONLY"), ..Selected::default() };
        for answer in answers {
            match answer {
                Untagged::Exists(number) => selected.exists = number,
                Untagged::Recent(number) => selected.recent = number,
                Untagged::Flags(flags) => selected.flags = flags,
                Untagged::Status(Completion { code: Some(code), .. }) => {
                    let Some((name, number)) = code.split_once(' ') else { continue };
                    let number = number.parse().ok();
                    match name.to_ascii_uppercase().as_str() {
                        "UNSEEN" => selected.first_unseen = number,
                        "UIDVALIDITY" => selected.uid_validity = number.unwrap_or(0),
                        "UIDNEXT" => selected.uid_next = number.unwrap_or(0),
                        _ => {}
                    }
                }
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

    /// Puts a message into a mailbox; `flags` with their parentheses, or empty.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn append(&mut self, mailbox: &str, flags: &str, message: &[u8]) -> Result<(), Trouble> {
        let mut pieces = Vec::new();
        argument(&mut pieces, b"APPEND ", names::encoded(mailbox).as_bytes());
        let gap = if flags.is_empty() { " ".to_owned() } else { format!(" {flags} ") };
        text_piece(&mut pieces, gap.as_bytes());
        pieces.push(message.to_vec());
        pieces.push(Vec::new());
        let tag = self.send_pieces(&pieces).await?;
        self.finish(tag).await.map(|_| ())
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
        self.wire.read_to_end().await;
        self.wire.close().await;
        Ok(())
    }

    /// Sends a command and waits for its end. Gives what came with it.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn command(&mut self, text: &str) -> Result<Vec<Untagged>, Trouble> {
        let tag = self.send_command(text).await?;
        self.finish(tag).await
    }

    /// Sends a command, given without its tag, and does not wait.
    ///
    /// # Errors
    /// What the wire says.
    pub async fn send_command(&mut self, text: &str) -> Result<Tag, Trouble> {
        self.send_pieces(&[text.as_bytes().to_vec()]).await
    }

    /// Waits until the command has ended. Gives what came with it and was not taken before.
    ///
    /// # Errors
    /// [`Trouble::Protocol`] if it ended in NO or BAD, or a response cannot be understood; what the wire says.
    pub async fn finish(&mut self, tag: Tag) -> Result<Vec<Untagged>, Trouble> {
        self.finish_whole(tag).await.map(|(_, answers)| answers)
    }

    async fn finish_whole(&mut self, tag: Tag) -> Result<(Completion, Vec<Untagged>), Trouble> {
        while !self.completed.contains_key(&tag) {
            self.take_in().await?;
        }
        let answers = self.untagged.remove(&tag).unwrap_or_default().into();
        match self.completed.remove(&tag) {
            Some(completion) => completion.done().map(|completion| (completion, answers)),
            None => Ok((Completion { status: Status::Ok, code: None, text: String::new() }, answers)),
        }
    }

    /// Waits for the next untagged response to the command: a message is there as soon as it has arrived. `None`
    /// once the command has ended, and then it is finished.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn next_response(&mut self, tag: Tag) -> Result<Option<Untagged>, Trouble> {
        loop {
            if let Some(answer) = self.untagged.get_mut(&tag).and_then(VecDeque::pop_front) {
                return Ok(Some(answer));
            }
            if let Some(completion) = self.completed.remove(&tag) {
                self.untagged.remove(&tag);
                return completion.done().map(|_| None);
            }
            if !self.outstanding.contains(&tag) {
                return Ok(None);
            }
            self.take_in().await?;
        }
    }

    /// Sends text and literals in turn. A literal waits for the server's leave (RFC 3501 §7.5); if the server
    /// refuses the command instead, the rest is not sent.
    async fn send_pieces(&mut self, pieces: &[Vec<u8>]) -> Result<Tag, Trouble> {
        self.last_tag += 1;
        let tag = Tag(self.last_tag);
        self.outstanding.push_back(tag);
        let mut line = format!("a{:03} ", tag.0).into_bytes();
        for pair in pieces.chunks(2) {
            line.extend_from_slice(&pair[0]);
            let Some(literal) = pair.get(1) else { break };
            line.extend_from_slice(format!("{{{}}}\r\n", literal.len()).as_bytes());
            self.wire.send(std::mem::take(&mut line)).await?;
            while !self.take_in().await? {
                if self.completed.contains_key(&tag) {
                    return Ok(tag);
                }
            }
            line.extend_from_slice(literal);
        }
        line.extend_from_slice(b"\r\n");
        self.wire.send(line).await?;
        Ok(tag)
    }

    /// Reads one response and puts it where it belongs; true if it is leave to go on.
    async fn take_in(&mut self) -> Result<bool, Trouble> {
        match self.read_response().await? {
            Response::GoAhead => return Ok(true),
            Response::Untagged(answer) => {
                match answer {
                    Untagged::Exists(exists) => self.exists = exists,
                    Untagged::Expunge(_) => self.exists = self.exists.saturating_sub(1),
                    _ => {}
                }
                if let Some(oldest) = self.outstanding.front() {
                    self.untagged.entry(*oldest).or_default().push_back(answer);
                }
            }
            Response::Tagged(text, completion) => {
                let tag = text.strip_prefix('a').and_then(|number| number.parse().ok()).map(Tag);
                let at = self.outstanding.iter().position(|known| Some(*known) == tag);
                match at.and_then(|at| self.outstanding.remove(at)) {
                    Some(tag) => drop(self.completed.insert(tag, completion)),
                    None => {
                        return Err(Trouble::Protocol(format!(
                            "the server answers {text}, which was not asked"
                        )));
                    }
                }
            }
        }
        Ok(false)
    }

    async fn read_response(&mut self) -> Result<Response, Trouble> {
        let mut pieces = Pieces { pieces: vec![self.wire.read_line().await?] };
        while let Some(octets) = pieces.announced() {
            pieces.pieces.push(self.wire.read_exact(octets).await?);
            pieces.pieces.push(self.wire.read_line().await?);
        }
        understand(&pieces).ok_or_else(|| {
            let line = pieces
                .pieces
                .first()
                .map(|line| String::from_utf8_lossy(line).chars().take(100).collect::<String>());
            Trouble::Protocol(format!("this is no IMAP response: {}", line.unwrap_or_default()))
        })
    }
}

impl Untagged {
    /// The FETCH response that it is.
    #[must_use]
    pub fn fetch(self) -> Option<FetchResponse> {
        match self {
            Self::Fetch(response) => Some(response),
            _ => None,
        }
    }
}

impl Completion {
    fn done(self) -> Result<Self, Trouble> {
        let word = match self.status {
            Status::Ok => return Ok(self),
            Status::No => "NO",
            Status::Bad => "BAD",
        };
        let code = self.code.map_or_else(String::new, |code| format!("[{code}] "));
        Err(Trouble::Protocol(format!("the server answers {word} {code}{}", self.text)))
    }
}

/// Adds text, and an argument behind it: in quotes if it can be, else as a literal.
fn argument(pieces: &mut Vec<Vec<u8>>, text: &[u8], argument: &[u8]) {
    text_piece(pieces, text);
    let quotable = argument.iter().all(|octet| matches!(octet, 1..=0x7f) && !matches!(octet, b'\r' | b'\n'));
    if quotable {
        let mut quoted = Vec::new();
        super::wire::astring(&mut quoted, argument);
        text_piece(pieces, &quoted);
    } else {
        pieces.push(argument.to_vec());
        pieces.push(Vec::new());
    }
}

/// Adds text behind the last text.
fn text_piece(pieces: &mut Vec<Vec<u8>>, text: &[u8]) {
    match pieces.last_mut() {
        Some(last) => last.extend_from_slice(text),
        None => pieces.push(text.to_vec()),
    }
}
