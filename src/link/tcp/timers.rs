//! The timers of a connection: retransmission, tail-loss probe, reordering, closed windows, silent peers.

use super::clock::{jiffies, jiffies_of, jiffies_of_micros, micros, micros_of_jiffies, wheel};
use super::linux::{Linux, Timer};
use super::profile::GiveUp;
use super::sending::Push;
use super::{Actions, End, Phase, Segment, State};
use crate::time::{Duration, Instant};

/// Longest timeout of Linux.
const TIMEOUT_MAX: Duration = Duration::from_secs(120);
/// Least wait for a probe of the tail beyond twice the round trip, in microseconds, where more than one segment is out.
const PROBE_LEAST: u64 = 2_000;
/// Ticks added to a wait for overtaken segments.
const REORDER_LEAST: u64 = 2;
/// A receiver that has thrown something away is given so many ticks at least.
const GRACE_LEAST: u64 = 3;

impl End {
    /// The retransmission timeout in ticks, doublings included.
    pub(super) fn timeout_ticks(&self) -> u64 {
        let micros = self.plain_timeout_micros();
        (jiffies_of_micros(micros) << self.linux.backoff.min(20)).min(jiffies_of(TIMEOUT_MAX))
    }

    /// The retransmission timeout in microseconds that the round trips so far set (RFC 6298 §2).
    pub(super) fn plain_timeout_micros(&self) -> u64 {
        match self.round_trip.timeout() {
            0 => self.profile.timeout_initial.as_nanos() / 1_000,
            micros => micros,
        }
    }

    /// When the next timer fires.
    pub(super) fn next_timer(&self) -> Option<Instant> {
        let sender = match &self.bsd {
            Some(bsd) => bsd.fires(),
            None => self.linux.timer.fires(),
        };
        [sender, self.ack.deadline(), self.keep_alive_at()].into_iter().flatten().min()
    }

    fn fires(&self, now: Instant, ticks: u64) -> (u64, Instant) {
        let due = jiffies(now) + ticks;
        (due, wheel(now, due))
    }

    /// Restarts the retransmission timer from now.
    pub(super) fn set_resend_timer(&mut self, now: Instant) {
        let (due, at) = self.fires(now, self.timeout_ticks());
        self.linux.timer = Timer::Resend(due, at);
    }

    /// Restarts it for the oldest segment: after a probe or a wait it runs from when that segment left (RFC 6298 §5).
    pub(super) fn rearm(&mut self, now: Instant) {
        let Some(first) = self.linux.board.first() else {
            self.linux.timer = Timer::Off;
            return;
        };
        let mut ticks = self.timeout_ticks();
        if matches!(self.linux.timer, Timer::Probe(..) | Timer::Reorder(..)) {
            let left = micros_of_jiffies(ticks).saturating_sub(micros(first.at, now));
            ticks = jiffies_of_micros(left.max(1));
        }
        let (due, at) = self.fires(now, ticks);
        self.linux.timer = Timer::Resend(due, at);
    }

    /// Something was acknowledged: a probe of the tail is planned, or the timer restarts.
    pub(super) fn set_timer(&mut self, now: Instant) {
        if !self.schedule_probe(now, true) {
            self.rearm(now);
        }
    }

    /// Plans a probe of the tail after two round trips, and 0.2 s more where a lone segment's acknowledgement may be
    /// delayed (RFC 8985 §7.2). False if there is none.
    pub(super) fn schedule_probe(&mut self, now: Instant, advancing: bool) -> bool {
        let phase = self.linux.congestion.phase;
        if !self.profile.probes_tail
            || !self.sack
            || self.linux.board.is_empty()
            || !matches!(phase, Phase::Open | Phase::Reduced)
        {
            return false;
        }
        let mut ticks = match self.round_trip.smoothed() {
            Some(_) => {
                let twice = self.round_trip.twice_smoothed();
                let more =
                    if self.linux.board.count() == 1 { self.least_timeout_micros() } else { PROBE_LEAST };
                jiffies_of_micros(twice + more)
            }
            None => jiffies_of(self.profile.timeout_initial),
        };
        let timeout = micros_of_jiffies(self.timeout_ticks());
        let since = self.linux.board.first().map_or(0, |first| micros(first.at, now));
        let left = if advancing { timeout } else { timeout.saturating_sub(since) };
        if left > 0 {
            ticks = ticks.min(jiffies_of_micros(left));
        }
        let (due, at) = self.fires(now, ticks);
        self.linux.timer = Timer::Probe(due, at);
        true
    }

    pub(super) const fn least_timeout_micros(&self) -> u64 {
        self.profile.timeout_min.as_nanos() / 1_000
    }

    /// The oldest segment gets half a round trip of grace.
    pub(super) fn grant_grace(&mut self, now: Instant) {
        let half = self.round_trip.smoothed().map_or(0, |micros| jiffies_of_micros(micros / 2));
        let (due, at) = self.fires(now, half.max(GRACE_LEAST));
        self.linux.timer = Timer::Resend(due, at);
    }

    /// Takes segments to be lost that were sent well before something that arrived (RFC 8985 §6.2). True if some
    /// are waited for.
    pub(super) fn mark_overtaken(&mut self, now: Instant) -> bool {
        if !std::mem::take(&mut self.linux.rack.advanced) {
            return false;
        }
        let Some(wait) = self.find_overtaken(now) else { return false };
        let (due, at) = self.fires(now, jiffies_of_micros(wait) + REORDER_LEAST);
        self.linux.timer = Timer::Reorder(due, at);
        true
    }

    /// Marks what is lost; gives how many microseconds the last of the others may still take.
    fn find_overtaken(&mut self, now: Instant) -> Option<u64> {
        let Linux { board, congestion, rack, reordering, reordering_seen, .. } = &self.linux;
        if board.arrived == 0
            && board.again == 0
            && board.first().is_none_or(|first| !rack.is_overtaken(first))
        {
            return None;
        }
        let in_order =
            !reordering_seen && (congestion.phase >= Phase::Recovery || board.arrived >= *reordering);
        let window = if in_order {
            0
        } else {
            rack.window(self.round_trip.shortest().unwrap_or(0), self.round_trip.smoothed().unwrap_or(0))
        };
        let mut wait = None;
        for index in 0..self.linux.board.count() as usize {
            let Some(sent) = self.linux.board.get(index) else { break };
            if sent.arrived || (sent.lost && !sent.again) || !self.linux.rack.is_overtaken(sent) {
                continue;
            }
            match self.linux.rack.left(now, sent, window) {
                None => self.linux.mark_lost(index),
                Some(left) => wait = wait.max(Some(left)),
            }
        }
        wait
    }

    /// A timer may have fired.
    pub(super) fn fire(&mut self, now: Instant, actions: &mut Actions) {
        if self.ack.deadline().is_some_and(|at| at <= now) {
            self.ack.timer_expired(self.timeout_ticks());
            if self.ack.is_owed() {
                self.acknowledge(now, actions);
            }
        }
        if self.bsd.is_some() {
            self.bsd_timer(now, actions);
        } else {
            self.fire_sender(now, actions);
        }
        if self.keep_alive_at().is_some_and(|at| at <= now) {
            self.probe_silence(now, actions);
        }
    }

    fn fire_sender(&mut self, now: Instant, actions: &mut Actions) {
        match self.linux.timer {
            Timer::Resend(_, at) if at <= now => self.time_out(now, actions),
            Timer::Probe(_, at) if at <= now => self.probe_tail(now, actions),
            Timer::Reorder(_, at) if at <= now => self.waited_for_order(now, actions),
            Timer::Window(_, at) if at <= now => self.probe_window(now, actions),
            _ => {}
        }
    }

    /// Nothing was acknowledged for too long (RFC 6298 §5.4 to §5.6).
    fn time_out(&mut self, now: Instant, actions: &mut Actions) {
        self.linux.timer = Timer::Off;
        if self.state != State::Established {
            return self.handshake_times_out(now, actions);
        }
        if self.linux.board.is_empty() {
            return;
        }
        if self.gives_up(now) {
            return self.give_up(actions);
        }
        self.enter_loss(now);
        if self.linux.timeouts == 0 {
            self.linux.trying_since = now;
        }
        self.linux.timeouts += 1;
        self.send_again(now, 0, true, actions);
        self.linux.backoff += 1;
        self.set_resend_timer(now);
    }

    /// The SYN, or the answer to it, is sent again (RFC 1122 §4.2.3.5).
    fn handshake_times_out(&mut self, now: Instant, actions: &mut Actions) {
        let is_client = self.state == State::SynSent;
        let retries = if is_client { self.profile.syn_retries } else { self.profile.syn_ack_retries };
        if self.linux.handshake_timeouts >= retries {
            return self.give_up(actions);
        }
        self.linux.handshake_timeouts += 1;
        self.linux.repeats += 1;
        if !is_client || self.linux.handshake_timeouts > self.profile.syn_retries_linear {
            self.linux.backoff += 1;
        }
        self.send_syn(now, true, actions);
        self.set_resend_timer(now);
    }

    /// True if the peer has been silent for so long that the connection is given up (RFC 1122 §4.2.3.5).
    fn gives_up(&self, now: Instant) -> bool {
        match self.profile.gives_up {
            GiveUp::Times(times) => self.linux.timeouts >= times,
            GiveUp::After(span) => self.linux.timeouts > 0 && now.since(self.linux.trying_since) >= span,
        }
    }

    pub(super) fn give_up(&mut self, actions: &mut Actions) {
        self.state = State::Closed;
        self.linux.timer = Timer::Off;
        if let Some(bsd) = &mut self.bsd {
            bsd.stop();
        }
        actions.broken = true;
    }

    /// A probe of the tail: something new if there is, else the last segment again (RFC 8985 §7.3).
    fn probe_tail(&mut self, now: Instant, actions: &mut Actions) {
        let is_first = self.linux.probed_upto == 0;
        let out = self.linux.board.count();
        let mut probed = false;
        if is_first {
            self.linux.probe_repeats = false;
            let waiting = (self.written.saturating_sub(self.next)).min(self.mss.into());
            if self.next < self.stream_end() && self.next + waiting.max(1) <= self.window_end() {
                self.transmit(now, Push::Probe, actions);
                probed = self.linux.board.count() > out;
            } else if out > 0 {
                probed = self.send_again(now, out as usize - 1, false, actions);
                self.linux.probe_repeats = probed;
            }
        }
        if probed {
            self.linux.probed_upto = self.next;
            self.linux.timer = Timer::Off;
        }
        self.rearm(now);
    }

    /// Overtaken segments had their time.
    fn waited_for_order(&mut self, now: Instant, actions: &mut Actions) {
        let in_flight = self.linux.board.in_flight();
        self.find_overtaken(now);
        if in_flight != self.linux.board.in_flight() {
            self.enter_recovery_by_timer();
            self.resend_lost(now, actions);
        }
        if !matches!(self.linux.timer, Timer::Resend(..)) {
            self.rearm(now);
        }
    }

    /// Nothing is in flight, and something waits for a window.
    pub(super) fn wait_for_window(&mut self, now: Instant) {
        if self.next < self.stream_end() && matches!(self.linux.timer, Timer::Off) {
            let least = jiffies_of(self.profile.timeout_min);
            let (due, at) = self.fires(now, self.timeout_ticks().max(least));
            self.linux.timer = Timer::Window(due, at);
        }
    }

    /// A window came while nothing was in flight.
    pub(super) fn window_may_have_opened(&mut self) {
        if matches!(self.linux.timer, Timer::Window(..)) {
            let waiting = self.written.saturating_sub(self.next).min(self.mss.into()).max(1);
            if self.next + waiting <= self.window_end() {
                self.linux.backoff = 0;
                self.linux.timer = Timer::Off;
            }
        }
    }

    /// Asks for a wider window (RFC 1122 §4.2.2.17): with what fits into it, or with nothing.
    fn probe_window(&mut self, now: Instant, actions: &mut Actions) {
        self.linux.timer = Timer::Off;
        if self.linux.unanswered >= 15 {
            return self.give_up(actions);
        }
        let room = self.window_end().saturating_sub(self.next);
        let len = self.written.saturating_sub(self.next).min(room).min(self.mss.into());
        if len > 0 {
            self.send_partly(now, len, actions);
            self.linux.backoff = 0;
        }
        if !self.linux.board.is_empty() {
            return;
        }
        let segment = Segment { seq: self.unacknowledged.saturating_sub(1), again: true, ..self.bare(now) };
        self.leave(now, segment, actions);
        self.linux.unanswered += 1;
        self.linux.backoff += 1;
        self.wait_for_window(now);
    }

    /// When the peer is asked whether it is still there, if the program wants that (RFC 1122 §4.2.3.6).
    fn keep_alive_at(&self) -> Option<Instant> {
        let keep_alive = self.profile.keep_alive;
        let is_idle = self.habit.keep_alive
            && self.state == State::Established
            && self.unacknowledged == self.next
            && self.next >= self.stream_end();
        let wait = match self.linux.unanswered {
            0 => keep_alive.idle,
            times => keep_alive.idle + keep_alive.pause.saturating_mul(times.into()),
        };
        is_idle.then(|| self.linux.heard + wait)
    }

    fn probe_silence(&mut self, now: Instant, actions: &mut Actions) {
        if self.linux.unanswered >= self.profile.keep_alive.probes {
            return self.abort_with(now, actions);
        }
        self.linux.unanswered += 1;
        let segment = Segment { seq: self.unacknowledged.saturating_sub(1), again: true, ..self.bare(now) };
        self.leave(now, segment, actions);
    }
}
