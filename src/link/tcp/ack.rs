//! When to acknowledge: at once, with the next data, or after a while.

use super::Segment;
use crate::time::{Duration, Instant};

/// The rules by which a stack acknowledges data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AckPolicy {
    /// Every second full segment at once, the rest when the system's heartbeat comes round (BSD: RFC 1122
    /// §4.2.3.2 with a 200 ms fast timer).
    Heartbeat {
        /// The heartbeat's period; an acknowledgement waits between nothing and this long.
        period: Duration,
    },
    /// Linux: quick acknowledgements while a connection is young or one-sided, otherwise delayed by 40 to 200 ms
    /// after the gaps seen between segments.
    Adaptive,
}

/// Shortest delay of Linux, and the first estimate of the gap between segments.
const DELAY_MIN: Duration = Duration::from_millis(40);
/// Longest delay of Linux.
const DELAY_MAX: Duration = Duration::from_millis(200);
/// Longest delay of Linux outside a dialogue, when nothing was pushed.
const DELAY_BULK_MAX: Duration = Duration::from_millis(500);
/// How many acknowledgements leave at once when a connection begins, or after a long pause.
const QUICK_ACKS_MAX: u32 = 16;

/// What an end knows about acknowledging its peer's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AckState {
    policy: AckPolicy,
    deadline: Option<Instant>,
    /// The peer's segment size as estimated from what came.
    segment: u64,
    segment_max: u64,
    window: u64,
    /// Up to where data was acknowledged.
    acknowledged: u64,
    /// Acknowledgements that still leave at once.
    quick: u32,
    /// Both ends talk in turn: an acknowledgement can wait for the reply.
    pingpong: bool,
    /// Short segments came that their sender pushed: none, one, more.
    pushed: u8,
    /// Estimated gap between data segments; none before the first.
    gap: Option<Duration>,
    last_data: Instant,
}

impl AckState {
    pub const fn new(policy: AckPolicy) -> Self {
        Self {
            policy,
            deadline: None,
            segment: 536,
            segment_max: 536,
            window: 0,
            acknowledged: 0,
            quick: 0,
            pingpong: false,
            pushed: 0,
            gap: None,
            last_data: Instant::START,
        }
    }

    /// The handshake has told the segment size.
    pub fn peer_known(&mut self, mss: u32, window: u32) {
        self.segment_max = u64::from(mss);
        self.segment = u64::from(mss).min(u64::from(window) / 2).clamp(88, 536);
        self.window = u64::from(window);
    }

    /// When a delayed acknowledgement is due.
    pub const fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// The program has asked for quick acknowledgements (`TCP_QUICKACK`): the dialogue no longer delays them.
    pub const fn leave_pingpong(&mut self) {
        self.pingpong = false;
    }

    /// An acknowledgement up to `expected` has left, alone or with data.
    pub fn acknowledged(&mut self, expected: u64) {
        if expected > self.acknowledged {
            self.acknowledged = expected;
            if self.quick > 1 {
                self.quick -= 1;
            } else if self.quick == 1 {
                self.quick = 0;
                self.gap = self.gap.map(|_| DELAY_MIN);
            }
        }
        self.deadline = None;
        self.pushed = 0;
    }

    /// Data has been sent: soon after data has come, this is a dialogue.
    pub fn data_sent(&mut self, now: Instant) {
        if let Some(gap) = self.gap
            && now.since(self.last_data) < gap
        {
            self.pingpong = true;
        }
    }

    /// A FIN has come while this end is still open. True if its acknowledgement leaves now.
    pub fn fin_arrived(&mut self, now: Instant) -> bool {
        match self.policy {
            AckPolicy::Heartbeat { .. } => true,
            // Linux expects the program to close too: the acknowledgement waits for this end's own FIN.
            AckPolicy::Adaptive => {
                self.pingpong = true;
                self.deadline.get_or_insert(now + self.gap.unwrap_or(DELAY_MIN).min(DELAY_MAX));
                false
            }
        }
    }

    /// The delayed acknowledgement is leaving because its time has come.
    pub fn timer_expired(&mut self, timeout: Duration) {
        if self.pingpong {
            self.pingpong = false;
            self.gap = Some(DELAY_MIN);
        } else {
            self.gap = self.gap.map(|gap| gap.saturating_mul(2).min(timeout));
        }
    }

    /// A data segment has come in order and was read by the program. True if its acknowledgement leaves now.
    pub fn data_arrived(
        &mut self,
        now: Instant,
        segment: &Segment,
        expected: u64,
        timeout: Duration,
        smoothed: Option<Duration>,
    ) -> bool {
        match self.policy {
            AckPolicy::Heartbeat { period } => {
                // Every second full segment, or the heartbeat (RFC 1122 §4.2.3.2).
                let full = u64::from(segment.len) >= self.segment_max;
                if expected - self.acknowledged >= 2 * self.segment_max && full {
                    return true;
                }
                let period_ns = period.as_nanos().max(1);
                let next_beat = (now.as_nanos() / period_ns + 1) * period_ns;
                self.deadline.get_or_insert(Instant::from_nanos(next_beat));
                false
            }
            AckPolicy::Adaptive => self.adaptive(now, segment, expected, timeout, smoothed),
        }
    }

    fn adaptive(
        &mut self,
        now: Instant,
        segment: &Segment,
        expected: u64,
        timeout: Duration,
        smoothed: Option<Duration>,
    ) -> bool {
        self.measure_gap(now, timeout);
        self.measure_segment(segment);
        let unacknowledged = expected - self.acknowledged.max(1);
        if unacknowledged > self.segment || (self.quick > 0 && !self.pingpong) {
            return true;
        }
        if self.delay_or_now(now, smoothed) {
            return true;
        }
        // The program reads at once: a pushed segment is acknowledged then, unless both ends talk in turn.
        self.pushed > 1 || (self.pushed > 0 && !self.pingpong)
    }

    /// Sets the deadline; true if the one that stands is so near that waiting is not worth it.
    fn delay_or_now(&mut self, now: Instant, smoothed: Option<Duration>) -> bool {
        let mut delay = self.gap.unwrap_or(DELAY_MIN);
        if delay > DELAY_MIN {
            let mut longest = if self.pingpong || self.pushed > 0 { DELAY_MAX } else { DELAY_BULK_MAX };
            if let Some(smoothed) = smoothed {
                longest = longest.min(smoothed.max(DELAY_MIN));
            }
            delay = delay.min(longest);
        }
        let due = now + delay;
        match self.deadline {
            Some(standing) if standing <= now + Duration::from_nanos(delay.as_nanos() / 4) => return true,
            Some(standing) => self.deadline = Some(standing.min(due)),
            None => self.deadline = Some(due),
        }
        false
    }

    fn measure_gap(&mut self, now: Instant, timeout: Duration) {
        let half = Duration::from_nanos(DELAY_MIN.as_nanos() / 2);
        match self.gap {
            None => {
                self.gap = Some(DELAY_MIN);
                self.refill_quick();
            }
            Some(gap) => {
                let seen = now.since(self.last_data);
                let halved = Duration::from_nanos(gap.as_nanos() / 2);
                if seen <= half {
                    self.gap = Some(halved + half);
                } else if seen < gap {
                    self.gap = Some((halved + seen).min(timeout));
                } else if seen > timeout {
                    // The sender may have started again after a pause: help its window to open.
                    self.refill_quick();
                }
            }
        }
        self.last_data = now;
    }

    fn refill_quick(&mut self) {
        let quick = (self.window / (2 * self.segment.max(1))).max(2) as u32;
        self.quick = self.quick.max(quick.min(QUICK_ACKS_MAX));
    }

    fn measure_segment(&mut self, segment: &Segment) {
        let len = u64::from(segment.len);
        if len >= self.segment {
            self.segment = len.min(self.segment_max);
            if segment.push {
                self.pushed = self.pushed.max(1);
            }
        } else {
            self.pushed = if self.pushed > 0 { 2 } else { 1 };
        }
    }
}
