//! Links by numbers: `rate=28800,bits=8,frame=8,delay=100ms,mtu=576`.
//!
//! | key | meaning | range | default |
//! |---|---|---|---|
//! | `rate` | bit/s towards the client | 1 to 10^12 | must be given |
//! | `rate_up` | bit/s towards the server | 1 to 10^12 | as `rate` |
//! | `bits` | line bits for one byte | 1 to 16 | 8 |
//! | `frame` | bytes that framing adds to each packet | 0 to 65535 | 0 |
//! | `framing` | in place of `frame`, what surrounds each packet: see [`FRAMINGS`] | a name | none |
//! | `slots` | headers that both ends of VJ keep; beside `frame`: compresses them | 1 to 256 | 16 |
//! | `delay` | each way, besides the serialization delay: a number with `ns`, `us`, `ms` or `s` | 0 to 1000s | 0ms |
//! | `delay_up` | the same, towards the server | 0 to 1000s | as `delay` |
//! | `mtu` | longest IP packet in bytes | 68 to 65535 | 1500 |
//! | `queue` | packets that wait before one is dropped; with `B`, bytes | 1 to 10^6, to 10^9B | no end |
//! | `queue_up` | the same, towards the server | as `queue` | as `queue` |
//! | `control` | error control between the modems: see [`CONTROLS`]; bytes then need no start and stop bits | a name | none |
//! | `compress` | compression between the modems: see [`COMPRESSIONS`] | a name | none |
//! | `loss` | share of packets lost, each way | 0 to 1, nine digits | 0 |
//! | `loss_up` | the same, towards the server | 0 to 1, nine digits | as `loss` |
//! | `ber` | share of bits that arrive wrong, each way | 0 to 1, nine digits | 0 |
//! | `seed` | which packets are lost, and which bits are wrong | 0 to 2^64-1 | 0 |
//!
//! Such a link has no call set-up, and leaves nothing to chance: what is lost or wrong follows from the seed.

use std::ops::RangeInclusive;

use super::bearer::{self, blocks};
use super::framing::{Calls, Carrier, Framing, Ppp};
use super::modem::compressor::Compression;
use super::modem::v42bis::Parameters;
use super::ppp::Vj;
use super::preset::QUEUE;
use super::spec::{Bearer, CallSetup, Chance, LinkSpec, Loss, Queue};
use crate::lesson::{Lesson, Place, nearest};
use crate::time::Duration;
use crate::units::{BitRate, Money};

/// The keys, in the order of the table above.
pub const KEYS: [&str; 17] = [
    "rate", "rate_up", "bits", "frame", "framing", "slots", "delay", "delay_up", "mtu", "queue", "queue_up",
    "control", "compress", "loss", "loss_up", "ber", "seed",
];

/// Error control by name: what the modems put around blocks of bytes, and send again until it arrives.
pub const CONTROLS: [(&str, blocks::Rules); 2] =
    [("lapm", blocks::Rules::LAPM), ("mnp4", blocks::Rules::MNP4)];

/// Compression by name.
pub const COMPRESSIONS: [(&str, Compression); 2] =
    [("v42bis", Compression::V42bis(Parameters::USUAL)), ("mnp5", Compression::Mnp5)];

/// What a packet can be framed in, by name. `-vj` compresses TCP/IP headers, `-deflate` whole packets.
pub const FRAMINGS: [(&str, Framing); 13] = [
    ("slip", Framing::Slip),
    ("cslip", Framing::CSLIP_USUAL),
    ("ppp", Framing::PPP_USUAL),
    ("ppp-vj", Framing::Ppp(Ppp::WITH_VJ)),
    ("ppp-deflate", Framing::Ppp(Ppp { deflate: true, ..Ppp::USUAL })),
    ("ppp-vj-deflate", Framing::Ppp(Ppp { deflate: true, ..Ppp::WITH_VJ })),
    ("ppp-escape-all", Framing::Ppp(Ppp { accm: u32::MAX, acfc: false, pfc: false, ..Ppp::USUAL })),
    ("ppp-sync", Framing::Ppp(Ppp { carrier: Carrier::Sync, ..Ppp::USUAL })),
    ("ppp-sync-vj", Framing::Ppp(Ppp { carrier: Carrier::Sync, ..Ppp::WITH_VJ })),
    ("multilink", Framing::Ppp(Ppp { carrier: Carrier::Sync, multilink: TWO_CALLS, ..Ppp::USUAL })),
    ("multilink-vj", Framing::Ppp(Ppp { carrier: Carrier::Sync, multilink: TWO_CALLS, ..Ppp::WITH_VJ })),
    ("ppp-atm", Framing::Ppp(Ppp { carrier: Carrier::Atm, ..Ppp::USUAL })),
    ("hdlc", Framing::Hdlc),
];

const TWO_CALLS: Option<Calls> = Some(Calls { calls: 2, short_sequence: false });

/// The longest delay; no link on Earth comes near it.
const DELAY_MAX: Duration = Duration::from_secs(1000);

/// Reads a link by numbers.
///
/// # Errors
/// An unknown or repeated key, a value out of its range, no `rate`; each with a caret under the wrong piece.
pub fn parse(text: &str) -> Result<LinkSpec, Lesson> {
    let pieces = pieces(text)?;
    let Some(rate_down) = pieces.rate("rate")? else {
        let place = Place::line("--link", 1, text).caret(0, text.chars().count(), "add `rate=` in bit/s");
        return Err(Lesson::new("this link has no rate").at(place).hint(format!("try `rate=28800,{text}`")));
    };
    let down_per_billion = pieces.share("loss")?.unwrap_or(0);
    let loss = Loss {
        down_per_billion,
        up_per_billion: pieces.share("loss_up")?.unwrap_or(down_per_billion),
        wrong_bits_per_billion: pieces.share("ber")?.unwrap_or(0),
        seed: pieces.number("seed", 0..=u64::MAX)?.unwrap_or(0),
    };
    let delay_down = pieces.delay("delay")?.unwrap_or(Duration::ZERO);
    let queue_down = pieces.queue("queue")?.unwrap_or(QUEUE);
    let frame = pieces.number("frame", 0..=u64::from(u16::MAX))?.unwrap_or(0);
    let small =
        |number: Option<u64>, default| number.map_or(default, |n| u32::try_from(n).unwrap_or(default));
    Ok(LinkSpec {
        name: text.to_owned(),
        title: "a link by numbers".to_owned(),
        era: String::new(),
        rate_down,
        rate_up: pieces.rate("rate_up")?.unwrap_or(rate_down),
        delay_down,
        delay_up: pieces.delay("delay_up")?.unwrap_or(delay_down),
        mtu: small(pieces.number("mtu", 68..=65_535)?, 1500),
        bits_per_octet: pieces.number("bits", 1..=16)?.and_then(|bits| u8::try_from(bits).ok()).unwrap_or(8),
        framing: pieces.framing(frame)?,
        bearer: pieces.bearer()?,
        queue_down,
        queue_up: pieces.queue("queue_up")?.unwrap_or(queue_down),
        loss,
        call: CallSetup::NONE,
        chance: Chance::default(),
        plain: None,
        sources: Vec::new(),
        confidence: None,
        note: String::new(),
    })
}

/// `key=value` and where it stands.
#[derive(Clone, Copy)]
struct Piece<'a> {
    key: &'a str,
    value: &'a str,
    /// Where the key begins, in characters.
    column: usize,
}

struct Pieces<'a> {
    text: &'a str,
    pieces: Vec<Piece<'a>>,
}

/// Takes the text apart, and refuses what is no `key=value` with a key that is known and new.
fn pieces(text: &str) -> Result<Pieces<'_>, Lesson> {
    let mut pieces: Vec<Piece<'_>> = Vec::with_capacity(KEYS.len());
    let mut column = 0;
    for part in text.split(',') {
        let wrong = |width, what: String, note: String| {
            Lesson::new(what).at(Place::line("--link", 1, text).caret(column, width, note))
        };
        let keys = || format!("keys: {}", KEYS.join(", "));
        let width = part.chars().count();
        let Some((key, value)) = part.split_once('=') else {
            return Err(wrong(width, format!("`{part}` is no `key=value`"), keys()));
        };
        let key_width = key.chars().count();
        if !KEYS.contains(&key) {
            let lesson = wrong(key_width, format!("a link has no number `{key}`"), keys());
            return Err(match nearest(key, KEYS) {
                Some(near) => lesson.hint(format!("did you mean `{near}`?")),
                None => lesson,
            });
        }
        if pieces.iter().any(|piece| piece.key == key) {
            return Err(wrong(width, format!("`{key}` is given twice"), "each key once".to_owned()));
        }
        pieces.push(Piece { key, value, column });
        column += width + 1;
    }
    Ok(Pieces { text, pieces })
}

impl<'a> Pieces<'a> {
    fn find(&self, key: &str) -> Option<&Piece<'a>> {
        self.pieces.iter().find(|piece| piece.key == key)
    }

    /// A lesson about the value of a piece.
    fn wrong(&self, piece: &Piece<'_>, allowed: String) -> Lesson {
        let (column, width) = (piece.column + piece.key.chars().count() + 1, piece.value.chars().count());
        Lesson::new(format!("`{}` cannot be `{}`", piece.key, piece.value))
            .at(Place::line("--link", 1, self.text).caret(column, width, allowed))
    }

    fn number(&self, key: &str, range: RangeInclusive<u64>) -> Result<Option<u64>, Lesson> {
        let Some(piece) = self.find(key) else { return Ok(None) };
        let number =
            piece.value.parse().ok().filter(|number| range.contains(number) && all_digits(piece.value));
        let allowed = || format!("a whole number from {} to {}", range.start(), range.end());
        number.map(Some).ok_or_else(|| self.wrong(piece, allowed()))
    }

    fn rate(&self, key: &str) -> Result<Option<BitRate>, Lesson> {
        Ok(self.number(key, 1..=1_000_000_000_000)?.and_then(BitRate::new))
    }

    /// What `framing`, `frame` and `slots` say together.
    fn framing(&self, frame: u64) -> Result<Framing, Lesson> {
        let slots = self.number("slots", 1..=256)?.and_then(|slots| u16::try_from(slots).ok());
        let Some(piece) = self.find("framing") else {
            let octets_a_packet = u16::try_from(frame).unwrap_or_default();
            return Ok(match slots {
                Some(slots) => Framing::CountedVj { octets_a_packet, slots },
                None => Framing::None { octets_a_packet },
            });
        };
        if let Some(frame) = self.find("frame") {
            return Err(self.wrong(frame, "not beside `framing`, which counts the bytes itself".to_owned()));
        }
        let Some((_, framing)) = FRAMINGS.iter().find(|(name, _)| *name == piece.value) else {
            let names = FRAMINGS.map(|(name, _)| name);
            let lesson = self.wrong(piece, names.join(", "));
            return Err(match nearest(piece.value, names) {
                Some(near) => lesson.hint(format!("did you mean `{near}`?")),
                None => lesson,
            });
        };
        match (*framing, slots) {
            (framing, None) => Ok(framing),
            (Framing::Cslip { .. }, Some(slots)) => Ok(Framing::Cslip { slots }),
            (Framing::Ppp(Ppp { vj: Some(vj), .. }), Some(slots)) => {
                let Framing::Ppp(ppp) = *framing else { return Ok(*framing) };
                Ok(Framing::Ppp(Ppp { vj: Some(Vj { highest_slot: (slots - 1) as u8, ..vj }), ..ppp }))
            }
            (_, Some(_)) => {
                let piece = self.find("slots").unwrap_or(piece);
                Err(self.wrong(piece, "only where headers are compressed: `framing=ppp-vj`".to_owned()))
            }
        }
    }

    /// A delay, exact to the nanosecond.
    fn delay(&self, key: &str) -> Result<Option<Duration>, Lesson> {
        let Some(piece) = self.find(key) else { return Ok(None) };
        let unit_start =
            piece.value.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(piece.value.len());
        let (number, unit) = piece.value.split_at(unit_start);
        let nanos_in_unit = match unit {
            "ns" => Some(1),
            "us" | "µs" => Some(1_000),
            "ms" => Some(1_000_000),
            "s" => Some(1_000_000_000),
            _ => None,
        };
        // The decimal reader of money is exact to nine digits, as a delay is.
        let nanos = || {
            let exact = Money::parse(number)?.as_nanos() * nanos_in_unit? / 1_000_000_000;
            u64::try_from(exact).ok().map(Duration::from_nanos).filter(|delay| *delay <= DELAY_MAX)
        };
        let allowed = || self.wrong(piece, "0 to 1000s, as in 100ms, 2.5s, 300us, 40ns".to_owned());
        nanos().map(Some).ok_or_else(allowed)
    }

    /// The room in a queue: in packets, or in bytes.
    fn queue(&self, key: &str) -> Result<Option<Queue>, Lesson> {
        let Some(piece) = self.find(key) else { return Ok(None) };
        let number = |digits: &str, max: u32| {
            digits.parse().ok().filter(|number| (1..=max).contains(number) && all_digits(digits))
        };
        let queue = match piece.value.strip_suffix('B') {
            Some(octets) => number(octets, 1_000_000_000).map(Queue::of_octets),
            None => number(piece.value, 1_000_000).map(Queue::of_packets),
        };
        let allowed = || self.wrong(piece, "1 to 1000000 packets, or 1B to 1000000000B of bytes".to_owned());
        queue.map(Some).ok_or_else(allowed)
    }

    /// What the modems do to the bytes.
    fn bearer(&self) -> Result<Bearer, Lesson> {
        let control = self.named("control", CONTROLS)?;
        let compression = self.named("compress", COMPRESSIONS)?;
        if let (Some(_), Some(bits)) = (control, self.find("bits")) {
            let allowed = "not beside `control`: in its blocks a byte has eight bits".to_owned();
            return Err(self.wrong(bits, allowed));
        }
        if let (None, Some(_), Some(piece)) = (control, compression, self.find("compress")) {
            let lesson = self.wrong(piece, "only behind error control: add `control=lapm`".to_owned());
            return Err(
                lesson.note("a wrong byte would spoil all that the other end's dictionary makes of it")
            );
        }
        Ok(Bearer {
            carrier: control.map_or(bearer::Carrier::Octets, bearer::Carrier::Blocks),
            compression: compression.unwrap_or_default(),
        })
    }

    /// What a key's name stands for.
    fn named<T: Copy, const N: usize>(&self, key: &str, known: [(&str, T); N]) -> Result<Option<T>, Lesson> {
        let Some(piece) = self.find(key) else { return Ok(None) };
        if let Some((_, found)) = known.iter().find(|(name, _)| *name == piece.value) {
            return Ok(Some(*found));
        }
        let names = known.map(|(name, _)| name);
        let lesson = self.wrong(piece, names.join(", "));
        Err(match nearest(piece.value, names) {
            Some(near) => lesson.hint(format!("did you mean `{near}`?")),
            None => lesson,
        })
    }

    /// A share, in 10⁻⁹.
    fn share(&self, key: &str) -> Result<Option<u32>, Lesson> {
        let Some(piece) = self.find(key) else { return Ok(None) };
        // The decimal reader of money is exact to nine digits, as this share is.
        let share = Money::parse(piece.value)
            .filter(|share| (Money::ZERO..=Money::from_nanos(Money::NANOS)).contains(share))
            .and_then(|share| u32::try_from(share.as_nanos()).ok());
        share.map(Some).ok_or_else(|| self.wrong(piece, "a share from 0 to 1, as in 0.01".to_owned()))
    }
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests;
