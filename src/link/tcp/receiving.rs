//! How data is taken in, and when that is acknowledged (linux net/ipv4/tcp_input.c, `tcp_data_queue`,
//! `tcp_ack_snd_check`; 4.4BSD `tcp_input`, `tcp_output`).

use super::sending::Push;
use super::window::memory;
use super::{Actions, End, Segment};
use crate::time::{Duration, Instant};

/// At most one answer in this time to segments that carry nothing and stand outside the window (RFC 5961 §7).
const ANSWER_PAUSE: Duration = Duration::from_millis(500);

impl End {
    /// A segment of an open connection: its acknowledgement, its data, and what this end answers.
    pub(super) fn take(&mut self, now: Instant, segment: &Segment, actions: &mut Actions) {
        if !self.is_acceptable(segment) {
            if self.bsd.is_some() {
                // BSD looks at the acknowledgement of an old segment all the same.
                self.bsd_take_ack(now, segment, actions);
            }
            return self.answer_outsider(now, segment, actions);
        }
        let (was_closed, had) = (self.fin_received, self.expected);
        if segment.timestamp != 0 && segment.seq <= self.window.offered_at().max(1) {
            self.echo = self.echo.max(segment.timestamp);
        }
        let carries = segment.end() > segment.seq;
        if self.bsd.is_some() {
            self.bsd_take_ack(now, segment, actions);
        } else {
            self.take_ack(now, segment, actions);
        }
        if self.timestamps && self.bsd.is_none() {
            if carries {
                let is_full = u64::from(segment.len) >= self.ack.segment();
                self.window.measure_echo(super::timestamp(now), segment.echo, is_full);
            } else {
                self.window.echo_seen(segment.echo);
            }
        }
        if carries {
            self.take_data(now, segment);
        }
        self.transmit(now, Push::Pending, actions);
        if self.ack.is_owed() {
            self.acknowledge_or_wait(now, actions);
        }
        if carries {
            // What waited behind a hole is read packet by packet, this segment first.
            let read = (self.expected > had).then(|| segment.end().min(self.expected));
            self.program_reads(now, read, actions);
        }
        actions.ended |= self.fin_received && !was_closed;
    }

    /// True if any of it can lie in the window (RFC 793 §3.3).
    const fn is_acceptable(&self, segment: &Segment) -> bool {
        let left = self.window.left(self.expected);
        segment.end() >= self.window.offered_at() && segment.seq <= self.expected + left
    }

    /// Old, or beyond the window: say what is expected.
    fn answer_outsider(&mut self, now: Instant, segment: &Segment, actions: &mut Actions) {
        if segment.is_pure_ack() {
            if self.answered.is_some_and(|at| now.since(at) < ANSWER_PAUSE) {
                return;
            }
            self.answered = Some(now);
        } else if segment.seq < self.expected {
            self.ack.be_quick(self.window.offered());
            self.held.came_twice(segment.seq, segment.end().min(self.expected));
        }
        self.acknowledge(now, actions);
    }

    fn take_data(&mut self, now: Instant, segment: &Segment) {
        if segment.fin {
            self.fin_number = Some(segment.end() - 1);
        }
        self.held.forget_twice();
        let octets = super::super::ip::packet_octets(segment);
        let left = self.window.left(self.expected);
        let is_old = segment.end() <= self.expected;
        if is_old || segment.seq >= self.expected + left.max(u64::from(segment.fin)) {
            // A repetition, or a probe of a closed window: acknowledge at once, so that its sender learns.
            if is_old {
                self.held.came_twice(segment.seq, segment.end());
            }
            self.ack.be_quick(self.window.offered());
            self.ack.owe_now();
            return;
        }
        if segment.seq > self.expected {
            return self.keep_for_later(segment, octets);
        }
        if segment.seq < self.expected {
            self.held.came_twice(segment.seq, self.expected);
        }
        self.window.hold(memory(octets));
        self.expected = segment.end();
        if segment.len > 0 {
            self.learn(now, segment, octets);
        }
        if !self.held.is_empty() {
            self.expected = self.held.advance(self.expected);
            // A hole is filled (RFC 5681 §4.2); BSD acknowledges everything at once while there is one.
            if self.held.is_empty() || self.bsd.is_some() {
                self.ack.owe_now();
            }
        }
        if self.fin_number.is_some_and(|fin| self.expected > fin) && !self.fin_received {
            self.take_fin();
        }
    }

    /// Out of order: it waits for what is missing, and a duplicate acknowledgement leaves at once (RFC 5681 §4.2).
    fn keep_for_later(&mut self, segment: &Segment, octets: u32) {
        self.ack.owe_now();
        self.ack.measure_segment(segment);
        let end = segment.end().min(self.expected + self.window.left(self.expected) + u64::from(segment.fin));
        if !self.window.has_memory() || !self.held.keep(segment.seq, end, octets) {
            return;
        }
        self.window.hold(memory(octets));
        if self.sack {
            // Without SACK the window stays, so that the acknowledgement counts as a duplicate.
            if self.window.grow(segment.len.into(), memory(octets), self.ack.segment()) {
                self.ack.tell_window();
            }
            self.window.make_room(self.held.reach(self.expected));
        }
    }

    /// What data in order teaches: the peer's segment size, the gap between segments, the window that it needs.
    fn learn(&mut self, now: Instant, segment: &Segment, octets: u32) {
        let before = self.ack.segment();
        self.ack.data_arrived(now, segment, self.timeout_ticks(), self.window.offered());
        if self.bsd.is_some() {
            return;
        }
        let len = u64::from(segment.len);
        if len > before {
            self.window.learn_ratio(len, memory(octets));
        }
        self.window.measure(now, self.expected);
        if len >= 128 && self.window.grow(len, memory(octets), self.ack.segment()) {
            self.ack.tell_window();
        }
    }

    /// The peer closes. Linux expects the program to close too, so that one FIN acknowledges the other; where this
    /// end has closed already the acknowledgement leaves at once, as with BSD. RFC 793 §3.5.
    fn take_fin(&mut self) {
        self.fin_received = true;
        if self.bsd.is_some() || self.close_asked {
            self.ack.owe_now();
        } else {
            self.ack.owe();
            self.ack.enter_pingpong();
        }
    }

    fn acknowledge_or_wait(&mut self, now: Instant, actions: &mut Actions) {
        let unsaid = self.expected - self.window.offered_at().min(self.expected);
        let two =
            self.bsd.is_none() && unsaid > self.ack.segment() && self.window.is_whole(self.ack.segment());
        if two || self.ack.is_due() || !self.held.is_empty() {
            return self.acknowledge(now, actions);
        }
        if self.ack.delay(now, self.round_trip.smoothed()) {
            self.acknowledge(now, actions);
        }
    }

    /// The program reads at once whatever can be read, and the window opens again. The first packet that it reads, if
    /// any, ends at `read`.
    fn program_reads(&mut self, now: Instant, read: Option<u64>, actions: &mut Actions) {
        self.window.read(self.held.memory());
        let segment = self.ack.segment();
        if let Some(copied) = read.filter(|_| self.bsd.is_none()) {
            self.window.tune(now, copied, self.held.reach(self.expected));
        }
        let unsaid = self.expected - self.window.offered_at().min(self.expected);
        let reading_says = match self.bsd {
            Some(_) => false,
            None => self.ack.is_owed() && (unsaid > segment || self.ack.read_all()),
        };
        if reading_says || (!self.fin_received && self.window.is_worth_telling(self.expected, segment)) {
            self.acknowledge(now, actions);
        }
    }
}
