//! The congestion window as Linux keeps it: in segments, whatever their length.
//!
//! ```text
//!  Open ──SACK or duplicate──> Disorder ──loss is evident──> Recovery ──all acknowledged──> Open
//!    └──────────────── timeout ──> Loss ──all acknowledged, or it was spurious──> Open
//! ```
//!
//! Slow start and avoidance: RFC 5681 §3.1, counting what is acknowledged (RFC 3465). While a loss is repaired the
//! window shrinks in proportion to what arrives (proportional rate reduction, RFC 6937).

use super::clock::jiffies;
use super::cubic::Cubic;
use crate::time::Instant;

/// How a sender grows and reduces its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Growth {
    /// Slow start and avoidance; after any loss one segment (Jacobson 1988).
    Tahoe,
    /// Half the window after a fast retransmission (RFC 5681).
    Reno,
    /// CUBIC with hybrid slow start (RFC 9438).
    Cubic,
}

/// How a sender stands towards loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Nothing is amiss.
    Open,
    /// Something arrived out of order, or twice.
    Disorder,
    /// The window was reduced, though nothing is being repaired.
    Reduced,
    /// Losses are being repaired.
    Recovery,
    /// A timeout has struck.
    Loss,
}

/// The window and what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Congestion {
    pub phase: Phase,
    pub window: u32,
    pub threshold: u32,
    /// Acknowledged segments towards the next one.
    credit: u32,
    /// The window and threshold before a reduction, to be undone.
    pub prior_window: u32,
    pub prior_threshold: u32,
    /// Proportional rate reduction: what arrived and what left since it began.
    delivered: u32,
    pub sent: u32,
    /// The window was used in full lately, up to which number that counts, and the most that was in flight.
    limited: bool,
    limited_until: u64,
    out_max: u32,
    /// Application-limited: the most used since the tick when it was used in full.
    used: u32,
    stamp: u64,
    cubic: Option<Cubic>,
}

/// No threshold yet.
const INFINITE: u32 = 0x7FFF_FFFF;

impl Congestion {
    pub fn new(growth: Growth) -> Self {
        Self {
            phase: Phase::Open,
            window: 10,
            threshold: INFINITE,
            credit: 0,
            prior_window: 0,
            prior_threshold: 0,
            delivered: 0,
            sent: 0,
            limited: false,
            limited_until: 0,
            out_max: 0,
            used: 0,
            stamp: 0,
            cubic: (growth == Growth::Cubic).then(Cubic::default),
        }
    }

    /// The connection is there.
    pub const fn begin(&mut self, now: Instant, window: u32) {
        self.window = window;
        self.stamp = jiffies(now);
    }

    pub const fn slow_start(&self) -> bool {
        self.window < self.threshold
    }

    /// True while losses or a reduction keep the window from growing.
    pub const fn in_reduction(&self) -> bool {
        matches!(self.phase, Phase::Reduced | Phase::Recovery)
    }

    /// The threshold that would stand for this window.
    pub fn current_threshold(&self) -> u32 {
        if self.in_reduction() {
            self.threshold
        } else {
            self.threshold.max(self.window / 2 + self.window / 4)
        }
    }

    fn is_limited(&self) -> bool {
        self.limited || (self.slow_start() && self.window < self.out_max.saturating_mul(2))
    }

    /// Something was acknowledged in order, and nothing forbids growth: only a window that was used grows.
    pub fn grow(&mut self, now: Instant, mut acked: u32) {
        if self.is_limited() {
            if self.slow_start() {
                let window = (self.window + acked).min(self.threshold);
                acked -= window - self.window;
                self.window = window;
            }
            if acked > 0 {
                let each = match &mut self.cubic {
                    Some(cubic) => cubic.update(now, self.window, acked),
                    None => self.window,
                };
                self.avoid(each, acked);
            }
        }
        self.stamp = jiffies(now);
    }

    /// Congestion avoidance: one segment for each `each` acknowledged.
    const fn avoid(&mut self, each: u32, acked: u32) {
        if self.credit >= each {
            self.credit = 0;
            self.window += 1;
        }
        self.credit += acked;
        if self.credit >= each {
            self.window += self.credit / each;
            self.credit %= each;
        }
    }

    /// A round trip was measured.
    pub fn sample(&mut self, now: Instant, micros: u64, numbers: (u64, u64)) {
        let slow_start = self.slow_start();
        if let Some(cubic) = &mut self.cubic
            && cubic.sample(now, micros, slow_start, self.window, numbers)
        {
            self.threshold = self.window;
        }
    }

    fn reduced(&mut self) -> u32 {
        match &mut self.cubic {
            Some(cubic) => cubic.reduce(self.window),
            None => (self.window / 2).max(2),
        }
    }

    /// Begins a proportional reduction.
    pub fn reduce(&mut self) {
        self.credit = 0;
        self.prior_window = self.window;
        (self.delivered, self.sent) = (0, 0);
        self.threshold = self.reduced();
    }

    /// Something arrived while the window is being reduced (RFC 6937 §3.1).
    pub fn step_down(&mut self, arrived: u32, in_flight: u32, advanced: bool, newly_lost: bool) {
        if arrived == 0 || self.prior_window == 0 {
            return;
        }
        self.delivered += arrived;
        let may = if in_flight > self.threshold {
            let share = u64::from(self.threshold) * u64::from(self.delivered);
            (share.div_ceil(self.prior_window.into()) as u32).saturating_sub(self.sent)
        } else {
            let conserved = self.delivered.saturating_sub(self.sent).max(arrived);
            let faster = u32::from(advanced && !newly_lost);
            (conserved + faster).min(self.threshold - in_flight)
        };
        self.window = in_flight + may.max(u32::from(self.sent == 0));
    }

    /// The reduction is over, unless it was undone.
    pub const fn end_reduction(&mut self, now: Instant, was_undone: bool) {
        if self.threshold < INFINITE && (matches!(self.phase, Phase::Reduced) || !was_undone) {
            self.window = self.threshold;
            self.stamp = jiffies(now);
        }
    }

    /// A timeout: the threshold falls, unless it already did for these segments. `next` is the sender's next number.
    pub fn time_out(&mut self, now: Instant, first: bool, next: u64) {
        if first {
            self.prior_threshold = self.current_threshold();
            self.prior_window = self.window;
            self.threshold = self.reduced();
        }
        if let Some(cubic) = &mut self.cubic {
            cubic.reset(now, next);
        }
        self.credit = 0;
    }

    /// The reduction was for nothing.
    pub fn undo(&mut self, now: Instant) {
        if self.prior_threshold > 0 {
            self.window = self.window.max(self.prior_window);
            self.threshold = self.threshold.max(self.prior_threshold);
        }
        self.stamp = jiffies(now);
    }

    /// Something was sent, or could not be for the window's sake: was the window used?
    pub fn validate(
        &mut self,
        now: Instant,
        limited: bool,
        out: u32,
        numbers: (u64, u64),
        timing: (u64, u32),
    ) {
        let (unacknowledged, next) = numbers;
        let (timeout, initial) = timing;
        if unacknowledged >= self.limited_until || limited || (!self.limited && out > self.out_max) {
            (self.limited, self.out_max, self.limited_until) = (limited, out, next);
        }
        if self.is_limited() {
            self.used = 0;
            self.stamp = jiffies(now);
            return;
        }
        self.used = self.used.max(out);
        if jiffies(now).saturating_sub(self.stamp) >= timeout {
            // A window that the program does not fill decays (RFC 2861, RFC 7661).
            let used = self.used.max(initial);
            if self.phase == Phase::Open && used < self.window {
                self.threshold = self.current_threshold();
                self.window = (self.window + used) / 2;
            }
            self.used = 0;
            self.stamp = jiffies(now);
        }
    }

    /// Sending begins again after so many ticks: the window halves for each timeout that passed (RFC 2861 §3.1).
    pub fn restart(&mut self, now: Instant, idle: u64, timeout: u64, initial: u32) {
        self.threshold = self.current_threshold();
        let least = initial.min(self.window);
        let mut left = idle.saturating_sub(timeout);
        while left > 0 && self.window > least {
            self.window /= 2;
            left = left.saturating_sub(timeout.max(1));
        }
        self.window = self.window.max(least);
        self.stamp = jiffies(now);
        self.used = 0;
    }

    /// Nothing is in flight and something is about to be.
    pub fn begins_to_send(&mut self, now: Instant, last_sent: Instant) {
        if let Some(cubic) = &mut self.cubic {
            cubic.idle(now, last_sent);
        }
    }
}
