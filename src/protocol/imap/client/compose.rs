//! Messages that the server puts together from what it has (RFC 4469).

use super::exchange::{argument, text_piece};
use super::{ImapClient, NewUids};
use crate::desk::Trouble;
use crate::protocol::imap::names;

/// One part of a message that the server puts together, in order (RFC 4469 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// Octets that come from here, as a literal.
    Text(&'a [u8]),
    /// What this URL names at the server: `/INBOX;UIDVALIDITY=1/;UID=20/;SECTION=TEXT` (RFC 5092).
    Url(&'a str),
}

impl ImapClient {
    /// Puts a message into a mailbox that is made of octets from here and of pieces that the server has; `flags` with
    /// their parentheses, or empty. Gives its UID, if the server has UIDPLUS. Needs CATENATE.
    ///
    /// # Errors
    /// As [`ImapClient::finish`]; a URL that names nothing is answered by NO (RFC 4469 §4).
    pub async fn append_catenated(
        &mut self,
        mailbox: &str,
        flags: &str,
        parts: &[Part<'_>],
    ) -> Result<Option<NewUids>, Trouble> {
        let mut pieces = Vec::new();
        argument(&mut pieces, b"APPEND ", names::encoded(mailbox).as_bytes());
        let gap = if flags.is_empty() { String::new() } else { format!(" {flags}") };
        text_piece(&mut pieces, format!("{gap} CATENATE (").as_bytes());
        for (nth, part) in parts.iter().enumerate() {
            let space = if nth == 0 { "" } else { " " };
            match part {
                Part::Text(octets) => {
                    text_piece(&mut pieces, format!("{space}TEXT ").as_bytes());
                    pieces.push(octets.to_vec());
                    pieces.push(Vec::new());
                }
                Part::Url(url) => argument(&mut pieces, format!("{space}URL ").as_bytes(), url.as_bytes()),
            }
        }
        text_piece(&mut pieces, b")");
        let tag = self.send_pieces(&pieces).await?;
        let (completion, _) = self.finish_whole(tag).await?;
        Ok(NewUids::of_code(completion.code.as_deref()))
    }

    /// Puts a message into a mailbox and removes the one with this UID from the open mailbox, both or neither
    /// (RFC 8508); `flags` with their parentheses, or empty. Gives the new one's UID, if the server has UIDPLUS. Needs
    /// REPLACE.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn uid_replace(
        &mut self,
        uid: u32,
        mailbox: &str,
        flags: &str,
        message: &[u8],
    ) -> Result<Option<NewUids>, Trouble> {
        let mut pieces = Vec::new();
        argument(&mut pieces, format!("UID REPLACE {uid} ").as_bytes(), names::encoded(mailbox).as_bytes());
        let gap = if flags.is_empty() { " ".to_owned() } else { format!(" {flags} ") };
        text_piece(&mut pieces, gap.as_bytes());
        pieces.push(message.to_vec());
        pieces.push(Vec::new());
        let tag = self.send_pieces(&pieces).await?;
        let answers = self.finish(tag).await?;
        Ok(NewUids::told_early(&answers))
    }

    /// Puts several messages into a mailbox by one command: all of them, or none (RFC 3502). Gives their UIDs, if the
    /// server has UIDPLUS. Needs MULTIAPPEND.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn append_several(
        &mut self,
        mailbox: &str,
        messages: &[Vec<u8>],
    ) -> Result<Option<NewUids>, Trouble> {
        let mut pieces = Vec::new();
        argument(&mut pieces, b"APPEND ", names::encoded(mailbox).as_bytes());
        for message in messages {
            text_piece(&mut pieces, b" ");
            pieces.push(message.clone());
            pieces.push(Vec::new());
        }
        let tag = self.send_pieces(&pieces).await?;
        let (completion, _) = self.finish_whole(tag).await?;
        Ok(NewUids::of_code(completion.code.as_deref()))
    }
}
