//! Responses of IMAP, token by token (RFC 3501 §7 and §9, response).

use super::values::{Reader, Value};
use super::{Said, Told};
use crate::protocol::imap::literal::{Announced, announced, completes};

/// What a line announces: `{12}` at its end (RFC 3501 §4.3).
pub(super) fn literal(line: &[u8]) -> Option<Announced> {
    let line = line.strip_suffix(b"\n")?;
    announced(line.strip_suffix(b"\r").unwrap_or(line))
}

/// The tags of the commands that whole responses complete.
pub(super) fn completed(octets: &[u8]) -> Vec<&[u8]> {
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(len) = whole(octets.get(at..).unwrap_or_default()) {
        let tag = octets.get(at..at + len).and_then(|response| response.split(|octet| *octet == b' ').next());
        let ends = octets.get(at..at + len).is_some_and(completes);
        tags.extend(tag.filter(|_| ends));
        at += len;
    }
    tags
}

/// Explains all whole responses; gives how many octets they took.
pub(super) fn responses(octets: &[u8], told: &mut Told) -> usize {
    let mut at = 0;
    while let Some(len) = whole(octets.get(at..).unwrap_or_default()) {
        response(octets.get(at..at + len).unwrap_or_default(), told);
        at += len;
    }
    at
}

/// How long the first response is, its literals and its line end included; none if it has no end yet.
fn whole(octets: &[u8]) -> Option<usize> {
    let mut at = 0_usize;
    loop {
        let end = at + memchr::memchr(b'\n', octets.get(at..)?)? + 1;
        match literal(octets.get(at..end)?) {
            Some(more) => {
                at = end.checked_add(usize::try_from(more.octets).ok()?)?;
                if at > octets.len() {
                    return None;
                }
            }
            None => return Some(end),
        }
    }
}

fn response(octets: &[u8], told: &mut Told) {
    let mut reader = Reader::new(octets);
    let first = reader.word();
    let mut out = Explained { told };
    match first.as_slice() {
        b"*" => out.say(0, "*", "untagged: data, or news that nobody asked for (RFC 3501 §7)"),
        b"+" => {
            out.say(0, "+", "go on: the server awaits the rest of the command (RFC 3501 §7.5)");
            return out.text(&mut reader, "text for people");
        }
        tag if completes(octets) => {
            out.say(0, &shown(tag), "tag of the command that this completes (RFC 3501 §2.2.1)");
        }
        tag => out.say(0, &shown(tag), "tag of the command that this data answers (RFC 1203)"),
    }
    let word = reader.word();
    let number = number(&word);
    match number {
        Some(_) => {
            let kind = reader.word();
            let (means, what) = match kind.to_ascii_uppercase().as_slice() {
                b"EXISTS" => ("how many messages there are", "size of the mailbox (RFC 3501 §7.3.1)"),
                b"RECENT" => ("how many of them are recent", "new since the last session (RFC 3501 §7.3.2)"),
                b"EXPUNGE" => (
                    "a message sequence number",
                    "this message is gone; those behind it move up (RFC 3501 §7.4.1)",
                ),
                b"FETCH" => (
                    "a message sequence number (RFC 3501 §2.3.1.2)",
                    "data of this message (RFC 3501 §7.4.2)",
                ),
                _ => ("a number", "not known here"),
            };
            out.say(1, &shown(&word), means);
            out.say(1, &shown(&kind), what);
            if kind.eq_ignore_ascii_case(b"FETCH") {
                let value = reader.value();
                out.attributes(2, &value, FETCH_ITEMS);
            }
        }
        None => out.named(&word, &mut reader),
    }
    out.rest(&mut reader);
}

fn number(word: &[u8]) -> Option<u64> {
    std::str::from_utf8(word).ok().filter(|word| word.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()
}

fn shown(octets: &[u8]) -> String {
    super::text_of(octets).replace("\\\\", "\\")
}

/// Names of values with what they mean.
type Items = &'static [(&'static str, &'static str)];

/// What FETCH can bring (RFC 3501 §7.4.2).
const FETCH_ITEMS: Items = &[
    ("UID", "unique identifier: stays with the message (RFC 3501 §2.3.1.1)"),
    ("FLAGS", "its flags (RFC 3501 §2.3.2)"),
    ("RFC822.SIZE", "its size in octets (RFC 3501 §2.3.4)"),
    ("INTERNALDATE", "when the server got it (RFC 3501 §2.3.3)"),
    ("ENVELOPE", "its header, read by the server (RFC 3501 §2.3.5)"),
    ("BODYSTRUCTURE", "the tree of its MIME parts (RFC 3501 §2.3.6)"),
    ("BODY", "the tree of its MIME parts, without extensions (RFC 3501 §2.3.6)"),
    ("MODSEQ", "when it last changed, as a number (RFC 7162 §3.1.4.2)"),
    ("PREVIEW", "its first words (RFC 8970 §3)"),
    ("EMAILID", "what names its octets, wherever they are (RFC 8474 §5.1)"),
    ("THREADID", "what names its conversation (RFC 8474 §5.2)"),
    ("RFC822", "the whole message (RFC 3501 §7.4.2)"),
    ("RFC822.HEADER", "its header (RFC 3501 §7.4.2)"),
    ("RFC822.TEXT", "its text (RFC 3501 §7.4.2)"),
];

/// What STATUS can bring (RFC 3501 §7.2.4).
const STATUS_ITEMS: Items = &[
    ("MESSAGES", "how many messages there are"),
    ("RECENT", "how many of them are recent"),
    ("UIDNEXT", "the UID that the next message will get"),
    ("UIDVALIDITY", "UIDs of another value here mean nothing"),
    ("UNSEEN", "how many are not seen"),
    ("HIGHESTMODSEQ", "the newest change (RFC 7162 §3.1.7)"),
    ("SIZE", "octets of all messages (RFC 8438)"),
    ("DELETED", "how many are marked to be removed (RFC 9051 §6.3.11)"),
    ("APPENDLIMIT", "the largest message that can be appended (RFC 7889)"),
    ("MAILBOXID", "what names the mailbox, whatever it is called (RFC 8474 §4)"),
];

const FLAGS: Items = &[
    ("\\SEEN", "it has been read"),
    ("\\ANSWERED", "it has been answered"),
    ("\\FLAGGED", "it is marked for attention"),
    ("\\DELETED", "EXPUNGE will remove it"),
    ("\\DRAFT", "it is not finished"),
    ("\\RECENT", "it is new since the last session"),
    ("\\*", "clients may make keywords of their own"),
    ("\\NOSELECT", "it cannot be opened"),
    ("\\NOINFERIORS", "no mailboxes can be under it"),
    ("\\MARKED", "there may be news in it"),
    ("\\UNMARKED", "there is no news in it"),
];

/// The fields of an ENVELOPE, in order (RFC 3501 §7.4.2).
const ENVELOPE: [&str; 10] =
    ["date", "subject", "from", "sender", "reply-to", "to", "cc", "bcc", "in-reply-to", "message-id"];
/// The parts of an address, in order.
const ADDRESS: [&str; 4] = ["personal name", "route", "mailbox name", "host name"];
/// The fields of a part that has no parts, in order.
const PART: [&str; 7] = ["type", "subtype", "parameters", "id", "description", "encoding", "size in octets"];

fn meaning(items: Items, word: &[u8]) -> Option<&'static str> {
    items.iter().find(|(known, _)| known.as_bytes().eq_ignore_ascii_case(word)).map(|(_, means)| *means)
}

struct Explained<'a> {
    told: &'a mut Told,
}

impl Explained<'_> {
    fn say(&mut self, depth: usize, token: &str, means: &str) {
        self.told.say(&Said { depth, token: token.to_owned(), means: means.to_owned() });
    }

    /// A response that begins with a word.
    fn named(&mut self, word: &[u8], reader: &mut Reader<'_>) {
        let upper = word.to_ascii_uppercase();
        let means = match upper.as_slice() {
            b"OK" => "done, or for information (RFC 3501 §7.1.1)",
            b"NO" => "it could not be done (RFC 3501 §7.1.2)",
            b"BAD" => "it was not understood, or not allowed here (RFC 3501 §7.1.3)",
            b"PREAUTH" => "a greeting: no login is needed (RFC 3501 §7.1.4)",
            b"BYE" => "the server is about to close (RFC 3501 §7.1.5)",
            b"CAPABILITY" => "what the server can do (RFC 3501 §7.2.1)",
            b"LIST" => "a mailbox (RFC 3501 §7.2.2)",
            b"LSUB" => "a subscribed name (RFC 3501 §7.2.3)",
            b"STATUS" => "counts of a mailbox that is not opened (RFC 3501 §7.2.4)",
            b"SEARCH" => "numbers of the messages found (RFC 3501 §7.2.5)",
            b"FLAGS" => "flags that this mailbox knows (RFC 3501 §7.2.6)",
            _ => "not known here",
        };
        self.say(1, &shown(word), means);
        match upper.as_slice() {
            b"OK" | b"NO" | b"BAD" | b"PREAUTH" | b"BYE" => {
                if let Some(code) = reader.code() {
                    self.code(&code);
                }
                self.text(reader, "text for people");
            }
            b"CAPABILITY" | b"SEARCH" => {
                let each = if upper == b"SEARCH" { "a message found" } else { "a capability" };
                loop {
                    let word = reader.word();
                    if word.is_empty() {
                        break;
                    }
                    self.say(2, &shown(&word), each);
                }
            }
            b"FLAGS" => {
                let value = reader.value();
                self.flags(2, &value);
            }
            b"LIST" | b"LSUB" => {
                let attributes = reader.value();
                self.flags(2, &attributes);
                let (delimiter, name) = (reader.value(), reader.value());
                self.value(2, &delimiter, "what stands between the levels of names");
                self.value(2, &name, "its name");
            }
            b"STATUS" => {
                let (name, items) = (reader.value(), reader.value());
                self.value(2, &name, "its name");
                self.attributes(2, &items, STATUS_ITEMS);
            }
            _ => {}
        }
    }

    /// A response code (RFC 3501 §7.1).
    fn code(&mut self, code: &[u8]) {
        let word = code.split(|octet| *octet == b' ').next().unwrap_or_default();
        let means = match word.to_ascii_uppercase().as_slice() {
            b"UIDVALIDITY" => "response code: UIDs mean something only while this stays",
            b"UIDNEXT" => "response code: the UID that the next message will get",
            b"UNSEEN" => "response code: the number of the first message that is not seen",
            b"PERMANENTFLAGS" => "response code: flags that a client can change for good",
            b"READ-WRITE" => "response code: the mailbox can be changed",
            b"READ-ONLY" => "response code: the mailbox cannot be changed",
            b"TRYCREATE" => "response code: CREATE would help",
            b"CAPABILITY" => "response code: what the server can do",
            b"ALERT" => "response code: the user has to be shown the text",
            b"PARSE" => "response code: a message's header cannot be read",
            b"BADCHARSET" => "response code: this character set is not known",
            _ => "a response code (RFC 3501 §7.1)",
        };
        self.say(2, &format!("[{}]", shown(code)), means);
    }

    fn text(&mut self, reader: &mut Reader<'_>, means: &str) {
        let text = reader.line();
        if !text.is_empty() {
            self.say(2, &shown(&text), means);
        }
    }

    fn rest(&mut self, reader: &mut Reader<'_>) {
        let rest = reader.line();
        if !rest.is_empty() {
            self.say(1, &shown(&rest), "more than is known here");
        }
    }

    /// Names and values by turns, in parentheses.
    fn attributes(&mut self, depth: usize, value: &Value, items: Items) {
        let Value::List(list) = value else { return self.value(depth, value, "") };
        let mut values = list.iter();
        while let Some(name) = values.next() {
            let word = name.octets();
            let section = word.to_ascii_uppercase().starts_with(b"BODY[");
            let means = if section {
                "octets of the message or of a part (RFC 3501 §7.4.2)"
            } else {
                meaning(items, &word).unwrap_or("not known here")
            };
            self.say(depth, &shown(&word), means);
            let Some(value) = values.next() else { break };
            match word.to_ascii_uppercase().as_slice() {
                b"FLAGS" => self.flags(depth + 1, value),
                b"ENVELOPE" => self.fields(depth + 1, value, &ENVELOPE),
                b"BODYSTRUCTURE" | b"BODY" => self.part(depth + 1, value),
                _ => self.value(depth + 1, value, "its value"),
            }
        }
    }

    fn flags(&mut self, depth: usize, value: &Value) {
        match value {
            Value::List(flags) if flags.is_empty() => self.say(depth, "()", "none"),
            Value::List(flags) => {
                for flag in flags {
                    let octets = flag.octets();
                    self.say(depth, &shown(&octets), meaning(FLAGS, &octets).unwrap_or("a keyword"));
                }
            }
            other => self.value(depth, other, "not a list"),
        }
    }

    /// The fields of an envelope or of an address, by their order.
    fn fields(&mut self, depth: usize, value: &Value, names: &[&str]) {
        let Value::List(list) = value else { return self.value(depth, value, "") };
        for (nth, field) in list.iter().enumerate() {
            let name = names.get(nth).copied().unwrap_or("not known here");
            match field {
                Value::List(addresses) => {
                    self.say(depth, "(", name);
                    for address in addresses {
                        if let Value::List(_) = address {
                            self.fields(depth + 1, address, &ADDRESS);
                        } else {
                            self.value(depth + 1, address, "");
                        }
                    }
                }
                other => self.value(depth, other, name),
            }
        }
    }

    /// A part of a message: parts, or type and fields (RFC 3501 §7.4.2, BODYSTRUCTURE).
    fn part(&mut self, depth: usize, value: &Value) {
        let Value::List(list) = value else { return self.value(depth, value, "") };
        let parts = list.iter().take_while(|value| matches!(value, Value::List(_))).count();
        for (nth, part) in list.iter().take(parts).enumerate() {
            self.say(depth, "(", &format!("part {}", nth + 1));
            self.part(depth + 1, part);
        }
        let is_multipart = parts > 0;
        for (nth, field) in list.iter().skip(parts).enumerate() {
            let name = match (is_multipart, nth) {
                (true, 0) => "subtype of the multipart",
                (true, 1) => "parameters",
                (true, _) => "extension data",
                (false, nth) => PART.get(nth).copied().unwrap_or("lines, or extension data"),
            };
            self.value(depth, field, name);
        }
    }

    fn value(&mut self, depth: usize, value: &Value, means: &str) {
        match value {
            Value::List(list) => {
                self.say(depth, "(", means);
                for value in list {
                    self.value(depth + 1, value, "");
                }
            }
            Value::Literal(octets) => {
                let means = if means.is_empty() { "a literal (RFC 3501 §4.3)" } else { means };
                self.say(depth, &format!("{{{}}} {} bytes", octets.len(), octets.len()), means);
            }
            Value::Quoted(octets) => self.say(depth, &format!("\"{}\"", shown(octets)), means),
            Value::Atom(octets) if octets.eq_ignore_ascii_case(b"NIL") => {
                let means = if means.is_empty() { "there is none" } else { means };
                self.say(depth, "NIL", &format!("{}: none", means.trim_end_matches(": none")));
            }
            Value::Atom(octets) => self.say(depth, &shown(octets), means),
            Value::Nothing => {}
        }
    }
}
