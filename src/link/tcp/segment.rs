//! What crosses the line: a segment by its numbers, and its options.

/// Which end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The end that opened it; its octets go up.
    Client,
    /// The end that was called; its octets go down.
    Server,
}

impl Side {
    /// The other end.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }

    /// 0 for the client, 1 for the server.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// The options of a segment other than SACK blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Options {
    /// None: 0 octets.
    #[default]
    Bare,
    /// Two NOPs and timestamps (RFC 7323 §3): 12 octets.
    Timestamps,
    /// On a SYN: the MSS alone (RFC 793 §3.1): 4 octets.
    Mss(u16),
    /// On a SYN: MSS, SACK permitted, timestamps, NOP, window scale, as Linux orders them: 20 octets.
    Modern {
        /// The MSS offered.
        mss: u16,
        /// The shift of the window field (RFC 7323 §2).
        scale: u8,
    },
}

impl Options {
    /// How many octets they take in the header.
    #[must_use]
    pub const fn octets(self) -> u32 {
        match self {
            Self::Bare => 0,
            Self::Timestamps => 12,
            Self::Mss(_) => 4,
            Self::Modern { .. } => 20,
        }
    }

    /// Writes them into a header, and gives how many octets they took.
    pub fn write(self, timestamp: u32, echo: u32, into: &mut [u8]) -> usize {
        let (t, e) = (timestamp.to_be_bytes(), echo.to_be_bytes());
        let mut octets = [0_u8; 20];
        match self {
            Self::Bare => {}
            Self::Timestamps => {
                octets[..4].copy_from_slice(&[1, 1, 8, 10]);
                octets[4..8].copy_from_slice(&t);
                octets[8..12].copy_from_slice(&e);
            }
            Self::Mss(mss) => {
                octets[..2].copy_from_slice(&[2, 4]);
                octets[2..4].copy_from_slice(&mss.to_be_bytes());
            }
            Self::Modern { mss, scale } => {
                octets[..2].copy_from_slice(&[2, 4]);
                octets[2..4].copy_from_slice(&mss.to_be_bytes());
                octets[4..8].copy_from_slice(&[4, 2, 8, 10]);
                octets[8..12].copy_from_slice(&t);
                octets[12..16].copy_from_slice(&e);
                octets[16..20].copy_from_slice(&[1, 3, 3, scale]);
            }
        }
        let len = self.octets() as usize;
        into[..len].copy_from_slice(&octets[..len]);
        len
    }
}

/// The most SACK blocks that fit into a header without timestamps (RFC 2018 §3).
const BLOCKS: usize = 4;

/// The blocks of a SACK option (RFC 2018 §3), kept relative to the segment's acknowledgement, so that they are small.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sack {
    blocks: [(i32, u32); BLOCKS],
    count: u8,
}

impl Sack {
    /// Adds a block of the numbers `from..to` behind those that are there; one too many is left out.
    pub fn push(&mut self, ack: u64, from: u64, to: u64) {
        let offset = i32::try_from(from as i64 - ack as i64);
        let (Ok(offset), Ok(len)) = (offset, u32::try_from(to.saturating_sub(from))) else { return };
        if let Some(place) = self.blocks.get_mut(usize::from(self.count)) {
            *place = (offset, len);
            self.count += 1;
        }
    }

    /// True if there is no block.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The blocks in the order of the option, as numbers `from..to` of a segment that acknowledges `ack`.
    pub fn blocks(&self, ack: u64) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.blocks.iter().take(usize::from(self.count)).map(move |&(offset, len)| {
            let from = ack.saturating_add_signed(offset.into());
            (from, from + u64::from(len))
        })
    }

    /// How many octets the option takes: two NOPs, kind, length, and eight for each block.
    #[must_use]
    pub const fn octets(&self) -> u32 {
        if self.count == 0 { 0 } else { 4 + 8 * self.count as u32 }
    }

    /// Writes the option into a header, and gives how many octets it took. `base` is what the peer's numbers are
    /// counted from, `ack` the segment's acknowledgement.
    pub fn write(&self, base: u32, ack: u64, into: &mut [u8]) -> usize {
        let len = self.octets() as usize;
        if len == 0 {
            return 0;
        }
        let mut octets = [0_u8; 4 + 8 * BLOCKS];
        octets[..4].copy_from_slice(&[1, 1, 5, 2 + 8 * self.count]);
        for (place, (from, to)) in octets[4..].chunks_exact_mut(8).zip(self.blocks(ack)) {
            place[..4].copy_from_slice(&base.wrapping_add(from as u32).to_be_bytes());
            place[4..].copy_from_slice(&base.wrapping_add(to as u32).to_be_bytes());
        }
        into[..len].copy_from_slice(&octets[..len]);
        len
    }
}

/// A TCP segment, without its octets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Segment {
    /// The number of its first octet (of the SYN, if it has one).
    pub seq: u64,
    /// Octets of payload.
    pub len: u32,
    /// It opens the sender's stream.
    pub syn: bool,
    /// It ends the sender's stream, after its payload.
    pub fin: bool,
    /// The sender has nothing more to send for now, or a train of segments ends here.
    pub push: bool,
    /// The sender has given up the connection (RST).
    pub reset: bool,
    /// Some of its octets, its SYN or its FIN were sent before.
    pub again: bool,
    /// The next number that the sender expects; absent only on the first SYN.
    pub ack: Option<u64>,
    /// How many octets beyond `ack` the sender will take.
    pub window: u32,
    /// The shift of the window field.
    pub scale: u8,
    /// Its options.
    pub options: Options,
    /// Its SACK blocks.
    pub sack: Sack,
    /// The sender's clock in milliseconds (RFC 7323 §3).
    pub timestamp: u32,
    /// The newest clock that the sender has seen from its peer.
    pub echo: u32,
}

impl Segment {
    /// The number after its last octet, SYN or FIN.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.seq + self.len as u64 + self.syn as u64 + self.fin as u64
    }

    /// The window as the header's 16 bits show it.
    #[must_use]
    pub const fn window_field(&self) -> u16 {
        let shown = if self.syn { self.window } else { self.window >> self.scale };
        if shown > 0xFFFF { 0xFFFF } else { shown as u16 }
    }

    /// The window as the peer reads it from the header: what the shift has cut off is gone.
    #[must_use]
    pub const fn window_read(&self) -> u64 {
        (self.window_field() as u64) << if self.syn { 0 } else { self.scale }
    }

    /// Octets of all its options, padded to whole words.
    #[must_use]
    pub const fn option_octets(&self) -> u32 {
        self.options.octets() + self.sack.octets()
    }

    /// True if it carries nothing but an acknowledgement.
    #[must_use]
    pub const fn is_pure_ack(&self) -> bool {
        self.len == 0 && !self.syn && !self.fin && !self.reset
    }
}
