//! The path of a workstation: everything between its IP layer and that of its provider, both ways, as one value.
//!
//! ```text
//!  IP packet ─> framer ──octets──> modem ──bits──> line ─> Sent { when, how many bits, does it arrive? }
//!               SLIP, PPP, VJ      8N1, LAPM,      rate, delay, queue
//!                                  V.42bis, radio
//! ```
//!
//! What becomes of a packet is known the moment it is sent: each stage turns what it is given into octets, bits and
//! moments there and then, and keeps what it must know about earlier packets. So a path has no events of its own,
//! and it clones with the world. Both directions are in it, since some bearers share a channel between them.

use std::sync::Arc;

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use super::bearer::noise::{BitErrors, Noise, Retrains};
use super::bundle::Bundle;
use super::framing::{Framed, Framer, Framing, Ppp};
use super::line::{Direction, Transit};
use super::modem::{Carried, Frame, Modem};
use super::negotiated::Negotiated;
use super::spec::{LinkSpec, Loss};
use super::tcp::Side;
use crate::time::{Duration, Instant};

/// What lies between two IP layers.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    framer: Framer,
    modem: Modem,
    /// By the end that sends: up for the client, down for the server.
    lines: [Direction; 2],
    /// The lines of several calls at once, which are used in place of `lines`.
    bundle: Option<Bundle>,
    /// What a call's ends say while it comes up, once that is known: it is the same for each call.
    negotiated: Option<Option<Arc<Negotiated>>>,
    jitter: Option<Jitter>,
    loss: Option<[Losses; 2]>,
    noise: Noise,
}

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Octets of the frame as the serial line has them, escapes included, before a modem compresses or expands
    /// them; 0 if the packet found no place in the queue.
    pub line_octets: u32,
    /// Bits on the line; 0 if the packet found no place in the queue.
    pub line_bits: u64,
    /// When it left and arrives, or would have arrived.
    pub transit: Transit,
    /// Whether it arrives.
    pub fate: Fate,
}

/// Whether a packet arrives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fate {
    /// It does.
    #[default]
    Arrives,
    /// It is clocked out, and noise on the line ruins it.
    Lost,
    /// Its frame arrives, but after a loss the header decompressor cannot make a packet of it (RFC 1144 §4.1).
    Tossed,
    /// Too many packets wait already: it never gets on the line.
    QueueFull,
}

/// Draws how much later than its fixed delay a packet arrives.
#[derive(Clone, Debug, PartialEq)]
struct Jitter {
    spread: Duration,
    random: ChaCha8Rng,
}

/// Draws which packets are lost in one direction.
#[derive(Clone, Debug, PartialEq)]
struct Losses {
    loss: Loss,
    random: ChaCha8Rng,
}

impl Losses {
    fn ruins(&mut self) -> bool {
        self.random.next_u64() % 1_000_000_000 < u64::from(self.loss.per_billion)
    }
}

impl Path {
    /// An idle path. A link that loses packets by its numbers does so always; all else that may go wrong needs
    /// [`Path::leave_to_chance`].
    #[must_use]
    pub fn new(link: &LinkSpec) -> Self {
        let line = |rate, delay| Direction::new(rate, delay, link.queue_packets);
        let losses = |direction| Losses { loss: link.loss, random: random_stream(link.loss.seed, direction) };
        let wrong_bits = |direction: u64| {
            BitErrors::new(link.loss.wrong_bits_per_billion, random_stream(link.loss.seed, 2 + direction))
        };
        Self {
            framer: Framer::new(link.framing),
            modem: Modem::new(link),
            bundle: Bundle::new(link),
            negotiated: None,
            lines: [line(link.rate_up, link.delay_up), line(link.rate_down, link.delay_down)],
            jitter: None,
            loss: (link.loss.per_billion > 0).then(|| [losses(0), losses(1)]),
            noise: Noise { errors: [wrong_bits(0), wrong_bits(1)], retrains: None },
        }
    }

    /// Lets the delay jitter, bits go wrong and modems train again as the link's data say. `random` is this path's
    /// own stream for the jitter; the three streams behind it are for the rest.
    #[must_use]
    pub fn leave_to_chance(mut self, link: &LinkSpec, random: ChaCha8Rng) -> Self {
        let stream = |behind: u64| {
            let mut own = random.clone();
            own.set_stream(random.get_stream().wrapping_add(behind));
            own
        };
        let spread = link.chance.jitter;
        let per_billion = link.chance.bit_errors_per_billion;
        let errors = |direction: u64| BitErrors::new(per_billion, stream(1 + direction));
        let (retrains, silence) = (link.chance.retrains_per_million_hours, link.chance.retrain);
        let [up, down] = std::mem::take(&mut self.noise.errors);
        self.noise = Noise {
            errors: [up.or_else(|| errors(0)), down.or_else(|| errors(1))],
            retrains: Retrains::new(retrains, silence, stream(3)),
        };
        self.jitter = (spread > Duration::ZERO).then(|| Jitter { spread, random });
        self
    }

    /// Sends an IP packet of `len` octets. `octets` makes them, if a stage must see them.
    pub fn send(&mut self, now: Instant, from: Side, len: u32, octets: impl FnOnce() -> Vec<u8>) -> Sent {
        let full = match &mut self.bundle {
            Some(bundle) => bundle.is_full(now, from),
            None => self.lines[from.index()].is_full(now),
        };
        if full {
            let transit = Transit { queued: now, start: now, end: now, arrive: now };
            return Sent { line_octets: 0, line_bits: 0, transit, fate: Fate::QueueFull };
        }
        let jitter = self.jitter.as_mut().map_or(Duration::ZERO, |jitter| {
            Duration::from_nanos(jitter.random.next_u64() % (jitter.spread.as_nanos() + 1))
        });
        let mut framed = Vec::new();
        let (frame, parts) = if self.modem.looks_at_octets() {
            let Framed { parts, .. } = self.framer.encode(from, &octets(), &mut framed);
            (Frame::Octets(&framed), parts)
        } else if self.framer.looks_at_octets() {
            let Framed { octets, stuffed_bits, parts } = self.framer.count(from, &octets());
            (Frame::Stuffed(octets, stuffed_bits), parts)
        } else {
            (Frame::Length(self.framer.count_unseen(from, len)), Vec::new())
        };
        let noise = &mut self.noise;
        let Carried { octets: line_octets, bits: line_bits, transit, ruined } = match &mut self.bundle {
            Some(bundle) => bundle.send(now, from, (frame.octets(), &parts), jitter, noise),
            None => self.modem.send(&mut self.lines, now, from, frame, jitter, noise),
        };
        let lost = self.loss.as_mut().is_some_and(|losses| losses[from.index()].ruins());
        let ruined = ruined || lost;
        let fate = match (ruined, self.framer.arrives(from, ruined)) {
            (true, _) => Fate::Lost,
            (false, true) => Fate::Arrives,
            (false, false) => Fate::Tossed,
        };
        Sent { line_octets, line_bits, transit, fate }
    }

    /// What PPP's ends have to say while a call comes up, if the link has both.
    pub fn negotiation(&mut self, link: &LinkSpec) -> Option<Arc<Negotiated>> {
        self.negotiated.get_or_insert_with(|| Negotiated::on(link)).clone()
    }

    /// A call is up whose ends negotiated this, from `start` on: they send as agreed.
    pub fn come_up(&mut self, link: &LinkSpec, start: Instant, negotiated: &Negotiated) {
        let Framing::Ppp(Ppp { carrier, .. }) = link.framing else { return };
        for (side, agreed) in [Side::Client, Side::Server].into_iter().zip(negotiated.agreed) {
            self.framer.agree(side, agreed);
        }
        if self.modem.looks_at_octets() {
            negotiated.pass(start, carrier, &mut self.modem, &mut self.lines);
        }
    }

    /// Forgets what is still queued and what the stages remember: the call is over.
    pub fn reset(&mut self, link: &LinkSpec) {
        self.lines.iter_mut().for_each(Direction::reset);
        self.bundle = Bundle::new(link);
        self.framer = Framer::new(link.framing);
        self.modem = Modem::new(link);
    }
}

fn random_stream(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(stream);
    random
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::by_numbers;

    const SIDE: Side = Side::Client;

    fn path(numbers: &str) -> Path {
        Path::new(&by_numbers::parse(numbers).unwrap())
    }

    fn send(path: &mut Path, now: Instant) -> Sent {
        path.send(now, SIDE, 500, || vec![0; 500])
    }

    #[test]
    fn a_packet_is_dropped_when_so_many_wait_and_leaves_no_trace_on_the_line() {
        let mut path = path("rate=8000,queue=2");
        let fates: Vec<Fate> = (0..3).map(|_| send(&mut path, Instant::START).fate).collect();
        assert_eq!(fates, [Fate::Arrives, Fate::Arrives, Fate::QueueFull]);
        // The first is on the line for half a second: then there is a place.
        let then = Instant::START + Duration::from_millis(500);
        let sent = send(&mut path, then);
        assert_eq!((sent.fate, sent.transit.start), (Fate::Arrives, then + Duration::from_millis(500)));
    }

    #[test]
    fn the_share_that_is_lost_is_the_one_asked_for_and_the_seed_says_which() {
        let fates = |seed: u64| -> Vec<Fate> {
            let mut link = by_numbers::parse("rate=1000000000").unwrap();
            link.loss = Loss { per_billion: 10_000_000, seed, ..Loss::default() };
            let mut path = Path::new(&link);
            (0..20_000).map(|n| send(&mut path, Instant::START + Duration::from_secs(n)).fate).collect()
        };
        let lost = |fates: &[Fate]| fates.iter().filter(|fate| **fate == Fate::Lost).count();
        let (one, two) = (fates(1), fates(2));
        assert!((150..250).contains(&lost(&one)), "{}", lost(&one));
        assert_eq!(one, fates(1));
        assert_ne!(one, two);
    }

    #[test]
    fn the_octets_of_a_packet_are_made_only_for_a_stage_that_looks_at_them() {
        let sent = path("rate=8000,frame=8").send(Instant::START, SIDE, 100, || unreachable!());
        assert_eq!((sent.line_octets, sent.line_bits), (108, 864));
    }
}
