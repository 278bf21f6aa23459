//! Several calls at once (RFC 1990): each has its own line, and a packet is there when its last fragment is.

use super::bearer::noise::Noise;
use super::framing::Part;
use super::line::{Direction, Transit};
use super::modem::Carried;
use super::spec::LinkSpec;
use super::tcp::Side;
use crate::time::{Duration, Instant};
use crate::units::BitRate;

/// The lines of the calls of a multilink bundle.
#[derive(Clone, Debug, PartialEq)]
pub struct Bundle {
    /// Each call's two directions, by the end that sends.
    calls: Vec<[Direction; 2]>,
    /// The latest arrival each way: packets are delivered in order, however the calls are late.
    latest: [Instant; 2],
}

impl Bundle {
    /// The lines of a link whose framing needs several calls, idle; they share its rate equally.
    #[must_use]
    pub fn new(link: &LinkSpec) -> Option<Self> {
        let calls = link.framing.calls();
        let share =
            |rate: BitRate| BitRate::new(rate.bits_per_second() / u64::from(calls.max(1))).unwrap_or(rate);
        let line = |rate, delay| Direction::new(share(rate), delay);
        let lines = || [line(link.rate_up, link.delay_up), line(link.rate_down, link.delay_down)];
        let lines = (0..calls).map(|_| lines()).collect();
        (calls > 1).then_some(Self { calls: lines, latest: [Instant::START; 2] })
    }

    /// The lines of the first call: what no fragment is of goes there.
    pub fn first(&mut self) -> Option<&mut [Direction; 2]> {
        self.calls.first_mut()
    }

    /// Puts each fragment on its call's line: how many bits they take, and when the packet goes, from the first bit of
    /// its first fragment to the last of its last.
    pub fn send(
        &mut self,
        now: Instant,
        from: Side,
        (octets, parts): (u32, &[Part]),
        jitter: Duration,
        noise: &mut Noise,
    ) -> Carried {
        let (mut bits, mut ruined) = (0, false);
        let mut transit: Option<Transit> = None;
        for part in parts {
            let Some(call) = self.calls.get_mut(part.call) else { continue };
            let sent = call[from.index()].send(now, part.bits, jitter);
            bits += part.bits;
            ruined |= noise.hit(from.index(), part.bits);
            transit = Some(transit.map_or(sent, |so_far| Transit {
                queued: now,
                start: so_far.start.min(sent.start),
                end: so_far.end.max(sent.end),
                arrive: so_far.arrive.max(sent.arrive),
            }));
        }
        let transit = transit.unwrap_or(Transit { queued: now, start: now, end: now, arrive: now });
        let latest = &mut self.latest[from.index()];
        *latest = transit.arrive.max(*latest);
        Carried { octets, bits, transit: Transit { arrive: *latest, ..transit }, ruined }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::by_numbers;
    use crate::link::framing::{Calls, Carrier, Framing, Ppp};

    fn bundle() -> Bundle {
        let mut link = by_numbers::parse("rate=128000,delay=10ms").unwrap();
        let multilink = Some(Calls { calls: 2, short_sequence: false });
        link.framing = Framing::Ppp(Ppp { carrier: Carrier::Sync, multilink, ..Ppp::USUAL });
        Bundle::new(&link).unwrap()
    }

    fn send(bundle: &mut Bundle, parts: &[Part]) -> Carried {
        bundle.send(Instant::START, Side::Server, (0, parts), Duration::ZERO, &mut Noise::default())
    }

    #[test]
    fn two_halves_take_half_the_time_of_the_whole() {
        let part = |call| Part { call, bits: 6400 };
        let Carried { bits, transit, .. } = send(&mut bundle(), &[part(0), part(1)]);
        assert_eq!(bits, 12_800);
        assert_eq!(transit.end.as_nanos(), 100_000_000, "6400 bits at 64 kbit/s");
        assert_eq!(transit.arrive.as_nanos(), 110_000_000);
    }

    #[test]
    fn a_short_packet_on_the_other_call_does_not_overtake() {
        let mut bundle = bundle();
        let long = send(&mut bundle, &[Part { call: 0, bits: 6400 }]).transit;
        let short = send(&mut bundle, &[Part { call: 1, bits: 640 }]).transit;
        assert!(short.end < long.end);
        assert_eq!(short.arrive, long.arrive);
    }
}
