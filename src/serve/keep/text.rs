//! The state file: what it looks like, and what its lines add up to.
//!
//! ```text
//! maillab-state 1
//! mailbox 0 3735928559 61 61 alice INBOX          number, UIDVALIDITY, next UID, first recent UID, owner, name
//! object 0 3735928559                             what names it whatever it is called: RFC 8474
//! keyword 0 $Forwarded                            one more keyword of a mailbox
//! add 0 1 1 8 0 888868800 0 d41d8cd9… source      mailbox, UID, MODSEQ, flags, message, received, digest, from where
//! flags 0 1 62 9                                  mailbox, UID, MODSEQ, flags
//! gone 0 1 63                                     a client removed it
//! left 0 2 64                                     it is no longer in the mail file it came from
//! taken 0 d41d8cd9…                               a message of the mail file that a client removed
//! subscribed alice Lists                          and `unsubscribed`
//! removed 1                                       a mailbox that is no longer there
//! pcmail alice                                    and what follows it: see `pcmail.rs`
//! visit alice 64 888868800                        and `chain`: see `visits.rs`
//! queued 3 d41d8cd9… far.example …                and `for`, `sent`: see `queue.rs`
//! last 64 7                                       MODSEQ and UIDVALIDITY up to here were given
//! commit                                          what stands before is whole
//! ```
//!
//! Lines are only ever added. A line counts when a `commit` stands behind it, so that a server that is killed in
//! the middle of a write leaves a file that is read as if it had been killed before. In names every octet but
//! letters, digits and `-_.@$` is `%` and two hexadecimal digits.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::pcmail::Pcmail;
use super::queue::KeptQueue;
use super::visits::Visits;
use crate::mail::date::Timestamp;

/// The first line.
pub const FORMAT: &str = "maillab-state 1";

/// What marks that all before it is whole.
pub const COMMIT: &str = "commit\n";

/// What the lines of a state file add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// The mailboxes by their numbers.
    pub mailboxes: BTreeMap<u32, KeptMailbox>,
    /// Who is subscribed to what.
    pub subscriptions: BTreeSet<(String, String)>,
    /// What DMSP keeps beside mail.
    pub pcmail: Pcmail,
    /// What is kept of visits.
    pub visits: Visits,
    /// The mail that waits for other hosts.
    pub queue: KeptQueue,
    /// The highest modification sequence that was given.
    pub last_modseq: u64,
    /// The highest UIDVALIDITY that was given to a mailbox made by a client.
    pub last_validity: u32,
}

/// A mailbox that was kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptMailbox {
    /// Its owner's name.
    pub user: String,
    /// Its name.
    pub name: String,
    /// UIDVALIDITY.
    pub uid_validity: u32,
    /// What names it, whatever it is called; older files say nothing of it.
    pub object: Option<u64>,
    /// The next UID.
    pub uid_next: u32,
    /// The first recent UID.
    pub first_recent: u32,
    /// Its keywords, in order.
    pub keywords: Vec<String>,
    /// Its entries by UID.
    pub entries: BTreeMap<u32, KeptEntry>,
    /// Entries that are gone: UID and modification sequence.
    pub gone: Vec<(u32, u64)>,
    /// Messages of its mail file that clients removed: digest, and how many of them.
    pub taken: BTreeMap<[u8; 16], u32>,
}

/// An entry that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptEntry {
    /// Its modification sequence.
    pub modseq: u64,
    /// Its flags, as one number.
    pub flags: u32,
    /// Its message's identity.
    pub message: u32,
    /// When it was received.
    pub received: Timestamp,
    /// The digest of its octets.
    pub digest: [u8; 16],
    /// It came from the mailbox's mail file, and is there; other messages lie beside the state file.
    pub from_source: bool,
}

/// Tombstones that are kept of each mailbox: enough for clients that come at least now and then.
pub const GONE_MAX: usize = 100_000;

impl Kept {
    /// Reads a state file up to its last `commit`.
    ///
    /// # Errors
    /// The number of the line that is none.
    pub fn read(text: &[u8]) -> Result<Self, usize> {
        let mark = memchr::memmem::rfind(text, b"\ncommit\n").map_or(0, |at| at + 1);
        let text = std::str::from_utf8(text.get(..mark).unwrap_or_default()).map_err(|_| 1_usize)?;
        let mut lines = (1_usize..).zip(text.lines());
        if lines.next().is_none_or(|(_, first)| first != FORMAT) {
            return Err(1);
        }
        let mut kept = Self::default();
        for (number, line) in lines.filter(|(_, line)| *line != "commit") {
            kept.apply(line).ok_or(number)?;
        }
        Ok(kept)
    }

    /// Takes one line in. `None` if it is none.
    fn apply(&mut self, line: &str) -> Option<()> {
        let words: Vec<&str> = line.split(' ').collect();
        match *words.as_slice() {
            ["mailbox", id, validity, next, recent, user, name] => {
                let mailbox = self.mailboxes.entry(id.parse().ok()?).or_default();
                mailbox.uid_validity = validity.parse().ok()?;
                (mailbox.uid_next, mailbox.first_recent) = (next.parse().ok()?, recent.parse().ok()?);
                (mailbox.user, mailbox.name) = (decoded(user)?, decoded(name)?);
            }
            ["object", id, object] => self.mailbox(id)?.object = Some(object.parse().ok()?),
            ["keyword", id, name] => self.mailbox(id)?.keywords.push(decoded(name)?),
            ["keyword-at", id, at, name] => {
                let place: usize = at.parse().ok()?;
                *self.mailbox(id)?.keywords.get_mut(place)? = decoded(name)?;
            }
            ["add", id, uid, modseq, flags, message, unix, offset, digest, origin] => {
                let entry = KeptEntry {
                    modseq: modseq.parse().ok()?,
                    flags: flags.parse().ok()?,
                    message: message.parse().ok()?,
                    received: Timestamp { unix: unix.parse().ok()?, offset_minutes: offset.parse().ok()? },
                    digest: digest_of(digest)?,
                    from_source: match origin {
                        "source" => true,
                        "own" => false,
                        _ => return None,
                    },
                };
                self.mailbox(id)?.entries.insert(uid.parse().ok()?, entry);
            }
            ["flags", id, uid, modseq, flags] => {
                let entry = self.mailbox(id)?.entries.get_mut(&uid.parse().ok()?)?;
                (entry.modseq, entry.flags) = (modseq.parse().ok()?, flags.parse().ok()?);
            }
            [word @ ("gone" | "left"), id, uid, modseq] => {
                let mailbox = self.mailbox(id)?;
                let uid = uid.parse().ok()?;
                let entry = mailbox.entries.remove(&uid);
                if let Some(entry) = entry.filter(|entry| word == "gone" && entry.from_source) {
                    *mailbox.taken.entry(entry.digest).or_default() += 1;
                }
                mailbox.gone.push((uid, modseq.parse().ok()?));
            }
            ["taken", id, digest] => {
                *self.mailbox(id)?.taken.entry(digest_of(digest)?).or_default() += 1;
            }
            ["subscribed", user, name] => {
                self.subscriptions.insert((decoded(user)?, decoded(name)?));
            }
            ["unsubscribed", user, name] => {
                self.subscriptions.remove(&(decoded(user)?, decoded(name)?));
            }
            ["removed", id] => {
                self.mailboxes.remove(&id.parse().ok()?);
            }
            ["last", modseq, validity] => {
                (self.last_modseq, self.last_validity) = (modseq.parse().ok()?, validity.parse().ok()?);
            }
            ref words @ ["queued" | "for" | "sent", ..] => self.queue.apply(words)?,
            ref words if self.visits.apply(words).is_some() => {}
            ref words => self.pcmail.apply(words)?,
        }
        Some(())
    }

    fn mailbox(&mut self, id: &str) -> Option<&mut KeptMailbox> {
        self.mailboxes.get_mut(&id.parse().ok()?)
    }

    /// The shortest file that adds up to the same.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{FORMAT}\n");
        for (id, mailbox) in &self.mailboxes {
            text += &mailbox.line(*id);
            for keyword in &mailbox.keywords {
                text += &format!("keyword {id} {}\n", encoded(keyword));
            }
            for (uid, entry) in &mailbox.entries {
                text += &entry.line(*id, *uid);
            }
            for (uid, modseq) in mailbox.gone.iter().rev().take(GONE_MAX).rev() {
                text += &format!("gone {id} {uid} {modseq}\n");
            }
            for (digest, times) in &mailbox.taken {
                for _ in 0..*times {
                    text += &format!("taken {id} {}\n", hex(digest));
                }
            }
        }
        for (user, name) in &self.subscriptions {
            text += &format!("subscribed {} {}\n", encoded(user), encoded(name));
        }
        text += &self.pcmail.changes(&Pcmail::default());
        text += &self.visits.changes(&Visits::default());
        text += &self.queue.to_text();
        text += &format!("last {} {}\n", self.last_modseq, self.last_validity);
        text + COMMIT
    }
}

impl KeptMailbox {
    /// Its line, without keywords and entries.
    #[must_use]
    pub fn line(&self, id: u32) -> String {
        let Self { uid_validity, uid_next, first_recent, .. } = self;
        let (user, name) = (encoded(&self.user), encoded(&self.name));
        let object = self.object.map_or(String::new(), |object| format!("object {id} {object}\n"));
        format!("mailbox {id} {uid_validity} {uid_next} {first_recent} {user} {name}\n{object}")
    }
}

impl KeptEntry {
    /// Its line.
    #[must_use]
    pub fn line(&self, id: u32, uid: u32) -> String {
        let Self { modseq, flags, message, received, digest, from_source } = self;
        let origin = if *from_source { "source" } else { "own" };
        let (unix, offset, digest) = (received.unix, received.offset_minutes, hex(digest));
        format!("add {id} {uid} {modseq} {flags} {message} {unix} {offset} {digest} {origin}\n")
    }
}

/// A name as one word.
#[must_use]
pub fn encoded(name: &str) -> String {
    let mut word = String::with_capacity(name.len());
    for octet in name.bytes() {
        if octet.is_ascii_alphanumeric() || b"-_.@$".contains(&octet) {
            word.push(char::from(octet));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(word, "%{octet:02X}");
        }
    }
    // A name of dots alone, or none, would be no file's name.
    if word.bytes().all(|octet| octet == b'.') { word.replace('.', "%2E") } else { word }
}

/// The name behind a word.
#[must_use]
pub fn decoded(word: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(word.len());
    let mut left = word.bytes();
    while let Some(octet) = left.next() {
        octets.push(match octet {
            b'%' => {
                let digits = [left.next()?, left.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(octets).ok()
}

/// A digest in hexadecimal digits.
#[must_use]
pub fn hex(digest: &[u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(*digest))
}

pub(super) fn digest_of(hex: &str) -> Option<[u8; 16]> {
    (hex.len() == 32).then(|| u128::from_str_radix(hex, 16).ok().map(u128::to_be_bytes)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LINES: &str = "maillab-state 1\n\
        mailbox 0 77 4 4 alice INBOX\n\
        object 0 77\n\
        keyword 0 $Forwarded\n\
        add 0 1 1 8 0 888868800 60 000102030405060708090a0b0c0d0e0f source\n\
        add 0 2 2 0 1 888868801 0 100102030405060708090a0b0c0d0e0f source\n\
        add 0 3 3 0 2 888868802 0 200102030405060708090a0b0c0d0e0f own\n\
        mailbox 1 78 1 1 alice Two%20words\n\
        subscribed alice Two%20words\n\
        last 3 78\n\
        commit\n";

    #[test]
    fn lines_add_up_and_come_back_shorter() {
        let more = "flags 0 3 4 9\ngone 0 1 5\nleft 0 2 6\nremoved 1\nlast 6 78\ncommit\n";
        let kept = Kept::read(format!("{LINES}{more}").as_bytes()).unwrap();
        let inbox = &kept.mailboxes[&0];
        assert_eq!(inbox.entries.keys().collect::<Vec<_>>(), [&3]);
        assert_eq!((inbox.entries[&3].flags, inbox.entries[&3].modseq), (9, 4));
        assert_eq!(inbox.gone, [(1, 5), (2, 6)]);
        assert_eq!(inbox.taken.len(), 1, "what a client removed is not taken in again");
        assert_eq!((kept.mailboxes.len(), kept.last_modseq), (1, 6));
        assert_eq!(Kept::read(kept.to_text().as_bytes()).unwrap(), kept);
    }

    #[test]
    fn a_file_cut_anywhere_is_what_it_was_at_the_last_commit() {
        let before = Kept::read(LINES.as_bytes()).unwrap();
        let more = "gone 0 1 5\nlast 5 78\ncommit\n";
        let whole = format!("{LINES}{more}");
        for end in LINES.len()..whole.len() {
            assert_eq!(Kept::read(&whole.as_bytes()[..end]).unwrap(), before, "cut at {end}");
        }
        assert_ne!(Kept::read(whole.as_bytes()).unwrap(), before);
    }

    #[test]
    fn a_line_that_is_none_is_named() {
        for (text, line) in [
            ("maillab-state 2\ncommit\n", 1),
            ("maillab-state 1\nwhat is this\ncommit\n", 2),
            ("maillab-state 1\nflags 0 1 1 1\ncommit\n", 2),
            ("maillab-state 1\nlast 1 1\nlast 1\ncommit\n", 3),
            ("", 1),
        ] {
            assert_eq!(Kept::read(text.as_bytes()), Err(line), "{text}");
        }
    }

    proptest! {
        #[test]
        fn names_come_back(name in "\\PC{0,20}") {
            let word = encoded(&name);
            prop_assert!(!word.contains([' ', '\n', '/']));
            prop_assert_eq!(decoded(&word), Some(name));
        }

        #[test]
        fn no_file_makes_it_stumble(lines in prop::collection::vec("(mailbox|add|gone|left|flags|last|x)( [0-9%a]{1,3}){0,9}", 0..8)) {
            let _ = Kept::read(format!("{FORMAT}\n{}\ncommit\n", lines.join("\n")).as_bytes());
        }
    }
}
