//! PPP Deflate (RFC 1979): each packet deflated with the memory of all packets before it.
//!
//! Protocol and data go through one endless deflate stream, cut at a block's end behind each packet. What does not
//! shrink goes as it was, but both ends remember it (RFC 1979 §2). After a loss nothing can be inflated until both
//! have started anew: Reset-Request, Reset-Ack.

use std::fmt;
use std::sync::Arc;

use miniz_oxide::deflate::core::{
    CompressorOxide, TDEFLFlush, TDEFLStatus, compress, create_comp_flags_from_zip_params,
};
use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZFlush, MZStatus};

use crate::link::framing::ppp::Protocol;

/// What ends every packet, and is not sent: an empty stored block (RFC 1979 §2.1).
const PACKET_END: [u8; 4] = [0x00, 0x00, 0xFF, 0xFF];

/// How hard it tries: zlib's usual level.
const LEVEL: i32 = 6;

/// Deflate without the head of zlib around it.
const RAW: i32 = -15;

/// Whether packets of this protocol are compressed at all (RFC 1979 §2): what carries data, and is not yet compressed.
#[must_use]
pub const fn is_compressible(protocol: Protocol) -> bool {
    protocol.0 < 0x4000 && protocol.0 != Protocol::COMPRESSED.0 && protocol.0 != 0x00FB
}

/// What a packet became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// Sequence number and deflated octets, under [`Protocol::COMPRESSED`].
    Deflated(Vec<u8>),
    /// As it was, under its own protocol: deflating would have made it no shorter.
    AsItWas,
}

/// The sending end.
#[derive(Clone)]
pub struct Deflater {
    /// Shared until the next packet, so that a copy of the whole line costs a pointer.
    state: Arc<CompressorOxide>,
    sequence: u16,
    /// Stands for the state when two are compared: it is a function of what went in.
    history: History,
}

impl Default for Deflater {
    fn default() -> Self {
        let flags = create_comp_flags_from_zip_params(LEVEL, RAW, 0);
        Self { state: Arc::new(CompressorOxide::new(flags)), sequence: 0, history: History::default() }
    }
}

impl Deflater {
    /// Deflates a packet: its protocol, in one octet where it can be (RFC 1979 §2.1), and its octets in pieces.
    pub fn send<'a>(&mut self, protocol: Protocol, pieces: impl Iterator<Item = &'a [u8]>) -> Sent {
        let mut plain = head(protocol);
        pieces.for_each(|piece| plain.extend_from_slice(piece));
        self.history.add(&plain);
        let mut out = self.sequence.to_be_bytes().to_vec();
        self.sequence = self.sequence.wrapping_add(1);
        deflate_packet(Arc::make_mut(&mut self.state), &plain, &mut out);
        out.truncate(out.len() - PACKET_END.len().min(out.len()));
        // The protocol of the compressed packet takes an octet, or two, as that of the plain one does.
        if out.len() < plain.len() { Sent::Deflated(out) } else { Sent::AsItWas }
    }

    /// A Reset-Request came: begin anew, and answer with Reset-Ack.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}

fn deflate_packet(state: &mut CompressorOxide, mut plain: &[u8], out: &mut Vec<u8>) {
    loop {
        let from = out.len();
        out.resize(from + plain.len() + 64, 0);
        let (status, read, written) = compress(state, plain, &mut out[from..], TDEFLFlush::Sync);
        out.truncate(from + written);
        plain = plain.get(read..).unwrap_or_default();
        // All is written when there was room to spare.
        if status != TDEFLStatus::Okay || (plain.is_empty() && written < read + 64) {
            return;
        }
    }
}

impl PartialEq for Deflater {
    fn eq(&self, other: &Self) -> bool {
        (self.sequence, self.history) == (other.sequence, other.history)
    }
}

impl Eq for Deflater {}

impl fmt::Debug for Deflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sequence, history, .. } = self;
        f.debug_struct("Deflater")
            .field("sequence", sequence)
            .field("history", history)
            .finish_non_exhaustive()
    }
}

/// The receiving end.
#[derive(Clone)]
pub struct Inflater {
    state: Arc<InflateState>,
    sequence: u16,
    /// A packet is missing: nothing can be inflated until a reset.
    lost: bool,
    packet_octets_max: usize,
}

impl Inflater {
    /// An end that nothing came to yet, and that refuses packets which inflate to more than this.
    #[must_use]
    pub fn new(packet_octets_max: usize) -> Self {
        Self {
            state: Arc::new(InflateState::new(DataFormat::Raw)),
            sequence: 0,
            lost: false,
            packet_octets_max,
        }
    }

    /// Whether it waits for a reset: send Reset-Request.
    #[must_use]
    pub const fn is_lost(&self) -> bool {
        self.lost
    }

    /// A Reset-Ack came.
    pub fn reset(&mut self) {
        *self = Self::new(self.packet_octets_max);
    }

    /// The packet in a compressed one: its protocol in one octet or two, and its data. `None` if it is not the next
    /// in order, or no deflated packet.
    pub fn receive(&mut self, octets: &[u8]) -> Option<Vec<u8>> {
        let packet = match octets {
            [high, low, data @ ..] if !self.lost && u16::from_be_bytes([*high, *low]) == self.sequence => {
                let data = [data, &PACKET_END].concat();
                inflate_packet(Arc::make_mut(&mut self.state), &data, self.packet_octets_max)
            }
            _ => None,
        };
        self.sequence = self.sequence.wrapping_add(1);
        self.lost |= packet.is_none();
        packet
    }

    /// A packet came that was not compressed: it is remembered too, as a stored block (RFC 1979 §2).
    pub fn remember<'a>(&mut self, protocol: Protocol, pieces: impl Iterator<Item = &'a [u8]>) {
        let mut plain = head(protocol);
        pieces.for_each(|piece| plain.extend_from_slice(piece));
        self.sequence = self.sequence.wrapping_add(1);
        let Some(length) = u16::try_from(plain.len()).ok().filter(|_| !self.lost) else { return };
        let block = [&[0][..], &length.to_le_bytes(), &(!length).to_le_bytes(), &plain].concat();
        let state = Arc::make_mut(&mut self.state);
        self.lost = inflate_packet(state, &block, plain.len()).is_none();
    }
}

fn inflate_packet(state: &mut InflateState, mut data: &[u8], octets_max: usize) -> Option<Vec<u8>> {
    let mut packet = vec![0; octets_max + 1];
    let mut written = 0;
    while !data.is_empty() {
        let result = inflate(state, data, packet.get_mut(written..)?, MZFlush::Sync);
        let more =
            matches!(result.status, Ok(MZStatus::Ok)) && result.bytes_consumed + result.bytes_written > 0;
        written += result.bytes_written;
        data = data.get(result.bytes_consumed..)?;
        if !more || written > octets_max {
            return None;
        }
    }
    packet.truncate(written);
    Some(packet)
}

/// The protocol of a packet, in as few octets as it takes.
fn head(protocol: Protocol) -> Vec<u8> {
    let [high, low] = protocol.0.to_be_bytes();
    if high == 0 { vec![low] } else { vec![high, low] }
}

/// What went through, as a number: FNV-1a over all octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct History(u64);

impl Default for History {
    fn default() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }
}

impl History {
    fn add(&mut self, octets: &[u8]) {
        self.0 =
            octets.iter().fold(self.0, |sum, octet| (sum ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01B3));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pass(deflater: &mut Deflater, inflater: &mut Inflater, packet: &[u8]) -> (usize, Option<Vec<u8>>) {
        match deflater.send(Protocol::IP, std::iter::once(packet)) {
            Sent::Deflated(octets) => {
                (octets.len(), inflater.receive(&octets).map(|plain| plain[1..].to_vec()))
            }
            Sent::AsItWas => {
                inflater.remember(Protocol::IP, std::iter::once(packet));
                (packet.len(), Some(packet.to_vec()))
            }
        }
    }

    #[test]
    fn what_was_sent_before_makes_the_next_packet_shorter() {
        let (mut deflater, mut inflater) = (Deflater::default(), Inflater::new(1500));
        let text = b"Received: from mail.example.org by mail.example.com; Sun, 22 Nov 1998 04:19:06 GMT\r\n";
        let (first, _) = pass(&mut deflater, &mut inflater, text);
        let (second, plain) = pass(&mut deflater, &mut inflater, text);
        assert_eq!(plain.as_deref(), Some(&text[..]));
        assert!(second < 24 && first > 60, "{first} and {second}");
    }

    #[test]
    fn after_a_loss_nothing_is_inflated_until_both_begin_anew() {
        let (mut deflater, mut inflater) = (Deflater::default(), Inflater::new(1500));
        let text = [b'a'; 200];
        pass(&mut deflater, &mut inflater, &text);
        deflater.send(Protocol::IP, std::iter::once(&text[..]));
        for _ in 0..2 {
            assert_eq!(pass(&mut deflater, &mut inflater, &text).1, None);
            assert!(inflater.is_lost());
        }
        deflater.reset();
        inflater.reset();
        assert_eq!(deflater, Deflater::default());
        assert_eq!(pass(&mut deflater, &mut inflater, &text).1.as_deref(), Some(&text[..]));
    }

    #[test]
    fn a_packet_that_inflates_too_far_is_refused() {
        let (mut deflater, mut inflater) = (Deflater::default(), Inflater::new(100));
        assert_eq!(pass(&mut deflater, &mut inflater, &[0; 1000]).1, None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn every_packet_comes_back_and_none_grows(
            packets in prop::collection::vec(
                prop_oneof![
                    prop::collection::vec(any::<u8>(), 1..1500),
                    (any::<u8>(), 1..1500_usize).prop_map(|(octet, len)| vec![octet; len]),
                ], 1..20),
        ) {
            let (mut deflater, mut inflater) = (Deflater::default(), Inflater::new(1504));
            for packet in packets {
                let (octets, plain) = pass(&mut deflater, &mut inflater, &packet);
                prop_assert_eq!(plain.as_deref(), Some(&packet[..]));
                prop_assert!(octets <= packet.len());
            }
        }

        #[test]
        fn any_octets_do_no_harm(packets in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..100), 0..10)) {
            let mut inflater = Inflater::new(1504);
            for (number, octets) in packets.iter().enumerate() {
                inflater.receive(&[&(number as u16).to_be_bytes()[..], octets].concat());
                inflater.reset();
                inflater.receive(octets);
            }
        }
    }
}
