//! What one end of a PPP line asks for, and what it takes from the other.

use super::packet::{Choice, ccp, ipcp, lcp};
use crate::link::framing::ppp::Protocol;
use crate::time::Duration;

/// How the caller proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// Name and password in clear (RFC 1334 §2).
    Pap,
    /// An MD5 digest over a challenge (RFC 1994).
    Chap,
}

impl Authentication {
    /// The value of the LCP option (RFC 1334 §2.1, RFC 1994 §3; 5 is MD5).
    fn data(self) -> Vec<u8> {
        match self {
            Self::Pap => Protocol::PAP.0.to_be_bytes().to_vec(),
            Self::Chap => [&Protocol::CHAP.0.to_be_bytes()[..], &[5]].concat(),
        }
    }

    pub(super) fn read(data: &[u8]) -> Option<Self> {
        [Self::Pap, Self::Chap].into_iter().find(|known| known.data() == data)
    }
}

/// VJ's option (RFC 1332 §4): what the end that asks is able to decompress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vj {
    /// The highest slot number: one less than there are slots.
    pub highest_slot: u8,
    /// Whether the slot may be left out when it is that of the packet before.
    pub elide_slot: bool,
}

impl Vj {
    /// Sixteen slots, which may be left out: what implementations ask for.
    pub const USUAL: Self = Self { highest_slot: 15, elide_slot: true };

    fn data(self) -> [u8; 4] {
        [0x00, 0x2D, self.highest_slot, u8::from(self.elide_slot)]
    }

    pub(super) fn read(data: &[u8]) -> Option<Self> {
        match *data {
            [0x00, 0x2D, highest_slot, elide @ (0 | 1)] => {
                Some(Self { highest_slot, elide_slot: elide == 1 })
            }
            _ => None,
        }
    }
}

/// Multilink's options (RFC 1990 §5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Multilink {
    /// The longest packet that the end that asks puts together again.
    pub mrru: u16,
    /// Sequence numbers of 12 bits and a header of two octets, in place of 24 and four.
    pub short_sequence: bool,
}

/// One end of a line: what it asks for, and what it allows the other. `None` and `false` mean the default, for which
/// nothing is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The longest packet that it takes (RFC 1661 §6.1); 1500 if it does not say.
    pub mru: Option<u16>,
    /// Which control characters the other end has to escape (RFC 1662 §7.1); all if it does not say. Synchronous
    /// lines have nothing to escape.
    pub accm: Option<u32>,
    /// A number that no other end has, to find out a line that is looped back (RFC 1661 §6.4).
    pub magic: Option<u32>,
    /// Protocol numbers below 256 may take one octet (RFC 1661 §6.5).
    pub pfc: bool,
    /// Address and control may be left out (RFC 1661 §6.6).
    pub acfc: bool,
    /// Asks to be called back, as Windows does whether it is wanted or not.
    pub callback: bool,
    /// Wants fragments over several calls.
    pub multilink: Option<Multilink>,
    /// What the other end must do to get in.
    pub demands: Option<Authentication>,
    /// What it can do itself.
    pub knows: Vec<Authentication>,
    /// The name that it shows and the secret that both know. An end that demands has those of the caller.
    pub name: Vec<u8>,
    /// See `name`.
    pub secret: Vec<u8>,
    /// What it challenges with, if it demands CHAP. A real one is unpredictable; here every run is the same.
    pub challenge: [u8; 16],
    /// Its own address; zeros ask the other end for one (RFC 1332 §3.3).
    pub address: [u8; 4],
    /// The address that it gives to a caller who asks.
    pub gives_address: Option<[u8; 4]>,
    /// Asks for name servers (RFC 1877), or gives them.
    pub dns: Option<Dns>,
    /// Can decompress headers.
    pub vj: Option<Vj>,
    /// Can inflate, with a window of 2^n octets (RFC 1979 §3), 8 to 15.
    pub deflate: Option<u8>,
    /// How long it waits for an answer before it asks again (RFC 1661 §4.6).
    pub restart: Duration,
}

/// Two name servers, primary and secondary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dns {
    /// Wants to know them.
    Asks,
    /// Tells them.
    Gives([[u8; 4]; 2]),
}

/// What an end says to one option of the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Ack,
    /// Yes, but with this value.
    Nak(Choice),
    Reject,
}

impl Config {
    /// What it asks for in this protocol's first Configure-Request.
    pub(super) fn wishes(&self, protocol: Protocol) -> Vec<Choice> {
        let mut wishes = Vec::new();
        let mut ask = |kind, data: &[u8]| wishes.push(Choice::new(kind, data));
        match protocol {
            Protocol::LCP => {
                self.mru.inspect(|mru| ask(lcp::MRU, &mru.to_be_bytes()));
                self.accm.inspect(|accm| ask(lcp::ACCM, &accm.to_be_bytes()));
                self.demands.inspect(|demand| ask(lcp::AUTHENTICATION, &demand.data()));
                self.magic.inspect(|magic| ask(lcp::MAGIC, &magic.to_be_bytes()));
                self.pfc.then(|| ask(lcp::PFC, &[]));
                self.acfc.then(|| ask(lcp::ACFC, &[]));
                self.callback.then(|| ask(lcp::CALLBACK, &[6]));
                if let Some(multilink) = self.multilink {
                    ask(lcp::MRRU, &multilink.mrru.to_be_bytes());
                    multilink.short_sequence.then(|| ask(lcp::SHORT_SEQUENCE, &[]));
                    // Class 1, an address assigned locally, so that the second call is known to belong to the first.
                    ask(lcp::ENDPOINT, &[&[1][..], &self.magic.unwrap_or_default().to_be_bytes()].concat());
                }
            }
            Protocol::IPCP => {
                self.vj.inspect(|vj| ask(ipcp::COMPRESSION, &vj.data()));
                ask(ipcp::ADDRESS, &self.address);
                if self.dns == Some(Dns::Asks) {
                    ask(ipcp::PRIMARY_DNS, &[0; 4]);
                    ask(ipcp::SECONDARY_DNS, &[0; 4]);
                }
            }
            Protocol::CCP => {
                self.deflate.inspect(|window| ask(ccp::DEFLATE, &deflate_data(*window)));
            }
            _ => {}
        }
        wishes
    }

    /// What it says to an option of the other end.
    pub(super) fn judge(&self, protocol: Protocol, option: &Choice) -> Verdict {
        let data = option.data.as_slice();
        let when = |fine: bool| if fine { Verdict::Ack } else { Verdict::Reject };
        let nak = |data: &[u8]| Verdict::Nak(Choice::new(option.kind, data));
        match (protocol, option.kind) {
            // Packets of 128 octets carry no mail in earnest, and an MRU below that is a slip.
            (Protocol::LCP, lcp::MRU) => match *data {
                [high, low] if u16::from_be_bytes([high, low]) >= 128 => Verdict::Ack,
                _ => nak(&1500_u16.to_be_bytes()),
            },
            (Protocol::LCP, lcp::ACCM) => when(data.len() == 4 && self.accm.is_some()),
            (Protocol::LCP, lcp::AUTHENTICATION) => match (Authentication::read(data), self.knows.first()) {
                (Some(demand), _) if self.knows.contains(&demand) => Verdict::Ack,
                (_, Some(known)) => nak(&known.data()),
                (_, None) => Verdict::Reject,
            },
            // The same number at both ends: perhaps the line is looped back (RFC 1661 §6.4).
            (Protocol::LCP, lcp::MAGIC) => match (<[u8; 4]>::try_from(data), self.magic) {
                (Ok(theirs), Some(ours)) if u32::from_be_bytes(theirs) == ours => {
                    nak(&ours.rotate_left(7).to_be_bytes())
                }
                (Ok(theirs), _) => when(theirs != [0; 4]),
                _ => Verdict::Reject,
            },
            (Protocol::LCP, lcp::PFC) => when(self.pfc && data.is_empty()),
            (Protocol::LCP, lcp::ACFC) => when(self.acfc && data.is_empty()),
            (Protocol::LCP, lcp::MRRU) => when(self.multilink.is_some() && data.len() == 2),
            (Protocol::LCP, lcp::SHORT_SEQUENCE) => when(self.multilink.is_some() && data.is_empty()),
            (Protocol::LCP, lcp::ENDPOINT) => when(self.multilink.is_some()),
            (Protocol::IPCP, ipcp::COMPRESSION) => match self.vj {
                Some(_) if Vj::read(data).is_some() => Verdict::Ack,
                Some(vj) => nak(&vj.data()),
                None => Verdict::Reject,
            },
            (Protocol::IPCP, ipcp::ADDRESS) => match self.gives_address {
                Some(address) if data != address => nak(&address),
                Some(_) => Verdict::Ack,
                None => when(data.len() == 4 && data != [0; 4]),
            },
            (Protocol::IPCP, ipcp::PRIMARY_DNS | ipcp::SECONDARY_DNS) => match self.dns {
                Some(Dns::Gives([primary, secondary])) => {
                    let known = if option.kind == ipcp::PRIMARY_DNS { primary } else { secondary };
                    if data == known { Verdict::Ack } else { nak(&known) }
                }
                _ => Verdict::Reject,
            },
            (Protocol::CCP, ccp::DEFLATE) => when(self.deflate.is_some() && read_deflate(data).is_some()),
            _ => Verdict::Reject,
        }
    }
}

/// Window, method 8, and sequence numbers as the check (RFC 1979 §3). The document gives a length of 3, but draws four
/// octets; implementations send four.
fn deflate_data(window: u8) -> [u8; 2] {
    [(window.clamp(8, 15) - 8) << 4 | 8, 0]
}

/// The window of a Deflate option, as a power of two.
pub(super) fn read_deflate(data: &[u8]) -> Option<u8> {
    match *data {
        [first, 0] if first & 0x0F == 8 && first >> 4 <= 7 => Some((first >> 4) + 8),
        _ => None,
    }
}
