//! What a link is, as a value: rates, delays, framing, call set-up, and what chance may do to it.
//!
//! The world builds lines from a [`LinkSpec`] and reads nothing else. All numbers are integers, so that two links
//! can be compared and every run repeats exactly.

use std::fmt;

pub use super::bearer::{Bearer, Carrier};
pub use super::framing::Framing;
pub use super::queue::Queue;
pub use super::sourced::Confidence;
use crate::time::Duration;
use crate::units::BitRate;

/// A link, ready to be built: every stage it names exists in this version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkSpec {
    /// As tables print it: `v22bis-2400`, `v34-28800:plain`, or the numbers as given.
    pub name: String,
    /// What it was, in a few words.
    pub title: String,
    /// When it was in use: `1994-1998`; empty for a link by numbers.
    pub era: String,
    /// Rate of the line towards the client.
    pub rate_down: BitRate,
    /// Rate of the line towards the server.
    pub rate_up: BitRate,
    /// One-way delay towards the client, besides the serialization delay.
    pub delay_down: Duration,
    /// One-way delay towards the server, besides the serialization delay.
    pub delay_up: Duration,
    /// The longest IP packet, in bytes.
    pub mtu: u32,
    /// Line bits for one byte: 10 on an asynchronous line (start bit, 8 data bits, stop bit), else 8.
    pub bits_per_octet: u8,
    /// What surrounds each IP packet.
    pub framing: Framing,
    /// What carries and compresses the framed octets.
    pub bearer: Bearer,
    /// What may wait for the line towards the client.
    pub queue_down: Queue,
    /// What may wait for the line towards the server.
    pub queue_up: Queue,
    /// Packets that are lost by the link's own numbers, chance or no chance.
    pub loss: Loss,
    /// How a call comes about, and which part of that costs money.
    pub call: CallSetup,
    /// What may go wrong, if chance is asked for.
    pub chance: Chance,
    /// What `:plain` left out; `None` when the link is as sourced or by numbers.
    pub plain: Option<Vec<String>>,
    /// Where the numbers come from.
    pub sources: Vec<String>,
    /// How far the numbers can be trusted; `None` for a link by numbers.
    pub confidence: Option<Confidence>,
    /// What the sources add.
    pub note: String,
}

impl fmt::Display for LinkSpec {
    /// A line for the foot of a table: `v34-28800:plain: 28.8 kbit/s, 55.0 ms each way, 8 bits a byte, PPP, MTU 1500,
    /// 12.00 s to dial and 12.00 s to connect; without v42bis, lapm`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.rate_down)?;
        if self.rate_up != self.rate_down {
            write!(f, " down and {} up", self.rate_up)?;
        }
        write!(f, ", {} each way, ", self.delay_down)?;
        if self.bearer.carrier == Carrier::Octets {
            write!(f, "{} bits a byte, ", self.bits_per_octet)?;
        }
        if self.bearer != Bearer::default() {
            write!(f, "{}, ", self.bearer)?;
        }
        match self.framing {
            // The bearer has said what surrounds a packet.
            Framing::None { octets_a_packet: 0 } if self.bearer.carrier != Carrier::Octets => {}
            framing => write!(f, "{framing}, ")?,
        }
        write!(f, "MTU {}", self.mtu)?;
        if self.call.is_dialled() {
            write!(f, ", {} to dial and {} to connect", self.call.unbilled, self.call.billed)?;
        }
        match self.plain.as_deref() {
            Some(left_out) if !left_out.is_empty() => write!(f, "; without {}", left_out.join(", ")),
            _ => Ok(()),
        }
    }
}

/// How a call comes about. A link without calls has zero everywhere and one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallSetup {
    /// Dialling, routing and ringing: before the answer.
    pub unbilled: Duration,
    /// Training, link protocol, PPP and login: after the answer, so they cost money.
    pub billed: Duration,
    /// Whether the bill starts with the dialling (airtime from SEND) and not with the answer.
    pub billed_from_dial: bool,
    /// How many calls are billed at once (multilink).
    pub channels: u32,
}

impl CallSetup {
    /// A link that is always up.
    pub const NONE: Self =
        Self { unbilled: Duration::ZERO, billed: Duration::ZERO, billed_from_dial: false, channels: 1 };

    /// From the first digit to the first packet.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.unbilled + self.billed
    }

    /// Whether there is a call at all.
    #[must_use]
    pub fn is_dialled(&self) -> bool {
        self.total() > Duration::ZERO
    }
}

/// What is lost by a link's own numbers, at random.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loss {
    /// How many of 10⁹ packets towards the client are lost, at most 10⁹.
    pub down_per_billion: u32,
    /// How many of 10⁹ packets towards the server are lost, at most 10⁹.
    pub up_per_billion: u32,
    /// How many of 10⁹ bits arrive wrong, each way, at most 10⁹: a frame with one is lost, unless the modems send it again.
    pub wrong_bits_per_billion: u32,
    /// Says which.
    pub seed: u64,
}

/// What may go wrong on a link. It only does with `--chance`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chance {
    /// How many of a million call attempts fail.
    pub connect_fail_per_million: u32,
    /// Unwanted disconnects in a million connected hours.
    pub drops_per_million_hours: u64,
    /// Rough spread of the delay.
    pub jitter: Duration,
    /// How many of 10⁹ bits are received wrong.
    pub bit_errors_per_billion: u32,
    /// How often the modems train again, in a million connected hours.
    pub retrains_per_million_hours: u64,
    /// How long the line is silent then.
    pub retrain: Duration,
}

impl Loss {
    /// Whether packets are lost, one way or the other.
    #[must_use]
    pub const fn takes_packets(&self) -> bool {
        self.down_per_billion > 0 || self.up_per_billion > 0
    }
}

impl Chance {
    /// Whether nothing is left to chance.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Chance {
    /// One line for the head of an output: `5 % of calls fail, 0.3 drops an hour, jitter 5.0 ms, bit errors 0.00001`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if self.connect_fail_per_million > 0 {
            parts.push(format!("{} % of calls fail", shifted(self.connect_fail_per_million.into(), 4)));
        }
        if self.drops_per_million_hours > 0 {
            parts.push(format!("{} drops an hour", shifted(self.drops_per_million_hours, 6)));
        }
        if self.jitter > Duration::ZERO {
            parts.push(format!("jitter {}", self.jitter));
        }
        if self.bit_errors_per_billion > 0 {
            parts.push(format!("bit errors {}", shifted(self.bit_errors_per_billion.into(), 9)));
        }
        if self.retrains_per_million_hours > 0 {
            let hourly = shifted(self.retrains_per_million_hours, 6);
            parts.push(format!("{hourly} retrains an hour of {}", self.retrain));
        }
        if parts.is_empty() {
            return f.write_str("nothing is left to chance");
        }
        f.write_str(&parts.join(", "))
    }
}

/// `number` ÷ 10^`places` as decimal text without trailing zeros.
fn shifted(number: u64, places: usize) -> String {
    let digits = format!("{number:0width$}", width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_says_itself_in_a_line() {
        let said = |name| crate::link::preset::resolve(name).unwrap().to_string();
        assert_eq!(
            said("v34-28800:plain"),
            "v34-28800:plain: 28.8 kbit/s, 55.0 ms each way, 8 bits a byte, PPP, MTU 1500, 12.00 s to dial and \
             12.00 s to connect; without v42bis, lapm"
        );
        assert_eq!(
            said("rate=2400,rate_up=1200,frame=8"),
            "rate=2400,rate_up=1200,frame=8: 2400 bit/s down and 1200 bit/s up, 0 s each way, 8 bits a byte, 8 bytes \
             a packet, MTU 1500"
        );
    }

    #[test]
    fn chance_says_what_may_happen_in_exact_numbers() {
        let chance = Chance {
            connect_fail_per_million: 52_500,
            drops_per_million_hours: 12_000_000,
            jitter: Duration::from_millis(5),
            bit_errors_per_billion: 10_000,
            retrains_per_million_hours: 500_000,
            retrain: Duration::from_secs(8),
        };
        assert_eq!(
            chance.to_string(),
            "5.25 % of calls fail, 12 drops an hour, jitter 5.0 ms, bit errors 0.00001, 0.5 retrains an hour of 8.00 s"
        );
        assert_eq!(Chance::default().to_string(), "nothing is left to chance");
    }
}
