//! Reset-Request and Reset-Ack: how both ends of PPP's Deflate begin anew after a loss (RFC 1962 §3.1, RFC 1979 §2).
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

/// How long a receiver waits for Reset-Ack before it asks again, which it does only when one more frame cannot be read:
/// more often than a round trip it should not, and a second is the example that RFC 1979 §2 gives.
const PATIENCE: Duration = Duration::from_secs(1);

/// The resets of both directions.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Resets {
    /// By the end whose packets cannot be inflated.
    ways: [Reset; 2],
    /// Of the request that is or was last under way. Asking again keeps it; a valid answer changes it.
    identifiers: [u8; 2],
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

    /// The packet that says it: an answer has the identifier of its request.
    pub(super) fn packet(&self, due: Due) -> (Protocol, Vec<u8>) {
        let identifier = self.identifiers[due.way.index()];
        (Protocol::CCP, Packet { code: due.code, identifier, data: Vec::new() }.write())
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
        if whole.is_some() {
            let identifier = &mut self.identifiers[due.way.index()];
            *identifier = identifier.wrapping_add(1);
        }
        whole
    }

    /// Whose sender begins anew before this is said.
    pub(super) fn begins_anew(due: Due) -> Option<Side> {
        (due.code == code::RESET_ACK).then_some(due.way)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::START + Duration::from_millis(millis)
    }

    /// Code and identifier of what is due, and what became of it.
    fn say(resets: &mut Resets, now: u64, arrived: Option<u64>) -> (u8, u8, Option<Side>) {
        let due = resets.due(at(now)).unwrap();
        let (_, packet) = resets.packet(due);
        (packet[0], packet[1], resets.said(due, arrived.map(at)))
    }

    #[test]
    fn a_request_that_is_made_again_keeps_its_identifier_and_the_next_one_has_another() {
        let mut resets = Resets::default();
        resets.notice(Side::Server, at(100));
        assert_eq!(resets.due(at(99)), None, "nobody has noticed yet");
        assert_eq!(say(&mut resets, 100, None), (14, 0, None), "it is lost");
        resets.notice(Side::Server, at(1099));
        assert_eq!(resets.due(at(5000)), None, "a second is not over");
        resets.notice(Side::Server, at(1100));
        assert_eq!(say(&mut resets, 1100, Some(1200)), (14, 0, None));
        resets.notice(Side::Server, at(1150));
        assert_eq!(say(&mut resets, 1200, Some(1300)), (15, 0, Some(Side::Server)));
        resets.notice(Side::Server, at(2000));
        assert_eq!(say(&mut resets, 2000, Some(2100)), (14, 1, None));
    }

    #[test]
    fn both_directions_are_reset_each_by_itself_and_in_the_order_of_time() {
        let mut resets = Resets::default();
        resets.notice(Side::Server, at(200));
        resets.notice(Side::Client, at(100));
        let first = resets.due(at(300)).unwrap();
        assert_eq!((first.at, first.from), (at(100), Side::Server), "the receiver of what the client sends");
        assert_eq!(say(&mut resets, 300, Some(400)), (14, 0, None));
        assert_eq!(resets.due(at(300)).unwrap().from, Side::Client);
    }
}
