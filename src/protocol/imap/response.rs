//! Responses as a client reads them (RFC 3501 §7).
//!
//! A response is a line, broken by literals. Literals are taken as they are and never looked at octet by octet.

use std::ops::RangeInclusive;

use bytes::Bytes;

use super::scanner::{Scanner, Value, number};
use super::structure::{BodyPart, Envelope};

/// How a command ended (RFC 3501 §7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Done.
    Ok,
    /// Not done.
    No,
    /// The server did not understand it.
    Bad,
}

/// A status response: tagged, untagged, or the greeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// How it ended.
    pub status: Status,
    /// The response code without its brackets: `READ-WRITE`, `UIDNEXT 4392`.
    pub code: Option<String>,
    /// The text for people.
    pub text: String,
}

/// A response without a tag.
#[derive(Clone, Debug, PartialEq)]
pub enum Untagged {
    /// `OK`, `NO` or `BAD`: information or a warning.
    Status(Completion),
    /// `BYE`: the server is about to close.
    Bye(String),
    /// `CAPABILITY`
    Capability(Vec<String>),
    /// `LIST` or `LSUB`
    List {
        /// `\Noselect` and the like.
        attributes: Vec<String>,
        /// What divides levels.
        delimiter: Option<String>,
        /// The mailbox's name.
        name: String,
    },
    /// `STATUS`: the mailbox's name, and what was counted.
    MailboxStatus(String, Vec<(String, u64)>),
    /// `ENABLED`: what was switched on (RFC 5161 §3.2).
    Enabled(Vec<String>),
    /// `VANISHED`: UIDs that are gone (RFC 7162 §3.2.10).
    Vanished {
        /// They went before the mailbox was opened, and have no numbers any more.
        earlier: bool,
        /// The UIDs, as ranges with both ends.
        uids: Vec<RangeInclusive<u32>>,
    },
    /// `ESEARCH` (RFC 4731 §3.1)
    Esearch(Found),
    /// `SORT`: message numbers or UIDs in their order (RFC 5256 §4).
    Sort(Vec<u32>),
    /// `SEARCH`: message numbers or UIDs.
    Search(Vec<u32>),
    /// `FLAGS`
    Flags(Vec<String>),
    /// `EXISTS`: how many messages there are.
    Exists(u32),
    /// `RECENT`: how many of them are recent.
    Recent(u32),
    /// `EXPUNGE`: the number of a message that is gone.
    Expunge(u32),
    /// `FETCH`
    Fetch(Box<FetchResponse>),
    /// `MAILBOX`: a mailbox that FIND has found, or a new one (RFC 1176, RFC 1203).
    Mailbox(String),
    /// `BBOARD`: a bulletin board.
    Board(String),
    /// `READWRITE`, or `READONLY` (RFC 1203): whether the mailbox may be changed.
    MayChange(bool),
    /// `SUPPORTED.VERSIONS` (RFC 1203)
    Versions(Vec<Version>),
    /// `RESET`: these numbers mean other messages now, as ranges with both ends (RFC 1203).
    Reset(Vec<RangeInclusive<u32>>),
    /// Anything else, as it came.
    Other(Bytes),
}

/// A version that an IMAP3 server supports (RFC 1203, SUPPORTED.VERSIONS).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its first number.
    pub major: u32,
    /// Its second number.
    pub minor: u32,
    /// What can be chosen in it.
    pub features: Vec<String>,
}

/// What an ESEARCH response says (RFC 4731 §3.1). What was not asked for, or not found, is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The tag of the command that it answers.
    pub tag: Option<String>,
    /// The numbers are UIDs.
    pub uid: bool,
    /// The lowest number, or the first.
    pub min: Option<u32>,
    /// The highest number, or the last.
    pub max: Option<u32>,
    /// How many there are.
    pub count: Option<u32>,
    /// All of them, as ranges with both ends; empty also if none was found.
    pub all: Vec<RangeInclusive<u32>>,
    /// Those that PARTIAL asked for, in their order (RFC 5267 §4.4).
    pub partial: Vec<RangeInclusive<u32>>,
    /// What has entered a result that is kept in step (RFC 5267 §4.3.3).
    pub added: Vec<RangeInclusive<u32>>,
    /// What has left it (RFC 5267 §4.3.4).
    pub removed: Vec<RangeInclusive<u32>>,
    /// The newest change among them (RFC 7162 §3.1.10).
    pub modseq: Option<u64>,
}

/// What one FETCH response says of a message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FetchResponse {
    /// The message's number.
    pub number: u32,
    /// `UID`
    pub uid: Option<u32>,
    /// `FLAGS`, as written.
    pub flags: Option<Vec<String>>,
    /// `MODSEQ`: when it last changed (RFC 7162 §3.1.4.2).
    pub modseq: Option<u64>,
    /// `PREVIEW`: the first words (RFC 8970).
    pub preview: Option<Bytes>,
    /// `EMAILID`: what names the octets (RFC 8474 §5.1).
    pub email_id: Option<Bytes>,
    /// `THREADID`: what names the conversation, if the server knows (RFC 8474 §5.2).
    pub thread_id: Option<Bytes>,
    /// `RFC822.SIZE` in octets.
    pub size: Option<u32>,
    /// `INTERNALDATE`, as written.
    pub internal_date: Option<Bytes>,
    /// `ENVELOPE`
    pub envelope: Option<Envelope>,
    /// `BODY` or `BODYSTRUCTURE`
    pub structure: Option<BodyPart>,
    /// `BODY[...]`, `RFC822` and the like with their octets, in order; `None` for NIL.
    pub sections: Vec<(String, Option<Bytes>)>,
    /// Keys that have several values: `TO ("a@x" "b@y")` (RFC 1203, string_list).
    pub lists: Vec<(String, Vec<Bytes>)>,
}

impl FetchResponse {
    /// The octets of a section by its label, `BODY[1]` or `BODY[HEADER.FIELDS (DATE FROM)]`, in any case of
    /// letters. A partial has its first octet in its label: `BODY[]<0>`.
    #[must_use]
    pub fn section(&self, label: &str) -> Option<&Bytes> {
        self.sections
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(label))
            .and_then(|(_, octets)| octets.as_ref())
    }

    /// The octets of the first section, if there is one and it is not NIL.
    #[must_use]
    pub fn first_section(&self) -> Option<&Bytes> {
        self.sections.first().and_then(|(_, octets)| octets.as_ref())
    }

    /// True if the flag is among the flags, in any case of letters.
    #[must_use]
    pub fn has_flag(&self, flag: &str) -> bool {
        self.flags.iter().flatten().any(|known| known.eq_ignore_ascii_case(flag))
    }
}

/// What a response is.
#[derive(Clone, Debug, PartialEq)]
pub enum Response {
    /// `+`: go on with a literal.
    GoAhead,
    /// `*`
    Untagged(Untagged),
    /// A tag, and how its command ended.
    Tagged(String, Completion),
    /// A tag, and data that answers its command: only IMAP3 sends them (RFC 1203, TAGGED.SOLICITED).
    Solicited(String, Untagged),
}

/// A whole response: lines, and the literals between them.
#[derive(Clone, Debug, Default)]
pub struct Pieces {
    /// Lines at even places, literals at odd ones.
    pub pieces: Vec<Bytes>,
}

impl Pieces {
    /// The length of the literal that follows the last line, if one does. A text for people is free to end like
    /// an announcement, so status responses have no literals.
    #[must_use]
    pub fn announced(&self) -> Option<usize> {
        let line = self.pieces.last()?.strip_suffix(b"}")?;
        let open = memchr::memrchr(b'{', line)?;
        let length = std::str::from_utf8(line.get(open + 1..)?).ok()?.parse().ok()?;
        let first = self.pieces.first()?;
        let space = memchr::memchr(b' ', first)?;
        let (tag, rest) = (&first[..space], &first[space + 1..]);
        let is_data = tag != b"+" && !STATUS_WORDS.iter().any(|word| rest.starts_with(word));
        is_data.then_some(length)
    }
}

const STATUS_WORDS: [&[u8]; 5] = [b"OK ", b"NO ", b"BAD ", b"BYE ", b"PREAUTH "];

/// Understands a response. `None` if it is none.
#[must_use]
pub fn understand(pieces: &Pieces) -> Option<Response> {
    let line = pieces.pieces.first()?;
    if line.starts_with(b"+") {
        return Some(Response::GoAhead);
    }
    let space = memchr::memchr(b' ', line)?;
    let (tag, rest) = (line.slice(..space), line.slice(space + 1..));
    let is_tagged = &tag[..] != b"*";
    let tag = String::from_utf8_lossy(&tag).into_owned();
    if let Some(status) = status(&rest).filter(|_| is_tagged) {
        return Some(Response::Tagged(tag, status));
    }
    let mut scanner = Scanner::new(&pieces.pieces, space + 1);
    let data = untagged(&mut scanner, &rest);
    match is_tagged {
        true => Some(Response::Solicited(tag, data?)),
        false => Some(Response::Untagged(data.unwrap_or(Untagged::Other(rest)))),
    }
}

fn untagged(scanner: &mut Scanner<'_>, rest: &Bytes) -> Option<Untagged> {
    if let Some(status) = status(rest) {
        return Some(Untagged::Status(status));
    }
    let first = scanner.word();
    if let Some(number) = number(&first) {
        scanner.space();
        return match scanner.word().to_ascii_uppercase().as_slice() {
            b"EXISTS" => Some(Untagged::Exists(number)),
            b"RECENT" => Some(Untagged::Recent(number)),
            b"EXPUNGE" => Some(Untagged::Expunge(number)),
            // A client treats STORE as FETCH (RFC 2062 §7.3.OBS.2).
            b"FETCH" | b"STORE" => {
                scanner.space();
                fetch(number, scanner).map(|response| Untagged::Fetch(Box::new(response)))
            }
            _ => None,
        };
    }
    scanner.space();
    match first.to_ascii_uppercase().as_slice() {
        b"BYE" => Some(Untagged::Bye(String::from_utf8_lossy(rest.get(4..)?).into_owned())),
        b"CAPABILITY" => Some(Untagged::Capability(scanner.values().iter().map(Value::text).collect())),
        // `(MODSEQ n)` may stand at the end (RFC 7162 §3.1.6).
        b"SEARCH" => found(&scanner.values()).map(Untagged::Search),
        b"MAILBOX" => Some(Untagged::Mailbox(line(&scanner.values()))),
        b"BBOARD" => Some(Untagged::Board(line(&scanner.values()))),
        b"READONLY" => Some(Untagged::MayChange(false)),
        b"READWRITE" => Some(Untagged::MayChange(true)),
        b"RESET" => Some(Untagged::Reset(ranges(&line(&scanner.values()))?)),
        b"SUPPORTED.VERSIONS" => {
            Some(Untagged::Versions(scanner.value(0)?.members().iter().filter_map(version).collect()))
        }
        b"SORT" => plain_numbers(scanner).map(Untagged::Sort),
        b"ESEARCH" => esearch(&scanner.values()).map(Untagged::Esearch),
        b"ENABLED" => Some(Untagged::Enabled(scanner.values().iter().map(Value::text).collect())),
        b"VANISHED" => match scanner.values().as_slice() {
            [uids] => Some(Untagged::Vanished { earlier: false, uids: ranges(&uids.text())? }),
            [_, uids] => Some(Untagged::Vanished { earlier: true, uids: ranges(&uids.text())? }),
            _ => None,
        },
        b"FLAGS" => Some(Untagged::Flags(scanner.value(0)?.members().iter().map(Value::text).collect())),
        b"LIST" | b"LSUB" => {
            let values = scanner.values();
            let [attributes, delimiter, name] = values.as_slice() else { return None };
            Some(Untagged::List {
                attributes: attributes.members().iter().map(Value::text).collect(),
                delimiter: delimiter.octets().map(|_| delimiter.text()),
                name: name.text(),
            })
        }
        b"STATUS" => {
            let values = scanner.values();
            let [name, counts] = values.as_slice() else { return None };
            let counts = counts
                .members()
                .chunks_exact(2)
                .filter_map(|pair| Some((pair[0].text(), pair[1].number64()?)));
            Some(Untagged::MailboxStatus(name.text(), counts.collect()))
        }
        _ => None,
    }
}

/// `(2 3 6) (FROM Crispin)` of IMAP3, where only the first list counts (RFC 1203, SEARCH); or numbers as they are.
fn found(values: &[Value]) -> Option<Vec<u32>> {
    match values {
        [Value::List(numbers), Value::List(_), ..] => numbers.iter().map(Value::number).collect(),
        values => numbers_among(values),
    }
}

/// A name that takes up the rest of the line, and may hold spaces (draft-ietf-imap-imap2bis-02, mstring).
fn line(values: &[Value]) -> String {
    values.iter().map(Value::text).collect::<Vec<_>>().join(" ")
}

/// `(3 0 AUTO.SET.SEEN)`
fn version(value: &Value) -> Option<Version> {
    let [major, minor, features @ ..] = value.members() else { return None };
    let features = features.iter().map(Value::text).collect();
    Some(Version { major: major.number()?, minor: minor.number()?, features })
}

fn plain_numbers(scanner: &mut Scanner<'_>) -> Option<Vec<u32>> {
    numbers_among(&scanner.values())
}

fn numbers_among(values: &[Value]) -> Option<Vec<u32>> {
    values.iter().filter(|value| !matches!(value, Value::List(_))).map(Value::number).collect()
}

/// `(TAG "a") UID MIN 2 ALL 2,10:11`
fn esearch(values: &[Value]) -> Option<Found> {
    let mut found = Found::default();
    let mut rest = values;
    if let [Value::List(correlator), after @ ..] = rest {
        found.tag = correlator.get(1).map(Value::text);
        rest = after;
    }
    if let [Value::Atom(word), after @ ..] = rest
        && word.eq_ignore_ascii_case(b"UID")
    {
        found.uid = true;
        rest = after;
    }
    for pair in rest.chunks_exact(2) {
        match pair[0].text().to_ascii_uppercase().as_str() {
            "MIN" => found.min = pair[1].number(),
            "MAX" => found.max = pair[1].number(),
            "COUNT" => found.count = pair[1].number(),
            "ALL" => found.all = ranges(&pair[1].text())?,
            "MODSEQ" => found.modseq = pair[1].number64(),
            "PARTIAL" => found.partial = in_pairs(&pair[1])?,
            "ADDTO" => found.added.extend(in_pairs(&pair[1])?),
            "REMOVEFROM" => found.removed.extend(in_pairs(&pair[1])?),
            _ => {}
        }
    }
    Some(found)
}

/// `(1:500 2,4)` or `(0 32768)`: what stands second in each pair; NIL for nothing.
fn in_pairs(list: &Value) -> Option<Vec<RangeInclusive<u32>>> {
    let mut all = Vec::new();
    for pair in list.members().chunks_exact(2) {
        if pair[1] != Value::Nil {
            all.extend(ranges(&pair[1].text())?);
        }
    }
    Some(all)
}

/// `41,43:116`: ranges in the order given.
#[must_use]
pub fn ranges(text: &str) -> Option<Vec<RangeInclusive<u32>>> {
    let number = |text: &str| number(text.as_bytes()).filter(|number| *number > 0);
    text.split(',')
        .map(|range| match range.split_once(':') {
            Some((a, b)) => {
                let (a, b) = (number(a)?, number(b)?);
                Some(a.min(b)..=a.max(b))
            }
            None => number(range).map(|only| only..=only),
        })
        .collect()
}

/// `OK [code] text`
fn status(rest: &[u8]) -> Option<Completion> {
    let (word, text) = match memchr::memchr(b' ', rest) {
        Some(space) => (&rest[..space], &rest[space + 1..]),
        None => (rest, &b""[..]),
    };
    let status = match word.to_ascii_uppercase().as_slice() {
        b"OK" | b"PREAUTH" => Status::Ok,
        b"NO" => Status::No,
        b"BAD" => Status::Bad,
        _ => return None,
    };
    let coded =
        text.strip_prefix(b"[").and_then(|rest| memchr::memchr(b']', rest).map(|end| rest.split_at(end)));
    let (code, text) = match coded {
        Some((code, text)) => (Some(String::from_utf8_lossy(code).into_owned()), &text[1..]),
        None => (None, text),
    };
    Some(Completion { status, code, text: String::from_utf8_lossy(text.trim_ascii()).into_owned() })
}

/// `(item value item value ...)`
fn fetch(number: u32, scanner: &mut Scanner<'_>) -> Option<FetchResponse> {
    let mut response = FetchResponse { number, ..FetchResponse::default() };
    if !scanner.skip(b'(') {
        return None;
    }
    while !scanner.skip(b')') {
        let label = scanner.label();
        if label.is_empty() {
            return None;
        }
        scanner.space();
        let value = scanner.value(0)?;
        scanner.space();
        match label.to_ascii_uppercase().as_str() {
            "UID" => response.uid = value.number(),
            "FLAGS" => response.flags = Some(value.members().iter().map(Value::text).collect()),
            "MODSEQ" => response.modseq = value.members().first().and_then(Value::number64),
            "PREVIEW" => response.preview = value.octets().cloned(),
            "EMAILID" => response.email_id = value.members().first().and_then(Value::octets).cloned(),
            "THREADID" => response.thread_id = value.members().first().and_then(Value::octets).cloned(),
            "RFC822.SIZE" => response.size = value.number(),
            "INTERNALDATE" => response.internal_date = value.octets().cloned(),
            "ENVELOPE" => response.envelope = Envelope::of(&value),
            // In IMAP3 BODY is a key, and its value a text.
            "BODY" | "BODYSTRUCTURE" if !value.members().is_empty() => {
                response.structure = BodyPart::of(&value);
            }
            _ => match value {
                Value::List(members) => {
                    let texts = members.iter().filter_map(Value::octets).cloned().collect();
                    response.lists.push((label, texts));
                }
                value => response.sections.push((label, value.octets().cloned())),
            },
        }
    }
    Some(response)
}
