//! Descriptors: what is worth knowing of a message without its text (RFC 1056 §4.10), as lines and back.
//!
//! ```text
//! descriptor                        expunged
//! 2312 0100000000000000 12232 320   2101
//! joe@athena.mit.edu
//! fred@PTT.LCS.MIT.EDU
//! Thu, 17 Dec 87 18:24:09 PST
//! Another typical subject line
//! ```
//!
//! Nothing but the number of lines frames an entry, so a field that a message does not have is an empty line.

use super::flags::SixteenFlags;
use super::reply::LINE_OCTETS_MAX;
use crate::mail::message::Message;
use crate::mail::store::{Entry, Mailbox, Uid};

/// What a workstation is told of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// The message's UID in its mailbox.
    pub uid: Uid,
    /// Its flags.
    pub flags: SixteenFlags,
    /// Octets of its text, CR LF counted as two.
    pub octets: u32,
    /// Lines of its text, the header's included.
    pub lines: u32,
    /// The field `From`.
    pub from: Vec<u8>,
    /// The field `To`.
    pub to: Vec<u8>,
    /// The field `Date`.
    pub date: Vec<u8>,
    /// The field `Subject`.
    pub subject: Vec<u8>,
}

/// An entry of a list of changed descriptors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The message is new, or one of its flags has changed.
    Descriptor(Descriptor),
    /// The message is gone.
    Expunged(Uid),
}

impl Descriptor {
    /// The descriptor of an entry.
    #[must_use]
    pub fn of(mailbox: &Mailbox, entry: &Entry) -> Self {
        let message = &entry.message;
        let field = |name: &[u8]| one_line(unfolded(message.header(), name));
        Self {
            uid: entry.uid,
            flags: SixteenFlags::of(mailbox, entry),
            octets: message.size(),
            lines: lines_of(message),
            from: field(b"from"),
            to: field(b"to"),
            date: field(b"date"),
            subject: field(b"subject"),
        }
    }

    /// Appends its six lines, without dots put in.
    pub fn write(&self, to: &mut Vec<u8>) {
        let Self { uid, flags, octets, lines, .. } = self;
        to.extend_from_slice(format!("descriptor\r\n{} {flags} {octets} {lines}\r\n", uid.0).as_bytes());
        for field in [&self.from, &self.to, &self.date, &self.subject] {
            to.extend_from_slice(field);
            to.extend_from_slice(b"\r\n");
        }
    }
}

impl Change {
    /// Appends its lines, without dots put in.
    pub fn write(&self, to: &mut Vec<u8>) {
        match self {
            Self::Descriptor(descriptor) => descriptor.write(to),
            Self::Expunged(uid) => to.extend_from_slice(format!("expunged\r\n{}\r\n", uid.0).as_bytes()),
        }
    }

    /// Its UID.
    #[must_use]
    pub const fn uid(&self) -> Uid {
        match self {
            Self::Descriptor(descriptor) => descriptor.uid,
            Self::Expunged(uid) => *uid,
        }
    }

    /// Reads a list. Fields are told by their place: a subject may well be the word `expunged`.
    ///
    /// # Errors
    /// The line that is none of what belongs there.
    pub fn parse_list(lines: &[Vec<u8>]) -> Result<Vec<Self>, Vec<u8>> {
        let mut rest = lines.iter();
        let mut changes = Vec::new();
        while let Some(word) = rest.next() {
            let second = rest.next().ok_or_else(|| word.clone())?;
            if word.eq_ignore_ascii_case(b"expunged") {
                changes.push(Self::Expunged(number(second).map(Uid).ok_or_else(|| second.clone())?));
            } else if word.eq_ignore_ascii_case(b"descriptor") {
                let mut descriptor = numbers(second).ok_or_else(|| second.clone())?;
                let fields =
                    [&mut descriptor.from, &mut descriptor.to, &mut descriptor.date, &mut descriptor.subject];
                for field in fields {
                    field.clone_from(rest.next().ok_or_else(|| second.clone())?);
                }
                changes.push(Self::Descriptor(descriptor));
            } else {
                return Err(word.clone());
            }
        }
        Ok(changes)
    }
}

/// The line of UID, flags, octets and lines.
fn numbers(line: &[u8]) -> Option<Descriptor> {
    let mut words = line.split(|octet| *octet == b' ').filter(|word| !word.is_empty());
    let (uid, flags) = (number(words.next()?)?, SixteenFlags::parse(words.next()?)?);
    let (octets, lines) = (number(words.next()?)?, number(words.next()?)?);
    let none = Vec::new;
    words.next().is_none().then(|| Descriptor {
        uid: Uid(uid),
        flags,
        octets,
        lines,
        from: none(),
        to: none(),
        date: none(),
        subject: none(),
    })
}

fn number(word: &[u8]) -> Option<u32> {
    let digits = word.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(word).ok().filter(|_| digits).and_then(|word| word.parse().ok())
}

/// A response line has at most 512 octets with its CR LF and the dot that it may need (RFC 1056 §4.1), and no
/// octet that could end it or is not of its seven bits (§4).
fn one_line(mut field: Vec<u8>) -> Vec<u8> {
    for octet in &mut field {
        if *octet < b' ' || *octet == 0x7F {
            *octet = b' ';
        } else if !octet.is_ascii() {
            *octet = b'?';
        }
    }
    let dot = usize::from(field.first() == Some(&b'.'));
    field.truncate(LINE_OCTETS_MAX - 2 - dot);
    field
}

/// Line ends of header and body.
fn lines_of(message: &Message) -> u32 {
    memchr::memchr_iter(b'\n', message.header()).count() as u32 + message.structure().lines
}

/// The first field of this name, in lower case: what stands behind the colon, folded lines joined by one space.
fn unfolded(header: &[u8], name: &[u8]) -> Vec<u8> {
    let mut lines = header.split(|octet| *octet == b'\n').map(<[u8]>::trim_ascii_end).peekable();
    while let Some(line) = lines.next() {
        let Some((before, value)) = memchr::memchr(b':', line).map(|colon| line.split_at(colon)) else {
            continue;
        };
        if !before.trim_ascii_end().eq_ignore_ascii_case(name) {
            continue;
        }
        let mut value = value[1..].trim_ascii().to_vec();
        let folded = |line: &&[u8]| matches!(line.first(), Some(b' ' | b'\t'));
        while let Some(more) = lines.next_if(folded) {
            value.push(b' ');
            value.extend_from_slice(more.trim_ascii());
        }
        return value;
    }
    Vec::new()
}
