//! What a user does at the desk, whatever the protocol: comes, dials, chooses, reads, answers.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use crate::desk::{Desk, Note, Service, Trouble};
use crate::mail::summary::Key;
use crate::protocol::imap::client::{ImapClient, Selected};
use crate::protocol::pop3::Pop3Client;
use crate::protocol::smtp::SmtpClient;
pub use crate::scenario::REDIAL_PAUSE;
use crate::scenario::{self, Account, Reader};
use crate::time::Duration;

/// How often a call is tried before the user gives up, unless the scenario says otherwise.
pub const CALLS_MAX: u32 = scenario::REDIALS + 1;

/// The longest that a user with the line up lets a server wait. A POP3 server may hang up after ten minutes
/// (RFC 1939 §3), an IMAP server after thirty (RFC 3501 §5.4).
const QUIET_MAX: Duration = Duration::from_secs(8 * 60);

/// A user at a desk: the reader, and what has been done so far.
#[derive(Debug)]
pub struct User {
    /// The desk.
    pub desk: Desk,
    /// Whose choices they are.
    pub reader: Arc<Reader>,
    /// Whose mailbox it is.
    pub account: Account,
    read: BTreeSet<Key>,
    outbox: Vec<Key>,
    deflates: bool,
}

impl User {
    pub fn new(desk: Desk, reader: Arc<Reader>, account: Account) -> Self {
        Self { desk, reader, account, read: BTreeSet::new(), outbox: Vec::new(), deflates: false }
    }

    /// The same user, whose mail program compresses what crosses the line between it and IMAP (RFC 4978).
    pub fn deflating(self) -> Self {
        Self { deflates: true, ..self }
    }

    /// The numbers of the visits.
    pub fn visits(&self) -> Range<u32> {
        0..self.reader.visits()
    }

    /// Waits for the visit's time, unless it is past, and sits down.
    pub async fn begin(&self, visit: u32) {
        let now = self.desk.now().await;
        self.desk.think(self.reader.visit_start(visit).since(now)).await;
        self.desk.note(Note::Visit(visit)).await;
    }

    /// Places a call, and tries again if it fails.
    pub async fn dial(&self) -> Result<(), Trouble> {
        let (redials, pause) = self.reader.redials();
        for _ in 0..redials {
            match self.desk.dial().await {
                Err(Trouble::CallFailed) => self.desk.think(pause).await,
                outcome => return outcome,
            }
        }
        self.desk.dial().await
    }

    /// What the user does when the line goes away in the middle of things.
    pub fn redial(&self) -> Redial {
        let (redials, pause) = self.reader.redials();
        Redial { desk: self.desk.clone(), redials, pause }
    }

    /// Ends the call.
    pub async fn hang_up(&self) {
        self.desk.hang_up().await;
    }

    /// Connects to the POP3 server and logs in.
    pub async fn pop3(&self) -> Result<Pop3Client, Trouble> {
        let mut client = Pop3Client::greet(self.desk.connect(Service::Pop3).await?).await?;
        client.user_pass(&self.account.user, &self.account.password).await?;
        Ok(client)
    }

    /// Connects to the IMAP server, logs in and opens the INBOX.
    pub async fn imap(&self) -> Result<(ImapClient, Selected), Trouble> {
        let mut client = self.imap_session().await?;
        let selected = client.select("INBOX").await?;
        Ok((client, selected))
    }

    /// Connects to the IMAP server and logs in.
    pub async fn imap_session(&self) -> Result<ImapClient, Trouble> {
        let mut client = ImapClient::greet(self.desk.connect(Service::Imap).await?).await?;
        client.login(&self.account.user, &self.account.password).await?;
        if self.deflates {
            client.compress().await?;
        }
        Ok(client)
    }

    /// True if the user wants to read this message and has not done so.
    pub fn wants(&self, key: &Key) -> bool {
        self.reader.wants(key) && !self.read.contains(key)
    }

    /// Of the messages offered those that the user wants; of several that look the same the first.
    pub fn choose<T>(&self, offered: impl IntoIterator<Item = (T, Key)>) -> Vec<(T, Key)> {
        let mut taken = BTreeSet::new();
        offered.into_iter().filter(|(_, key)| self.wants(key) && taken.insert(*key)).collect()
    }

    /// Reads, off line, those of the messages that the user wants, and writes the answers.
    pub async fn read_off_line(&mut self, keys: impl IntoIterator<Item = Key>) {
        for key in keys {
            if !self.wants(&key) {
                continue;
            }
            self.desk.think(self.reader.reading_time(&key)).await;
            self.has_read(key).await;
            if self.reader.answers(&key) {
                self.desk.think(self.reader.writing_time()).await;
                self.outbox.push(key);
            }
        }
    }

    /// Reads one message with the line up, writes the answer if there is one, and hands it over at once.
    /// `keep_alive` is what the mail program does when the server has waited for long.
    pub async fn read_on_line(
        &mut self,
        key: Key,
        mut keep_alive: impl AsyncFnMut() -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        self.think_on_line(self.reader.reading_time(&key), &mut keep_alive).await?;
        self.has_read(key).await;
        if self.reader.answers(&key) {
            self.outbox.push(key);
            self.think_on_line(self.reader.writing_time(), &mut keep_alive).await?;
            self.post(&mut Vec::new()).await?;
        }
        Ok(())
    }

    /// Hands over the answers that are written, in a call made for them. Without answers there is no call.
    pub async fn send_answers(&mut self) -> Result<(), Trouble> {
        self.send_answers_and(async |_, _| Ok(())).await
    }

    /// The same, and in the same call does something about what was sent: `also` is begun again after a drop.
    pub async fn send_answers_and(
        &mut self,
        mut also: impl AsyncFnMut(&Self, &[(Key, Bytes)]) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        if self.outbox.is_empty() {
            return Ok(());
        }
        let mut sent = Vec::new();
        let redial = self.redial();
        redial
            .until_done(async || {
                self.dial().await?;
                if !self.outbox.is_empty() {
                    self.post(&mut sent).await?;
                }
                also(self, &sent).await?;
                self.hang_up().await;
                Ok(())
            })
            .await
    }

    /// The same over POP3: its session has to log in, and takes each answer in two turns (XTND XMIT).
    pub async fn send_answers_by_xmit(&mut self) -> Result<(), Trouble> {
        if self.outbox.is_empty() {
            return Ok(());
        }
        let redial = self.redial();
        redial
            .until_done(async || {
                self.dial().await?;
                let mut maildrop = self.pop3().await?;
                while let Some(key) = self.outbox.first().copied() {
                    if let Some(answer) = self.reader.answer(&key, self.desk.now().await) {
                        maildrop.xmit(&answer.octets).await?;
                        self.desk.note(Note::Answered(key)).await;
                    }
                    self.outbox.remove(0);
                }
                maildrop.quit().await?;
                self.hang_up().await;
                Ok(())
            })
            .await
    }

    async fn has_read(&mut self, key: Key) {
        self.read.insert(key);
        self.desk.note(Note::Read(key)).await;
    }

    async fn think_on_line(
        &self,
        span: Duration,
        keep_alive: &mut impl AsyncFnMut() -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let mut left = span;
        while left > QUIET_MAX {
            self.desk.think(QUIET_MAX).await;
            left = left.saturating_sub(QUIET_MAX);
            keep_alive().await?;
        }
        self.desk.think(left).await;
        Ok(())
    }

    /// Hands answers to the SMTP server, one after the other through one connection. What it has taken is gone for
    /// good, and noted in `sent`; what it has not remains to be sent.
    async fn post(&mut self, sent: &mut Vec<(Key, Bytes)>) -> Result<(), Trouble> {
        let mut client = SmtpClient::greet(self.desk.connect(Service::Smtp).await?).await?;
        client.helo(scenario::DOMAIN).await?;
        while let Some(key) = self.outbox.first().copied() {
            if let Some(answer) = self.reader.answer(&key, self.desk.now().await) {
                client.send(&self.account.address, &[&answer.to], &answer.octets).await?;
                self.desk.note(Note::Answered(key)).await;
                sent.push((key, answer.octets));
            }
            self.outbox.remove(0);
        }
        client.quit().await
    }
}

/// Calls again when a line goes away.
#[derive(Debug)]
pub struct Redial {
    desk: Desk,
    redials: u32,
    pause: Duration,
}

impl Redial {
    /// Does what `call` does, from the dialling to the hanging up, and again from there when the line drops. What a
    /// strategy has to do again then is what it has not remembered outside of `call`.
    pub async fn until_done(
        &self,
        mut call: impl AsyncFnMut() -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        for _ in 0..self.redials {
            match call().await {
                Err(Trouble::NoCarrier | Trouble::Closed) => {
                    self.desk.hang_up().await;
                    self.desk.think(self.pause).await;
                }
                outcome => return outcome,
            }
        }
        call().await
    }
}
