//! What a client that keeps copies asks for: what has changed, what is gone, what is new (RFC 4549, RFC 7162).

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use super::exchange::{Tag, argument, text_piece};
use super::{ImapClient, Selected};
use crate::desk::Trouble;
use crate::protocol::imap::names;
use crate::protocol::imap::response::{FetchResponse, Found, Untagged, ranges};
use crate::time::Instant;

/// How a mailbox is to be opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// EXAMINE in place of SELECT.
    pub read_only: bool,
    /// `CONDSTORE`: hear of modification sequences (RFC 7162 §3.1.8).
    pub condstore: bool,
    /// `QRESYNC`: hear at once of all that has happened since; needs ENABLE first (RFC 7162 §3.2.5).
    pub resync: Option<Known>,
}

/// What a client remembers of a mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// UIDVALIDITY
    pub uid_validity: u32,
    /// The newest change that it heard of.
    pub modseq: u64,
    /// The UIDs that it knows, as a set: `1:40,42`; all, if it does not say.
    pub uids: Option<String>,
    /// Some message numbers, and the UIDs that they had, as two sets that rise (RFC 7162 §3.2.5.2).
    pub matched: Option<(String, String)>,
}

/// What has changed, and what is gone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// A response for each message that changed.
    pub changed: Vec<FetchResponse>,
    /// UIDs that are gone, as ranges with both ends.
    pub vanished: Vec<RangeInclusive<u32>>,
}

/// Where messages came to stand: `APPENDUID` and `COPYUID` (RFC 4315 §3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewUids {
    /// UIDVALIDITY of the mailbox that they are in.
    pub uid_validity: u32,
    /// The UIDs that they had, for copies; in the order of `uids`.
    pub sources: Vec<RangeInclusive<u32>>,
    /// The UIDs that they have.
    pub uids: Vec<RangeInclusive<u32>>,
}

impl NewUids {
    pub(super) fn of_code(code: Option<&str>) -> Option<Self> {
        let words: Vec<&str> = code?.split(' ').collect();
        match words.as_slice() {
            [word, validity, uids] if word.eq_ignore_ascii_case("APPENDUID") => {
                Some(Self { uid_validity: validity.parse().ok()?, sources: Vec::new(), uids: ranges(uids)? })
            }
            [word, validity, sources, uids] if word.eq_ignore_ascii_case("COPYUID") => Some(Self {
                uid_validity: validity.parse().ok()?,
                sources: ranges(sources)?,
                uids: ranges(uids)?,
            }),
            _ => None,
        }
    }
}

impl NewUids {
    /// What an untagged OK says, before messages go (RFC 6851 §4.3, RFC 8508 §4.3).
    pub(super) fn told_early(answers: &[Untagged]) -> Option<Self> {
        answers.iter().find_map(|answer| match answer {
            Untagged::Status(status) => Self::of_code(status.code.as_deref()),
            _ => None,
        })
    }
}

impl Opening {
    pub(super) fn command(&self, mailbox: &str) -> Vec<Vec<u8>> {
        let mut pieces = Vec::new();
        let word = if self.read_only { "EXAMINE " } else { "SELECT " };
        argument(&mut pieces, word.as_bytes(), names::encoded(mailbox).as_bytes());
        let mut parameters = Vec::new();
        parameters.extend(self.condstore.then(|| "CONDSTORE".to_owned()));
        parameters.extend(self.resync.as_ref().map(|known| {
            let mut text = format!("QRESYNC ({} {}", known.uid_validity, known.modseq);
            // Neither can fail: this is a String.
            if let Some(uids) = &known.uids {
                let _ = write!(text, " {uids}");
            }
            if let Some((numbers, uids)) = &known.matched {
                let _ = write!(text, " ({numbers} {uids})");
            }
            text + ")"
        }));
        if !parameters.is_empty() {
            text_piece(&mut pieces, format!(" ({})", parameters.join(" ")).as_bytes());
        }
        pieces
    }
}

impl ImapClient {
    /// Says which new responses it understands: `enable("QRESYNC")`. Gives what the server has switched on.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn enable(&mut self, words: &str) -> Result<Vec<String>, Trouble> {
        let answers = self.command(&format!("ENABLE {words}")).await?;
        Ok(answers
            .into_iter()
            .filter_map(|answer| match answer {
                Untagged::Enabled(words) => Some(words),
                _ => None,
            })
            .flatten()
            .collect())
    }

    /// Opens a mailbox and hears what has happened since the last visit.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn open_with(&mut self, mailbox: &str, opening: &Opening) -> Result<Selected, Trouble> {
        let tag = self.send_open(mailbox, opening).await?;
        self.finish_open(tag).await
    }

    /// Sends SELECT or EXAMINE and does not wait.
    ///
    /// # Errors
    /// What the wire says.
    pub async fn send_open(&mut self, mailbox: &str, opening: &Opening) -> Result<Tag, Trouble> {
        self.send_pieces(&opening.command(mailbox)).await
    }

    /// Gets data of messages that changed since; with `vanished`, after ENABLE QRESYNC, also which of `set` are gone.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn uid_fetch_changed(
        &mut self,
        set: &str,
        items: &str,
        since: u64,
        vanished: bool,
    ) -> Result<Changes, Trouble> {
        let gone = if vanished { " VANISHED" } else { "" };
        let answers = self.command(&format!("UID FETCH {set} {items} (CHANGEDSINCE {since}{gone})")).await?;
        let mut changes = Changes::default();
        for answer in answers {
            match answer {
                Untagged::Fetch(response) => changes.changed.push(*response),
                Untagged::Vanished { uids, .. } => changes.vanished.extend(uids),
                _ => {}
            }
        }
        Ok(changes)
    }

    /// Finds messages: `uid_search_return("ALL COUNT", "UNSEEN")` (RFC 4731).
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn uid_search_return(&mut self, options: &str, keys: &str) -> Result<Found, Trouble> {
        let answers = self.command(&format!("UID SEARCH RETURN ({options}) {keys}")).await?;
        Ok(answers
            .into_iter()
            .find_map(|answer| match answer {
                Untagged::Esearch(found) => Some(found),
                _ => None,
            })
            .unwrap_or_default())
    }

    /// Finds messages in an order: `uid_sort_return("PARTIAL 1:20", "(SUBJECT)", "ALL")` (RFC 5267 §3, §4.4).
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn uid_sort_return(
        &mut self,
        options: &str,
        criteria: &str,
        keys: &str,
    ) -> Result<Found, Trouble> {
        let answers = self.command(&format!("UID SORT RETURN ({options}) {criteria} UTF-8 {keys}")).await?;
        Ok(answers
            .into_iter()
            .find_map(|answer| match answer {
                Untagged::Esearch(found) => Some(found),
                _ => None,
            })
            .unwrap_or_default())
    }

    /// Counts what is in a mailbox without opening it: `status("INBOX", "MESSAGES UIDNEXT")`.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn status(&mut self, mailbox: &str, items: &str) -> Result<Vec<(String, u64)>, Trouble> {
        let mut pieces = Vec::new();
        argument(&mut pieces, b"STATUS ", names::encoded(mailbox).as_bytes());
        text_piece(&mut pieces, format!(" ({items})").as_bytes());
        let tag = self.send_pieces(&pieces).await?;
        let answers = self.finish(tag).await?;
        Ok(answers
            .into_iter()
            .find_map(|answer| match answer {
                Untagged::MailboxStatus(_, counts) => Some(counts),
                _ => None,
            })
            .unwrap_or_default())
    }

    /// Copies messages by UID. Gives the copies' UIDs, if the server has UIDPLUS.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn uid_copy(&mut self, set: &str, mailbox: &str) -> Result<Option<NewUids>, Trouble> {
        self.filing("UID COPY", set, mailbox).await
    }

    /// Moves messages by UID (RFC 6851). Gives their new UIDs, if the server has UIDPLUS.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn uid_move(&mut self, set: &str, mailbox: &str) -> Result<Option<NewUids>, Trouble> {
        self.filing("UID MOVE", set, mailbox).await
    }

    async fn filing(&mut self, word: &str, set: &str, mailbox: &str) -> Result<Option<NewUids>, Trouble> {
        let mut pieces = Vec::new();
        argument(&mut pieces, format!("{word} {set} ").as_bytes(), names::encoded(mailbox).as_bytes());
        let tag = self.send_pieces(&pieces).await?;
        let (completion, answers) = self.finish_whole(tag).await?;
        Ok(NewUids::told_early(&answers).or_else(|| NewUids::of_code(completion.code.as_deref())))
    }

    /// Removes those messages of `set` that are marked `\Deleted` (RFC 4315 §2.1). Gives what came with the answer.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn uid_expunge(&mut self, set: &str) -> Result<Vec<Untagged>, Trouble> {
        self.command(&format!("UID EXPUNGE {set}")).await
    }

    /// Leaves the mailbox, and nothing is removed (RFC 3691).
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn unselect(&mut self) -> Result<(), Trouble> {
        self.command("UNSELECT").await.map(|_| ())
    }

    /// Deflates everything from here on (RFC 4978). No other command may be on its way.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn compress(&mut self) -> Result<(), Trouble> {
        self.command("COMPRESS DEFLATE").await?;
        self.octets.deflate().await
    }

    /// Waits for news (RFC 2177): gives the tag for [`ImapClient::idle_next`] and [`ImapClient::idle_done`].
    ///
    /// # Errors
    /// [`Trouble::Protocol`] if the server refuses; what the wire says.
    pub async fn idle(&mut self) -> Result<Tag, Trouble> {
        let tag = self.send_command("IDLE").await?;
        while !self.take_in().await? {
            if self.has_ended(tag) {
                self.finish(tag).await?;
                return Err(Trouble::Protocol("the server ended IDLE at once".to_owned()));
            }
        }
        Ok(tag)
    }

    /// The next news; `None` when the moment has come, or the server has ended IDLE.
    ///
    /// # Errors
    /// What the wire says.
    pub async fn idle_next(
        &mut self,
        tag: Tag,
        deadline: Option<Instant>,
    ) -> Result<Option<Untagged>, Trouble> {
        loop {
            if let Some(answer) = self.next_taken(tag) {
                return Ok(Some(answer));
            }
            if self.has_ended(tag) {
                return Ok(None);
            }
            // A response is read only when some of it is there: the rest is on its way.
            if self.octets.buffered().is_empty() && !self.octets.more_until(deadline).await? {
                return Ok(None);
            }
            if !self.octets.buffered().is_empty() {
                self.take_in().await?;
            }
        }
    }

    /// Ends IDLE. Gives what came meanwhile and was not taken.
    ///
    /// # Errors
    /// As [`ImapClient::finish`].
    pub async fn idle_done(&mut self, tag: Tag) -> Result<Vec<Untagged>, Trouble> {
        if !self.has_ended(tag) {
            self.octets.send(b"DONE\r\n".to_vec()).await?;
        }
        self.finish(tag).await
    }
}
