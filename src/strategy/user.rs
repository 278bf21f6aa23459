//! What a user does at the desk, whatever the protocol: comes, dials, chooses, reads, answers.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use crate::desk::{Desk, Note, Service, Trouble};
use crate::mail::summary::Key;
use crate::protocol::imap::client::{ImapClient, Selected};
use crate::protocol::pop3::Pop3Client;
use crate::protocol::smtp::SmtpClient;
use crate::scenario::{Account, Reader};
use crate::time::Duration;

/// How often a call is tried before the user gives up.
pub const CALLS_MAX: u32 = 10;

/// How long the user waits after a call that failed.
pub const REDIAL_PAUSE: Duration = Duration::from_secs(60);

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
}

impl User {
    pub fn new(desk: Desk, reader: Arc<Reader>, account: Account) -> Self {
        Self { desk, reader, account, read: BTreeSet::new(), outbox: Vec::new() }
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
        for _ in 1..CALLS_MAX {
            match self.desk.dial().await {
                Err(Trouble::CallFailed) => self.desk.think(REDIAL_PAUSE).await,
                outcome => return outcome,
            }
        }
        self.desk.dial().await
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
        let mut client = ImapClient::greet(self.desk.connect(Service::Imap).await?).await?;
        client.login(&self.account.user, &self.account.password).await?;
        let selected = client.select("INBOX").await?;
        Ok((client, selected))
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
            self.think_on_line(self.reader.writing_time(), &mut keep_alive).await?;
            self.post(&[key]).await?;
        }
        Ok(())
    }

    /// Hands over the answers written off line, in a call made for them. Without answers there is no call.
    pub async fn send_answers(&mut self) -> Result<(), Trouble> {
        let written = std::mem::take(&mut self.outbox);
        if !written.is_empty() {
            self.dial().await?;
            self.post(&written).await?;
            self.hang_up().await;
        }
        Ok(())
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

    /// Hands answers to the SMTP server, one after the other through one connection.
    async fn post(&self, keys: &[Key]) -> Result<(), Trouble> {
        let mut client = SmtpClient::greet(self.desk.connect(Service::Smtp).await?).await?;
        client.helo(crate::scenario::DOMAIN).await?;
        for key in keys {
            if let Some(answer) = self.reader.answer(key, self.desk.now().await) {
                client.send(&self.account.address, &[&answer.to], &answer.octets).await?;
                self.desk.note(Note::Answered(*key)).await;
            }
        }
        client.quit().await
    }
}
