//! When to acknowledge: at once, with the next data, or after a while.
//!
//! Linux counts how many acknowledgements still leave at once (`quick`), whether both ends talk in turn (`pingpong`),
//! and how long it waits for data to ride on (`wait`), which it learns from the gaps between segments
//! (linux net/ipv4/tcp_input.c and tcp_output.c: `tcp_event_data_recv`, `tcp_send_delayed_ack`). BSD waits for its
//! heartbeat, and acknowledges every second segment because its window has moved by two (RFC 1122 §4.2.3.2).

use super::clock::{beats, jiffies, jiffies_of_micros, wheel};
use super::segment::Segment;
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

/// Shortest wait of Linux, in ticks: 40 ms.
const WAIT_MIN: u64 = 10;
/// Longest wait of Linux: a tick less than its least retransmission timeout, 196 ms.
const WAIT_MAX: u64 = 49;
/// How many acknowledgements leave at once when a connection begins, or after a long pause.
const QUICK_MAX: u64 = 16;
/// What a peer's segments are taken to carry before one has come (RFC 1122 §4.2.2.6), and the least.
const SEGMENT_DEFAULT: u64 = 536;
const SEGMENT_LEAST: u64 = 88;

/// What an end knows about acknowledging its peer's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AckState {
    policy: AckPolicy,
    /// An acknowledgement is owed.
    owed: bool,
    /// It leaves with this segment, whatever else holds.
    now: bool,
    /// When it leaves at last: the tick, and the moment at which the timer fires.
    timer: Option<(u64, Instant)>,
    /// Short segments came that their sender pushed: none, one, more.
    pushed: u8,
    /// The peer's segment size as estimated from what came.
    segment: u64,
    segment_last: u64,
    segment_max: u64,
    /// Acknowledgements that still leave at once.
    quick: u64,
    /// Both ends talk in turn: an acknowledgement can wait for the reply.
    pingpong: bool,
    /// How long an acknowledgement waits, in ticks; none before the first data.
    wait: Option<u64>,
    last_data: u64,
}

impl AckState {
    pub const fn new(policy: AckPolicy) -> Self {
        Self {
            policy,
            owed: false,
            now: false,
            timer: None,
            pushed: 0,
            segment: SEGMENT_DEFAULT,
            segment_last: 0,
            segment_max: SEGMENT_DEFAULT,
            quick: 0,
            pingpong: false,
            wait: None,
            last_data: 0,
        }
    }

    /// The handshake has told the segment size.
    pub fn peer_known(&mut self, mss: u32, window: u64) {
        self.segment_max = u64::from(mss);
        self.segment = self.segment_max.min(window / 2).clamp(SEGMENT_LEAST, SEGMENT_DEFAULT);
    }

    /// The peer's segment size as it looks so far.
    pub const fn segment(&self) -> u64 {
        self.segment
    }

    /// When a delayed acknowledgement is due.
    pub fn deadline(&self) -> Option<Instant> {
        self.timer.map(|(_, fires)| fires)
    }

    /// True if an acknowledgement is owed.
    pub const fn is_owed(&self) -> bool {
        self.owed
    }

    /// True if it must leave now.
    pub const fn is_due(&self) -> bool {
        self.now || (self.quick > 0 && !self.pingpong)
    }

    /// One is owed; it may wait.
    pub const fn owe(&mut self) {
        self.owed = true;
    }

    /// One is owed, and leaves now.
    pub const fn owe_now(&mut self) {
        self.owed = true;
        self.now = true;
    }

    /// Both ends will talk in turn, as far as can be seen.
    pub const fn enter_pingpong(&mut self) {
        self.pingpong = true;
    }

    /// The program has asked for quick acknowledgements (`TCP_QUICKACK`): the dialogue no longer delays them. True
    /// if one that is owed leaves now.
    pub fn leave_pingpong(&mut self) -> bool {
        self.pingpong = false;
        self.owed && matches!(self.policy, AckPolicy::Adaptive)
    }

    /// What came was old or beyond the window: the peer may not hear us, so speak up.
    pub fn be_quick(&mut self, window: u64) {
        self.refill(window);
        self.pingpong = false;
        self.wait = Some(WAIT_MIN);
    }

    /// There is little room: acknowledge less.
    pub const fn be_slow(&mut self) {
        self.quick = 0;
    }

    /// The window is opening: one acknowledgement should say so.
    pub const fn tell_window(&mut self) {
        self.quick |= 1;
    }

    /// An acknowledgement has left, alone or with data.
    pub fn sent(&mut self) {
        match self.quick {
            0 => {}
            1 if self.owed => {
                self.quick = 0;
                self.wait = Some(WAIT_MIN);
            }
            _ => self.quick -= u64::from(self.owed),
        }
        (self.owed, self.now, self.timer, self.pushed) = (false, false, None, 0);
    }

    /// Data has been sent: soon after data has come, this is a dialogue.
    pub fn data_sent(&mut self, now: Instant) {
        if self.wait.is_some_and(|wait| jiffies(now).saturating_sub(self.last_data) < wait) {
            self.pingpong = true;
        }
    }

    /// The delayed acknowledgement is leaving because its time has come.
    pub fn timer_expired(&mut self, timeout: u64) {
        self.timer = None;
        if self.pingpong {
            self.pingpong = false;
            self.wait = Some(WAIT_MIN);
        } else {
            self.wait = self.wait.map(|wait| (wait * 2).min(timeout));
        }
    }

    /// Data has come in order. `timeout` is the retransmission timeout in ticks, `window` what was last offered.
    pub fn data_arrived(&mut self, now: Instant, segment: &Segment, timeout: u64, window: u64) {
        self.owed = true;
        self.measure_segment(segment);
        let now = jiffies(now);
        match self.wait {
            None => {
                self.refill(window);
                self.wait = Some(WAIT_MIN);
            }
            Some(wait) => {
                let gap = now.saturating_sub(self.last_data);
                if gap <= WAIT_MIN / 2 {
                    self.wait = Some(wait / 2 + WAIT_MIN / 2);
                } else if gap < wait {
                    self.wait = Some((wait / 2 + gap).min(timeout));
                } else if gap > timeout {
                    // The sender may have started again after a pause: help its window to open.
                    self.refill(window);
                }
            }
        }
        self.last_data = now;
    }

    /// Data has come out of order: only its size is learnt.
    pub fn measure_segment(&mut self, segment: &Segment) {
        let len = u64::from(segment.len);
        let last = std::mem::take(&mut self.segment_last);
        if len >= self.segment {
            self.segment = len.min(self.segment_max);
            self.pushed = self.pushed.max(u8::from(segment.push));
            return;
        }
        // Two segments of the same length in a row are full ones, if they look like it: SACK blocks make them vary.
        let headers = u64::from(20 + segment.option_octets());
        if len + headers >= SEGMENT_DEFAULT + 20
            || (len + headers >= SEGMENT_LEAST + 20 && !segment.push && !segment.fin)
        {
            let len = (len + u64::from(segment.option_octets()))
                .saturating_sub(u64::from(segment.options.octets()));
            self.segment_last = len;
            if len == last {
                self.segment = len;
                return;
            }
        }
        self.pushed = if self.pushed > 0 { 2 } else { 1 };
    }

    /// True if a program that has read everything makes the acknowledgement leave: what was pushed is complete.
    pub const fn read_all(&self) -> bool {
        self.pushed > 1 || (self.pushed > 0 && !self.pingpong)
    }

    /// Sets the timer of an owed acknowledgement; true if the one that runs is so near that waiting is not worth it.
    pub fn delay(&mut self, now: Instant, smoothed_micros: Option<u64>) -> bool {
        if let AckPolicy::Heartbeat { period } = self.policy {
            self.timer.get_or_insert((0, beats(now, period, 1)));
            return false;
        }
        let mut wait = self.wait.unwrap_or(WAIT_MIN);
        if wait > WAIT_MIN {
            let longest = if self.pingpong || self.pushed > 0 { 50 } else { 125 };
            let round_trip = smoothed_micros.map(|micros| jiffies_of_micros(micros).max(WAIT_MIN));
            wait = wait.min(round_trip.map_or(longest, |ticks| ticks.min(longest)));
        }
        wait = wait.min(WAIT_MAX);
        let mut due = jiffies(now) + wait;
        if let Some((standing, _)) = self.timer {
            if standing <= jiffies(now) + wait / 4 {
                return true;
            }
            due = due.min(standing);
        }
        self.timer = Some((due, wheel(now, due)));
        false
    }

    fn refill(&mut self, window: u64) {
        if matches!(self.policy, AckPolicy::Adaptive) {
            let quick = match window / (2 * self.segment.max(1)) {
                0 => 2,
                segments => segments.min(QUICK_MAX),
            };
            self.quick = self.quick.max(quick);
        }
    }
}
