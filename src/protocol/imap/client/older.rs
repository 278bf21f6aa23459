//! What a client says to servers before IMAP4, and to IMAP3 (RFC 1176, RFC 1203).

use std::ops::RangeInclusive;

use super::exchange::{argument, text_piece};
use super::{ImapClient, Tag};
use crate::desk::Trouble;
use crate::protocol::imap::response::{Untagged, Version};

impl ImapClient {
    /// The versions that an IMAP3 server supports, with their features (RFC 1203, SUPPORTED.VERSIONS).
    ///
    /// # Errors
    /// As [`ImapClient::finish`]: any other server answers BAD.
    pub async fn supported_versions(&mut self) -> Result<Vec<Version>, Trouble> {
        let answers = self.command("SUPPORTED.VERSIONS").await?;
        let found = answers.into_iter().find_map(|answer| match answer {
            Untagged::Versions(versions) => Some(versions),
            _ => None,
        });
        Ok(found.unwrap_or_default())
    }

    /// Chooses a version, before a mailbox is opened (RFC 1203, SELECT.VERSION). From 3.0 on, data that answers a
    /// command carries its tag.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn select_version(&mut self, major: u32, minor: u32) -> Result<(), Trouble> {
        self.command(&format!("SELECT.VERSION ({major} {minor})")).await?;
        self.takes_solicited = major >= 3;
        Ok(())
    }

    /// Chooses features by their names, or with `~` their inverses; the choice before is forgotten (RFC 1203,
    /// SELECT.FEATURES).
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn select_features(&mut self, features: &[&str]) -> Result<(), Trouble> {
        self.command(&format!("SELECT.FEATURES {}", features.join(" "))).await.map(|_| ())
    }

    /// Names of mailboxes, or of bulletin boards: `find("MAILBOXES", "*")` (RFC 1176, FIND).
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn find(&mut self, what: &str, pattern: &str) -> Result<Vec<String>, Trouble> {
        let mut pieces = Vec::new();
        argument(&mut pieces, format!("FIND {what} ").as_bytes(), pattern.as_bytes());
        let tag = self.send_pieces(&pieces).await?;
        let answers = self.finish(tag).await?;
        let named = answers.into_iter().filter_map(|answer| match answer {
            Untagged::Mailbox(name) | Untagged::Board(name) => Some(name),
            _ => None,
        });
        Ok(named.collect())
    }

    /// Wishes that the mailbox may be changed, or may not. True if it may (RFC 1203, READONLY, READWRITE).
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn let_change(&mut self, wish: bool) -> Result<bool, Trouble> {
        let answers = self.command(if wish { "READWRITE" } else { "READONLY" }).await?;
        let said = answers.into_iter().find_map(|answer| match answer {
            Untagged::MayChange(may) => Some(may),
            _ => None,
        });
        said.ok_or_else(|| Trouble::Protocol("the server says neither READONLY nor READWRITE".to_owned()))
    }

    /// Says which keywords there are in the mailbox; others are taken away from all messages. Gives the flags that
    /// there are then (RFC 1203, SET.FLAGS).
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn set_flags(&mut self, keywords: &[&str]) -> Result<Vec<String>, Trouble> {
        let answers = self.command(&format!("SET.FLAGS ({})", keywords.join(" "))).await?;
        let flags = answers.into_iter().find_map(|answer| match answer {
            Untagged::Flags(flags) => Some(flags),
            _ => None,
        });
        Ok(flags.unwrap_or_default())
    }

    /// Puts a message into a mailbox. Needs ADD.MESSAGE (RFC 1203).
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn add_message(&mut self, mailbox: &str, message: &[u8]) -> Result<(), Trouble> {
        let mut pieces = Vec::new();
        argument(&mut pieces, b"ADD.MESSAGE ", mailbox.as_bytes());
        text_piece(&mut pieces, b" RFC822 ");
        self.give(pieces, message).await
    }

    /// Lets the server send a message to whom its header names. Needs SEND (RFC 1203).
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn send_message(&mut self, message: &[u8]) -> Result<(), Trouble> {
        self.give(vec![b"SEND RFC822 ".to_vec()], message).await
    }

    async fn give(&mut self, mut pieces: Vec<Vec<u8>>, message: &[u8]) -> Result<(), Trouble> {
        pieces.push(message.to_vec());
        pieces.push(Vec::new());
        let tag: Tag = self.send_pieces(&pieces).await?;
        self.finish(tag).await.map(|_| ())
    }

    /// Numbers the messages in another order: `renumber("FROM", "ALPHA")`. Gives the numbers that have another message
    /// now, as ranges with both ends. Needs RENUMBER (RFC 1203).
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn renumber(&mut self, key: &str, order: &str) -> Result<Vec<RangeInclusive<u32>>, Trouble> {
        let answers = self.command(&format!("RENUMBER {key} {order}")).await?;
        let changed = answers.into_iter().find_map(|answer| match answer {
            Untagged::Reset(numbers) => Some(numbers),
            _ => None,
        });
        Ok(changed.unwrap_or_default())
    }
}
