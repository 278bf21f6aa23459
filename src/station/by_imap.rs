//! The call by IMAP (RFC 4549): a disconnected client, or one that keeps nothing.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::change::Change;
use super::local::{INBOX, LocalMessage, Mark, Marks};
use super::runs::uid_set;
use super::{Station, Way};
use crate::desk::{Service, Trouble};
use crate::mail::summary::Look;
use crate::protocol::imap::client::{ImapClient, Selected};
use crate::protocol::imap::names;
use crate::protocol::imap::response::{FetchResponse, Untagged};

/// A session with an IMAP server.
#[derive(Debug)]
pub struct Conn {
    client: ImapClient,
    selected: Option<(String, Selected)>,
}

/// What is asked of messages that are new here.
const DESCRIPTOR: &str = "(FLAGS RFC822.SIZE ENVELOPE)";

impl Conn {
    pub(super) async fn open(station: &mut Station) -> Result<Self, Trouble> {
        let wire = station.desk.connect(Service::Imap).await?;
        let mut client = ImapClient::greet(wire).await?;
        client.login(&station.account.user, &station.account.password).await?;
        Ok(Self { client, selected: None })
    }

    /// Opens a mailbox, if it is not the one that is open; what was known of it is void if its UIDs are. `None` if
    /// there is none of this name.
    async fn select(&mut self, station: &mut Station, mailbox: &str) -> Result<Option<Selected>, Trouble> {
        if let Some((_, selected)) = self.selected.as_ref().filter(|(name, _)| name == mailbox) {
            return Ok(Some(selected.clone()));
        }
        self.selected = None;
        let selected = match self.client.select(mailbox).await {
            Ok(selected) => selected,
            Err(Trouble::Protocol(_)) => return Ok(None),
            Err(trouble) => return Err(trouble),
        };
        let known = station.mail.mailbox_mut(mailbox).anchor.uid_validity;
        if known != selected.uid_validity {
            if known != 0 {
                station.mail.forget(mailbox);
            }
            let anchor = &mut station.mail.mailbox_mut(mailbox).anchor;
            (anchor.uid_validity, anchor.uid_next) = (selected.uid_validity, 1);
            station.save().await;
        }
        self.selected = Some((mailbox.to_owned(), selected.clone()));
        Ok(Some(selected))
    }

    pub(super) async fn replay(&mut self, station: &mut Station) -> Result<(), Trouble> {
        while let Some(change) = station.mail.queue.front().cloned() {
            let told = match change {
                Change::Create { mailbox } => {
                    refusable(self.client.command(&format!("CREATE {}", quoted(&mailbox))).await)?;
                    1
                }
                Change::Mark { mailbox, mark, on, .. } => self.mark(station, &mailbox, mark, on).await?,
                Change::Copy { mailbox, number, into, since } => {
                    self.copy(station, &mailbox, number, &into, since).await?;
                    1
                }
                Change::Expunge { mailbox } => {
                    if self.select(station, &mailbox).await?.is_some() {
                        self.client.expunge().await?;
                    }
                    station.mail.expunged(&mailbox);
                    1
                }
                Change::Send { .. } => break,
                Change::Drop { .. } => 1,
            };
            // What a mailbox that is void took with it is not in the queue any more.
            station.mail.queue.drain(..told.min(station.mail.queue.len()));
            station.save().await;
        }
        station.send_by_smtp().await
    }

    /// All changes of one flag that stand together: one command. Gives how many there are.
    async fn mark(
        &mut self,
        station: &mut Station,
        mailbox: &str,
        mark: Mark,
        on: bool,
    ) -> Result<usize, Trouble> {
        let before = station.mail.queue.len();
        let is_open = self.select(station, mailbox).await?.is_some();
        if station.mail.queue.len() != before {
            return Ok(0);
        }
        let same = station.mail.queue.iter().map_while(|change| match change {
            Change::Mark { mailbox: at, number, mark: which, on: set }
                if (at.as_str(), *which, *set) == (mailbox, mark, on) =>
            {
                Some(*number)
            }
            _ => None,
        });
        let mut uids: Vec<u32> = same.collect();
        let told = uids.len();
        uids.sort_unstable();
        if let Some(set) = uid_set(uids).filter(|_| is_open) {
            let change = if on { "+FLAGS.SILENT" } else { "-FLAGS.SILENT" };
            self.client.uid_store(&set, change, &format!("({})", mark.imap())).await?;
        }
        Ok(told)
    }

    /// COPY must not be made twice: from where its copy could be found is written down before it is tried.
    async fn copy(
        &mut self,
        station: &mut Station,
        mailbox: &str,
        number: u32,
        into: &str,
        since: Option<u32>,
    ) -> Result<(), Trouble> {
        if let Some(since) = since.filter(|_| station.policy.looks_for_copies) {
            if self.is_there(station, mailbox, number, into, since).await? {
                return Ok(());
            }
        } else if since.is_none() {
            let next = self.uid_next(into).await?;
            if let Some(Change::Copy { since, .. }) = station.mail.queue.front_mut() {
                *since = Some(next);
            }
            station.save().await;
        }
        let before = station.mail.queue.len();
        let is_open = self.select(station, mailbox).await?.is_some();
        if is_open && station.mail.queue.len() == before {
            refusable(self.client.command(&format!("UID COPY {number} {}", quoted(into))).await)?;
        }
        Ok(())
    }

    async fn uid_next(&mut self, mailbox: &str) -> Result<u32, Trouble> {
        let answers = self.client.command(&format!("STATUS {} (UIDNEXT)", quoted(mailbox))).await;
        let counts = refusable(answers)?.into_iter().find_map(|answer| match answer {
            Untagged::MailboxStatus(_, counts) => counts.into_iter().find(|(name, _)| name == "UIDNEXT"),
            _ => None,
        });
        Ok(counts.map_or(1, |(_, next)| next))
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
        if self.select(station, into).await?.is_none_or(|target| target.exists == 0) {
            return Ok(false);
        }
        let told = self.client.uid_fetch(&format!("{since}:*"), DESCRIPTOR).await?;
        // The set `n:*` always names the last message, too (RFC 3501 §6.4.8).
        let mut new = told.iter().filter(|one| one.uid.is_some_and(|uid| uid >= since)).filter_map(message);
        Ok(new.any(|(_, one)| (&one.look, one.octets) == (&copied.look, copied.octets)))
    }

    pub(super) async fn synchronize(&mut self, station: &mut Station) -> Result<(), Trouble> {
        if station.mail.way == Way::ImapOnline {
            station.mail.mailboxes.clear();
        }
        let names = self.mailboxes().await?;
        station.mail.mailboxes.retain(|name, _| names.contains(name));
        // The INBOX comes last, and stays open.
        for name in
            names.iter().filter(|name| *name != INBOX).chain(names.iter().filter(|name| *name == INBOX))
        {
            self.synchronize_mailbox(station, name).await?;
        }
        station.save().await;
        Ok(())
    }

    async fn mailboxes(&mut self) -> Result<Vec<String>, Trouble> {
        let answers = self.client.command("LIST \"\" \"*\"").await?;
        let name = |answer| match answer {
            Untagged::List { attributes, name, .. } => {
                let is_mailbox = !attributes.iter().any(|word| word.eq_ignore_ascii_case("\\Noselect"));
                is_mailbox.then(|| names::decoded(name.as_bytes()).unwrap_or(name))
            }
            _ => None,
        };
        Ok(answers.into_iter().filter_map(name).collect())
    }

    async fn synchronize_mailbox(&mut self, station: &mut Station, mailbox: &str) -> Result<(), Trouble> {
        // What others did while it was open was told, and is asked for anew.
        self.selected = None;
        let Some(selected) = self.select(station, mailbox).await? else { return Ok(()) };
        let known_next = station.mail.mailbox_mut(mailbox).anchor.uid_next.max(1);
        if selected.exists == 0 {
            station.mail.mailbox_mut(mailbox).messages.clear();
        } else {
            if !station.mail.mailbox_mut(mailbox).messages.is_empty() {
                self.flags_of_known(station, mailbox, known_next).await?;
            }
            if selected.uid_next > known_next {
                let new = format!("{known_next}:{}", selected.uid_next - 1);
                for told in self.client.uid_fetch(&new, DESCRIPTOR).await? {
                    if let Some((uid, told)) = message(&told) {
                        station.mail.record(mailbox, uid, told);
                    }
                }
            }
        }
        let anchor = &mut station.mail.mailbox_mut(mailbox).anchor;
        anchor.uid_next = anchor.uid_next.max(selected.uid_next);
        station.save().await;
        Ok(())
    }

    /// The flags of all that is known (RFC 4549 §4.3.1): what is not told of is gone.
    async fn flags_of_known(
        &mut self,
        station: &mut Station,
        mailbox: &str,
        next: u32,
    ) -> Result<(), Trouble> {
        let told = self.client.uid_fetch(&format!("1:{}", next.saturating_sub(1).max(1)), "(FLAGS)").await?;
        let there: BTreeMap<u32, Marks> =
            told.iter().filter_map(|one| Some((one.uid?, marks(one)?))).collect();
        station.mail.mailbox_mut(mailbox).messages.retain(|uid, _| there.contains_key(uid));
        for (uid, marks) in there {
            station.mail.record_marks(mailbox, uid, marks);
        }
        Ok(())
    }

    pub(super) async fn text(
        &mut self,
        station: &mut Station,
        mailbox: &str,
        number: u32,
    ) -> Result<Option<Bytes>, Trouble> {
        if self.select(station, mailbox).await?.is_none() {
            return Ok(None);
        }
        let told = self.client.uid_fetch(&number.to_string(), "(BODY.PEEK[])").await?;
        Ok(told.iter().filter(|one| one.uid == Some(number)).find_map(|one| one.first_section().cloned()))
    }

    pub(super) async fn close(self) -> Result<(), Trouble> {
        self.client.logout().await
    }
}

/// A command that the server may well refuse: what it is about is gone, or somebody made it before.
fn refusable(outcome: Result<Vec<Untagged>, Trouble>) -> Result<Vec<Untagged>, Trouble> {
    match outcome {
        Err(Trouble::Protocol(_)) => Ok(Vec::new()),
        outcome => outcome,
    }
}

fn quoted(mailbox: &str) -> String {
    let name = names::encoded(mailbox);
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

fn marks(told: &FetchResponse) -> Option<Marks> {
    told.flags.as_ref()?;
    let set = Mark::ALL.into_iter().filter(|mark| told.has_flag(mark.imap()));
    Some(set.fold(Marks::default(), |marks, mark| marks.with(mark, true)))
}

fn message(told: &FetchResponse) -> Option<(u32, LocalMessage)> {
    let envelope = told.envelope.as_ref()?;
    let message = LocalMessage {
        marks: marks(told)?,
        octets: told.size?,
        look: Look::new(&envelope.date, &envelope.subject),
        ..LocalMessage::default()
    };
    Some((told.uid?, message))
}
