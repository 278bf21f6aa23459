//! SEARCH: which messages match (RFC 3501 §6.4.4).

use jiff::civil::Date;

use super::address::{Address, addresses};
use super::command::{Charset, Question, Returns};
use super::key::{DateIs, SearchKey};
use super::section::{Field, Reader, fields};
use super::set::{Numbers, SequenceSet};
use super::state::{Loan, Reply};
use super::view::{View, modseq_now};
use super::{context, object, wire};
use crate::mail::body::BodyLost;
use crate::mail::date::Timestamp;
use crate::mail::decode;
use crate::mail::flags::Flags;
use crate::mail::mime::{Content, Part};
use crate::mail::store::{Entry, Mailbox, ModSeq, Uid};

/// Answers SEARCH and UID SEARCH: always one response, even if nothing matches, unless the result is only to be
/// kept.
pub fn search(view: &mut View, tag: &[u8], question: &Question, loan: &mut Loan<'_>) -> Reply {
    let found = match matching(view, question, loan) {
        Ok(found) => found,
        Err(reply) => {
            // RFC 5182 §2.1: after NO nothing is saved; after BAD what was there before.
            if question.returns.is_some_and(|returns| returns.save) && matches!(reply, Reply::No(_)) {
                view.saved = Numbers::default();
            }
            return reply;
        }
    };
    let word = if question.by_uid { "UID SEARCH" } else { "SEARCH" };
    // RFC 9051 §6.4.4: an IMAP4rev2 client always hears ESEARCH.
    let returns = question.returns.or(loan.enabled.rev2.then_some(Returns::ALL));
    if returns.is_some_and(|returns| returns.update) && view.contexts.has(tag) {
        let what = "this tag is that of a SEARCH whose changes are told already";
        return Reply::bad_at(0, what, "RFC 5267 §4.3");
    }
    match returns {
        Some(returns) => {
            if returns.update {
                keep_in_step(view, tag, question, &found, loan);
            }
            if returns.save {
                view.saved = found.saved(returns);
            }
            if returns != (Returns { save: true, ..Returns::default() }) {
                loan.out.write(found.extended(tag, question, returns));
            }
        }
        None => loan.out.write(found.plain("SEARCH", question)),
    }
    Reply::done(word)
}

/// UPDATE: what changes in the result is told from now on, or it is said that it is not (RFC 5267 §4.3.1).
fn keep_in_step(view: &mut View, tag: &[u8], question: &Question, found: &Found, loan: &mut Loan<'_>) {
    let uids: Numbers = found.messages.iter().map(|(_, uid, _)| uid.0).collect();
    if view.contexts.takes(loan.text.len(), &uids) {
        let asked = loan.store.clock(loan.now);
        view.keep_in_step(tag, question.by_uid, &question.key, (asked, uids), loan.store);
    } else {
        let mut text = Vec::new();
        context::write_refusal(tag, &mut text);
        loan.out.write(text);
    }
}

/// The messages that match, in the order in which they are to be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// For each its number, UID and modification sequence.
    pub messages: Vec<(u32, Uid, ModSeq)>,
}

/// Finds the messages for which the key holds, in order of their numbers.
pub fn matching(view: &View, question: &Question, loan: &Loan<'_>) -> Result<Found, Reply> {
    if question.charset == Charset::Unknown {
        return Err(Reply::no("[BADCHARSET (US-ASCII UTF-8)] this server searches in US-ASCII and UTF-8"));
    }
    let mailbox = loan.store.mailbox(view.mailbox);
    let now = loan.store.clock(loan.now);
    let test = Test::new(&question.key, view, mailbox, now)?;
    let mut found = Found::default();
    for (index, entry) in view.entries().iter().enumerate() {
        let number = index as u32 + 1;
        match test.fits(view, index, entry, mailbox) {
            Ok(true) => found.messages.push((number, entry.uid, modseq_now(entry, mailbox))),
            Ok(false) => {}
            Err(why) => return Err(Reply::no(format!("message {number}: {why}"))),
        }
    }
    Ok(found)
}

/// Finds the messages for which a key without numbers holds: `entries` in the order of their numbers, and of each
/// its flags and whether it is recent.
pub fn matching_entries<'a>(
    entries: impl Iterator<Item = &'a Entry>,
    key: &SearchKey,
    mailbox: Option<&Mailbox>,
    now: Timestamp,
    flags: &dyn Fn(&Entry) -> (Flags, bool),
) -> Result<Found, Reply> {
    let test = Test::with(key, &|_, _| Numbers::default(), mailbox, now)?;
    let mut found = Found::default();
    for (number, entry) in (1..).zip(entries) {
        let modseq = modseq_now(entry, mailbox);
        let (flags, is_recent) = flags(entry);
        let reader = Reader::new(&entry.message);
        let mut candidate =
            Candidate { number, entry, modseq, flags, is_recent, reader, header: None, body: None };
        match test.holds(&mut candidate) {
            Ok(true) => found.messages.push((number, entry.uid, modseq)),
            Ok(false) => {}
            Err(why) => return Err(Reply::no(format!("message {number}: {why}"))),
        }
    }
    Ok(found)
}

impl Found {
    fn shown(&self, by_uid: bool) -> impl DoubleEndedIterator<Item = u32> + '_ {
        self.messages.iter().map(move |(number, uid, _)| if by_uid { uid.0 } else { *number })
    }

    /// `* SEARCH 2 5 6 (MODSEQ 917162500)`; the last part only if it was asked about and something was found
    /// (RFC 7162 §3.1.5).
    pub fn plain(&self, word: &str, question: &Question) -> Vec<u8> {
        let mut text = format!("* {word}").into_bytes();
        for number in self.shown(question.by_uid) {
            text.extend_from_slice(format!(" {number}").as_bytes());
        }
        if question.key.names_modseq()
            && let Some(highest) = self.messages.iter().map(|(_, _, modseq)| modseq.0).max()
        {
            text.extend_from_slice(format!(" (MODSEQ {highest})").as_bytes());
        }
        text.extend_from_slice(b"\r\n");
        text
    }

    /// `* ESEARCH (TAG "A282") MIN 2 COUNT 3` (RFC 4731 §3.1). Sorted results are told in their order.
    pub fn extended(&self, tag: &[u8], question: &Question, returns: Returns) -> Vec<u8> {
        let by_uid = question.by_uid;
        let mut text = b"* ESEARCH (TAG ".to_vec();
        wire::string(&mut text, tag);
        text.extend_from_slice(if by_uid { b") UID" } else { b")" });
        let (first, last) = (self.shown(by_uid).next(), self.shown(by_uid).next_back());
        let mut add = |word: &str, value: &dyn std::fmt::Display| {
            text.extend_from_slice(format!(" {word} {value}").as_bytes());
        };
        if let (Some(first), true) = (first, returns.min) {
            add("MIN", &first);
        }
        if let (Some(last), true) = (last, returns.max) {
            add("MAX", &last);
        }
        if returns.all && first.is_some() {
            add("ALL", &in_runs(self.shown(by_uid)));
        }
        if let Some((first, last)) = returns.partial {
            let (skipped, most) = (first.saturating_sub(1) as usize, (last - first) as usize + 1);
            let piece = in_runs(self.shown(by_uid).skip(skipped).take(most));
            let piece = if piece.is_empty() { "NIL" } else { &piece };
            add("PARTIAL", &format!("({first}:{last} {piece})"));
        }
        if returns.count {
            add("COUNT", &self.messages.len());
        }
        if question.key.names_modseq()
            && let Some(highest) = self.told(returns).map(|(_, _, modseq)| modseq.0).max()
        {
            add("MODSEQ", &highest);
        }
        text.extend_from_slice(b"\r\n");
        text
    }

    /// The messages that the answer names: all, or the first and last (RFC 4731 §3.2).
    fn told(&self, returns: Returns) -> impl Iterator<Item = &(u32, Uid, ModSeq)> {
        let ends_only =
            (returns.min || returns.max) && !returns.all && !returns.count && returns.partial.is_none();
        let last = self.messages.len().saturating_sub(1);
        self.messages.iter().enumerate().filter_map(move |(nth, message)| {
            let is_told = !ends_only || (returns.min && nth == 0) || (returns.max && nth == last);
            is_told.then_some(message)
        })
    }

    /// What `$` stands for from now on (RFC 5182 §2.4).
    fn saved(&self, returns: Returns) -> Numbers {
        self.told(returns).map(|(_, uid, _)| uid.0).collect()
    }
}

/// `1:3,5`, in the order given: only what rises by one is joined.
fn in_runs(numbers: impl Iterator<Item = u32>) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let run = |(first, last): &(u32, u32)| match first == last {
        true => first.to_string(),
        false => format!("{first}:{last}"),
    };
    runs.iter().map(run).collect::<Vec<_>>().join(",")
}

/// A key that is ready to be tried: sets are resolved, keywords are flags, strings are folded, and what costs
/// little is tried first.
pub enum Test {
    And(Vec<Test>),
    Or(Box<Test>, Box<Test>),
    Not(Box<Test>),
    Numbers(Numbers),
    Uids(Numbers),
    Flag(Option<Flags>),
    Recent,
    Internal(DateIs, Date),
    Sent(DateIs, Date),
    Larger(u64),
    Smaller(u64),
    Header(Vec<u8>, String),
    AnyHeader(String),
    Body(String),
    Text(String),
    ModSeq(u64),
    EmailId(String),
    ThreadId(String),
    /// Received at this second of the clock or before, or else after it.
    Received {
        until: i64,
        before: bool,
    },
}

/// A message that is looked at.
struct Candidate<'a> {
    number: u32,
    entry: &'a Entry,
    modseq: ModSeq,
    flags: Flags,
    is_recent: bool,
    reader: Reader<'a>,
    /// The decoded and folded text of header and body, once it was needed.
    header: Option<String>,
    body: Option<String>,
}

impl Test {
    /// A question that is ready to be asked of each message.
    pub fn new(
        key: &SearchKey,
        view: &View,
        mailbox: Option<&Mailbox>,
        now: Timestamp,
    ) -> Result<Self, Reply> {
        Self::with(key, &|set, by_uid| view.resolve(set, by_uid), mailbox, now)
    }

    fn with(
        key: &SearchKey,
        resolve: &dyn Fn(&SequenceSet, bool) -> Numbers,
        mailbox: Option<&Mailbox>,
        now: Timestamp,
    ) -> Result<Self, Reply> {
        let boxed = |key: &SearchKey| Self::with(key, resolve, mailbox, now).map(Box::new);
        Ok(match key {
            SearchKey::And(keys) => {
                let mut tests = keys
                    .iter()
                    .map(|key| Self::with(key, resolve, mailbox, now))
                    .collect::<Result<Vec<_>, _>>()?;
                tests.sort_by_key(Self::cost);
                Self::And(tests)
            }
            SearchKey::Or(a, b) => {
                let (a, b) = (boxed(a)?, boxed(b)?);
                if b.cost() < a.cost() { Self::Or(b, a) } else { Self::Or(a, b) }
            }
            SearchKey::Not(key) => Self::Not(boxed(key)?),
            // A number that no message has finds none: here it is a condition, not a message that is asked for.
            SearchKey::Numbers(set) => Self::Numbers(resolve(set, false)),
            SearchKey::Uids(set) => Self::Uids(resolve(set, true)),
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
            SearchKey::AnyHeader(text) => Self::AnyHeader(folded(text)),
            SearchKey::Body(text) => Self::Body(folded(text)),
            SearchKey::Text(text) => Self::Text(folded(text)),
            SearchKey::ModSeq(least) => Self::ModSeq(*least),
            SearchKey::EmailId(id) => Self::EmailId(id.clone()),
            SearchKey::ThreadId(id) => Self::ThreadId(id.clone()),
            SearchKey::Older(seconds) => {
                Self::Received { until: now.unix.saturating_sub(i64::from(*seconds)), before: true }
            }
            SearchKey::Younger(seconds) => {
                Self::Received { until: now.unix.saturating_sub(i64::from(*seconds)), before: false }
            }
        })
    }

    /// True if the message at this place of the view is one of those that are looked for.
    pub fn fits(
        &self,
        view: &View,
        index: usize,
        entry: &Entry,
        mailbox: Option<&Mailbox>,
    ) -> Result<bool, BodyLost> {
        self.holds(&mut Candidate {
            number: index as u32 + 1,
            entry,
            modseq: modseq_now(entry, mailbox),
            flags: view.flags_now(entry, mailbox),
            is_recent: view.is_recent(entry.uid),
            reader: Reader::new(&entry.message),
            header: None,
            body: None,
        })
    }

    /// 0: the entry alone; 1: its header; 2: its body.
    fn cost(&self) -> u8 {
        match self {
            Self::And(tests) => tests.iter().map(Self::cost).max().unwrap_or(0),
            Self::Or(a, b) => a.cost().max(b.cost()),
            Self::Not(test) => test.cost(),
            Self::Sent(..) | Self::Header(..) | Self::AnyHeader(_) | Self::ThreadId(_) => 1,
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
            Self::ModSeq(least) => candidate.modseq.0 >= *least,
            Self::EmailId(id) => object::email_id(&entry.message) == *id,
            Self::ThreadId(id) => object::thread_id(&entry.message) == *id,
            Self::Received { until, before } => (entry.internal_date.unix <= *until) == *before,
            Self::Larger(octets) => u64::from(entry.message.size()) > *octets,
            Self::Smaller(octets) => u64::from(entry.message.size()) < *octets,
            Self::Header(name, text) => fields(entry.message.header())
                .filter(|field| field.is_called(name))
                .any(|field| holds_in_field(&field, name, text)),
            Self::AnyHeader(text) => candidate.header().contains(text),
            Self::Body(text) => candidate.body()?.contains(text),
            Self::Text(text) => candidate.header().contains(text) || candidate.body()?.contains(text),
        })
    }
}

/// True if the field contains the text: as it stands, or, where it holds addresses, as ENVELOPE takes them apart
/// (RFC 3501 §6.4.4 says "in the envelope structure's field").
fn holds_in_field(field: &Field<'_>, name: &[u8], text: &str) -> bool {
    let value = field.value();
    let plain = decode::header(&value).to_lowercase();
    if plain.contains(text) {
        return true;
    }
    [&b"from"[..], b"to", b"cc", b"bcc"].contains(&name)
        && may_hold_apart(&value, &plain, text)
        && holds_apart(&value, text)
}

fn holds_apart(value: &[u8], text: &str) -> bool {
    addresses(value).any(|address| match &address {
        Address::Mailbox { name, local, host, .. } => {
            let name = decode::header(name.as_deref().unwrap_or_default());
            let (local, host) = (String::from_utf8_lossy(local), String::from_utf8_lossy(host));
            format!("{name} <{local}@{host}>").to_lowercase().contains(text)
        }
        Address::GroupStart(_) | Address::GroupEnd => false,
    })
}

/// False if addresses that are taken apart cannot hold the text either, so that few need be: letters and digits that
/// stand together there stand in the field in this order, with nothing but other characters between them. Only where a
/// comment or an encoded-word is, that may be otherwise.
fn may_hold_apart(value: &[u8], plain: &str, text: &str) -> bool {
    if memchr::memchr(b'(', value).is_some() || memchr::memmem::find(value, b"=?").is_some() {
        return true;
    }
    let together: String = plain.chars().filter(char::is_ascii_alphanumeric).collect();
    text.split(|c: char| !c.is_ascii_alphanumeric()).all(|run| together.contains(run))
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

#[cfg(test)]
mod tests;
