//! The local mail state as a text: lines that a person can read, and that give the same state back.
//!
//! ```text
//! maillab-station 1
//! workstation "home"
//! way dmsp
//! mailbox "INBOX" validity=0 next=13 modseq=0
//! message 12 0100000010000000 4182 text "" "Mon, 2 Mar 1998 20:00:00 +0000" "Re: lunch"
//! seen "885.12"
//! mark "INBOX" 12 flagged on
//! copy "INBOX" 9 "Archive" since=4
//! send 1 tried
//! refused "550 no such user here" send 2
//! ```
//!
//! | line | says |
//! |---|---|
//! | `workstation NAME` | the name; a client object in DMSP |
//! | `way WAY` | the protocol, and how it is used |
//! | `reset` | the repository's lists are to be reset before they are believed |
//! | `mailbox NAME validity= next= modseq=` | a mailbox and up to where it is known; what follows is in it |
//! | `message UID FLAGS OCTETS text\|- ID DATE SUBJECT` | a message; sixteen flags, flag 0 first; whether its text is here |
//! | `seen ID` | a unique-id that was seen |
//! | `create`, `mark`, `copy`, `expunge`, `drop`, `send` | the queue, oldest change first |
//! | `refused WORDS CHANGE` | a change that the server has refused for good, with its words |
//!
//! Words in quotes are written as in scripts, with `\"` for a quote. Texts are in files of their own: `text/INBOX/12`
//! and `out/1`; octets of a mailbox's name that are no letter, digit, dash or underscore are written `%NN` there.

use std::fmt;

use bytes::Bytes;

use super::Way;
use super::change::Change;
use super::local::{Anchor, LocalMail, LocalMailbox, LocalMessage, Mark, Marks};
use super::refused::Refused;
use crate::lesson::{Lesson, Place, nearest};
use crate::mail::summary::Look;

/// The first line: format and version.
pub const FORMAT: &str = "maillab-station 1";

/// A state that was read: the mail, and the files in which its texts are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The mail, without texts.
    pub mail: LocalMail,
    /// The names of the files to be read.
    pub texts: Vec<String>,
}

/// The texts that a mail state counts on, with the names of their files.
pub fn texts(mail: &LocalMail) -> impl Iterator<Item = (String, &Bytes)> {
    let bodies = mail.mailboxes.iter().flat_map(|(name, mailbox)| {
        let folder = text_folder(name);
        mailbox.messages.iter().filter_map(move |(number, message)| {
            message.body.as_ref().map(|body| (format!("{folder}{number}"), body))
        })
    });
    bodies.chain(mail.outbox.iter().map(|(number, octets)| (format!("out/{number}"), octets)))
}

fn text_folder(mailbox: &str) -> String {
    let mut name = String::from("text/");
    for octet in mailbox.bytes() {
        match octet {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => name.push(char::from(octet)),
            _ => name.push_str(&format!("%{octet:02X}")),
        }
    }
    name.push('/');
    name
}

impl Found {
    /// Puts in a text that was read from the file of this name.
    pub fn put_text(&mut self, file: &str, octets: Bytes) {
        if let Some(number) = file.strip_prefix("out/").and_then(|number| number.parse().ok()) {
            self.mail.outbox.insert(number, octets);
            return;
        }
        for (name, mailbox) in &mut self.mail.mailboxes {
            let number = file.strip_prefix(&text_folder(name)).and_then(|number| number.parse().ok());
            if let Some(message) = number.and_then(|number: u32| mailbox.messages.get_mut(&number)) {
                message.body = Some(octets);
                return;
            }
        }
    }
}

/// The state as a text.
#[must_use]
pub fn write(mail: &LocalMail) -> String {
    let mut text = format!("{FORMAT}\nworkstation {}\nway {}\n", quoted(&mail.name), mail.way.word());
    if mail.must_reset {
        text.push_str("reset\n");
    }
    for (name, mailbox) in &mail.mailboxes {
        let Anchor { uid_validity, uid_next, highest_modseq, seen_ids } = &mailbox.anchor;
        text.push_str(&format!(
            "mailbox {} validity={uid_validity} next={uid_next} modseq={highest_modseq}\n",
            quoted(name)
        ));
        for (number, message) in &mailbox.messages {
            let flags: String =
                (0..16).map(|flag| if message.marks.0 >> flag & 1 == 1 { '1' } else { '0' }).collect();
            let has_text = if message.body.is_some() { "text" } else { "-" };
            let words = [&message.id, &message.look.date, &message.look.subject].map(|word| quoted(word));
            text.push_str(&format!(
                "message {number} {flags} {} {has_text} {}\n",
                message.octets,
                words.join(" ")
            ));
        }
        seen_ids.iter().for_each(|id| text.push_str(&format!("seen {}\n", quoted(id))));
    }
    mail.queue.iter().for_each(|change| text.push_str(&format!("{change}\n")));
    for Refused { change, words } in &mail.refused {
        text.push_str(&format!("refused {} {change}\n", quoted(words)));
    }
    text
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create { mailbox } => write!(f, "create {}", quoted(mailbox)),
            Self::Mark { mailbox, number, mark, on } => {
                let state = if *on { "on" } else { "off" };
                write!(f, "mark {} {number} {} {state}", quoted(mailbox), mark.word())
            }
            Self::Copy { mailbox, number, into, since } => {
                let since = since.map_or(String::new(), |since| format!(" since={since}"));
                write!(f, "copy {} {number} {}{since}", quoted(mailbox), quoted(into))
            }
            Self::Expunge { mailbox } => write!(f, "expunge {}", quoted(mailbox)),
            Self::Drop { id } => write!(f, "drop {}", quoted(id)),
            Self::Send { number, tried } => write!(f, "send {number}{}", if *tried { " tried" } else { "" }),
        }
    }
}

/// A word in quotes: printable ASCII as it is, other octets of its UTF-8 as `\xNN`.
fn quoted(word: &str) -> String {
    let mut text = String::with_capacity(word.len() + 2);
    text.push('"');
    for octet in word.bytes() {
        match octet {
            b'"' | b'\\' => text.extend(['\\', char::from(octet)]),
            b' '..=b'~' => text.push(char::from(octet)),
            _ => text.push_str(&format!("\\x{octet:02X}")),
        }
    }
    text.push('"');
    text
}

/// Reads a state from the octets of a file called `name` in messages.
///
/// # Errors
/// A lesson with the line that is not understood.
pub fn read(name: &str, octets: &[u8]) -> Result<Found, Lesson> {
    let text = std::str::from_utf8(octets).map_err(|_| {
        Lesson::new("a workstation's state is ASCII text, and this is not").at(Place::file(name))
    })?;
    let mut lines = text.lines();
    if lines.next() != Some(FORMAT) {
        return Err(Lesson::new(format!("the first line of {name} is not `{FORMAT}`"))
            .at(Place::line(name, 1, text.lines().next().unwrap_or_default()))
            .hint("a state of another version, or another file?"));
    }
    let mut reader = Reader {
        found: Found { mail: LocalMail::new("", Way::Dmsp), texts: Vec::new() },
        mailbox: None,
        named: false,
    };
    reader.found.mail.mailboxes.clear();
    reader.found.mail.must_reset = false;
    for (nth, line) in lines.enumerate() {
        reader.line(line).map_err(|what| {
            let lesson = Lesson::new(what).at(Place::line(name, nth + 2, line));
            lesson.hint("`maillab` writes such files itself; the book's page on workstations has the format")
        })?;
    }
    if !reader.named {
        return Err(Lesson::new(format!("{name} does not say which workstation it is of"))
            .at(Place::file(name))
            .hint("a line `workstation \"home\"` belongs there"));
    }
    Ok(reader.found)
}

struct Reader {
    found: Found,
    /// The mailbox that messages are in.
    mailbox: Option<String>,
    named: bool,
}

const WORDS: [&str; 13] = [
    "workstation",
    "way",
    "reset",
    "mailbox",
    "message",
    "seen",
    "create",
    "mark",
    "copy",
    "expunge",
    "drop",
    "send",
    "refused",
];

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), String> {
        let words = words(line)?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mail = &mut self.found.mail;
        match words.as_slice() {
            ["workstation", name] => (mail.name, self.named) = ((*name).to_owned(), true),
            ["way", way] => mail.way = Way::named(way).ok_or_else(|| format!("there is no way `{way}`"))?,
            ["reset"] => mail.must_reset = true,
            ["mailbox", name, validity, next, modseq] => {
                let anchor = Anchor {
                    uid_validity: figure(validity, "validity")?,
                    uid_next: figure(next, "next")?,
                    highest_modseq: figure(modseq, "modseq")?,
                    ..Anchor::default()
                };
                let mailbox = LocalMailbox { anchor, ..LocalMailbox::default() };
                mail.mailboxes.insert((*name).to_owned(), mailbox);
                self.mailbox = Some((*name).to_owned());
            }
            ["message", number, flags, octets, has_text, id, date, subject] => {
                let message = LocalMessage {
                    marks: marks(flags)?,
                    octets: whole(octets)?,
                    look: Look { date: (*date).to_owned(), subject: (*subject).to_owned() },
                    id: (*id).to_owned(),
                    body: None,
                };
                let number = whole(number)?;
                let name = self.mailbox.as_deref().ok_or("a message stands in a mailbox")?;
                if *has_text == "text" {
                    self.found.texts.push(format!("{}{number}", text_folder(name)));
                }
                mail.mailbox_mut(name).messages.insert(number, message);
            }
            ["seen", id] => {
                let name = self.mailbox.as_deref().ok_or("a unique-id stands in a mailbox")?;
                mail.mailbox_mut(name).anchor.seen_ids.insert((*id).to_owned());
            }
            ["refused", server, words @ ..] => {
                let change = self.change(words)?;
                self.found.mail.refused.push(Refused { change, words: (*server).to_owned() });
            }
            words => {
                let change = self.change(words)?;
                self.found.mail.queue.push_back(change);
            }
        }
        Ok(())
    }

    fn change(&mut self, words: &[&str]) -> Result<Change, String> {
        let change = change(words).map_err(|what| what.unwrap_or_else(|| unknown(words)))?;
        if let Change::Send { number, .. } = change {
            self.found.texts.push(format!("out/{number}"));
        }
        Ok(change)
    }
}

fn unknown(words: &[&str]) -> String {
    let word = words.first().copied().unwrap_or_default();
    match nearest(word, WORDS) {
        Some(near) if near != word => format!("there is no line `{word}`; did you mean `{near}`?"),
        Some(near) => format!("a line `{near}` has other words than these"),
        None => format!("there is no line `{word}`; there are {}", WORDS.join(", ")),
    }
}

/// A line of the queue; `Err(None)` if it is none.
fn change(words: &[&str]) -> Result<Change, Option<String>> {
    let owned = |word: &str| word.to_owned();
    Ok(match words {
        ["create", mailbox] => Change::Create { mailbox: owned(mailbox) },
        ["mark", mailbox, number, mark, on @ ("on" | "off")] => Change::Mark {
            mailbox: owned(mailbox),
            number: whole(number)?,
            mark: Mark::named(mark).ok_or_else(|| format!("there is no flag `{mark}`"))?,
            on: *on == "on",
        },
        ["copy", mailbox, number, into, since @ ..] if since.len() <= 1 => Change::Copy {
            mailbox: owned(mailbox),
            number: whole(number)?,
            into: owned(into),
            since: since.first().map(|since| figure(since, "since")).transpose()?,
        },
        ["expunge", mailbox] => Change::Expunge { mailbox: owned(mailbox) },
        ["drop", id] => Change::Drop { id: owned(id) },
        ["send", number] => Change::Send { number: whole(number)?, tried: false },
        ["send", number, "tried"] => Change::Send { number: whole(number)?, tried: true },
        _ => return Err(None),
    })
}

fn whole<N: std::str::FromStr>(word: &str) -> Result<N, String> {
    let digits = word.bytes().all(|octet| octet.is_ascii_digit());
    word.parse().ok().filter(|_| digits).ok_or_else(|| format!("`{word}` is no whole number in range"))
}

/// `name=12`
fn figure<N: std::str::FromStr>(word: &str, name: &str) -> Result<N, String> {
    let number = word.strip_prefix(name).and_then(|rest| rest.strip_prefix('='));
    whole(number.ok_or_else(|| format!("`{name}=` and a number belong here, not `{word}`"))?)
}

fn marks(word: &str) -> Result<Marks, String> {
    let bits = word.bytes().enumerate().map(|(at, digit)| match digit {
        b'0' => Some(0),
        b'1' => 1_u16.checked_shl(at as u32),
        _ => None,
    });
    let marks = (word.len() == 16).then(|| bits.sum::<Option<u16>>()).flatten().map(Marks);
    marks.ok_or_else(|| format!("`{word}` is not sixteen flags, each 0 or 1"))
}

/// The words of a line; those in quotes without them.
fn words(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let word;
        (word, rest) = match rest.strip_prefix('"') {
            Some(open) => quoted_word(open)?,
            None => {
                let (bare, rest) = rest.split_once(' ').unwrap_or((rest, ""));
                (bare.to_owned(), rest)
            }
        };
        words.push(word);
        rest = rest.trim_start();
    }
    Ok(words)
}

/// A word up to its closing quote, and what follows.
fn quoted_word(open: &str) -> Result<(String, &str), String> {
    let mut octets = Vec::new();
    let mut at = open.char_indices();
    while let Some((place, c)) = at.next() {
        match c {
            '"' => {
                let word = String::from_utf8(octets).map_err(|_| "a word is no UTF-8".to_owned())?;
                return Ok((word, open.get(place + 1..).unwrap_or_default()));
            }
            '\\' => match at.next() {
                Some((_, same @ ('"' | '\\'))) => octets.push(same as u8),
                Some((_, 'x')) => {
                    let digit = |c: Option<(usize, char)>| c.and_then(|(_, c)| c.to_digit(16));
                    let (high, low) = (digit(at.next()), digit(at.next()));
                    let octet = high.zip(low).and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
                    octets.push(octet.ok_or("two hexadecimal digits stand behind `\\x`")?);
                }
                _ => return Err("behind a backslash stands `\"`, `\\` or `xNN`".to_owned()),
            },
            c => octets.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Err("a quote is not closed".to_owned())
}
