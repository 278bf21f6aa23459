//! The call by DMSP (RFC 1056 §5.2 to §5.4).

use std::collections::BTreeMap;

use bytes::Bytes;

use super::change::Change;
use super::local::{INBOX, LocalMessage, Marks};
use super::refused::Told;
use super::runs::runs;
use super::{LocalMail, LocalMailbox, Station};
use crate::desk::{Service, Trouble};
use crate::mail::store::Uid;
use crate::mail::summary::Look;
use crate::protocol::dmsp::{self, Descriptor, DmspClient, Login, ReplyLine};

/// A session with a repository.
#[derive(Debug)]
pub struct Conn {
    client: DmspClient,
    /// The UID that the next message of each mailbox will get, as far as it was told.
    next: BTreeMap<String, Uid>,
    /// How many messages of the mailbox that is being synchronized were told to be gone.
    expunged: usize,
}

const MAILBOX_EXISTS: u16 = 430;
const NO_MAILBOX: u16 = 431;
const NO_MESSAGE: u16 = 451;

/// What a reply comes to; with a code of `moot` there is nothing left to be done (RFC 1056 appendix III).
fn verdict(reply: &ReplyLine, moot: &[u16]) -> Told {
    match reply.code {
        200..=299 => Told::Done,
        code if moot.contains(&code) => Told::Done,
        // An error in there, and a mail state that is in use.
        402 | 405 => Told::Later,
        _ => Told::refused(None, &reply.line),
    }
}

/// The mailbox as the repository calls it: new mail comes into the one with the user's name (RFC 1056 §3.2).
fn there<'a>(station: &'a Station, mailbox: &'a str) -> &'a str {
    if mailbox == INBOX { &station.account.user } else { mailbox }
}

fn here(station: &Station, mailbox: &str) -> String {
    if mailbox.eq_ignore_ascii_case(&station.account.user) { INBOX.to_owned() } else { mailbox.to_owned() }
}

impl Conn {
    pub(super) async fn open(station: &mut Station, batch: bool) -> Result<Self, Trouble> {
        let wire = station.desk.connect(Service::Dmsp).await?;
        let mut client = DmspClient::greet(wire).await?;
        let account = &station.account;
        let login = client.login(&account.user, &account.password, &station.mail.name, true, batch).await?;
        if login == Login::OutOfDate {
            // On the disk before anything else happens: the repository says so only once.
            station.mail.must_reset = true;
            station.save().await;
        }
        Ok(Self { client, next: BTreeMap::new(), expunged: 0 })
    }

    pub(super) async fn replay(&mut self, station: &mut Station) -> Result<(), Trouble> {
        let mut at = 0;
        while let Some(change) = station.mail.next_to_tell(&mut at) {
            let told = self.tell(station, at, change).await?;
            station.mail.settle(&mut at, 1, told);
            station.save().await;
        }
        Ok(())
    }

    /// One change. A code of failure is an answer, too: the message or mailbox is gone, or somebody made it before.
    async fn tell(&mut self, station: &mut Station, at: usize, change: Change) -> Result<Told, Trouble> {
        if let Some(name) = change.mailboxes().find(|name| !dmsp::is_legal_name(there(station, name))) {
            return Ok(Told::Refused(format!(
                "`{name}` can be no mailbox there: 1 to 64 letters, digits, dashes, underscores and periods"
            )));
        }
        match change {
            Change::Create { mailbox } => {
                self.plain(&format!("CREATE-MAILBOX {mailbox}"), &[MAILBOX_EXISTS]).await
            }
            Change::Mark { mailbox, number, mark, on } => {
                let (name, flag) = (there(station, &mailbox), mark.number());
                let line = format!("SET-MESSAGE-FLAG {name} {number} {flag} {}", u8::from(on));
                self.plain(&line, &[NO_MAILBOX, NO_MESSAGE]).await
            }
            Change::Copy { mailbox, number, into, since } => {
                self.copy(station, at, (&mailbox, number), &into, since).await
            }
            Change::Expunge { mailbox } => {
                let line = format!("EXPUNGE-MAILBOX {}", there(station, &mailbox));
                let told = self.plain(&line, &[NO_MAILBOX]).await?;
                if told == Told::Done {
                    station.mail.expunged(&mailbox);
                }
                Ok(told)
            }
            Change::Send { number, .. } => {
                let Some(octets) = station.mail.begin_to_send(at) else { return Ok(Told::Done) };
                station.save().await;
                let told = verdict(&self.client.offer_message(&octets).await?, &[]);
                if told == Told::Done {
                    station.mail.outbox.remove(&number);
                }
                Ok(told)
            }
            // Unique-ids are POP3's.
            Change::Drop { .. } => Ok(Told::Done),
        }
    }

    async fn plain(&mut self, operation: &str, moot: &[u16]) -> Result<Told, Trouble> {
        Ok(verdict(&self.client.reply_to(operation).await?, moot))
    }

    /// COPY-MESSAGE must not be made twice. What could be its copy is known from where to look; that is written down
    /// before it is tried.
    async fn copy(
        &mut self,
        station: &mut Station,
        at: usize,
        (mailbox, number): (&str, u32),
        into: &str,
        since: Option<u32>,
    ) -> Result<Told, Trouble> {
        if let Some(since) = since.filter(|_| station.policy.looks_for_copies) {
            let name = there(station, into);
            let candidates = match self.client.fetch_descriptors(name, Uid(since), Uid(u32::MAX)).await {
                // The mailbox is gone: the copy will be told so.
                Err(Trouble::Protocol(_)) => Vec::new(),
                candidates => candidates?,
            };
            let copied = station.mail.message(mailbox, number);
            let is_it = |one: &Descriptor| {
                let told = message(one);
                copied.is_some_and(|copied| (&told.look, told.octets) == (&copied.look, copied.octets))
            };
            if candidates.iter().any(is_it) {
                return Ok(Told::Done);
            }
        } else if since.is_none() {
            let next = self.next_uid(into, station).await?;
            if let Some(Change::Copy { since, .. }) = station.mail.queue.get_mut(at) {
                *since = Some(next.0);
            }
            station.save().await;
        }
        let (source, target) = (there(station, mailbox), there(station, into));
        Ok(match self.client.try_copy(source, target, Uid(number)).await? {
            Ok(copy) => {
                self.next.insert(into.to_owned(), Uid(copy.uid.0.saturating_add(1)));
                station.mail.record(into, copy.uid.0, message(&copy));
                Told::Done
            }
            // 451, too: somebody else removed it, and the user has to know that it is nowhere filed.
            Err(reply) => verdict(&reply, &[]),
        })
    }

    async fn next_uid(&mut self, mailbox: &str, station: &Station) -> Result<Uid, Trouble> {
        if !self.next.contains_key(mailbox) {
            for line in self.client.list_mailboxes().await? {
                self.next.insert(here(station, &line.name), line.next);
            }
        }
        Ok(self.next.get(mailbox).copied().unwrap_or(Uid(1)))
    }

    pub(super) async fn synchronize(&mut self, station: &mut Station) -> Result<(), Trouble> {
        if station.mail.must_reset {
            self.reset(station).await?;
        }
        let lines = self.client.list_mailboxes().await?;
        let names: Vec<String> = lines.iter().map(|line| here(station, &line.name)).collect();
        station.mail.mailboxes.retain(|name, _| names.contains(name));
        for (name, line) in names.iter().zip(&lines) {
            station.mail.mailbox_mut(name);
            self.expunged = 0;
            while self.some_changes(station, name).await? {}
            // Fewer here than there: this disk has lost some, or a list was reset too wide. RFC 1056 §4.7
            let known = station.mail.mailbox_mut(name).messages.len() + self.expunged;
            if known < line.messages as usize {
                self.client.plain(&format!("RESET-MAILBOX {}", line.name)).await?;
                while self.some_changes(station, name).await? {}
            }
        }
        station.save().await;
        Ok(())
    }

    /// Everything here is forgotten, and everything there is put on the lists: a list does not name what was removed
    /// and acknowledged long ago.
    async fn reset(&mut self, station: &mut Station) -> Result<(), Trouble> {
        station.mail.mailboxes = BTreeMap::from([(INBOX.to_owned(), LocalMailbox::default())]);
        station.save().await;
        self.client.plain(&format!("RESET-CLIENT {}", station.mail.name)).await?;
        station.mail.must_reset = false;
        station.save().await;
        Ok(())
    }

    /// Some entries of an update list: recorded first, then acknowledged, run by run. The next UIDs between two of
    /// them may belong to changes that were not told yet. False if the list has no more.
    async fn some_changes(&mut self, station: &mut Station, mailbox: &str) -> Result<bool, Trouble> {
        let most = station.policy.descriptors_max.max(1);
        let name = there(station, mailbox).to_owned();
        let changes = self.client.fetch_changed(&name, most).await?;
        if changes.is_empty() {
            return Ok(false);
        }
        for change in &changes {
            match change {
                dmsp::Change::Descriptor(told) => record(&mut station.mail, mailbox, told),
                dmsp::Change::Expunged(uid) => {
                    station.mail.mailbox_mut(mailbox).messages.remove(&uid.0);
                    self.expunged += 1;
                }
            }
        }
        station.save().await;
        for (low, high) in runs(changes.iter().map(|change| change.uid().0)) {
            let (low, high) = (Uid(low), Uid(high));
            self.client.reset_descriptors(&name, low, high).await?;
            if station.policy.careful {
                self.look_again(station, mailbox, low, high).await?;
            }
        }
        Ok(changes.len() as u64 >= u64::from(most))
    }

    /// Whatever changed between the telling and the reset is on no list any more: here is how it is now.
    async fn look_again(
        &mut self,
        station: &mut Station,
        mailbox: &str,
        low: Uid,
        high: Uid,
    ) -> Result<(), Trouble> {
        let name = there(station, mailbox);
        let told = self.client.fetch_descriptors(name, low, high).await?;
        let there: Vec<u32> = told.iter().map(|one| one.uid.0).collect();
        let known = &mut station.mail.mailbox_mut(mailbox).messages;
        known.retain(|uid, _| !(low.0..=high.0).contains(uid) || there.contains(uid));
        told.iter().for_each(|one| record(&mut station.mail, mailbox, one));
        station.save().await;
        Ok(())
    }

    pub(super) async fn text(
        &mut self,
        station: &Station,
        mailbox: &str,
        number: u32,
    ) -> Result<Option<Bytes>, Trouble> {
        match self.client.fetch_message(there(station, mailbox), Uid(number)).await {
            Ok(text) => Ok(Some(text)),
            // Removed meanwhile: the next list will say so.
            Err(Trouble::Protocol(_)) => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    pub(super) async fn close(self) -> Result<(), Trouble> {
        self.client.logout().await
    }
}

fn record(mail: &mut LocalMail, mailbox: &str, told: &Descriptor) {
    mail.record(mailbox, told.uid.0, message(told));
}

fn message(told: &Descriptor) -> LocalMessage {
    LocalMessage {
        marks: Marks(told.flags.0),
        octets: told.octets,
        look: Look::new(&told.date, &told.subject),
        ..LocalMessage::default()
    }
}
