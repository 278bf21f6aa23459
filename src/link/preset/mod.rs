//! Link presets: what the modems, radios and networks of each era gave, as documents with sources.
//!
//! A preset is a list of *stages*: how IP packets are framed, what carries them, what compresses. It is used as
//! sourced when each of them is built. What is derived from it, `NAME:plain`, keeps rate, delay, set-up and MTU,
//! carries PPP at 8 bits a byte whatever the bearer, and compresses nothing: to see what the stages do, compare the
//! two. An asynchronous line stays one, with its 10 bits a byte.
//!
//! `NAME:plain` is never chosen silently, and what it left out is printed. Where nothing would be left out it is
//! the preset itself, so `:plain` can be asked of every preset that carries IP.

#[cfg(test)]
mod anchors;
mod read;
mod stages;
#[cfg(test)]
mod tests;

pub use stages::{STAGES, Stage, Status};

use super::bearer::{Bearer, Carrier, blocks, cells, shared};
use super::by_numbers;
use super::framing::{self, Calls, Framing, Ppp};
use super::modem::compressor::Compression;
use super::modem::v42bis::Parameters;
use super::ppp::Vj;
use super::sourced::Confidence;
use super::spec::{CallSetup, Chance, LinkSpec, Loss, Queue};
use crate::lesson::{Lesson, Place, nearest};
use crate::time::Duration;
use crate::units::BitRate;

/// What may wait for the line where nothing says how much: all there is.
pub const QUEUE: Queue = Queue::ENDLESS;

/// The links of `compare` without arguments: the eras in eight steps.
pub const DEFAULT_LINKS: [&str; 8] = [
    "bell212a-1200",
    "v22bis-2400",
    "v34-28800",
    "isdn-64k",
    "gsm-csd-9600",
    "iridium-2400",
    "vsat-geo",
    "leo-modern",
];

/// Ethernet's octets a packet beside IP: header 14, frame check 4, preamble 8, gap 12 (IEEE 802.3).
pub const ETHERNET: Framing = Framing::None { octets_a_packet: 38 };

/// A preset as its document has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preset {
    /// The name by which it is chosen: `v34-28800`.
    pub name: String,
    /// What it was, in a few words.
    pub title: String,
    /// When it was in use: `1994-1998`.
    pub era: String,
    /// Rate towards the client.
    pub rate_down: BitRate,
    /// Rate towards the server.
    pub rate_up: BitRate,
    /// One-way delay of the link alone.
    pub delay: Duration,
    /// The longest IP packet, in bytes.
    pub mtu: u32,
    /// What IP packets pass through, from the framing to the channel.
    pub stages: Vec<&'static Stage>,
    /// How a call comes about.
    pub call: CallSetup,
    /// What is billed, where it is not time: `volume`, `segments`, `time+segments`.
    pub billed_by: Option<String>,
    /// What may go wrong.
    pub chance: Chance,
    /// Where the numbers come from.
    pub sources: Vec<String>,
    /// How far they can be trusted.
    pub confidence: Confidence,
    /// What the sources add.
    pub note: String,
    /// What was measured or computed elsewhere, to hold results against.
    pub check: CheckValues,
}

/// Figures that the simulation should come near to. They are never factors in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckValues {
    /// Line bits for one byte of a user, times 1000, IP and TCP apart.
    pub line_bits_per_kilobyte: u32,
    /// How many times smaller the link's compression makes mail text, times 1000.
    pub compression_text_permille: u32,
    /// The same for base64 of compressed data.
    pub compression_base64_permille: u32,
    /// Shortest and longest round trip that was measured with small packets.
    pub round_trip: Option<(Duration, Duration)>,
    /// The rate on the air, where the usable rate differs.
    pub raw_rate: Option<BitRate>,
    /// The rates between which a radio modem changes, in bit/s.
    pub rate_ladder: Vec<u64>,
    /// How long it takes to change the direction on a half-duplex channel.
    pub turnaround: Duration,
    /// How many bytes the network lets travel unacknowledged.
    pub max_in_flight_bytes: Option<u32>,
    /// Whether messages are stored and forwarded.
    pub store_and_forward: bool,
}

/// The link that `text` names: a preset (`v22bis-2400`), a plain one (`v34-28800:plain`), or numbers
/// (`rate=28800,delay=100ms`, see [`by_numbers`]).
///
/// ```
/// use maillab::link::preset::resolve;
///
/// assert_eq!(resolve("v22bis-2400")?.bits_per_octet, 10);
/// assert_eq!(resolve("v34-28800")?.plain, None);
/// assert!(resolve("pactor1").is_err(), "it carries no IP");
/// assert_eq!(resolve("v34-28800:plain")?.plain, Some(vec!["v42bis".to_owned(), "lapm".to_owned()]));
/// # Ok::<(), maillab::lesson::Lesson>(())
/// ```
///
/// # Errors
/// An unknown name, with the nearest known one; a preset with stages that are not built; numbers out of range.
pub fn resolve(text: &str) -> Result<LinkSpec, Lesson> {
    if text.contains('=') {
        return by_numbers::parse(text);
    }
    match text.split_once(':') {
        None => Preset::named(text)?.as_sourced(),
        Some((name, "plain")) => Preset::named(name)?.plain(),
        Some((name, "pep" | "proxy" | "split" | "accelerated")) => {
            Preset::named(name)?;
            Err(Lesson::new("a link with a split-connection proxy is not modelled")
                .note("such a proxy ends each TCP connection at the satellite's terminal and acknowledges what has not arrived")
                .hint(format!("`{name}` carries the packets of both ends as they are")))
        }
        Some((name, variant)) => {
            let column = name.chars().count() + 1;
            let place = Place::line("--link", 1, text).caret(column, variant.chars().count(), "only `plain`");
            Err(Lesson::new(format!("a link has no variant `{variant}`"))
                .at(place)
                .hint(format!("`{name}` as sourced, or `{name}:plain`")))
        }
    }
}

/// Takes a list of links apart: `v22bis-2400,rate=28800,delay=9ms,rate=9600` are three links. A link by numbers
/// goes on until a name or another `rate=` follows.
#[must_use]
pub fn split_list(text: &str) -> Vec<String> {
    let mut links: Vec<String> = Vec::new();
    for piece in text.split(',') {
        let rate_again =
            |link: &str| piece.starts_with("rate=") && link.split(',').any(|p| p.starts_with("rate="));
        match links.last_mut() {
            Some(link) if piece.contains('=') && link.contains('=') && !rate_again(link) => {
                link.push(',');
                link.push_str(piece);
            }
            _ => links.push(piece.to_owned()),
        }
    }
    links
}

impl Preset {
    /// As its sources describe it.
    ///
    /// # Errors
    /// A stage is not built, or the bearer carries no IP; the lesson says which, and what to use.
    pub fn as_sourced(&self) -> Result<LinkSpec, Lesson> {
        self.check_ip()?;
        let missing = self.not_built();
        if missing.is_empty() {
            return Ok(self.spec(self.name.clone(), None));
        }
        let what = format!("link {} needs what is not built yet: {}", self.name, names(&missing));
        let lesson = missing.iter().fold(Lesson::new(what), |lesson, stage| {
            lesson.note(format!("{}: {}", stage.name, stage.meaning))
        });
        Err(lesson.hint(format!(
            "`{}:plain` has the same rate, delay, set-up and MTU, but goes without {}",
            self.name,
            names(&missing)
        )))
    }

    /// Without error control, compression and the bearer's own frames: `NAME:plain`. A preset without any of these
    /// is its own plain form.
    ///
    /// # Errors
    /// The bearer carries no IP.
    pub fn plain(&self) -> Result<LinkSpec, Lesson> {
        self.check_ip()?;
        let left_out: Vec<String> =
            self.stages.iter().filter(|stage| !stage.plain).map(|stage| stage.name.to_owned()).collect();
        if left_out.is_empty() {
            return Ok(self.spec(self.name.clone(), None));
        }
        Ok(self.spec(format!("{}:plain", self.name), Some(left_out)))
    }

    /// The stages that this version does not build.
    #[must_use]
    pub fn not_built(&self) -> Vec<&'static Stage> {
        self.stages.iter().copied().filter(|stage| stage.status != Status::Built).collect()
    }

    /// Whether the bearer carries IP packets, so that TCP can run over it.
    #[must_use]
    pub fn carries_ip(&self) -> bool {
        self.stages.iter().all(|stage| stage.status != Status::NoIp)
    }

    /// The preset called `name`.
    ///
    /// # Errors
    /// No such preset; the lesson names the nearest.
    pub fn named(name: &str) -> Result<&'static Self, Lesson> {
        let all = read::built_in()?;
        all.iter().find(|preset| preset.name == name).ok_or_else(|| {
            let place = Place::line("--link", 1, name).caret(0, name.chars().count(), "a preset or numbers");
            let lesson = Lesson::new(format!("there is no link `{name}`")).at(place);
            match nearest(name, all.iter().map(|preset| preset.name.as_str())) {
                Some(near) => lesson.hint(format!("did you mean `{near}`?")),
                None => lesson.hint(
                    "`maillab links --all` lists every one; numbers do as well: `rate=28800,delay=50ms`",
                ),
            }
        })
    }

    /// All presets, in the order of their data file.
    #[must_use]
    pub fn all() -> &'static [Self] {
        read::built_in().unwrap_or_default()
    }

    fn has(&self, stage: &str) -> bool {
        self.stages.iter().any(|known| known.name == stage)
    }

    fn check_ip(&self) -> Result<(), Lesson> {
        let Some(bearer) = self.stages.iter().find(|stage| stage.status == Status::NoIp) else {
            return Ok(());
        };
        Err(Lesson::new(format!("link {} carries no IP packets, so no TCP protocol runs over it", self.name))
            .note(bearer.meaning)
            .hint("`maillab links` lists links that do; its numbers stand in `maillab links --all`"))
    }

    fn spec(&self, name: String, plain: Option<Vec<String>>) -> LinkSpec {
        let (bits_per_octet, framing) = if self.has("async-8n1") {
            (10, if self.has("slip") { Framing::Slip } else { Framing::PPP_USUAL })
        } else if self.has("ethernet") {
            (8, ETHERNET)
        } else if self.has("native") {
            (8, UNFRAMED)
        } else {
            (8, Framing::PPP_USUAL)
        };
        // Who dialled in compressed headers; a plain link compresses nothing.
        let framing = match framing {
            Framing::Ppp(ppp) if plain.is_none() && self.call.is_dialled() => {
                Framing::Ppp(Ppp { vj: Some(Vj::USUAL), ..ppp })
            }
            framing => framing,
        };
        let mut built = Built { bits_per_octet, framing, bearer: Bearer::default() };
        if plain.is_none() {
            for stage in &self.stages {
                built.add(stage.name);
            }
        }
        let Built { bits_per_octet, framing, bearer } = built;
        LinkSpec {
            name,
            title: self.title.clone(),
            era: self.era.clone(),
            rate_down: self.rate_down,
            rate_up: self.rate_up,
            delay_down: self.delay,
            delay_up: self.delay,
            mtu: self.mtu,
            bits_per_octet,
            framing,
            bearer,
            queue_down: QUEUE,
            queue_up: QUEUE,
            loss: Loss::default(),
            call: self.call.clone(),
            chance: self.chance,
            plain,
            sources: self.sources.clone(),
            confidence: Some(self.confidence),
            note: self.note.clone(),
        }
    }
}

/// IP packets go as they are, or the bearer itself frames them.
const UNFRAMED: Framing = Framing::None { octets_a_packet: 0 };

/// How long a PAD waits for more characters before it sends what it has: X.3's parameter 4, a usual value.
const PAD_WAIT: Duration = Duration::from_millis(50);

/// The stages of a preset as they are put together.
struct Built {
    bits_per_octet: u8,
    framing: Framing,
    bearer: Bearer,
}

impl Built {
    /// Adds what the stage of this name does. A stage of the plain form is there already.
    fn add(&mut self, stage: &str) {
        let carrier = match stage {
            "lapm" => Carrier::Blocks(blocks::Rules::LAPM),
            "mnp4-sync" => Carrier::Blocks(blocks::Rules::MNP4),
            "mnp10" => Carrier::Blocks(blocks::Rules::MNP10),
            "rlp-l2rcop" => Carrier::Blocks(blocks::Rules::RLP),
            "x25-pad" => Carrier::Pad { data: 128, wait: PAD_WAIT },
            "x25" => self.unframed(Carrier::Blocks(blocks::Rules::X25)),
            "gprs-llc" => self.unframed(Carrier::Blocks(blocks::Rules::GPRS)),
            "cdpd-mdlp" => self.unframed(Carrier::Blocks(blocks::Rules::CDPD)),
            "ppp-atm" => self.unframed(Carrier::Cells(cells::Rules::PPPOE)),
            "ax25" => self.unframed(Carrier::Shared(shared::Rules::USUAL)),
            "ppp-sync" => return self.synchronous(None),
            "ppp-sync-mp" => return self.synchronous(Some(Calls { calls: 2, short_sequence: false })),
            "hdlc-sync" => {
                self.framing = Framing::Hdlc;
                return;
            }
            "ppp-async" => {
                self.bits_per_octet = 9;
                return;
            }
            "v42bis" => return self.compress(Compression::V42bis(Parameters::USUAL)),
            "v42bis-gw" => return self.compress(Compression::V42bis(Parameters::SMALLEST)),
            "v44" => return self.compress(Compression::V42bis(Parameters::LARGEST)),
            "mnp5" => return self.compress(Compression::Mnp5),
            _ => return,
        };
        self.bearer.carrier = carrier;
    }

    /// PPP stuffs bits, and not octets.
    const fn synchronous(&mut self, multilink: Option<Calls>) {
        if let Framing::Ppp(ppp) = self.framing {
            self.framing = Framing::Ppp(Ppp { carrier: framing::Carrier::Sync, multilink, ..ppp });
        }
    }

    /// The carrier frames IP packets itself.
    const fn unframed(&mut self, carrier: Carrier) -> Carrier {
        self.framing = UNFRAMED;
        carrier
    }

    const fn compress(&mut self, compression: Compression) {
        self.bearer.compression = compression;
    }
}

/// `lapm and v42bis`.
fn names(stages: &[&Stage]) -> String {
    let names: Vec<&str> = stages.iter().map(|stage| stage.name).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
