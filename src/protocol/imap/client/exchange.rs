//! Commands go out, answers come in: tags, literals, and which answer belongs to which command.

use std::collections::VecDeque;

use super::ImapClient;
use crate::desk::Trouble;
use crate::protocol::imap::response::{
    Completion, FetchResponse, Pieces, Response, Status, Untagged, understand,
};
use crate::protocol::imap::wire;

/// Names a command that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag(pub(super) u32);

impl ImapClient {
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

    pub(super) async fn finish_whole(&mut self, tag: Tag) -> Result<(Completion, Vec<Untagged>), Trouble> {
        while !self.completed.contains_key(&tag) {
            self.take_in().await?;
        }
        let answers = self.untagged.remove(&tag).unwrap_or_default().into();
        match self.completed.remove(&tag) {
            Some(completion) => {
                self.refusal = (completion.status != Status::Ok).then(|| completion.clone());
                completion.done().map(|completion| (completion, answers))
            }
            None => Ok((Completion { status: Status::Ok, code: None, text: String::new() }, answers)),
        }
    }

    /// How the last command ended, if the server refused it: that was an answer, and the session goes on.
    pub const fn take_refusal(&mut self) -> Option<Completion> {
        self.refusal.take()
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

    /// True once the command has ended.
    pub(super) fn has_ended(&self, tag: Tag) -> bool {
        self.completed.contains_key(&tag) || !self.outstanding.contains(&tag)
    }

    /// What came for the command and was not taken yet, if anything did.
    pub(super) fn next_taken(&mut self, tag: Tag) -> Option<Untagged> {
        self.untagged.get_mut(&tag).and_then(VecDeque::pop_front)
    }

    /// Sends text and literals in turn. A literal waits for the server's leave (RFC 3501 §7.5); if the server
    /// refuses the command instead, the rest is not sent.
    pub(super) async fn send_pieces(&mut self, pieces: &[Vec<u8>]) -> Result<Tag, Trouble> {
        self.last_tag += 1;
        self.refusal = None;
        let tag = Tag(self.last_tag);
        self.outstanding.push_back(tag);
        let mut line = format!("a{:03} ", tag.0).into_bytes();
        for pair in pieces.chunks(2) {
            line.extend_from_slice(&pair[0]);
            let Some(literal) = pair.get(1) else { break };
            if literal.len() <= self.literals_without_leave as usize {
                // RFC 7888: it goes out at once, with what comes before and after it.
                line.extend_from_slice(format!("{{{}+}}\r\n", literal.len()).as_bytes());
                line.extend_from_slice(literal);
                continue;
            }
            line.extend_from_slice(format!("{{{}}}\r\n", literal.len()).as_bytes());
            self.octets.send(std::mem::take(&mut line)).await?;
            while !self.take_in().await? {
                if self.completed.contains_key(&tag) {
                    return Ok(tag);
                }
            }
            line.extend_from_slice(literal);
        }
        line.extend_from_slice(b"\r\n");
        self.octets.send(line).await?;
        Ok(tag)
    }

    /// Reads one response and puts it where it belongs; true if it is leave to go on.
    pub(super) async fn take_in(&mut self) -> Result<bool, Trouble> {
        let response = self.read_response().await?;
        self.take(response)
    }

    /// Puts a response where it belongs; true if it is leave to go on.
    pub(super) fn take(&mut self, response: Response) -> Result<bool, Trouble> {
        match response {
            Response::GoAhead => return Ok(true),
            Response::Solicited(text, answer) if self.takes_solicited => {
                self.count(&answer);
                let Some(tag) = self.tag_of(&text) else {
                    return Err(Trouble::Protocol(format!("the server answers {text}, which was not asked")));
                };
                self.untagged.entry(tag).or_default().push_back(answer);
            }
            Response::Solicited(text, _) => {
                return Err(Trouble::Protocol(format!("{text} does not say how a command ended")));
            }
            Response::Untagged(answer) => {
                self.count(&answer);
                if let Some(oldest) = self.outstanding.front() {
                    self.untagged.entry(*oldest).or_default().push_back(answer);
                }
            }
            Response::Tagged(text, completion) => match self.tag_of(&text) {
                Some(tag) => {
                    self.outstanding.retain(|known| *known != tag);
                    self.completed.insert(tag, completion);
                }
                None => {
                    return Err(Trouble::Protocol(format!("the server answers {text}, which was not asked")));
                }
            },
        }
        Ok(false)
    }

    /// Keeps count of the messages in the mailbox.
    fn count(&mut self, answer: &Untagged) {
        match answer {
            Untagged::Exists(exists) => self.exists = *exists,
            Untagged::Expunge(_) => self.exists = self.exists.saturating_sub(1),
            Untagged::Vanished { earlier: false, uids } => {
                for range in uids {
                    let gone = (range.end() - range.start()).saturating_add(1);
                    self.exists = self.exists.saturating_sub(gone);
                }
            }
            _ => {}
        }
    }

    /// The command that has this tag and has not ended.
    fn tag_of(&self, text: &str) -> Option<Tag> {
        let tag = text.strip_prefix('a').and_then(|number| number.parse().ok()).map(Tag);
        tag.filter(|tag| self.outstanding.contains(tag))
    }

    pub(super) async fn read_response(&mut self) -> Result<Response, Trouble> {
        let mut pieces = Pieces { pieces: vec![self.octets.read_line().await?] };
        while let Some(octets) = pieces.announced() {
            pieces.pieces.push(self.octets.read_exact(octets).await?);
            pieces.pieces.push(self.octets.read_line().await?);
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
            Self::Fetch(response) => Some(*response),
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
pub(super) fn argument(pieces: &mut Vec<Vec<u8>>, text: &[u8], argument: &[u8]) {
    text_piece(pieces, text);
    let quotable = argument.iter().all(|octet| matches!(octet, 1..=0x7f) && !matches!(octet, b'\r' | b'\n'));
    if quotable {
        let mut quoted = Vec::new();
        wire::astring(&mut quoted, argument);
        text_piece(pieces, &quoted);
    } else {
        pieces.push(argument.to_vec());
        pieces.push(Vec::new());
    }
}

/// Adds text behind the last text.
pub(super) fn text_piece(pieces: &mut Vec<Vec<u8>>, text: &[u8]) {
    match pieces.last_mut() {
        Some(last) => last.extend_from_slice(text),
        None => pieces.push(text.to_vec()),
    }
}
