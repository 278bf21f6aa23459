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
use super::framing::{Arrival, Framed, Framer, Framing, Ppp};
use super::line::{Direction, Transit};
use super::modem::{Carried, Frame, Modem};
use super::negotiated::Negotiated;
use super::queue::Waiting;
use super::resets::{Due, Resets};
use super::spec::LinkSpec;
use super::tcp::Side;
use crate::time::{Duration, Instant};

/// What lies between two IP layers.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    framer: Framer,
    modem: Modem,
    /// By the end that sends: up for the client, down for the server.
    lines: [Direction; 2],
    /// What waits for them.
    queues: [Waiting; 2],
    /// The lines of several calls at once, which are used in place of `lines`.
    bundle: Option<Bundle>,
    /// What a call's ends say while it comes up, once that is known: it is the same for each call.
    negotiated: Option<Option<Arc<Negotiated>>>,
    jitter: Option<Jitter>,
    losses: [Option<Losses>; 2],
    noise: Noise,
    /// What deflating ends say after a loss, and what that took since a packet was sent, by the end that sends.
    resets: Resets,
    besides: [Besides; 2],
}

/// Octets and bits on the line of packets that are not IP's.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Besides {
    octets: u32,
    bits: u64,
}

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Octets of the frame as the serial line has them, escapes included, before a modem compresses or expands
    /// them, and of what the framing said for itself since the packet before; 0 if the packet found no place in the
    /// queue.
    pub line_octets: u32,
    /// Bits on the line, likewise.
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
    /// Its frame arrives, but after a loss the header decompressor cannot make a packet of it (RFC 1144 §4.1), or it
    /// cannot be inflated (RFC 1979 §2).
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
    per_billion: u32,
    random: ChaCha8Rng,
}

impl Losses {
    fn new(per_billion: u32, random: ChaCha8Rng) -> Option<Self> {
        (per_billion > 0).then_some(Self { per_billion, random })
    }

    fn ruins(&mut self) -> bool {
        self.random.next_u64() % 1_000_000_000 < u64::from(self.per_billion)
    }
}

impl Path {
    /// An idle path. A link that loses packets by its numbers does so always; all else that may go wrong needs
    /// [`Path::leave_to_chance`].
    #[must_use]
    pub fn new(link: &LinkSpec) -> Self {
        let losses =
            |direction, per_billion| Losses::new(per_billion, random_stream(link.loss.seed, direction));
        let wrong_bits = |direction: u64| {
            BitErrors::new(link.loss.wrong_bits_per_billion, random_stream(link.loss.seed, 2 + direction))
        };
        Self {
            framer: Framer::new(link.framing),
            modem: Modem::new(link),
            bundle: Bundle::new(link),
            negotiated: None,
            lines: [
                Direction::new(link.rate_up, link.delay_up),
                Direction::new(link.rate_down, link.delay_down),
            ],
            queues: [Waiting::new(link.queue_up), Waiting::new(link.queue_down)],
            jitter: None,
            losses: [losses(0, link.loss.up_per_billion), losses(1, link.loss.down_per_billion)],
            noise: Noise { errors: [wrong_bits(0), wrong_bits(1)], retrains: None },
            resets: Resets::default(),
            besides: [Besides::default(); 2],
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
        while let Some(due) = self.resets.due(now) {
            self.say(due);
        }
        let waiting = self.framer.count_waiting(from, len);
        if !self.queues[from.index()].has_room(now, waiting) {
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
        self.queues[from.index()].add(transit.end, waiting);
        let ruined = self.ruins(from) || ruined;
        let arrival = self.framer.arrives(from, ruined);
        if arrival == Arrival::NotInflated {
            self.resets.notice(from, transit.arrive);
        }
        let fate = match arrival {
            Arrival::Whole => Fate::Arrives,
            Arrival::Ruined => Fate::Lost,
            Arrival::Tossed | Arrival::NotInflated => Fate::Tossed,
        };
        let Besides { octets, bits } = std::mem::take(&mut self.besides[from.index()]);
        Sent { line_octets: line_octets.saturating_add(octets), line_bits: line_bits + bits, transit, fate }
    }

    /// Whether the next packet is lost by the link's own numbers.
    fn ruins(&mut self, from: Side) -> bool {
        self.losses[from.index()].as_mut().is_some_and(Losses::ruins)
    }

    /// An end of PPP says something for itself, at a moment that has passed.
    fn say(&mut self, due: Due) {
        if let Some(sender) = Resets::begins_anew(due) {
            self.framer.begin_anew(sender);
        }
        let (protocol, packet) = self.resets.packet(due);
        let mut octets = Vec::new();
        let framed = self.framer.control(due.from, protocol, &packet, &mut octets);
        let frame = if self.modem.looks_at_octets() {
            Frame::Octets(&octets)
        } else {
            Frame::Stuffed(framed.octets, framed.stuffed_bits)
        };
        let lines = match &mut self.bundle {
            Some(bundle) => bundle.first().unwrap_or(&mut self.lines),
            None => &mut self.lines,
        };
        let sent = self.modem.send(lines, due.at, due.from, frame, Duration::ZERO, &mut self.noise);
        let besides = &mut self.besides[due.from.index()];
        besides.octets = besides.octets.saturating_add(sent.octets);
        besides.bits += sent.bits;
        let ruined = self.ruins(due.from) || sent.ruined;
        if let Some(sender) = self.resets.said(due, (!ruined).then_some(sent.transit.arrive)) {
            self.framer.inflate_anew(sender);
        }
    }

    /// What PPP's ends have to say while a call comes up, if the link has both.
    pub fn negotiation(&mut self, link: &LinkSpec) -> Option<Arc<Negotiated>> {
        self.negotiated.get_or_insert_with(|| Negotiated::on(link)).clone()
    }

    /// A call is up whose ends negotiated this, from `start` on: they send as agreed.
    pub fn come_up(&mut self, link: &LinkSpec, start: Instant, negotiated: &Negotiated) {
        let Framing::Ppp(Ppp { carrier, .. }) = link.framing else { return };
        self.resets = Resets::default();
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
        self.queues.iter_mut().for_each(Waiting::clear);
        (self.resets, self.besides) = (Resets::default(), Default::default());
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
    use crate::link::spec::Loss;

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
            link.loss = Loss { up_per_billion: 10_000_000, seed, ..Loss::default() };
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

    #[test]
    fn a_lost_packet_makes_deflating_ends_begin_anew_and_that_takes_the_line() {
        let mut path = path("rate=8000,delay=100ms,framing=ppp-deflate");
        let at = |ms| Instant::START + Duration::from_millis(ms);
        let send = |path: &mut Path, ms, from| path.send(at(ms), from, 500, || vec![b'a'; 500]);
        let first = send(&mut path, 0, SIDE);
        assert_eq!(first.fate, Fate::Arrives);
        // A line that loses everything, for as long as one packet takes.
        path.losses[0] = Losses::new(1_000_000_000, random_stream(0, 0));
        assert_eq!(send(&mut path, 1000, SIDE).fate, Fate::Lost);
        path.losses[0] = None;
        let tossed = send(&mut path, 2000, SIDE);
        assert_eq!(tossed.fate, Fate::Tossed);
        // The receiver asks as soon as it has a frame that it cannot read; until then nothing is known of it.
        let back = tossed.transit.arrive.since(Instant::START).as_nanos() / 1_000_000;
        assert_eq!(send(&mut path, back - 1, SIDE).fate, Fate::Tossed);
        // Reset-Request: FF 03 are left out; 80 FD, four octets, two of check, a flag, and escapes.
        let quiet = send(&mut path, back + 1000, Side::Server);
        assert!((9..12).contains(&(quiet.line_octets - first.line_octets)), "{quiet:?}");
        let anew = send(&mut path, back + 1000, SIDE);
        assert_eq!(anew.fate, Fate::Arrives);
        assert!(
            anew.line_octets > tossed.line_octets,
            "its dictionary is empty again, and Reset-Ack went before"
        );
    }

    #[test]
    fn a_receiver_whose_reset_request_is_lost_asks_again_after_a_second() {
        let mut path = path("rate=80000,framing=ppp-deflate");
        let at = |ms| Instant::START + Duration::from_millis(ms);
        let mut fates = Vec::new();
        path.losses[0] = Losses::new(1_000_000_000, random_stream(0, 0));
        path.losses[1] = Losses::new(1_000_000_000, random_stream(0, 1));
        for ms in (0..3000).step_by(200) {
            fates.push(path.send(at(ms), SIDE, 500, || vec![b'a'; 500]).fate);
            path.losses[0] = None;
            if ms == 400 {
                path.losses[1] = None;
            }
        }
        assert_eq!(fates[0], Fate::Lost);
        assert_eq!(fates[1..7], [Fate::Tossed; 6], "asked at 0.2 s in vain, and again at 1.2 s");
        assert_eq!(fates[7..], [Fate::Arrives; 8]);
    }
}
