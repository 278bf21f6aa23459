//! How long each end thinks: one time for each kind of write, from sessions of the same case on a fast link.
//!
//! On a fast link the round trip is short and known, so that what is left of a turn is the program's own time:
//! a login starts a process, a `RETR` opens a file. The slow link's own times are never looked at.

use std::collections::BTreeMap;

use super::row::Row;
use super::turns::Turn;
use crate::link::framing::Framing;
use crate::time::Duration;

/// Think times by kind of write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thinking {
    client: BTreeMap<String, Duration>,
    server: BTreeMap<String, Duration>,
}

/// A link is fast enough to see a program think from this many bits a second on.
const FAST: u64 = 1_000_000;

/// What the measuring hosts add to each way: reading, writing and waking up (measured with ping, half of 0.30 ms).
const HOST: Duration = Duration::from_micros(150);

impl Thinking {
    /// The think times for `row`, from all sessions of its case on another, fast link. Without one nobody thinks.
    #[must_use]
    pub fn for_row(row: &Row, sessions: &[(Row, Vec<Turn>)]) -> Self {
        let mut client: BTreeMap<String, Vec<Duration>> = BTreeMap::new();
        let mut server = client.clone();
        let others = sessions.iter().filter(|(other, _)| {
            other.case == row.case
                && other.link_name != row.link_name
                && other.link.rate_down.bits_per_second() >= FAST
        });
        for (other, turns) in others {
            for (before, turn) in turns.iter().zip(turns.iter().skip(1)) {
                let kind = turn.kind();
                if let (Some(last), Some(sent)) = (before.last_at, turn.sent_at) {
                    client.entry(kind.clone()).or_default().push(sent.saturating_sub(last));
                }
                if let (Some(sent), Some(first)) = (turn.sent_at, turn.first_at) {
                    let way = first.saturating_sub(sent).saturating_sub(round_trip(other, turn));
                    server.entry(kind).or_default().push(way);
                }
            }
        }
        let medians = |times: BTreeMap<String, Vec<Duration>>| {
            times.into_iter().filter_map(|(kind, times)| median(times).map(|time| (kind, time))).collect()
        };
        Self { client: medians(client), server: medians(server) }
    }

    /// How long the client thinks before a write of this kind.
    #[must_use]
    pub fn client(&self, kind: &str) -> Duration {
        self.client.get(kind).copied().unwrap_or_default()
    }

    /// How long the server thinks before it answers a write of this kind.
    #[must_use]
    pub fn server(&self, kind: &str) -> Duration {
        self.server.get(kind).copied().unwrap_or_default()
    }
}

/// What of a turn on a fast link is not thinking: two ways, the command's packet and the answer's first.
fn round_trip(row: &Row, turn: &Turn) -> Duration {
    let headers = 40 + if row.stack.modern_options { 12 } else { 0 };
    let (Framing::None { octets_a_packet } | Framing::CountedVj { octets_a_packet, .. }) = row.link.framing
    else {
        return Duration::ZERO;
    };
    let bits = |octets: u64| {
        (octets.min(row.link.mtu.saturating_sub(headers).into())
            + u64::from(headers)
            + u64::from(octets_a_packet))
            * u64::from(row.link.bits_per_octet)
    };
    row.link.delay_up
        + row.link.delay_down
        + HOST
        + HOST
        + row.link.rate_up.serialization_delay(bits(turn.client_octets))
        + row.link.rate_down.serialization_delay(bits(turn.server_octets))
}

/// The middle one; of two middle ones the smaller.
fn median(mut times: Vec<Duration>) -> Option<Duration> {
    times.sort_unstable();
    times.get(times.len().checked_sub(1)? / 2).copied()
}
