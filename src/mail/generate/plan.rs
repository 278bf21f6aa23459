//! What is decided about a message before its first octet is written: its thread, its times, its form.

use super::era::Era;
use super::generator::Generator;
use super::people::{self, Person};
use super::random::{Purpose, Stream};
use super::sizes::Sizes;
use super::words::{self, Topic};
use crate::mail::date::Timestamp;

/// Messages shorter than this are written without MIME.
const MIME_FROM: u32 = 1_000;

/// Texts shorter than this are not written as HTML too: the tags would take more room than the words.
const HTML_FROM: u32 = 1_500;

/// The longest chain of answers that is followed to its root.
const CHAIN_MAX: usize = 64;

/// How the letters of a text are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Letters {
    /// US-ASCII, as it is.
    Ascii,
    /// iso-8859-1 in quoted-printable.
    QuotedPrintable,
    /// iso-8859-1 as it is, eight bits an octet.
    EightBit,
}

/// The form of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// How its text is written.
    pub letters: Letters,
    /// Whether HTML stands beside the text.
    pub html: bool,
    /// Whether the header has MIME lines.
    pub mime: bool,
    /// Whether an attachment is uuencoded.
    pub uuencoded: bool,
}

/// A message before it is written.
#[derive(Clone)]
pub struct Plan {
    /// Its number.
    pub index: u32,
    /// How long its parts are to be.
    pub sizes: Sizes,
    /// How long it is to be.
    pub total: u32,
    /// Its form.
    pub form: Form,
    /// Which programs wrote and carried it.
    pub era: &'static Era,
    /// The messages that it answers, directly or not, root first.
    pub chain: Vec<u32>,
    /// What its thread is about.
    pub thread: Thread,
    /// Who wrote it.
    pub author: Person,
    /// When it was sent.
    pub sent: Timestamp,
    /// When it was received.
    pub received: Timestamp,
}

/// What all messages of a thread share.
#[derive(Clone, Debug)]
pub struct Thread {
    /// The subject, without `Re:`.
    pub subject: String,
    /// Words of the thread.
    pub topic: Topic,
    /// The mailing list through which it runs.
    pub list: Option<&'static str>,
}

const LISTS: [&str; 8] = [
    "modem-talk",
    "mail-users",
    "sf-readers",
    "hikers",
    "telescope-l",
    "old-radios",
    "chess-club",
    "guitar-digest",
];

impl Plan {
    /// Decides about message `index`.
    #[must_use]
    pub fn of(generator: &Generator, index: u32) -> Self {
        let chain = chain(generator, index);
        let root = chain.first().copied().unwrap_or(index);
        let thread = thread(generator, root);
        let sizes = generator.sizes(index);
        let uuencoded = uuencoded(generator, index);
        let total = generator.total(index);
        let mut form = generator.streams().of(Purpose::Form, index);
        let html = form.chance(generator.period().html_share) && sizes.text >= HTML_FROM && !uuencoded;
        let letters = match form.chance(0.5) {
            _ if !thread.topic.accents || total < MIME_FROM => Letters::Ascii,
            true => Letters::QuotedPrintable,
            false => Letters::EightBit,
        };
        // Many programs of 1994 left plain ASCII unlabelled, as RFC 2045 §5.2 allows.
        let labelled = form.chance(if generator.year() < 1996 { 0.3 } else { 0.95 });
        let needed = html || letters != Letters::Ascii || (sizes.attachment > 0 && !uuencoded);
        let mime = needed || (labelled && generator.period().mime && total >= MIME_FROM);
        let (sent, received) = times(generator, index);
        let author = author(generator, index);
        Self {
            index,
            sizes,
            total,
            form: Form { letters, html, mime, uuencoded },
            era: generator.era(),
            chain,
            thread,
            author,
            sent,
            received,
        }
    }

    /// The message that is answered.
    #[must_use]
    pub fn parent(&self) -> Option<u32> {
        self.chain.last().copied()
    }
}

/// Whether an attachment of the message is uuencoded. One that was asked for is a MIME part where the period has
/// MIME: whoever asks for it means to take the message apart.
#[must_use]
pub fn uuencoded(generator: &Generator, index: u32) -> bool {
    if generator.period().mime && generator.is_attached_to(index) {
        return false;
    }
    generator.streams().of(Purpose::Encoding, index).chance(generator.period().uuencode_share)
}

/// Who wrote message `index`.
#[must_use]
pub fn author(generator: &Generator, index: u32) -> Person {
    people::anybody(generator.streams(), &mut generator.streams().of(Purpose::People, index))
}

/// When message `index` was sent and received. Both times never fall as the index grows.
#[must_use]
pub fn times(generator: &Generator, index: u32) -> (Timestamp, Timestamp) {
    let mut stream = generator.streams().of(Purpose::Time, index);
    let gap = generator.gap_seconds();
    // The newest message comes last; each message has a gap of its own, of which it uses the first four fifths.
    let from_end = f64::from(generator.count().saturating_sub(index)) * gap;
    let late = stream.uniform() * 0.8 * gap;
    let newest = generator.period().newest();
    let received = newest.unix - libm::ceil(from_end - late) as i64;
    let transit = (stream.uniform() * (gap * 0.2).min(300.0)) as i64;
    let zone = [0, 0, 60, 60, -300, -480, 120][stream.below(7) as usize];
    let sent = Timestamp { unix: received - transit, offset_minutes: zone };
    (sent, Timestamp { unix: received, ..newest })
}

/// The `Message-ID` of message `index`, in one of the shapes of the time; no two are the same.
#[must_use]
pub fn message_id(generator: &Generator, index: u32) -> String {
    let mut stream = generator.streams().of(Purpose::People, index);
    let author = people::anybody(generator.streams(), &mut stream);
    let civil = times(generator, index).0.civil();
    let (date, time) = (civil.date(), civil.time());
    let stamp =
        format!("{}{:02}{:02}{:02}{:02}", date.year(), date.month(), date.day(), time.hour(), time.minute());
    let noise = stream.bits();
    match noise % 4 {
        0 => format!("<{stamp}.AA{index:05}@{}>", author.host),
        1 => format!("<{:08X}.{index:04X}@{}>", noise, author.host),
        2 if date.year() > 1990 => {
            format!("<Pine.3.89.{}.{index}A-0100000@{}>", stamp.get(2..).unwrap_or_default(), author.host)
        }
        3 if date.year() > 1996 => {
            format!("<{index:06x}01bd{:04x}${:08x}$0100a8c0@{}>", noise >> 16, noise, author.host)
        }
        _ => format!("<{index}.{noise}@{}>", author.host),
    }
}

/// The messages that `index` answers, directly or not, root first.
fn chain(generator: &Generator, index: u32) -> Vec<u32> {
    let mut chain = Vec::new();
    let mut at = index;
    while let Some(parent) = parent(generator, at).filter(|_| chain.len() < CHAIN_MAX) {
        chain.push(parent);
        at = parent;
    }
    chain.reverse();
    chain
}

/// The message that `index` answers: one of the twenty before it, most often a near one.
fn parent(generator: &Generator, index: u32) -> Option<u32> {
    let mut stream = generator.streams().of(Purpose::Thread, index);
    if index == 0 || !stream.chance(generator.period().reply_share) {
        return None;
    }
    let (a, b) = (stream.between(1, 20), stream.between(1, 20));
    index.checked_sub(a.min(b))
}

/// What the thread that begins with message `root` is about.
fn thread(generator: &Generator, root: u32) -> Thread {
    let mut stream = generator.streams().of(Purpose::People, root);
    // The author is drawn first from this stream, then the message-id's noise: see `author` and `message_id`.
    let _ = (people::anybody(generator.streams(), &mut stream), stream.bits());
    let topic =
        Topic { first_noun: stream.below(150), accents: stream.chance(generator.period().eight_bit_share) };
    let list = stream.chance(generator.period().list_share).then(|| stream.word(&LISTS));
    Thread { subject: subject(&mut stream, topic), topic, list }
}

fn subject(stream: &mut Stream, topic: Topic) -> String {
    let first = words::noun(stream, topic);
    let second = words::noun(stream, topic);
    let adjective = words::adjective(stream);
    let mut subject = match stream.below(7) {
        0 => format!("{adjective} {first}"),
        1 => format!("{first} and {second}"),
        2 => format!("question about the {adjective} {first}"),
        3 => format!("{first} for the {second}?"),
        4 => format!("{adjective} {first} {}.{}", stream.between(1, 9), stream.below(10)),
        5 => format!("the {first} of the {adjective} {second}"),
        _ => format!("{first} {second} wanted"),
    };
    if let Some(first) = subject.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    subject
}
