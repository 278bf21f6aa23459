//! Workstations: mail that a computer keeps, and how it is brought together with the server's.
//!
//! A *workstation* (RFC 1056 §1) is off line most of the time. It has a **local mail state**, a copy of some of the
//! user's mail; what the user does with it while nobody is called goes into a queue. A call then goes as RFC 1056
//! §5.2 and RFC 4549 §3 both have it:
//!
//! ```text
//! dial ─> log in ─> replay the queue ─> synchronize ─> fetch what is wanted ─> log out ─> hang up
//!                   each change is      record first,   as much as fits
//!                   struck off when     then say so     on the disk
//!                   it is answered
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `local.rs` | the local mail state, and what its user does off line |
//! | `change.rs` | the queue: changes, in which order they are replayed, and which has to wait for which |
//! | `refused.rs` | what the server says to a change; what it refused for good is set aside |
//! | `submit.rs` | mail that is sent by SMTP, where the protocol itself cannot send |
//! | `file.rs` | the state as a text, and back |
//! | `disk.rs` | what is saved when: the state, and each text in a file of its own |
//! | `by_dmsp.rs`, `by_imap.rs`, `by_pop3.rs` | the same call by each protocol |
//!
//! **A cut at any byte loses nothing.** Each step is recorded on the disk before the next one counts on it. A change
//! whose answer did not come may have been carried out or not. Most may simply be made again; a copy is looked for at
//! the server before it is; of mail that was sent nobody can be asked, and it may arrive twice (RFC 1047).

mod by_dmsp;
mod by_imap;
mod by_pop3;
mod change;
mod disk;
mod file;
mod local;
mod refused;
mod runs;
mod submit;
#[cfg(test)]
mod tests;

use crate::desk::{Desk, Note, Service, Trouble};
use crate::scenario::Account;

pub use change::Change;
pub use disk::{Disk, STATE_FILE};
pub use file::{FORMAT, Found, read};
pub use local::{Anchor, INBOX, LocalMail, LocalMailbox, LocalMessage, Mark, Marks};
pub use refused::{Mended, Refused};

pub use crate::mail::summary::Look;

/// By which protocol, and how, a workstation keeps up with the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// POP3; what has been fetched goes from the server.
    Pop3Delete,
    /// POP3; the server keeps what was not deleted, and the workstation a list of the unique-ids it has seen.
    Pop3Leave,
    /// IMAP with nothing kept: every visit begins with a list of all there is.
    ImapOnline,
    /// IMAP; flags of all known messages are asked for each time (RFC 4549 §4.3.1).
    ImapFlags,
    /// IMAP; flags are asked for as ranges of UIDs, a search for each flag (RFC 4731).
    ImapEsearch,
    /// IMAP; only flags that changed are asked for (RFC 7162, CONDSTORE).
    ImapCondstore,
    /// IMAP; SELECT tells all that has changed or is gone (RFC 7162, QRESYNC).
    ImapQresync,
    /// DMSP, by update lists (RFC 1056 §5.2).
    Dmsp,
}

impl Way {
    /// All ways.
    pub const ALL: [Self; 8] = [
        Self::Pop3Delete,
        Self::Pop3Leave,
        Self::ImapOnline,
        Self::ImapFlags,
        Self::ImapEsearch,
        Self::ImapCondstore,
        Self::ImapQresync,
        Self::Dmsp,
    ];

    /// Its name in files and tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pop3Delete => "pop3-delete",
            Self::Pop3Leave => "pop3-leave",
            Self::ImapOnline => "imap-online",
            Self::ImapFlags => "imap-flags",
            Self::ImapEsearch => "imap-esearch",
            Self::ImapCondstore => "imap-condstore",
            Self::ImapQresync => "imap-qresync",
            Self::Dmsp => "dmsp",
        }
    }

    /// The way of this name.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.word() == word)
    }

    /// The service that it calls.
    #[must_use]
    pub const fn service(self) -> Service {
        match self {
            Self::Pop3Delete | Self::Pop3Leave => Service::Pop3,
            Self::ImapOnline
            | Self::ImapFlags
            | Self::ImapEsearch
            | Self::ImapCondstore
            | Self::ImapQresync => Service::Imap,
            Self::Dmsp => Service::Dmsp,
        }
    }

    /// Flags and folders are the server's: what is done to a message here is told there.
    #[must_use]
    pub const fn is_shared(self) -> bool {
        !matches!(self, Self::Pop3Delete | Self::Pop3Leave)
    }
}

/// How much a workstation fetches, and how careful it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Texts of more octets than this are not fetched before somebody wants them.
    pub body_octets_max: u32,
    /// Octets of all texts that the disk has room for.
    pub disk_octets_max: u64,
    /// Descriptors asked for at once.
    pub descriptors_max: u32,
    /// After RESET-DESCRIPTORS the descriptors are fetched once more: what changed in between would be lost
    /// otherwise, if the repository resets literally.
    pub careful: bool,
    /// A copy whose answer did not come is looked for before it is made again. Without that it may be there twice.
    pub looks_for_copies: bool,
}

impl Default for Policy {
    /// Everything is fetched, a thousand descriptors at a time; copies are looked for.
    fn default() -> Self {
        Self {
            body_octets_max: u32::MAX,
            disk_octets_max: u64::MAX,
            descriptors_max: 1000,
            careful: false,
            looks_for_copies: true,
        }
    }
}

/// A workstation with its user's account, its disk, and its line.
#[derive(Debug)]
pub struct Station {
    /// The desk it stands on.
    pub desk: Desk,
    /// Whose mail it is.
    pub account: Account,
    /// What it fetches.
    pub policy: Policy,
    /// What it keeps.
    pub mail: LocalMail,
    disk: disk::Writer,
    /// Why mail was not sent, if it was not: told when all else is done.
    unsent: Option<Trouble>,
}

/// A session with the server.
#[derive(Debug)]
pub enum Conn {
    /// With a repository.
    Dmsp(by_dmsp::Conn),
    /// With an IMAP server.
    Imap(Box<by_imap::Conn>),
    /// With a POP3 server.
    Pop3(by_pop3::Conn),
}

impl Station {
    /// A workstation whose disk holds `mail`.
    #[must_use]
    pub fn new(desk: Desk, account: Account, policy: Policy, mail: LocalMail) -> Self {
        let disk = disk::Writer::of(&mail);
        Self { desk, account, policy, mail, disk, unsent: None }
    }

    /// A whole call in batch mode: dials, replays the queue, synchronizes, fetches, hangs up.
    ///
    /// # Errors
    /// What stopped it. What was done until then is recorded, and the next call goes on from there.
    pub async fn call(&mut self) -> Result<(), Trouble> {
        self.desk.dial().await?;
        let outcome = self.session().await;
        self.desk.hang_up().await;
        outcome
    }

    /// What a call does once the line is up.
    ///
    /// # Errors
    /// As [`Station::call`].
    pub async fn session(&mut self) -> Result<(), Trouble> {
        let mut conn = self.open(true).await?;
        self.replay(&mut conn).await?;
        self.synchronize(&mut conn).await?;
        self.fetch(&mut conn).await?;
        self.close(conn).await
    }

    /// Connects and logs in; in batch mode if the queue is to be replayed and the line given up again.
    ///
    /// # Errors
    /// As [`Station::call`].
    pub async fn open(&mut self, batch: bool) -> Result<Conn, Trouble> {
        Ok(match self.mail.way.service() {
            Service::Dmsp => Conn::Dmsp(by_dmsp::Conn::open(self, batch).await?),
            Service::Pop3 => Conn::Pop3(by_pop3::Conn::open(self).await?),
            _ => Conn::Imap(Box::new(by_imap::Conn::open(self).await?)),
        })
    }

    /// Tells the server what was done off line, change by change. Interactively: whatever the user has just done.
    ///
    /// # Errors
    /// As [`Station::call`].
    pub async fn replay(&mut self, conn: &mut Conn) -> Result<(), Trouble> {
        self.mail.put_queue_in_order();
        match conn {
            Conn::Dmsp(conn) => conn.replay(self).await,
            Conn::Imap(conn) => conn.replay(self).await,
            Conn::Pop3(conn) => conn.replay(self).await,
        }
    }

    /// Learns what others did.
    ///
    /// # Errors
    /// As [`Station::call`].
    pub async fn synchronize(&mut self, conn: &mut Conn) -> Result<(), Trouble> {
        match conn {
            Conn::Dmsp(conn) => conn.synchronize(self).await,
            Conn::Imap(conn) => conn.synchronize(self).await,
            Conn::Pop3(conn) => conn.synchronize(self).await,
        }
    }

    /// Fetches the texts that are wanted and fit on the disk.
    ///
    /// # Errors
    /// As [`Station::call`].
    pub async fn fetch(&mut self, conn: &mut Conn) -> Result<(), Trouble> {
        if matches!(self.mail.way, Way::ImapOnline | Way::Pop3Delete | Way::Pop3Leave) {
            return Ok(());
        }
        for (mailbox, number) in self.mail.wanted(&self.policy) {
            self.fetch_one(conn, &mailbox, number).await?;
        }
        Ok(())
    }

    /// Fetches one text, if it is not there; somebody wants to read it now.
    ///
    /// # Errors
    /// As [`Station::call`].
    pub async fn fetch_one(&mut self, conn: &mut Conn, mailbox: &str, number: u32) -> Result<(), Trouble> {
        let there = self.mail.message(mailbox, number).is_none_or(|message| message.body.is_some());
        if there {
            return Ok(());
        }
        let body = match conn {
            Conn::Dmsp(conn) => conn.text(self, mailbox, number).await?,
            Conn::Imap(conn) => conn.text(self, mailbox, number).await?,
            Conn::Pop3(_) => None,
        };
        if let (Some(message), Some(body)) = (self.mail.message_mut(mailbox, number), body) {
            message.body = Some(body);
            self.save().await;
        }
        Ok(())
    }

    /// Logs out. Only then POP3 deletes (RFC 1939 §6).
    ///
    /// # Errors
    /// As [`Station::call`]; also if there was mail to be sent and its host could not be reached.
    pub async fn close(&mut self, conn: Conn) -> Result<(), Trouble> {
        match conn {
            Conn::Dmsp(conn) => conn.close().await,
            Conn::Imap(conn) => conn.close().await,
            Conn::Pop3(conn) => conn.close(self).await,
        }?;
        self.unsent.take().map_or(Ok(()), Err)
    }

    /// Writes to the disk what has changed: new texts, then the state that counts on them, and only then goes what
    /// it no longer counts on.
    pub async fn save(&mut self) {
        for (name, octets) in self.disk.writes(&self.mail) {
            self.desk.note(Note::Saved(name, octets)).await;
        }
    }
}
