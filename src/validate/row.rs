//! One measured session: a row of `results.csv`.

use std::sync::Arc;

use super::csv::Csv;
use crate::lesson::Lesson;
use crate::link::framing::Framing;
use crate::link::spec::{Bearer, CallSetup, Chance, LinkSpec, Loss, Queue};
use crate::link::tcp::{Habit, LINUX, LINUX_PERIOD_1, LINUX_PERIOD_2, Profile};
use crate::link::vj;
use crate::time::Duration;
use crate::units::BitRate;

/// A measured session.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// `link.case.mailbox.stack.rN`, with the server in front unless it is the usual one; names the turns file.
    pub id: String,
    /// Which server program, and how it treats its connection.
    pub server: String,
    /// The link's name.
    pub link_name: String,
    /// What was done: the client and how it was told to fetch.
    pub case: String,
    /// The link in numbers.
    pub link: Arc<LinkSpec>,
    /// The kernel's settings, by name.
    pub stack: &'static Profile,
    /// What the model has no part for, if anything.
    pub lacks: Option<String>,
    /// How many connections there were.
    pub conns: u64,
    /// What was measured, to compare with.
    pub measured: Counts,
}

/// What is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// From the client's SYN to the last packet's arrival at either host.
    pub wall: Duration,
    /// Octets of the two streams, each once.
    pub app: Both,
    /// Octets of IP packets sent.
    pub ip: Both,
    /// Packets sent.
    pub packets: Both,
    /// Packets that repeat octets already sent.
    pub repeated: Both,
}

/// A number for each direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Both {
    /// Towards the server.
    pub up: u64,
    /// Towards the client.
    pub down: u64,
}

/// The stacks that were measured, by the names they have in the table.
pub const STACKS: [(&str, &Profile); 3] =
    [("modern", &LINUX), ("period2", &LINUX_PERIOD_2), ("period1", &LINUX_PERIOD_1)];

/// The habits of a server program. One that is not known flushes every reply and asks for nothing else.
#[must_use]
pub fn habit(server: &str) -> Habit {
    match server {
        // Sets TCP_QUICKACK after every reply, and TCP_CORK or TCP_NODELAY around it.
        "dovecot" => Habit { no_delay: true, corks: true, acknowledges_at_once: true, ..Habit::default() },
        // The same without any of them.
        "dovecot-nagle" => Habit::default(),
        // The same without TCP_QUICKACK.
        "dovecot-noqa" => Habit { no_delay: true, corks: true, ..Habit::default() },
        _ => Habit { no_delay: true, ..Habit::default() },
    }
}

impl Row {
    /// Reads all rows of a table.
    ///
    /// # Errors
    /// A missing column, a field that is no number, an unknown stack or link option, each with its place.
    pub fn read_all(table: &Csv) -> Result<Vec<Self>, Lesson> {
        (0..table.len()).map(|record| Self::read(table, record)).collect()
    }

    fn read(table: &Csv, record: usize) -> Result<Self, Lesson> {
        let text = |name: &str| table.column(name).map(|column| table.field(record, column).to_owned());
        let number = |name: &str| -> Result<u64, Lesson> {
            let column = table.column(name)?;
            let field = table.field(record, column);
            field.parse().map_err(|_| table.wrong(record, column, "a whole number"))
        };
        let both = |what: &str| -> Result<Both, Lesson> {
            Ok(Both { up: number(&format!("{what}_c2s"))?, down: number(&format!("{what}_s2c"))? })
        };
        let wall_column = table.column("wall_s")?;
        let wall = seconds(table.field(record, wall_column))
            .ok_or_else(|| table.wrong(record, wall_column, "seconds, such as 20.7507"))?;
        let stack_column = table.column("stack")?;
        let stack = STACKS.iter().find(|(name, _)| *name == table.field(record, stack_column));
        let (_, stack) =
            stack.ok_or_else(|| table.wrong(record, stack_column, "one of modern, period2, period1"))?;
        let rtx = both("rtx")?;
        let (link, lacks) = link(table, record)?;
        Ok(Self {
            id: text("id")?,
            server: text("server")?,
            link_name: text("link")?,
            case: text("case")?,
            link: Arc::new(link),
            stack,
            lacks,
            conns: number("conns")?,
            measured: Counts {
                wall,
                app: both("app")?,
                ip: both("ip")?,
                packets: both("pk")?,
                repeated: rtx,
            },
        })
    }

    /// The client program: what the case's name begins with.
    #[must_use]
    pub fn client(&self) -> &str {
        self.case.split('-').next().unwrap_or_default()
    }
}

/// How much later than its numbers say the emulated line delivers a packet: it has to be woken, and the host to be told.
/// By its own check with `ping`, apart from all sessions, 0.29 to 0.34 ms for both ways together; by the same check 0.02
/// to 0.25 ms of each 200 ms on slow lines.
const LATE: Duration = Duration::from_micros(150);

/// Seconds as decimal text.
pub(super) fn seconds(text: &str) -> Option<Duration> {
    text.parse().ok().and_then(Duration::from_secs_f64)
}

/// The link from the columns `link`, `mtu` and `opts`, and what the model lacks for it.
fn link(table: &Csv, record: usize) -> Result<(LinkSpec, Option<String>), Lesson> {
    let (mtu_column, opts_column) = (table.column("mtu")?, table.column("opts")?);
    let mtu = table.field(record, mtu_column).parse().ok().filter(|mtu| (68..=65_535).contains(mtu));
    let mtu = mtu.ok_or_else(|| table.wrong(record, mtu_column, "68 to 65535"))?;
    let mut ways = [Way::default(); 2];
    let mut lacks = None;
    for word in table.field(record, opts_column).split_whitespace() {
        let wrong = || {
            table.wrong(record, opts_column, &format!("`{word}`: options are rate, bpb, ovh, delay_ms, qpkts, qbytes, vj, loss, esc and seed, each as key=value"))
        };
        let (key, value) = word.split_once('=').ok_or_else(wrong)?;
        let (key, range) = match key.split_once('.') {
            Some(("up", key)) => (key, 0..1),
            Some(("down", key)) => (key, 1..2),
            Some(_) => return Err(wrong()),
            None => (key, 0..2),
        };
        for way in &mut ways[range] {
            if let Some(lack) = way.set(key, value).ok_or_else(wrong)? {
                lacks.get_or_insert(lack);
            }
        }
    }
    let [up, down] = ways;
    if (up.bits, up.framing, up.vj) != (down.bits, down.framing, down.vj) {
        lacks.get_or_insert("framing that differs by direction".to_owned());
    }
    let rate = |way: Way| {
        BitRate::new(way.rate).ok_or_else(|| table.wrong(record, opts_column, "a rate above zero"))
    };
    let spec = LinkSpec {
        name: table.field(record, table.column("link")?).to_owned(),
        title: String::new(),
        era: String::new(),
        rate_down: rate(down)?,
        rate_up: rate(up)?,
        delay_down: down.delay,
        delay_up: up.delay,
        mtu,
        bits_per_octet: down.bits,
        framing: match down.framing {
            octets_a_packet if down.vj => Framing::CountedVj { octets_a_packet, slots: vj::SLOTS },
            octets_a_packet => Framing::None { octets_a_packet },
        },
        bearer: Bearer::default(),
        queue_down: down.queue,
        queue_up: up.queue,
        loss: Loss {
            down_per_billion: down.loss,
            up_per_billion: up.loss,
            seed: down.seed,
            ..Loss::default()
        },
        call: CallSetup::NONE,
        chance: Chance::default(),
        plain: None,
        sources: Vec::new(),
        confidence: None,
        note: String::new(),
    };
    Ok((spec, lacks))
}

/// One direction's numbers.
#[derive(Clone, Copy)]
struct Way {
    rate: u64,
    bits: u8,
    framing: u16,
    vj: bool,
    delay: Duration,
    queue: Queue,
    /// How many of 10⁹ packets are lost.
    loss: u32,
    seed: u64,
}

impl Default for Way {
    /// What the emulator takes if nothing is said.
    fn default() -> Self {
        Self {
            rate: 28_800,
            bits: 8,
            framing: 0,
            vj: false,
            delay: Duration::ZERO,
            queue: Queue::ENDLESS,
            loss: 0,
            seed: 0,
        }
    }
}

impl Way {
    /// Takes one option. `None` if it is unknown or no number; `Some(Some(..))` names what the model lacks.
    fn set(&mut self, key: &str, value: &str) -> Option<Option<String>> {
        let zero = value.parse::<f64>().is_ok_and(|number| number.abs() < f64::EPSILON);
        let lack = |what: &str| (!zero && value != "none").then(|| what.to_owned());
        match key {
            "rate" => self.rate = value.parse().ok()?,
            "bpb" => self.bits = value.parse().ok().filter(|bits| (1..=32).contains(bits))?,
            "ovh" => self.framing = value.parse().ok()?,
            "delay_ms" => {
                let millis: f64 = value.parse().ok()?;
                self.delay = Duration::from_secs_f64(millis / 1e3)? + LATE;
            }
            "qpkts" => self.queue.packets = endless_if_zero(value.parse().ok()?),
            "qbytes" => self.queue.octets = endless_if_zero(value.parse().ok()?),
            "seed" => self.seed = value.parse().ok()?,
            "vj" => self.vj = !zero,
            "loss" => {
                let share: f64 = value.parse().ok().filter(|share| (0.0..=1.0).contains(share))?;
                self.loss = libm::round(share * 1e9) as u32;
            }
            "esc" => return Some(lack("escapes, which depend on octets that were not recorded")),
            _ => return None,
        }
        Some(None)
    }
}

/// The emulator says 0 where there is no limit.
const fn endless_if_zero(limit: u32) -> u32 {
    if limit == 0 { u32::MAX } else { limit }
}
