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
//! | `mtu` | longest IP packet in bytes | 68 to 65535 | 1500 |
//! | `queue` | packets that wait before one is dropped | 1 to 10^6 | no end |
//! | `control` | error control between the modems: see [`CONTROLS`]; bytes then need no start and stop bits | a name | none |
//! | `compress` | compression between the modems: see [`COMPRESSIONS`] | a name | none |
//! | `loss` | share of packets lost, each way | 0 to 1, nine digits | 0 |
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
use super::preset::QUEUE_PACKETS;
use super::spec::{Bearer, CallSetup, Chance, LinkSpec, Loss};
use crate::lesson::{Lesson, Place, nearest};
use crate::time::Duration;
use crate::units::{BitRate, Money};

/// The keys, in the order of the table above.
pub const KEYS: [&str; 14] = [
    "rate", "rate_up", "bits", "frame", "framing", "slots", "delay", "mtu", "queue", "control", "compress",
    "loss", "ber", "seed",
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
    let loss = Loss {
        per_billion: pieces.share("loss")?,
        wrong_bits_per_billion: pieces.share("ber")?,
        seed: pieces.number("seed", 0..=u64::MAX)?.unwrap_or(0),
    };
    let delay = pieces.delay()?;
    let frame = pieces.number("frame", 0..=u64::from(u16::MAX))?.unwrap_or(0);
    let small =
        |number: Option<u64>, default| number.map_or(default, |n| u32::try_from(n).unwrap_or(default));
    Ok(LinkSpec {
        name: text.to_owned(),
        title: "a link by numbers".to_owned(),
        era: String::new(),
        rate_down,
        rate_up: pieces.rate("rate_up")?.unwrap_or(rate_down),
        delay_down: delay,
        delay_up: delay,
        mtu: small(pieces.number("mtu", 68..=65_535)?, 1500),
        bits_per_octet: pieces.number("bits", 1..=16)?.and_then(|bits| u8::try_from(bits).ok()).unwrap_or(8),
        framing: pieces.framing(frame)?,
        bearer: pieces.bearer()?,
        queue_packets: small(pieces.number("queue", 1..=1_000_000)?, QUEUE_PACKETS),
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
        let loses = |key: &str| self.find(key).filter(|piece| Money::parse(piece.value) != Some(Money::ZERO));
        let wrong_bits = loses("ber").filter(|_| self.find("control").is_none());
        if let (Framing::Ppp(Ppp { deflate: true, .. }), Some(loss)) = (framing, loses("loss").or(wrong_bits))
        {
            let lesson = self.wrong(loss, "0 where packets are deflated".to_owned());
            return Err(
                lesson.note("the packets that reset both ends after a loss (RFC 1962 §3) are not built yet")
            );
        }
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

    /// The delay each way, exact to the nanosecond.
    fn delay(&self) -> Result<Duration, Lesson> {
        let Some(piece) = self.find("delay") else { return Ok(Duration::ZERO) };
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
        nanos().ok_or_else(|| self.wrong(piece, "0 to 1000s, as in 100ms, 2.5s, 300us, 40ns".to_owned()))
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
    fn share(&self, key: &str) -> Result<u32, Lesson> {
        let Some(piece) = self.find(key) else { return Ok(0) };
        // The decimal reader of money is exact to nine digits, as this share is.
        let share = Money::parse(piece.value)
            .filter(|share| (Money::ZERO..=Money::from_nanos(Money::NANOS)).contains(share))
            .and_then(|share| u32::try_from(share.as_nanos()).ok());
        share.ok_or_else(|| self.wrong(piece, "a share from 0 to 1, as in 0.01".to_owned()))
    }
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_link_by_numbers_has_these_numbers() {
        let link =
            parse("rate=28800,rate_up=14400,bits=10,frame=8,delay=100ms,mtu=576,queue=20,loss=0,seed=7")
                .unwrap();
        assert_eq!(
            (link.rate_down, link.rate_up),
            (BitRate::new(28_800).unwrap(), BitRate::new(14_400).unwrap())
        );
        assert_eq!(
            (link.delay_down, link.delay_up),
            (Duration::from_millis(100), Duration::from_millis(100))
        );
        assert_eq!((link.bits_per_octet, link.mtu, link.queue_packets), (10, 576, 20));
        assert_eq!(link.framing, Framing::None { octets_a_packet: 8 });
        assert_eq!((link.call, link.chance, link.plain), (CallSetup::NONE, Chance::default(), None));
    }

    #[test]
    fn a_rate_is_enough() {
        let link = parse("rate=2400").unwrap();
        assert_eq!((link.rate_up, link.delay_up), (link.rate_down, Duration::ZERO));
        assert_eq!((link.bits_per_octet, link.mtu, link.queue_packets), (8, 1500, QUEUE_PACKETS));
        assert_eq!(link.framing, Framing::None { octets_a_packet: 0 });
    }

    #[test]
    fn a_delay_is_exact_in_each_unit() {
        for (text, nanos) in [
            ("40ns", 40),
            ("0.3us", 300),
            ("1.5ms", 1_500_000),
            ("0.000000001s", 1),
            ("1000s", 1_000_000_000_000),
        ] {
            let link = parse(&format!("rate=1,delay={text}")).unwrap();
            assert_eq!(link.delay_down, Duration::from_nanos(nanos), "{text}");
        }
    }

    #[test]
    fn a_wrong_piece_is_pointed_at() {
        for (text, caret, says) in [
            ("rate=0", (5, 1), "1 to 1000000000000"),
            ("rate=fast", (5, 4), "1 to 1000000000000"),
            ("rate=+9", (5, 2), "whole number"),
            ("rate=", (5, 1), "whole number"),
            ("rate=1,rate=2", (7, 6), "twice"),
            ("rate=1,bits=17", (12, 2), "1 to 16"),
            ("rate=1,bits=0", (12, 1), "1 to 16"),
            ("rate=1,frame=65536", (13, 5), "0 to 65535"),
            ("rate=1,delay=100", (13, 3), "as in 100ms"),
            ("rate=1,delay=-1s", (13, 3), "as in 100ms"),
            ("rate=1,delay=1001s", (13, 5), "0 to 1000s"),
            ("rate=1,mtu=67", (11, 2), "68 to 65535"),
            ("rate=1,queue=0", (13, 1), "1 to 1000000"),
            ("rate=1,loss=2", (12, 1), "0 to 1"),
            ("rate=1,loss=-0.1", (12, 4), "0 to 1"),
            ("rate=1,ber=2", (11, 1), "0 to 1"),
            ("rate=1,control=lamp", (15, 4), "did you mean `lapm`?"),
            ("rate=1,control=lapm,bits=10", (25, 2), "eight bits"),
            ("rate=1,compress=v42bis", (16, 6), "add `control=lapm`"),
            ("rate=1,seed=x", (12, 1), "0 to 18446744073709551615"),
            ("rate=1,delya=5ms", (7, 5), "did you mean `delay`?"),
            ("rate=1,,bits=8", (7, 1), "no `key=value`"),
            ("ráte=1", (0, 4), "keys: rate"),
            ("delay=5ms", (0, 9), "try `rate=28800,delay=5ms`"),
        ] {
            let lesson = parse(text).unwrap_err();
            let place = lesson.place().unwrap();
            assert_eq!((place.column, place.width), caret, "{lesson}");
            assert!(lesson.to_string().contains(says), "{lesson}");
        }
    }

    #[test]
    fn a_framing_has_a_name_and_vj_its_slots() {
        let framing = |text: &str| parse(&format!("rate=9600,{text}")).map(|link| link.framing);
        assert_eq!(framing("framing=cslip,slots=4").unwrap(), Framing::Cslip { slots: 4 });
        assert_eq!(framing("frame=8,slots=4").unwrap(), Framing::CountedVj { octets_a_packet: 8, slots: 4 });
        let Ok(Framing::Ppp(ppp)) = framing("framing=ppp-vj,slots=256") else { panic!("no PPP") };
        assert_eq!(ppp.vj, Some(Vj { highest_slot: 255, elide_slot: true }));
        for (wrong, said) in [
            ("framing=cslipp", "did you mean `cslip`?"),
            ("framing=slip,frame=8", "which counts the bytes itself"),
            ("framing=slip,slots=4", "only where headers are compressed"),
            ("framing=cslip,slots=0", "1 to 256"),
            ("framing=ppp-deflate,loss=0.1", "0"),
        ] {
            let shown = framing(wrong).unwrap_err().to_string();
            assert!(shown.contains(said), "{shown}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "([a-z_]{0,7}=?[0-9a-z.µ-]{0,24},?){0,5}\\PC{0,5}") {
            let _ = parse(&text);
        }
    }
}
