//! How BSD sends, and what it does about loss: octets are counted, one segment a window is timed, and after a timeout
//! it goes back to the first octet that is not acknowledged (4.3BSD-Tahoe, 4.3BSD-Reno and 4.4BSD-Lite2 `tcp_output`,
//! `tcp_input`, `tcp_timers`; Jacobson 1988; RFC 2001).

use super::clock::beats;
use super::congestion::Growth;
use super::profile::{GiveUp, Nagle, Profile};
use super::rtt::Ticks;
use super::{Actions, End, Segment, State};
use crate::time::Instant;

/// A sender's knowledge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bsd {
    /// Congestion window and slow-start threshold, in octets.
    pub window: u64,
    pub threshold: u64,
    /// The number after the last that was ever sent.
    pub highest: u64,
    duplicates: u32,
    ticks: Ticks,
    /// The number that is timed, and the beat of the slow timer when it left.
    timed: Option<(u64, Instant)>,
    /// Timeouts since a round trip was measured: the wait doubles with each (Karn's rule).
    timeouts: u32,
    /// Timeouts since anything was acknowledged.
    tries: u32,
    resend: Option<Instant>,
    persist: Option<Instant>,
}

/// Duplicate acknowledgements that prove a loss (RFC 5681 §3.2).
const DUPLICATES: u32 = 3;
/// The widest window without scaling.
const WINDOW_MAX: u64 = 65_535;
/// Longest wait between probes of a closed window: a minute (4.4BSD, `TCPTV_PERSMAX`).
const PERSIST_MAX_SECONDS: u64 = 60;

impl Bsd {
    pub fn new(profile: &Profile) -> Self {
        let in_ticks =
            |span: crate::time::Duration| span.as_nanos().div_ceil(profile.timer_tick.as_nanos().max(1));
        Self {
            window: 0,
            threshold: WINDOW_MAX,
            highest: 0,
            duplicates: 0,
            ticks: Ticks::new(
                in_ticks(profile.timeout_initial),
                in_ticks(profile.timeout_min),
                in_ticks(profile.timeout_max),
            ),
            timed: None,
            timeouts: 0,
            tries: 0,
            resend: None,
            persist: None,
        }
    }

    /// When its timer fires.
    pub fn fires(&self) -> Option<Instant> {
        self.resend.into_iter().chain(self.persist).min()
    }

    /// The connection is over.
    pub const fn stop(&mut self) {
        (self.resend, self.persist) = (None, None);
    }

    /// Half of what is in use, in whole segments, and no less than two (RFC 5681 §3.1).
    fn halve(&mut self, peer_window: u64, mss: u64) {
        self.threshold = (self.window.min(peer_window) / 2 / mss).max(2) * mss;
    }
}

impl End {
    /// The timeout that the next segment would get.
    fn bsd_timeout(&self, now: Instant) -> Option<Instant> {
        let bsd = self.bsd.as_ref()?;
        Some(beats(now, self.profile.timer_tick, bsd.ticks.timeout(bsd.timeouts)))
    }

    /// Starts the retransmission timer if none runs.
    pub(super) fn bsd_start_timer(&mut self, now: Instant) {
        let at = self.bsd_timeout(now);
        if let Some(bsd) = &mut self.bsd {
            bsd.resend = bsd.resend.or(at);
            bsd.persist = None;
        }
    }

    /// Sends what the windows allow; `probe` sends an octet into a closed window.
    pub(super) fn bsd_output(&mut self, now: Instant, probe: bool, actions: &mut Actions) {
        if self.state != State::Established {
            return;
        }
        let mss = u64::from(self.mss);
        let Some(bsd) = &mut self.bsd else { return };
        let idle = bsd.highest == self.unacknowledged;
        if idle
            && self.profile.restarts_idle
            && now.since(self.last_sent) >= self.profile.timer_tick.saturating_mul(bsd.ticks.timeout(0))
        {
            // Slow start again after a pause as long as the timeout (4.3BSD-Reno on).
            bsd.window = mss;
        }
        while let Some(len) = self.bsd_next(idle, probe) {
            self.bsd_send(now, len, actions);
            if probe || self.next >= self.stream_end() {
                break;
            }
        }
        self.bsd_persist(now);
    }

    /// How many octets leave next; none if they must wait.
    fn bsd_next(&self, idle: bool, probe: bool) -> Option<u64> {
        let bsd = self.bsd.as_ref()?;
        let mss = u64::from(self.mss);
        let waiting = self.written.saturating_sub(self.next);
        let fin_waits = self.close_asked && self.next <= self.written;
        let window = self.peer_window.min(bsd.window).max(u64::from(probe));
        let room = (self.unacknowledged + window).saturating_sub(self.next);
        let len = waiting.min(room).min(mss);
        if len == 0 {
            // A FIN needs no window.
            return (waiting == 0 && fin_waits).then_some(0);
        }
        let no_delay = self.habit.no_delay || self.profile.nagle == Nagle::Off;
        let is_whole = len == mss
            || ((idle || no_delay) && len == waiting)
            || len >= self.peer_window_max / 2
            || self.next < bsd.highest
            || (fin_waits && len == waiting)
            || probe;
        is_whole.then_some(len)
    }

    fn bsd_send(&mut self, now: Instant, len: u64, actions: &mut Actions) {
        let end = self.next + len;
        let fin = self.close_asked && end == self.written;
        let push = len > 0 && end == self.written;
        let Some(bsd) = &mut self.bsd else { return };
        let again = self.next < bsd.highest;
        if bsd.timed.is_none() && !again {
            bsd.timed = Some((self.next, now));
        }
        let segment = Segment { seq: self.next, len: len as u32, fin, push, again, ..self.bare(now) };
        self.next = segment.end();
        if let Some(bsd) = &mut self.bsd {
            bsd.highest = bsd.highest.max(segment.end());
        }
        self.leave(now, segment, actions);
        self.bsd_start_timer(now);
    }

    /// Nothing is in flight and something waits for a window: it will be probed.
    fn bsd_persist(&mut self, now: Instant) {
        let waits = self.next < self.stream_end();
        let Some(bsd) = &mut self.bsd else { return };
        if waits && bsd.resend.is_none() && bsd.persist.is_none() {
            let most = crate::time::Duration::from_secs(PERSIST_MAX_SECONDS).as_nanos()
                / self.profile.timer_tick.as_nanos().max(1);
            let ticks = bsd.ticks.timeout(bsd.timeouts).min(most);
            bsd.persist = Some(beats(now, self.profile.timer_tick, ticks));
        }
    }

    /// Takes in the acknowledgement and the window of a segment.
    pub(super) fn bsd_take_ack(&mut self, now: Instant, segment: &Segment, actions: &mut Actions) {
        self.linux.alive(now);
        let mss = u64::from(self.mss);
        let Some(ack) = segment.ack else { return };
        let Some(highest) = self.bsd.as_ref().map(|bsd| bsd.highest) else { return };
        if ack > highest {
            return;
        }
        let window_before = self.peer_window;
        let is_alone = segment.is_pure_ack();
        if ack < self.unacknowledged {
            return;
        }
        if ack == self.unacknowledged {
            self.take_window(now, ack, segment);
            let is_duplicate = is_alone && self.peer_window == window_before && highest > ack;
            return self.bsd_duplicate(now, is_duplicate, actions);
        }
        self.take_window(now, ack, segment);
        let acknowledged = ack - self.unacknowledged;
        let timeout_runs = ack < highest;
        self.unacknowledged = ack;
        self.next = self.next.max(ack);
        let Some(bsd) = &mut self.bsd else { return };
        if bsd.duplicates >= DUPLICATES {
            // What the duplicates had opened closes again (RFC 5681 §3.2 step 6).
            bsd.window = bsd.window.min(bsd.threshold);
        }
        bsd.duplicates = 0;
        bsd.tries = 0;
        if let Some((timed, since)) = bsd.timed
            && ack > timed
        {
            let tick = self.profile.timer_tick.as_nanos().max(1);
            bsd.ticks.sample(now.as_nanos() / tick - since.as_nanos() / tick + 1);
            bsd.timed = None;
            bsd.timeouts = 0;
        }
        let step =
            if bsd.window > bsd.threshold { (mss * mss / bsd.window).max(1) } else { mss.min(acknowledged) };
        bsd.window = (bsd.window + step).min(WINDOW_MAX);
        bsd.resend = None;
        bsd.persist = None;
        if timeout_runs {
            self.bsd_start_timer(now);
        }
    }

    /// A third duplicate acknowledgement: what is missing is sent at once (fast retransmit, RFC 5681 §3.2).
    fn bsd_duplicate(&mut self, now: Instant, is_duplicate: bool, actions: &mut Actions) {
        let mss = u64::from(self.mss);
        let reno = self.profile.growth == Growth::Reno;
        let Some(bsd) = &mut self.bsd else { return };
        if !is_duplicate || bsd.resend.is_none() {
            bsd.duplicates = 0;
            return;
        }
        bsd.duplicates += 1;
        if bsd.duplicates > DUPLICATES {
            if reno {
                bsd.window += mss;
            }
            return;
        }
        if bsd.duplicates < DUPLICATES {
            return;
        }
        bsd.halve(self.peer_window, mss);
        bsd.resend = None;
        bsd.timed = None;
        bsd.window = mss;
        let next = std::mem::replace(&mut self.next, self.unacknowledged);
        if let Some(len) = self.bsd_next(false, false) {
            self.bsd_send(now, len, actions);
        }
        self.next = self.next.max(next);
        if let Some(bsd) = &mut self.bsd
            && reno
        {
            // Each duplicate is a segment that has left the line: fast recovery.
            bsd.window = bsd.threshold + mss * u64::from(DUPLICATES);
        }
    }

    /// A timer may have fired.
    pub(super) fn bsd_timer(&mut self, now: Instant, actions: &mut Actions) {
        let Some(bsd) = &mut self.bsd else { return };
        if bsd.persist.is_some_and(|at| at <= now) {
            bsd.persist = None;
            bsd.timeouts += 1;
            self.linux.unanswered += 1;
            return self.bsd_output(now, true, actions);
        }
        if bsd.resend.is_none_or(|at| at > now) {
            return;
        }
        bsd.resend = None;
        bsd.timeouts += 1;
        bsd.tries += 1;
        bsd.timed = None;
        let most = match self.profile.gives_up {
            GiveUp::Times(times) => times,
            GiveUp::After(_) => 15,
        };
        if bsd.tries > most {
            return self.give_up(actions);
        }
        if self.state != State::Established {
            self.send_syn(now, true, actions);
            return self.bsd_start_timer(now);
        }
        // Back to the first octet that is not acknowledged, with a window of one segment.
        let mss = u64::from(self.mss);
        let Some(bsd) = &mut self.bsd else { return };
        bsd.halve(self.peer_window, mss);
        bsd.window = mss;
        bsd.duplicates = 0;
        self.next = self.unacknowledged;
        self.bsd_output(now, false, actions);
    }

    /// The handshake is done.
    pub(super) fn bsd_begin(&mut self, now: Instant, repeated: bool) {
        let (mss, initial) = (u64::from(self.mss), u64::from(self.profile.initial_window_segments));
        let tick = self.profile.timer_tick.as_nanos().max(1);
        let next = self.next;
        let Some(bsd) = &mut self.bsd else { return };
        bsd.window = mss * initial;
        bsd.highest = next;
        if let Some((_, since)) = bsd.timed.take()
            && !repeated
        {
            bsd.ticks.sample(now.as_nanos() / tick - since.as_nanos() / tick + 1);
        }
        bsd.timeouts = 0;
        bsd.tries = 0;
        bsd.resend = None;
    }

    /// The SYN leaves.
    pub(super) fn bsd_syn_sent(&mut self, now: Instant) {
        if let Some(bsd) = &mut self.bsd {
            bsd.timed = Some((0, now));
            bsd.highest = 1;
        }
        self.bsd_start_timer(now);
    }
}
