//! The queue, told to an IMAP server.

use super::{Conn, DESCRIPTOR, message};
use crate::desk::Trouble;
use crate::protocol::imap::names;
use crate::protocol::imap::response::{Completion, Status};
use crate::station::Station;
use crate::station::change::Change;
use crate::station::local::Mark;
use crate::station::refused::Told;
use crate::station::runs::uid_set;

impl Conn {
    pub(in crate::station) async fn replay(&mut self, station: &mut Station) -> Result<(), Trouble> {
        let mut at = 0;
        while let Some(change) = station.mail.next_to_tell(&mut at) {
            let (count, told) = match change {
                Change::Create { mailbox } => (1, self.create(&mailbox).await?),
                Change::Mark { mailbox, mark, on, .. } => self.mark(station, at, &mailbox, mark, on).await?,
                Change::Copy { mailbox, number, into, since } => {
                    (1, self.copy(station, at, (&mailbox, number), &into, since).await?)
                }
                Change::Expunge { mailbox } => (1, self.expunge(station, &mailbox).await?),
                Change::Send { .. } => break,
                Change::Drop { .. } => (1, Told::Done),
            };
            station.mail.settle(&mut at, count, told);
            station.save().await;
        }
        station.send_by_smtp().await
    }

    /// Somebody may have made it before.
    async fn create(&mut self, mailbox: &str) -> Result<Told, Trouble> {
        match self.told(&format!("CREATE {}", quoted(mailbox))).await? {
            Told::Refused(_) if self.exists(mailbox).await? => Ok(Told::Done),
            told => Ok(told),
        }
    }

    /// Whether there is such a mailbox; asked where its use was refused.
    async fn exists(&mut self, mailbox: &str) -> Result<bool, Trouble> {
        Ok(self.mailboxes().await?.iter().any(|name| name == mailbox))
    }

    /// What comes of changes in a mailbox that could not be opened: if it is gone, so is what was to be changed.
    async fn unopened(&mut self, mailbox: &str, refusal: &Completion) -> Result<Told, Trouble> {
        match verdict(refusal) {
            Told::Refused(_) if !self.exists(mailbox).await? => Ok(Told::Done),
            told => Ok(told),
        }
    }

    async fn expunge(&mut self, station: &mut Station, mailbox: &str) -> Result<Told, Trouble> {
        let told = match self.select(station, mailbox).await? {
            Ok(_) => self.told("EXPUNGE").await?,
            Err(refusal) => self.unopened(mailbox, &refusal).await?,
        };
        if told == Told::Done {
            station.mail.expunged(mailbox);
        }
        Ok(told)
    }

    /// All changes of one flag that stand together: one command. Gives how many there are. If that is refused, each
    /// is told alone: of several messages one may be gone (RFC 2180 §4.2).
    async fn mark(
        &mut self,
        station: &mut Station,
        at: usize,
        mailbox: &str,
        mark: Mark,
        on: bool,
    ) -> Result<(usize, Told), Trouble> {
        let before = station.mail.queue.len();
        let opened = self.select(station, mailbox).await?;
        if station.mail.queue.len() != before {
            return Ok((0, Told::Void));
        }
        if let Err(refusal) = opened {
            return Ok((1, self.unopened(mailbox, &refusal).await?));
        }
        let same = station.mail.queue.iter().skip(at).map_while(|change| match change {
            Change::Mark { mailbox: of, number, mark: which, on: set }
                if (of.as_str(), *which, *set) == (mailbox, mark, on) && !station.mail.waits(change, at) =>
            {
                Some(*number)
            }
            _ => None,
        });
        let mut uids: Vec<u32> = same.take(self.marks_max).collect();
        let count = uids.len();
        uids.sort_unstable();
        let sign = if on { '+' } else { '-' };
        let store = |set: &str| format!("UID STORE {set} {sign}FLAGS.SILENT ({})", mark.imap());
        let Some(set) = uid_set(uids) else { return Ok((1, Told::Done)) };
        match self.told(&store(&set)).await? {
            Told::Refused(_) if count > 1 => {
                self.marks_max = 1;
                Ok((0, Told::Done))
            }
            told => Ok((count, told)),
        }
    }

    /// COPY must not be made twice: from where its copy could be found is written down before it is tried.
    async fn copy(
        &mut self,
        station: &mut Station,
        at: usize,
        (mailbox, number): (&str, u32),
        into: &str,
        since: Option<u32>,
    ) -> Result<Told, Trouble> {
        let before = station.mail.queue.len();
        if let Some(since) = since.filter(|_| station.policy.looks_for_copies) {
            if self.is_there(station, mailbox, number, into, since).await? {
                return Ok(Told::Done);
            }
        } else if since.is_none() {
            let next = self.uid_next(into).await?;
            if let Some(Change::Copy { since, .. }) = station.mail.queue.get_mut(at) {
                *since = Some(next);
            }
            station.save().await;
        }
        let opened = self.select(station, mailbox).await?;
        if station.mail.queue.len() != before {
            return Ok(Told::Void);
        }
        match opened {
            Ok(_) => self.told(&format!("UID COPY {number} {}", quoted(into))).await,
            // Gone or not: what was to be filed is not, and the user has to know.
            Err(refusal) => Ok(verdict(&refusal)),
        }
    }

    async fn uid_next(&mut self, mailbox: &str) -> Result<u32, Trouble> {
        let counts = self.client.status(mailbox, "UIDNEXT").await;
        let counts = self.answered(counts)?.unwrap_or_default();
        let next = counts.into_iter().find_map(|(name, next)| (name == "UIDNEXT").then_some(next));
        Ok(next.and_then(|next| u32::try_from(next).ok()).unwrap_or(1))
    }

    /// Whether a message that looks like this one has come into a mailbox since.
    async fn is_there(
        &mut self,
        station: &mut Station,
        mailbox: &str,
        number: u32,
        into: &str,
        since: u32,
    ) -> Result<bool, Trouble> {
        let Some(copied) = station.mail.message(mailbox, number).cloned() else { return Ok(false) };
        if self.select(station, into).await?.map_or(true, |target| target.exists == 0) {
            return Ok(false);
        }
        let told = self.client.uid_fetch(&format!("{since}:*"), DESCRIPTOR).await?;
        // The set `n:*` always names the last message, too (RFC 3501 §6.4.8).
        let mut new = told.iter().filter(|one| one.uid.is_some_and(|uid| uid >= since)).filter_map(message);
        Ok(new.any(|(_, one)| (&one.look, one.octets) == (&copied.look, copied.octets)))
    }

    /// A command that changes something.
    async fn told(&mut self, command: &str) -> Result<Told, Trouble> {
        let outcome = self.client.command(command).await;
        Ok(self.answered(outcome)?.map_or_else(|refusal| verdict(&refusal), |_| Told::Done))
    }
}

/// What a refusal comes to.
fn verdict(refusal: &Completion) -> Told {
    let code = refusal.code.as_deref();
    let shown = code.map_or_else(String::new, |code| format!("[{code}] "));
    let word = if refusal.status == Status::Bad { "BAD" } else { "NO" };
    Told::refused(code, &format!("{word} {shown}{}", refusal.text))
}

fn quoted(mailbox: &str) -> String {
    let name = names::encoded(mailbox);
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}
