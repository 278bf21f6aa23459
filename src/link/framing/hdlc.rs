//! HDLC-like frames on an asynchronous line (RFC 1662 §4): flags between them, a check at their end, and an
//! escape before each octet that is a flag, an escape, or a control character that the receiver's map names.

use super::fcs::Fcs16;

/// Stands between frames.
pub const FLAG: u8 = 0x7E;
/// Announces that the next octet has its sixth bit turned.
pub const ESCAPE: u8 = 0x7D;
/// What turns the sixth bit.
const TURN: u8 = 0x20;

/// The async control character map (RFC 1662 §7.1): bit n set means octet n is escaped, 0 to 31.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accm(pub u32);

impl Accm {
    /// Every control character is escaped: before anything is negotiated, and for LCP always.
    pub const ALL: Self = Self(u32::MAX);
    /// XON and XOFF: what a line with software flow control needs.
    pub const XON_XOFF: Self = Self(0x000A_0000);
    /// No control character: a clear line.
    pub const NONE: Self = Self(0);

    /// Whether this octet is sent as two.
    #[must_use]
    pub const fn escapes(self, octet: u8) -> bool {
        octet == FLAG || octet == ESCAPE || (octet < 0x20 && self.0 >> octet & 1 == 1)
    }

    /// How many of these octets are sent as two.
    #[must_use]
    pub fn count(self, octets: &[u8]) -> u32 {
        let all = |octet: u8| octet < 0x20;
        let xon_xoff = |octet: u8| octet & !2 == 0x11;
        match self {
            Self::NONE => count(octets, |_| false),
            Self::ALL => count(octets, all),
            Self::XON_XOFF => count(octets, xon_xoff),
            Self(_) => octets.iter().map(|octet| u32::from(self.escapes(*octet))).sum(),
        }
    }
}

/// Counts flags, escapes and what `control` says. The three usual maps are comparisons and no table, for then a
/// machine counts sixteen octets at once; 255 of them fit a count of eight bits.
fn count(octets: &[u8], control: impl Fn(u8) -> bool) -> u32 {
    let escaped =
        |octet: &u8| u8::from(*octet == FLAG) | u8::from(*octet == ESCAPE) | u8::from(control(*octet));
    octets.chunks(255).map(|few| u32::from(few.iter().map(escaped).sum::<u8>())).sum()
}

/// Counts what a frame takes on the line, from the pieces of its content.
#[derive(Clone, Copy, Debug)]
pub struct FrameCount {
    accm: Accm,
    fcs: Fcs16,
    octets: u32,
}

impl FrameCount {
    /// An empty frame for a receiver with this map.
    #[must_use]
    pub fn new(accm: Accm) -> Self {
        Self { accm, fcs: Fcs16::default(), octets: 0 }
    }

    /// Adds a piece of what stands between the flags, the check apart.
    pub fn add(&mut self, piece: &[u8]) {
        self.fcs.add(piece);
        let octets = u32::try_from(piece.len()).unwrap_or(u32::MAX);
        self.octets = self.octets.saturating_add(octets).saturating_add(self.accm.count(piece));
    }

    /// Octets on the line, with the check and one flag: the flag that ends a frame begins the next (RFC 1662 §4.4.2).
    #[must_use]
    pub fn octets(self) -> u32 {
        self.octets.saturating_add(2 + self.accm.count(&self.fcs.sent()) + 1)
    }
}

/// Appends a frame as it goes on the line: content, check, flag. The flag before it is whoever's came before.
pub fn encode(content: &[u8], accm: Accm, line: &mut Vec<u8>) {
    encode_pieces(&[content], accm, line);
}

/// The same of a content in pieces.
pub fn encode_pieces(pieces: &[&[u8]], accm: Accm, line: &mut Vec<u8>) {
    let mut fcs = Fcs16::default();
    for piece in pieces {
        fcs.add(piece);
        escape(piece, accm, line);
    }
    escape(&fcs.sent(), accm, line);
    line.push(FLAG);
}

fn escape(octets: &[u8], accm: Accm, line: &mut Vec<u8>) {
    line.reserve(octets.len());
    for octet in octets {
        if accm.escapes(*octet) {
            line.extend_from_slice(&[ESCAPE, octet ^ TURN]);
        } else {
            line.push(*octet);
        }
    }
}

/// What stood between two flags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// A frame whose check is right; the check is taken off.
    Frame(Vec<u8>),
    /// A frame that was changed on its way, cut short, or longer than the receiver takes. VJ is told of it.
    Damaged,
}

/// Takes frames out of the octets of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoder {
    accm: Accm,
    frame: Vec<u8>,
    escaped: bool,
    octets_max: usize,
    too_long: bool,
}

impl Decoder {
    /// A receiver that asked for this map and takes frames of at most `octets_max` octets, check included.
    #[must_use]
    pub const fn new(accm: Accm, octets_max: usize) -> Self {
        Self { accm, frame: Vec::new(), escaped: false, octets_max, too_long: false }
    }

    /// What these octets end.
    pub fn receive(&mut self, line: &[u8]) -> Vec<Received> {
        let mut received = Vec::new();
        for octet in line {
            match *octet {
                FLAG => received.extend(self.end()),
                ESCAPE if !self.escaped => self.escaped = true,
                // A control character that should have been escaped was put in by a modem on the way
                // (RFC 1662 §7.1).
                octet if !self.escaped && self.accm.escapes(octet) => {}
                octet => {
                    let octet = if self.escaped { octet ^ TURN } else { octet };
                    self.escaped = false;
                    if self.frame.len() < self.octets_max {
                        self.frame.push(octet)
                    } else {
                        self.too_long = true
                    }
                }
            }
        }
        received
    }

    fn end(&mut self) -> Option<Received> {
        let mut frame = std::mem::take(&mut self.frame);
        // Escape and flag in a row abort a frame (RFC 1662 §4.3).
        let whole = !(std::mem::take(&mut self.escaped) | std::mem::take(&mut self.too_long));
        match frame.len() {
            0 if whole => None,
            // A frame has at least a protocol of one octet and its check; less is silence (RFC 1662 §4.3).
            3.. if whole && Fcs16::is_good(&frame) => {
                frame.truncate(frame.len() - 2);
                Some(Received::Frame(frame))
            }
            _ => Some(Received::Damaged),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Octets of which many need an escape.
    fn odd_octets() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(prop_oneof![any::<u8>(), Just(FLAG), Just(ESCAPE), 0_u8..0x20], 1..600)
    }

    fn maps() -> impl Strategy<Value = Accm> {
        prop_oneof![Just(Accm::ALL), Just(Accm::NONE), Just(Accm::XON_XOFF), any::<u32>().prop_map(Accm)]
    }

    #[test]
    fn an_lcp_frame_of_twenty_octets_takes_forty_five() {
        // ACCM, magic number, both compressions; each of its many control characters is escaped.
        let content = [
            0xFF, 0x03, 0xC0, 0x21, 0x01, 0x01, 0x00, 0x14, 0x02, 0x06, 0x00, 0x0A, 0x00, 0x00, 0x05, 0x06,
            0x92, 0x35, 0x56, 0x78, 0x07, 0x02, 0x08, 0x02,
        ];
        // The flag before it counts: on a line that was idle no frame's end serves as one.
        let mut line = vec![FLAG];
        encode(&content, Accm::ALL, &mut line);
        assert_eq!(line.len(), 45);
        assert_eq!(line[..6], [0x7E, 0xFF, 0x7D, 0x23, 0xC0, 0x21]);
    }

    #[test]
    fn an_aborted_frame_and_a_changed_one_are_damaged() {
        let mut decoder = Decoder::new(Accm::NONE, 1504);
        assert_eq!(decoder.receive(b"half a frame\x7D\x7E"), [Received::Damaged]);
        let mut line = Vec::new();
        encode(b"whole", Accm::NONE, &mut line);
        line[1] ^= 0x40;
        assert_eq!(decoder.receive(&line), [Received::Damaged]);
        assert_eq!(decoder.receive(&[FLAG, FLAG]), [], "flags may fill the time between frames");
    }

    #[test]
    fn what_a_modem_puts_in_is_taken_out() {
        let mut line = Vec::new();
        encode(b"hello", Accm::XON_XOFF, &mut line);
        line.insert(2, 0x13);
        let mut decoder = Decoder::new(Accm::XON_XOFF, 1504);
        assert_eq!(decoder.receive(&line), [Received::Frame(b"hello".to_vec())]);
    }

    proptest! {
        #[test]
        fn frames_come_back_and_the_count_is_that_of_the_encoder(
            frames in prop::collection::vec(odd_octets(), 0..4),
            accm in maps(),
            cut in 1..300_usize,
        ) {
            let mut line = Vec::new();
            let mut octets = 0;
            for frame in &frames {
                encode(frame, accm, &mut line);
                let mut count = FrameCount::new(accm);
                frame.chunks(cut).for_each(|piece| count.add(piece));
                octets += count.octets() as usize;
            }
            prop_assert_eq!(line.len(), octets);
            let mut decoder = Decoder::new(accm, 1504);
            let received: Vec<Received> = line.chunks(cut).flat_map(|piece| decoder.receive(piece)).collect();
            prop_assert_eq!(received, frames.into_iter().map(Received::Frame).collect::<Vec<_>>());
        }

        #[test]
        fn any_octets_on_the_line_do_no_harm(line in prop::collection::vec(any::<u8>(), 0..500)) {
            Decoder::new(Accm::ALL, 100).receive(&line);
        }
    }
}
