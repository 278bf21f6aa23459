//! Framers: packets in, frames out, in both directions, with what they remember of earlier packets.

use super::compression::{HeaderCompression, PacketCompression};
use super::fcs::Fcs16;
use super::hdlc::{self, Accm, FrameCount};
use super::multilink::{Bundle, Sequence};
use super::ppp::{Head, Protocol};
use super::stuffing::{FLAG_BITS, StuffedZeros};
use super::{Carrier, Framing, Ppp, atm, slip};
use crate::link::ppp::deflate::Sent;
use crate::link::tcp::Side;
use crate::link::vj::{Compressed, Kind};

/// Both ends' framing in both directions.
#[derive(Clone, Debug, PartialEq)]
pub struct Framer {
    /// By the end that sends.
    ways: [Way; 2],
}

/// What a packet takes on the line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Framed {
    /// Octets of its frames; zeros of bit stuffing are none.
    pub octets: u32,
    /// Zeros that bit stuffing put in.
    pub stuffed_bits: u32,
    /// Its fragments, if it goes over several calls: what each call gets.
    pub parts: Vec<Part>,
}

/// One frame of a multilink bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which call carries it, from 0.
    pub call: usize,
    /// Its bits there, flag and stuffed zeros included.
    pub bits: u64,
}

/// What a receiver has of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The packet.
    Whole,
    /// Nothing: noise on the line ruined it.
    Ruined,
    /// A frame, of which no packet can be made: after a loss the header decompressor has lost its thread.
    Tossed,
    /// A frame that cannot be inflated, since a packet before it is missing: the receiver asks for a reset.
    NotInflated,
}

/// One direction.
#[derive(Clone, Debug, PartialEq)]
struct Way {
    framing: Framing,
    /// In a box, for most lines have none, and a line is copied at each checkpoint.
    vj: Option<Box<HeaderCompression>>,
    deflate: Option<Box<PacketCompression>>,
    bundle: Option<Bundle>,
}

impl Framer {
    /// A framer that has seen no packet, with all that its link asks for.
    #[must_use]
    pub fn new(framing: Framing) -> Self {
        Self { ways: [Way::new(framing), Way::new(framing)] }
    }

    /// One end sends like this from now on: what it has agreed on with the other.
    pub fn agree(&mut self, from: Side, ppp: Ppp) {
        self.ways[from.index()] = Way::new(Framing::Ppp(ppp));
    }

    /// True if the number of octets on the line depends on which octets they are.
    #[must_use]
    pub fn looks_at_octets(&self) -> bool {
        self.ways.iter().any(|way| way.framing.looks_at_octets())
    }

    /// How many octets a packet of `len` octets takes on the line, where it does not matter which they are.
    #[must_use]
    pub fn count_unseen(&self, from: Side, len: u32) -> u32 {
        match self.ways[from.index()].framing {
            Framing::None { octets_a_packet } => len.saturating_add(u32::from(octets_a_packet)),
            Framing::Ppp(ppp) => {
                let head = Head::new(Protocol::IP, true, ppp.pfc);
                atm::octets_on_line(len.saturating_add(head.as_bytes().len() as u32))
            }
            _ => len,
        }
    }

    /// How many octets a packet of `len` octets counts for while it waits for the line: neither compressed nor escaped.
    #[must_use]
    pub const fn count_waiting(&self, from: Side, len: u32) -> u32 {
        match self.ways[from.index()].framing {
            Framing::None { octets_a_packet } | Framing::CountedVj { octets_a_packet, .. } => {
                len.saturating_add(octets_a_packet as u32)
            }
            _ => len,
        }
    }

    /// What the frame of `packet` takes on the line.
    pub fn count(&mut self, from: Side, packet: &[u8]) -> Framed {
        self.ways[from.index()].frame(packet, None)
    }

    /// The same, and appends the frame to `line`, as the serial line has it. A synchronous frame is appended without
    /// its stuffed zeros, and a fragmented one fragment by fragment.
    pub fn encode(&mut self, from: Side, packet: &[u8], line: &mut Vec<u8>) -> Framed {
        self.ways[from.index()].frame(packet, Some(line))
    }

    /// The packet that was framed last arrived, or was ruined on the line: what the receiver has of it.
    pub fn arrives(&mut self, from: Side, ruined: bool) -> Arrival {
        let way = &mut self.ways[from.index()];
        let arrival = match &mut way.deflate {
            Some(deflate) => deflate.arrives(ruined),
            None if ruined => Arrival::Ruined,
            None => Arrival::Whole,
        };
        // What cannot be inflated is missing to the header decompressor, too.
        let is_right = way.vj.as_mut().is_none_or(|vj| vj.arrives(arrival != Arrival::Whole));
        if arrival == Arrival::Whole && !is_right { Arrival::Tossed } else { arrival }
    }

    /// A Reset-Request reached this end, and it deflates anew (RFC 1962 §3.1).
    pub fn begin_anew(&mut self, from: Side) {
        if let Some(deflate) = &mut self.ways[from.index()].deflate {
            deflate.begin_anew();
        }
    }

    /// Its Reset-Ack reached the other end, which inflates anew.
    pub fn inflate_anew(&mut self, from: Side) {
        if let Some(deflate) = &mut self.ways[from.index()].deflate {
            deflate.inflate_anew();
        }
    }

    /// Appends a packet of one of PPP's own protocols, which is never compressed (RFC 1962 §2), and says what it takes.
    pub fn control(&self, from: Side, protocol: Protocol, packet: &[u8], line: &mut Vec<u8>) -> Framed {
        let Framing::Ppp(ppp) = self.ways[from.index()].framing else { return Framed::default() };
        let head = Head::new(protocol, ppp.acfc || ppp.carrier == Carrier::Atm, ppp.pfc);
        carried(ppp, &[head.as_bytes(), packet], Some(line))
    }
}

impl Way {
    fn new(framing: Framing) -> Self {
        let vj = match framing {
            Framing::Cslip { slots } | Framing::CountedVj { slots, .. } => Some((slots, true)),
            Framing::Ppp(ppp) => ppp.vj.map(|vj| (u16::from(vj.highest_slot) + 1, vj.elide_slot)),
            _ => None,
        };
        let tells_of_damage = !matches!(framing, Framing::Cslip { .. });
        let vj = vj
            .map(|(slots, elide_slot)| Box::new(HeaderCompression::new(slots, elide_slot, tells_of_damage)));
        let (deflate, bundle) = match framing {
            Framing::Ppp(ppp) => (ppp.deflate.then(Box::default), ppp.multilink),
            _ => (None, None),
        };
        let bundle = bundle.map(|calls| {
            let sequence = if calls.short_sequence { Sequence::Short } else { Sequence::Long };
            Bundle::new(usize::from(calls.calls), sequence)
        });
        Self { framing, vj, deflate, bundle }
    }

    fn frame(&mut self, packet: &[u8], line: Option<&mut Vec<u8>>) -> Framed {
        match self.framing {
            Framing::None { octets_a_packet } => counted(octets_a_packet, &[packet], line),
            Framing::CountedVj { octets_a_packet, .. } => match self.compress(packet) {
                Some((_, compressed)) => {
                    let (head, data) = parts(&compressed, packet);
                    counted(octets_a_packet, &[head, data], line)
                }
                None => counted(octets_a_packet, &[packet], line),
            },
            Framing::Slip => slip_frame(&[packet], line),
            Framing::Cslip { .. } => {
                let Some((kind, compressed)) = self.compress(packet) else {
                    return slip_frame(&[packet], line);
                };
                let (head, data) = parts(&compressed, packet);
                let Some((first, head)) = head.split_first() else { return slip_frame(&[packet], line) };
                slip_frame(&[&[kind.mark(*first)], head, data], line)
            }
            Framing::Hdlc => synchronous(&[&CISCO_IP, packet], line),
            Framing::Ppp(ppp) => self.ppp(ppp, packet, line),
        }
    }

    fn compress(&mut self, packet: &[u8]) -> Option<(Kind, Compressed)> {
        let compressed = self.vj.as_mut()?.compress(packet);
        Some((compressed.kind, compressed))
    }

    fn ppp(&mut self, ppp: Ppp, packet: &[u8], line: Option<&mut Vec<u8>>) -> Framed {
        let compressed = self.compress(packet);
        let (protocol, head, data) = match &compressed {
            Some((Kind::UncompressedTcp, compressed)) => {
                let (head, data) = parts(compressed, packet);
                (Protocol::VJ_UNCOMPRESSED, head, data)
            }
            Some((Kind::CompressedTcp, compressed)) => {
                let (head, data) = parts(compressed, packet);
                (Protocol::VJ_COMPRESSED, head, data)
            }
            Some((Kind::Ip, _)) | None => (Protocol::IP, packet, &[][..]),
        };
        let deflated = match self.deflate.as_mut() {
            Some(deflate) => deflate.send(protocol, [head, data].into_iter()),
            None => Sent::AsItWas,
        };
        let (protocol, head, data) = match &deflated {
            Sent::Deflated(octets) => (Protocol::COMPRESSED, octets.as_slice(), &[][..]),
            Sent::AsItWas => (protocol, head, data),
        };
        match &mut self.bundle {
            Some(bundle) => fragments(ppp, bundle, protocol, &[head, data].concat(), line),
            None => {
                let ppp_head = Head::new(protocol, ppp.acfc || ppp.carrier == Carrier::Atm, ppp.pfc);
                carried(ppp, &[ppp_head.as_bytes(), head, data], line)
            }
        }
    }
}

/// Cisco's head of an IP packet: unicast, zero, and Ethernet's number of IP.
const CISCO_IP: [u8; 4] = [0x0F, 0x00, 0x08, 0x00];

/// The head that goes instead, and the data behind what it stands for.
fn parts<'a>(compressed: &'a Compressed, packet: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    match compressed.kind {
        Kind::Ip => packet.split_at(packet.len().min(1)),
        _ => (compressed.head(), packet.get(compressed.replaced()..).unwrap_or_default()),
    }
}

/// Octets, and so many more whatever they are.
fn counted(more: u16, pieces: &[&[u8]], line: Option<&mut Vec<u8>>) -> Framed {
    let octets: usize = pieces.iter().map(|piece| piece.len()).sum();
    if let Some(line) = line {
        pieces.iter().for_each(|piece| line.extend_from_slice(piece));
        line.resize(line.len() + usize::from(more), 0);
    }
    Framed::of(octets + usize::from(more))
}

fn slip_frame(pieces: &[&[u8]], line: Option<&mut Vec<u8>>) -> Framed {
    let octets: usize = pieces.iter().map(|piece| piece.len() + slip::escapes(piece) as usize).sum();
    if let Some(line) = line {
        pieces.iter().for_each(|piece| slip::escape(piece, line));
        line.push(slip::END);
    }
    Framed::of(octets + 1)
}

/// A frame on the carrier.
fn carried(ppp: Ppp, pieces: &[&[u8]], line: Option<&mut Vec<u8>>) -> Framed {
    match ppp.carrier {
        Carrier::Async => {
            let accm = Accm(ppp.accm);
            match line {
                Some(line) => {
                    let before = line.len();
                    hdlc::encode_pieces(pieces, accm, line);
                    Framed::of(line.len() - before)
                }
                None => {
                    let mut count = FrameCount::new(accm);
                    pieces.iter().for_each(|piece| count.add(piece));
                    Framed { octets: count.octets(), ..Framed::default() }
                }
            }
        }
        Carrier::Sync => synchronous(pieces, line),
        Carrier::Atm => {
            let len: usize = pieces.iter().map(|piece| piece.len()).sum();
            if let Some(line) = line {
                atm::encode(&pieces.concat(), line);
            }
            Framed {
                octets: atm::octets_on_line(u32::try_from(len).unwrap_or(u32::MAX)),
                ..Framed::default()
            }
        }
    }
}

/// A frame on a synchronous line: content, check, a flag, and the zeros between their bits.
fn synchronous(pieces: &[&[u8]], line: Option<&mut Vec<u8>>) -> Framed {
    let (mut fcs, mut zeros, mut octets) = (Fcs16::default(), StuffedZeros::default(), 0);
    let mut stuffed_bits = 0;
    for piece in pieces {
        fcs.add(piece);
        stuffed_bits += zeros.add(piece);
        octets += piece.len();
    }
    stuffed_bits += zeros.add(&fcs.sent());
    if let Some(line) = line {
        pieces.iter().for_each(|piece| line.extend_from_slice(piece));
        line.extend_from_slice(&fcs.sent());
        line.push(hdlc::FLAG);
    }
    Framed { stuffed_bits: u32::try_from(stuffed_bits).unwrap_or(u32::MAX), ..Framed::of(octets + 2 + 1) }
}

fn fragments(
    ppp: Ppp,
    bundle: &mut Bundle,
    protocol: Protocol,
    data: &[u8],
    mut line: Option<&mut Vec<u8>>,
) -> Framed {
    // What is cut into fragments has a protocol number, and neither address nor control (RFC 1990 §3).
    let whole = [Head::new(protocol, true, ppp.pfc).as_bytes(), data].concat();
    let head = Head::new(Protocol::MULTILINK, ppp.acfc, ppp.pfc);
    let mut all = Framed::default();
    for fragment in bundle.cut(whole.len()) {
        let part = whole.get(fragment.from..fragment.to).unwrap_or_default();
        let framed = carried(ppp, &[head.as_bytes(), fragment.header(), part], line.as_deref_mut());
        all.octets = all.octets.saturating_add(framed.octets);
        all.stuffed_bits = all.stuffed_bits.saturating_add(framed.stuffed_bits);
        all.parts.push(Part { call: fragment.call, bits: framed.bits(FLAG_BITS as u8) });
    }
    all
}

impl Framed {
    fn of(octets: usize) -> Self {
        Self { octets: u32::try_from(octets).unwrap_or(u32::MAX), ..Self::default() }
    }

    /// Bits on the line, with so many for an octet.
    #[must_use]
    pub fn bits(&self, per_octet: u8) -> u64 {
        u64::from(self.octets) * u64::from(per_octet) + u64::from(self.stuffed_bits)
    }
}
