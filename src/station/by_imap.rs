//! The call by IMAP (RFC 4549): a disconnected client, or one that keeps nothing.

mod telling;

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use bytes::Bytes;

use super::local::{INBOX, LocalMessage, Mark, Marks};
use super::{Station, Way};
use crate::desk::{Service, Trouble};
use crate::mail::summary::Look;
use crate::protocol::imap::client::{ImapClient, Known, Opening, Selected};
use crate::protocol::imap::names;
use crate::protocol::imap::response::{Completion, FetchResponse, Untagged};

/// A session with an IMAP server.
#[derive(Debug)]
pub struct Conn {
    client: ImapClient,
    selected: Option<(String, Selected)>,
    /// Changes of a flag that go into one command.
    marks_max: usize,
}

/// What is asked of messages that are new here.
const DESCRIPTOR: &str = "(FLAGS RFC822.SIZE ENVELOPE)";

impl Conn {
    pub(super) async fn open(station: &mut Station) -> Result<Self, Trouble> {
        let wire = station.desk.connect(Service::Imap).await?;
        let mut client = ImapClient::greet(wire).await?;
        client.login(&station.account.user, &station.account.password).await?;
        if station.mail.way == Way::ImapQresync {
            // A server that has it no longer refuses, and its flags are asked for.
            match (client.command("ENABLE QRESYNC").await, client.take_refusal()) {
                (Err(Trouble::Protocol(_)), Some(_)) => {}
                (outcome, _) => drop(outcome?),
            }
        }
        Ok(Self { client, selected: None, marks_max: usize::MAX })
    }

    /// Opens a mailbox, if it is not the one that is open; what was known of it is void if its UIDs are. What the
    /// server says if it refuses is an answer, too.
    async fn select(
        &mut self,
        station: &mut Station,
        mailbox: &str,
    ) -> Result<Result<Selected, Completion>, Trouble> {
        if let Some((_, selected)) = self.selected.as_ref().filter(|(name, _)| name == mailbox) {
            return Ok(Ok(selected.clone()));
        }
        self.selected = None;
        let opening = opening(station, mailbox);
        let opened = self.client.open_with(mailbox, &opening).await;
        let mut opened = self.answered(opened)?;
        if opened.is_err() && opening != Opening::default() {
            // A server that counts no changes does not know the parameter.
            let plainly = self.client.select(mailbox).await;
            opened = self.answered(plainly)?;
        }
        let mut selected = match opened {
            Ok(selected) => selected,
            Err(refusal) => return Ok(Err(refusal)),
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
        // What was told with QRESYNC is recorded whenever it is told; up to where is said when all that is new is here.
        record_changes(station, mailbox, &std::mem::take(&mut selected.changed));
        remove(station, mailbox, &std::mem::take(&mut selected.vanished));
        self.selected = Some((mailbox.to_owned(), selected.clone()));
        Ok(Ok(selected))
    }

    /// A command's outcome: a refusal is one, and no trouble.
    fn answered<T>(&mut self, outcome: Result<T, Trouble>) -> Result<Result<T, Completion>, Trouble> {
        match (outcome, self.client.take_refusal()) {
            (Err(Trouble::Protocol(_)), Some(refusal)) => Ok(Err(refusal)),
            (outcome, _) => outcome.map(Ok),
        }
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
        let Ok(selected) = self.select(station, mailbox).await? else { return Ok(()) };
        let known_next = station.mail.mailbox_mut(mailbox).anchor.uid_next.max(1);
        if selected.exists == 0 {
            station.mail.mailbox_mut(mailbox).messages.clear();
        } else {
            if !station.mail.mailbox_mut(mailbox).messages.is_empty() {
                self.news_of_known(station, mailbox, known_next, &selected).await?;
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
        station.mail.mailbox_mut(mailbox).anchor.highest_modseq = selected.highest_modseq.unwrap_or(0);
        let anchor = &mut station.mail.mailbox_mut(mailbox).anchor;
        anchor.uid_next = anchor.uid_next.max(selected.uid_next);
        station.save().await;
        Ok(())
    }

    /// What has become of the messages that are known here.
    async fn news_of_known(
        &mut self,
        station: &mut Station,
        mailbox: &str,
        next: u32,
        selected: &Selected,
    ) -> Result<(), Trouble> {
        let since = station.mail.mailbox_mut(mailbox).anchor.highest_modseq;
        // A server that counts from the beginning again has forgotten what ours meant: all flags are asked for.
        let is_counted_on = since > 0 && selected.highest_modseq.is_some_and(|now| now >= since);
        match (station.mail.way, selected.highest_modseq) {
            // SELECT has told it all.
            (Way::ImapQresync, _) if is_counted_on => Ok(()),
            (Way::ImapCondstore, Some(now)) if is_counted_on => {
                self.changes(station, mailbox, next, since..now, selected).await
            }
            (Way::ImapEsearch, _) => self.flags_as_ranges(station, mailbox, next).await,
            _ => self.flags_of_known(station, mailbox, next).await,
        }
    }

    /// CONDSTORE: the flags that changed; what is gone is looked for only if the number of messages says that there is
    /// something (RFC 4549 §6.1).
    async fn changes(
        &mut self,
        station: &mut Station,
        mailbox: &str,
        next: u32,
        modseqs: std::ops::Range<u64>,
        selected: &Selected,
    ) -> Result<(), Trouble> {
        let known = format!("1:{}", next.saturating_sub(1).max(1));
        if modseqs.start < modseqs.end {
            let told = self.client.uid_fetch_changed(&known, "(FLAGS)", modseqs.start, false).await?;
            record_changes(station, mailbox, &told.changed);
        }
        let here = station.mail.mailbox_mut(mailbox).messages.len() as u64;
        let new = u64::from(selected.uid_next.saturating_sub(next));
        if here + new != u64::from(selected.exists) {
            let there = self.client.uid_search_return("ALL", &format!("UID {known}")).await?.all;
            station.mail.mailbox_mut(mailbox).messages.retain(|uid, _| is_in(&there, *uid));
        }
        Ok(())
    }

    /// ESEARCH: which messages there are, and for each flag which of them have it, as ranges (RFC 4731).
    async fn flags_as_ranges(
        &mut self,
        station: &mut Station,
        mailbox: &str,
        next: u32,
    ) -> Result<(), Trouble> {
        let known = format!("UID 1:{}", next.saturating_sub(1).max(1));
        let there = self.client.uid_search_return("ALL", &known).await?.all;
        station.mail.mailbox_mut(mailbox).messages.retain(|uid, _| is_in(&there, *uid));
        let mut flagged = Vec::new();
        for mark in Mark::ALL {
            let keys = format!("{known} {}", mark.word().to_ascii_uppercase());
            flagged.push((mark, self.client.uid_search_return("ALL", &keys).await?.all));
        }
        let uids: Vec<u32> = station.mail.mailbox_mut(mailbox).messages.keys().copied().collect();
        for uid in uids {
            let with = |marks: Marks, (mark, uids): &(Mark, Ranges)| marks.with(*mark, is_in(uids, uid));
            station.mail.record_marks(mailbox, uid, flagged.iter().fold(Marks::default(), with));
        }
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
        let there: BTreeSet<u32> = told.iter().filter_map(|one| one.uid).collect();
        station.mail.mailbox_mut(mailbox).messages.retain(|uid, _| there.contains(uid));
        record_changes(station, mailbox, &told);
        Ok(())
    }

    pub(super) async fn text(
        &mut self,
        station: &mut Station,
        mailbox: &str,
        number: u32,
    ) -> Result<Option<Bytes>, Trouble> {
        if self.select(station, mailbox).await?.is_err() {
            return Ok(None);
        }
        let told = self.client.uid_fetch(&number.to_string(), "(BODY.PEEK[])").await;
        let told = self.answered(told)?.unwrap_or_default();
        Ok(told.iter().filter(|one| one.uid == Some(number)).find_map(|one| one.first_section().cloned()))
    }

    pub(super) async fn close(self) -> Result<(), Trouble> {
        self.client.logout().await
    }
}

/// UIDs as ranges with both ends, in order.
type Ranges = Vec<RangeInclusive<u32>>;

fn is_in(ranges: &[RangeInclusive<u32>], uid: u32) -> bool {
    let at = ranges.partition_point(|range| *range.end() < uid);
    ranges.get(at).is_some_and(|range| range.contains(&uid))
}

/// How a mailbox is opened: with what is known of it, where the way has a use for that.
fn opening(station: &Station, mailbox: &str) -> Opening {
    let anchor = station.mail.mailboxes.get(mailbox).map(|known| &known.anchor);
    let resync = anchor.filter(|anchor| anchor.uid_validity > 0 && anchor.highest_modseq > 0).map(|anchor| {
        let (uid_validity, modseq) = (anchor.uid_validity, anchor.highest_modseq);
        Known { uid_validity, modseq, ..Known::default() }
    });
    match station.mail.way {
        Way::ImapQresync => Opening { resync, ..Opening::default() },
        Way::ImapCondstore => Opening { condstore: true, ..Opening::default() },
        _ => Opening::default(),
    }
}

/// Flags as told, of messages that are here.
fn record_changes(station: &mut Station, mailbox: &str, told: &[FetchResponse]) {
    for one in told {
        if let (Some(uid), Some(marks)) = (one.uid, marks(one)) {
            station.mail.record_marks(mailbox, uid, marks);
        }
    }
}

fn remove(station: &mut Station, mailbox: &str, gone: &[RangeInclusive<u32>]) {
    if !gone.is_empty() {
        station.mail.mailbox_mut(mailbox).messages.retain(|uid, _| !is_in(gone, *uid));
    }
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
