//! SEARCH: which messages match (RFC 3501 §6.4.4).

use jiff::civil::Date;

use super::command::Charset;
use super::key::{DateIs, SearchKey};
use super::section::{Reader, fields};
use super::set::Numbers;
use super::state::Reply;
use super::view::View;
use crate::mail::body::BodyLost;
use crate::mail::date::Timestamp;
use crate::mail::decode;
use crate::mail::flags::Flags;
use crate::mail::mime::{Content, Part};
use crate::mail::store::{Entry, Mailbox, Store};
use crate::session::Output;

/// Answers SEARCH and UID SEARCH: always one response, even if nothing matches.
pub fn search(
    view: &View,
    store: &Store,
    out: &mut Output,
    by_uid: bool,
    charset: &Charset,
    key: &SearchKey,
) -> Reply {
    if *charset == Charset::Unknown {
        return Reply::no("[BADCHARSET (US-ASCII UTF-8)] this server searches in US-ASCII and UTF-8");
    }
    let mailbox = store.mailbox(view.mailbox);
    let test = match Test::new(key, view, mailbox) {
        Ok(test) => test,
        Err(reply) => return reply,
    };
    let mut text = b"* SEARCH".to_vec();
    for (index, entry) in view.entries().iter().enumerate() {
        let mut candidate = Candidate {
            number: index as u32 + 1,
            entry,
            flags: view.flags_now(entry, mailbox),
            is_recent: view.is_recent(entry.uid),
            reader: Reader::new(&entry.message),
            header: None,
            body: None,
        };
        match test.holds(&mut candidate) {
            Ok(true) => {
                let number = if by_uid { entry.uid.0 } else { index as u32 + 1 };
                text.extend_from_slice(format!(" {number}").as_bytes());
            }
            Ok(false) => {}
            Err(why) => return Reply::no(format!("message {}: {why}", index + 1)),
        }
    }
    text.extend_from_slice(b"\r\n");
    out.write(text);
    Reply::done(if by_uid { "UID SEARCH" } else { "SEARCH" })
}

/// A key that is ready to be tried: sets are resolved, keywords are flags, strings are folded, and what costs
/// little is tried first.
enum Test {
    And(Vec<Test>),
    Or(Box<Test>, Box<Test>),
    Not(Box<Test>),
    Numbers(Numbers),
    Uids(Numbers),
    Flag(Option<Flags>),
    Recent,
    Internal(DateIs, Date),
    Sent(DateIs, Date),
    Larger(u32),
    Smaller(u32),
    Header(Vec<u8>, String),
    Body(String),
    Text(String),
}

/// A message that is looked at.
struct Candidate<'a> {
    number: u32,
    entry: &'a Entry,
    flags: Flags,
    is_recent: bool,
    reader: Reader<'a>,
    /// The decoded and folded text of header and body, once it was needed.
    header: Option<String>,
    body: Option<String>,
}

impl Test {
    fn new(key: &SearchKey, view: &View, mailbox: Option<&Mailbox>) -> Result<Self, Reply> {
        let boxed = |key: &SearchKey| Self::new(key, view, mailbox).map(Box::new);
        Ok(match key {
            SearchKey::And(keys) => {
                let mut tests =
                    keys.iter().map(|key| Self::new(key, view, mailbox)).collect::<Result<Vec<_>, _>>()?;
                tests.sort_by_key(Self::cost);
                Self::And(tests)
            }
            SearchKey::Or(a, b) => {
                let (a, b) = (boxed(a)?, boxed(b)?);
                if b.cost() < a.cost() { Self::Or(b, a) } else { Self::Or(a, b) }
            }
            SearchKey::Not(key) => Self::Not(boxed(key)?),
            SearchKey::Numbers(set) => {
                view.check_numbers(set)?;
                Self::Numbers(view.resolve(set, false))
            }
            SearchKey::Uids(set) => Self::Uids(view.resolve(set, true)),
            SearchKey::Flag(flag) => Self::Flag(Some(*flag)),
            SearchKey::Keyword(name) => {
                let at = mailbox.and_then(|mailbox| {
                    mailbox.keywords.iter().position(|known| known.eq_ignore_ascii_case(name))
                });
                Self::Flag(at.and_then(Flags::keyword))
            }
            SearchKey::Recent => Self::Recent,
            SearchKey::Internal(is, day) => Self::Internal(*is, *day),
            SearchKey::Sent(is, day) => Self::Sent(*is, *day),
            SearchKey::Larger(octets) => Self::Larger(*octets),
            SearchKey::Smaller(octets) => Self::Smaller(*octets),
            SearchKey::Header(name, text) => Self::Header(name.clone(), folded(text)),
            SearchKey::Body(text) => Self::Body(folded(text)),
            SearchKey::Text(text) => Self::Text(folded(text)),
        })
    }

    /// 0: the entry alone; 1: its header; 2: its body.
    fn cost(&self) -> u8 {
        match self {
            Self::And(tests) => tests.iter().map(Self::cost).max().unwrap_or(0),
            Self::Or(a, b) => a.cost().max(b.cost()),
            Self::Not(test) => test.cost(),
            Self::Sent(..) | Self::Header(..) => 1,
            Self::Body(_) | Self::Text(_) => 2,
            _ => 0,
        }
    }

    fn holds(&self, candidate: &mut Candidate<'_>) -> Result<bool, BodyLost> {
        let entry = candidate.entry;
        Ok(match self {
            Self::And(tests) => {
                for test in tests {
                    if !test.holds(candidate)? {
                        return Ok(false);
                    }
                }
                true
            }
            Self::Or(a, b) => a.holds(candidate)? || b.holds(candidate)?,
            Self::Not(test) => !test.holds(candidate)?,
            Self::Numbers(numbers) => numbers.contains(candidate.number),
            Self::Uids(uids) => uids.contains(entry.uid.0),
            Self::Flag(flag) => flag.is_some_and(|flag| candidate.flags.contains(flag)),
            Self::Recent => candidate.is_recent,
            // The day that INTERNALDATE shows, whatever its zone.
            Self::Internal(is, day) => is.holds(entry.internal_date.civil().date(), *day),
            Self::Sent(is, day) => sent_day(entry.message.header()).is_some_and(|sent| is.holds(sent, *day)),
            Self::Larger(octets) => entry.message.size() > *octets,
            Self::Smaller(octets) => entry.message.size() < *octets,
            Self::Header(name, text) => fields(entry.message.header())
                .filter(|field| field.is_called(name))
                .any(|field| decode::header(&field.value()).to_lowercase().contains(text)),
            Self::Body(text) => candidate.body()?.contains(text),
            Self::Text(text) => candidate.header().contains(text) || candidate.body()?.contains(text),
        })
    }
}

impl Candidate<'_> {
    fn header(&mut self) -> &str {
        self.header.get_or_insert_with(|| header_text(self.entry.message.header()))
    }

    fn body(&mut self) -> Result<&str, BodyLost> {
        if self.body.is_none() {
            let mut text = String::new();
            part_text(&mut text, &mut self.reader, self.entry.message.structure())?;
            self.body = Some(text);
        }
        Ok(self.body.as_deref().unwrap_or_default())
    }
}

impl DateIs {
    fn holds(self, date: Date, day: Date) -> bool {
        match self {
            Self::Before => date < day,
            Self::On => date == day,
            Self::Since => date >= day,
        }
    }
}

/// Matching disregards the case of letters.
fn folded(text: &[u8]) -> String {
    String::from_utf8_lossy(text).to_lowercase()
}

/// A header's text, unfolded, with its encoded-words decoded.
fn header_text(header: &[u8]) -> String {
    let mut text = String::new();
    for field in fields(header) {
        let name = memchr::memchr(b':', field.raw).map_or(&b""[..], |colon| &field.raw[..=colon]);
        text += &folded(name);
        text += &decode::header(&field.value()).to_lowercase();
        text.push('\n');
    }
    text
}

/// Adds the decoded text of a part: of text and of enclosed messages. Other media types are not looked into, which
/// RFC 3501 §6.4.4 leaves to the server.
fn part_text(text: &mut String, reader: &mut Reader<'_>, part: &Part) -> Result<(), BodyLost> {
    match &part.content {
        Content::Multipart(parts) => {
            for part in parts {
                part_text(text, reader, part)?;
            }
        }
        Content::Message(inner) => {
            let header = reader.range(&inner.header)?;
            *text += &header_text(&header);
            part_text(text, reader, inner)?;
        }
        Content::Leaf => {
            if let Some(decoded) = decode::text(&reader.octets()?, part) {
                *text += &decoded.to_lowercase();
                text.push('\n');
            }
        }
    }
    Ok(())
}

/// The day in a header's Date field, as its writer's clock showed it.
fn sent_day(header: &[u8]) -> Option<Date> {
    let value = crate::mail::summary::field(header, b"date")?;
    Timestamp::parse_rfc5322(&value).map(|sent| sent.civil().date())
}
