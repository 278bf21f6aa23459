//! How Linux sends: trains of segments as far as the windows allow, and Nagle's rule by Minshall's variant
//! (linux net/ipv4/tcp_output.c, `tcp_write_xmit`).

use super::clock::jiffies;
use super::profile::Nagle;
use super::scoreboard::Sent;
use super::{Actions, End, Phase, Segment, State};
use crate::time::{Duration, Instant};

/// Why a sender sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Push {
    /// There is something to send.
    Pending,
    /// As before, and short segments do not wait.
    AtOnce,
    /// One segment is to draw an acknowledgement, even beyond the congestion window.
    Probe,
}

/// About so many octets a kernel takes from a program that writes more than can be sent (linux `tcp_sndbuf_expand`).
const WRITE_BUFFER: u64 = 48 * 1_024;

impl End {
    /// Sends what the windows allow.
    pub(super) fn transmit(&mut self, now: Instant, push: Push, actions: &mut Actions) {
        if self.state != State::Established {
            return;
        }
        if self.bsd.is_some() {
            return self.bsd_output(now, false, actions);
        }
        if self.next >= self.stream_end() {
            return;
        }
        let train = self.train();
        let (mut sent, mut limited) = (0, false);
        while self.next < self.stream_end() {
            let in_flight = self.linux.board.in_flight();
            let mut quota = self.linux.congestion.window.saturating_sub(in_flight);
            quota = quota.min((self.linux.congestion.window / 2).max(1)).min(train);
            if quota == 0 {
                if push != Push::Probe {
                    break;
                }
                quota = 1;
            }
            let Some(len) = self.next_length(quota, push) else { break };
            if push != Push::Probe && self.waits_for_train(now, train) {
                limited = true;
                break;
            }
            self.send_train(now, len, actions);
            sent += 1;
            if push == Push::Probe {
                break;
            }
        }
        let in_flight = self.linux.board.in_flight();
        limited |= in_flight >= self.linux.congestion.window;
        if sent > 0 || limited {
            let numbers = (self.unacknowledged, self.next);
            let timing = (self.timeout_ticks(), self.profile.initial_window_segments);
            self.linux.congestion.validate(now, limited, self.linux.board.count(), numbers, timing);
        }
        if sent > 0 && push != Push::Probe {
            self.schedule_probe(now, false);
        } else if sent == 0 && self.linux.board.is_empty() {
            self.wait_for_window(now);
        }
    }

    /// How many octets may leave next, as up to `quota` segments: none if they must wait.
    fn next_length(&self, quota: u32, push: Push) -> Option<u64> {
        let mss = u64::from(self.mss_now());
        let waiting = self.written.saturating_sub(self.next);
        let room = self.window_end().saturating_sub(self.next);
        let fin = self.close_asked && waiting <= mss;
        // A segment goes whole or not at all: no silly windows (RFC 1122 §4.2.3.4).
        if waiting.min(mss) + u64::from(fin) > room {
            return None;
        }
        let holds = push == Push::Pending && !self.habit.no_delay && self.nagle_holds();
        if waiting <= mss {
            return (waiting == mss || fin || !holds).then_some(waiting);
        }
        let most = mss * u64::from(quota);
        let needed = waiting.min(room);
        if most <= needed {
            return Some(most);
        }
        let partial = needed % mss;
        // What the peer's window cuts short is held back by a cork, while the program has more to write.
        let held = holds || (self.habit.corks && self.written - self.unacknowledged > WRITE_BUFFER);
        Some(if partial > 0 && held { needed - partial } else { needed })
    }

    /// Nagle's rule (RFC 896) as far as it looks at what is in flight.
    pub(super) const fn nagle_holds(&self) -> bool {
        match self.profile.nagle {
            Nagle::Off => false,
            Nagle::Classic => self.next > self.unacknowledged,
            Nagle::Minshall => self.small_end > self.unacknowledged,
        }
    }

    /// How many segments a train has at most: so much as leaves in a millisecond at twice the current rate, more to
    /// peers nearby, and never less than the profile says (linux `tcp_tso_autosize`).
    fn train(&self) -> u32 {
        let most = self.profile.segments_a_train;
        let (Some(smoothed), Some(shortest)) = (self.round_trip.smoothed(), self.round_trip.shortest())
        else {
            return most;
        };
        if most < 2 {
            return most;
        }
        let window =
            u64::from(self.linux.congestion.window.max(self.linux.board.count())) * u64::from(self.mss);
        let rate = 2 * window * 1_000_000 / smoothed.max(1) / 1_024;
        let near = 65_536_u64 >> (shortest >> 9).min(31);
        most.max(((rate + near).min(65_536) / u64::from(self.mss)) as u32)
    }

    /// A segment waits for company, if another has left just now and the next acknowledgement is overdue (linux
    /// `tcp_tso_should_defer`).
    fn waits_for_train(&self, now: Instant, train: u32) -> bool {
        const JUST_NOW: Duration = Duration::from_millis(1);
        let mss = u64::from(self.mss);
        let window = self.linux.congestion.window;
        let open = u64::from(window.saturating_sub(self.linux.board.in_flight())) * mss;
        let room = self.window_end().saturating_sub(self.next).min(open);
        let waiting = self.written.saturating_sub(self.next);
        if waiting <= mss
            || self.linux.congestion.phase >= Phase::Recovery
            || now.since(self.linux.touched) > JUST_NOW
            || room >= u64::from(train) * mss
            || room >= self.peer_window.min(u64::from(window) * mss) / 3
        {
            return false;
        }
        let Some(first) = self.linux.board.first() else { return false };
        let smoothed = self.round_trip.smoothed().unwrap_or(0);
        let soon = (smoothed / 2).min(JUST_NOW.as_nanos() / 1_000);
        first.at + Duration::from_micros(smoothed) <= now + Duration::from_micros(soon)
    }

    /// Sends `len` octets as a train of segments, the FIN behind the last.
    fn send_train(&mut self, now: Instant, len: u64, actions: &mut Actions) {
        let mss = u64::from(self.mss_now());
        let had_none = self.linux.board.is_empty();
        if len > 0 && self.linux.board.in_flight() == 0 {
            self.linux.congestion.begins_to_send(now, self.last_sent);
        }
        let end = self.next + len;
        let is_train = len > mss;
        loop {
            let len = (end - self.next).min(mss);
            let is_last = self.next + len == end;
            let fin = is_last && self.close_asked && end == self.written;
            // A train is pushed as it leaves; sent again by itself, its last segment is one like any other.
            let push = len > 0 && is_last && end == self.written;
            let pushed = push || (len > 0 && is_last && is_train);
            let segment = Segment { len: len as u32, fin, push: pushed, ..self.bare(now) };
            self.linux.board.push(Sent {
                seq: segment.seq,
                end: segment.end(),
                at: now,
                arrived: false,
                lost: false,
                again: false,
                repeated: false,
                push,
            });
            if len > 0 && len < mss {
                self.small_end = segment.end();
            }
            if self.linux.congestion.in_reduction() {
                self.linux.congestion.sent += 1;
            }
            self.next = segment.end();
            self.leave(now, segment, actions);
            if is_last {
                break;
            }
        }
        if had_none || self.linux.timer.is_probe() {
            self.rearm(now);
        }
    }

    /// A segment leaves: it carries the acknowledgement that may be owed.
    pub(super) fn leave(&mut self, now: Instant, mut segment: Segment, actions: &mut Actions) {
        if segment.ack.is_some() {
            segment.window = self.window.offer(self.expected, self.ack.segment());
            if self.window.is_tight() {
                self.ack.be_slow();
            }
            if self.sack {
                segment.sack = self.held.sack(self.expected, self.blocks_max());
            }
            self.ack.sent();
        }
        self.linux.touched = now;
        if segment.len > 0 {
            self.ack.data_sent(now);
        }
        if segment.end() > segment.seq {
            self.last_sent = now;
        }
        actions.segments.push(segment);
    }

    /// An acknowledgement leaves by itself.
    pub(super) fn acknowledge(&mut self, now: Instant, actions: &mut Actions) {
        let segment = self.bare(now);
        self.leave(now, segment, actions);
    }

    /// A segment without payload, as this end stands now. Its window is filled in when it leaves.
    pub(super) fn bare(&self, now: Instant) -> Segment {
        Segment {
            // While BSD goes back, an acknowledgement still stands behind all that was sent.
            seq: self.bsd.as_ref().map_or(self.next, |bsd| bsd.highest.max(self.next)),
            ack: Some(self.expected),
            scale: if self.timestamps { self.profile.window_scale } else { 0 },
            options: self.plain_options(),
            timestamp: super::timestamp(now),
            echo: self.echo,
            ..Segment::default()
        }
    }

    /// Octets that fit into a segment now: SACK blocks take some away, and no segment is longer than half the widest
    /// window of the peer (RFC 1122 §4.2.3.4).
    pub(super) fn mss_now(&self) -> u32 {
        let half = if self.peer_window_max > 536 { self.peer_window_max / 2 } else { self.peer_window_max };
        let mss = self.mss.min((half as u32).max(28));
        if !self.sack || !self.held.has_news() {
            return mss;
        }
        mss.saturating_sub(self.held.told_octets(self.blocks_max())).max(1)
    }

    /// How many SACK blocks fit beside the other options.
    const fn blocks_max(&self) -> usize {
        if self.timestamps { 3 } else { 4 }
    }

    /// A window that is used again after a long silence begins small (RFC 2861 §3.1).
    pub(super) fn restart_after_idle(&mut self, now: Instant) {
        let idle = jiffies(now).saturating_sub(jiffies(self.last_sent));
        let timeout = self.timeout_ticks();
        if self.linux.board.is_empty() && idle > timeout {
            self.linux.congestion.restart(now, idle, timeout, self.profile.initial_window_segments);
        }
    }
}
