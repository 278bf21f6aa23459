//! Reset-Request and Reset-Ack: how both ends of PPP's Deflate begin anew after a loss (RFC 1962 §3.3).
//!
//! ```text
//!  sender    1 ──x   2 ────> 3 ────> 4 ────>            Reset-Ack, 5 ────> 6 ────>
//!                     \       \       \              /        \       \
//!  receiver            tossed: Reset-Request ────────          read    read
//! ```
//!
//! A path has no events of its own. What its two ends say for themselves is made good, at the moments at which it was
//! said, when the next packet is sent: nobody else could have noticed it sooner.

use super::framing::ppp::Protocol;
use super::ppp::packet::{Packet, code};
use super::tcp::Side;
use crate::time::{Duration, Instant};

/// How long a receiver waits for Reset-Ack before it asks again, which it does only when one more frame cannot be read.
/// No document says; this is pppd's (`RACKTIMEOUT`).
const PATIENCE: Duration = Duration::from_secs(1);

/// The resets of both directions.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Resets {
    /// By the end whose packets cannot be inflated.
    ways: [Reset; 2],
    identifier: u8,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Reset {
    /// All is well.
    #[default]
    None,
    /// The receiver asks.
    Asks { at: Instant },
    /// Its Reset-Request is with the sender.
    Asked { arrived: Instant, at: Instant },
    /// One of the two packets was lost; the receiver asked last then.
    Unanswered { at: Instant },
}

/// What is to be said, and when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Due {
    /// The end whose packets cannot be inflated.
    way: Side,
    /// When it is said.
    pub(super) at: Instant,
    /// Who says it.
    pub(super) from: Side,
    code: u8,
}

impl Resets {
    /// The receiver got a frame from this end that it cannot inflate.
    pub(super) fn notice(&mut self, way: Side, at: Instant) {
        let reset = &mut self.ways[way.index()];
        match *reset {
            Reset::None => *reset = Reset::Asks { at },
            Reset::Unanswered { at: asked } if at >= asked + PATIENCE => *reset = Reset::Asks { at },
            _ => {}
        }
    }

    /// What was to be said until `now`, the first of it.
    pub(super) fn due(&self, now: Instant) -> Option<Due> {
        [Side::Client, Side::Server]
            .into_iter()
            .filter_map(|way| match self.ways[way.index()] {
                Reset::Asks { at } => Some(Due { way, at, from: way.other(), code: code::RESET_REQUEST }),
                Reset::Asked { arrived, .. } => {
                    Some(Due { way, at: arrived, from: way, code: code::RESET_ACK })
                }
                Reset::None | Reset::Unanswered { .. } => None,
            })
            .filter(|due| due.at <= now)
            .min_by_key(|due| due.at)
    }

    /// The packet that says it.
    pub(super) fn packet(&mut self, due: Due) -> (Protocol, Vec<u8>) {
        if due.code == code::RESET_REQUEST {
            self.identifier = self.identifier.wrapping_add(1);
        }
        let packet = Packet { code: due.code, identifier: self.identifier, data: Vec::new() };
        (Protocol::CCP, packet.write())
    }

    /// It was said; when it arrived, if it did. `Some` if the receiver of this end's packets inflates anew.
    pub(super) fn said(&mut self, due: Due, arrived: Option<Instant>) -> Option<Side> {
        let reset = &mut self.ways[due.way.index()];
        let (next, whole) = match (*reset, arrived) {
            (Reset::Asks { at }, Some(arrived)) => (Reset::Asked { arrived, at }, None),
            (Reset::Asked { .. }, Some(_)) => (Reset::None, Some(due.way)),
            (Reset::Asks { at } | Reset::Asked { at, .. }, None) => (Reset::Unanswered { at }, None),
            (other, _) => (other, None),
        };
        *reset = next;
        whole
    }

    /// Whose sender begins anew before this is said.
    pub(super) fn begins_anew(&self, due: Due) -> Option<Side> {
        (due.code == code::RESET_ACK).then_some(due.way)
    }
}
