//! What an acknowledgement tells Linux as a sender: which segments are done, how long they took, which are missing
//! (linux net/ipv4/tcp_input.c, `tcp_ack`, `tcp_clean_rtx_queue`, `tcp_sacktag_write_queue`).

use super::clock::micros;
use super::{Actions, End, Segment};
use crate::time::Instant;

/// What one acknowledgement has brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// It carries data.
    pub data: bool,
    /// It moves the window, or may.
    pub window: bool,
    /// It acknowledges something new, in order.
    pub advanced: bool,
    /// It tells of something that arrived out of order.
    pub arrived: bool,
    /// It tells of something that arrived twice; that was a probe.
    pub twice: bool,
    pub twice_probe: bool,
    /// Some of what it acknowledges was sent more than once.
    pub repeated: bool,
    /// Something that was sent once, before the trouble began, has arrived.
    pub original: bool,
    /// What was thrown away had been told of before.
    pub reneged: bool,
    /// A segment sent again was lost again.
    pub lost_again: bool,
    /// The timer is to be set anew.
    pub set_timer: bool,
}

impl News {
    /// True if it is no duplicate, whatever it acknowledges.
    pub const fn is_no_duplicate(&self) -> bool {
        self.data || self.window || self.advanced
    }
}

/// When the segments left that an acknowledgement is about.
#[derive(Clone, Copy, Debug, Default)]
struct Times {
    first: Option<Instant>,
    last: Option<Instant>,
    first_arrived: Option<Instant>,
    last_arrived: Option<Instant>,
}

impl End {
    /// Takes in the acknowledgement, the window and the SACK blocks of a segment.
    pub(super) fn take_ack(&mut self, now: Instant, segment: &Segment, actions: &mut Actions) {
        let Some(ack) = segment.ack.filter(|ack| *ack <= self.next) else { return };
        self.linux.alive(now);
        let before = self.unacknowledged;
        let mut news = News { data: segment.end() > segment.seq, ..News::default() };
        if ack < before {
            // An old one may still carry new SACK blocks.
            if !segment.sack.is_empty() {
                let mut times = Times::default();
                self.take_sack(now, ack, segment, before, &mut news, &mut times);
                self.recover(now, before, 0, &mut news, actions);
            }
            return;
        }
        if ack > before {
            self.linux.timeouts = 0;
        }
        news.advanced = ack > before;
        news.window = self.take_window(now, ack, segment);
        self.unacknowledged = ack;
        let (delivered, lost) = (self.linux.delivered, self.linux.losses);
        let mut times = Times::default();
        let had_arrived = self.linux.board.arrived;
        if !segment.sack.is_empty() {
            self.take_sack(now, ack, segment, before, &mut news, &mut times);
        }
        if self.linux.board.is_empty() {
            if news.twice {
                self.recover(now, before, 0, &mut news, actions);
            }
            self.window_may_have_opened();
            self.end_probe(now, ack, &news);
            return;
        }
        self.take_away(now, ack, before, had_arrived, segment, &mut news, &mut times);
        self.linux.rack.widen(ack, self.next);
        self.end_probe(now, ack, &news);
        let is_plain = news.is_no_duplicate()
            && !news.arrived
            && !news.twice
            && self.linux.congestion.phase == super::Phase::Open;
        let mut resend = super::recovery::Resend::Nothing;
        if !is_plain {
            let duplicate = !news.advanced && !news.is_no_duplicate() && !news.twice;
            resend = self.fast_retransmit_alert(now, before, u32::from(duplicate), &mut news);
        }
        if news.set_timer {
            self.set_timer(now);
        }
        let delivered = self.linux.delivered - delivered;
        let newly_lost = self.linux.losses > lost;
        if self.linux.congestion.in_reduction() {
            let in_flight = self.linux.board.in_flight();
            self.linux.congestion.step_down(delivered, in_flight, news.advanced, newly_lost);
        } else if news.advanced || (self.linux.reordering > 3 && news.arrived) {
            self.linux.congestion.grow(now, delivered);
        }
        self.resend(now, resend, actions);
    }

    /// The window of a segment counts if the segment is newer than the one that set it (RFC 793 §3.9).
    pub(super) fn take_window(&mut self, now: Instant, ack: u64, segment: &Segment) -> bool {
        let window = segment.window_read();
        let newer = ack > self.unacknowledged
            || segment.seq > self.window_seq
            || (segment.seq == self.window_seq && (window > self.peer_window || window == 0));
        if newer {
            self.window_seq = segment.seq;
            if window != self.peer_window {
                self.peer_window = window;
                self.peer_window_max = self.peer_window_max.max(window);
                if self.next < self.stream_end() && self.bsd.is_none() {
                    self.restart_after_idle(now);
                }
            }
        }
        newer
    }

    /// Marks what the SACK blocks tell of.
    fn take_sack(
        &mut self,
        now: Instant,
        ack: u64,
        segment: &Segment,
        before: u64,
        news: &mut News,
        times: &mut Times,
    ) {
        let highest = self.linux.board.highest_arrived(ack);
        let mut reordered = u64::MAX;
        let blocks: Vec<(u64, u64)> = segment.sack.blocks(ack).collect();
        for (nth, &(from, to)) in blocks.iter().enumerate() {
            // The first block may tell of what came twice (RFC 2883 §4).
            let is_twice =
                nth == 0 && (from < ack || blocks.get(1).is_some_and(|&(a, b)| a <= from && to <= b));
            if is_twice && !self.take_twice(from, to, before, news) {
                continue;
            }
            if to > self.next || from >= to || to <= before {
                continue;
            }
            for index in self.linux.board.within(from, to) {
                if is_twice {
                    self.linux.board.forget_again(index);
                    continue;
                }
                let Some(sent) = self.linux.board.mark_arrived(index) else { continue };
                news.arrived = true;
                self.linux.delivered += 1;
                self.linux.rack.advance(now, &sent, self.round_trip.shortest());
                if !sent.again && !sent.repeated {
                    if sent.seq < highest {
                        reordered = reordered.min(sent.seq);
                    }
                    news.original |= sent.end <= self.linux.high;
                    times.first_arrived.get_or_insert(sent.at);
                    times.last_arrived = Some(sent.at);
                }
            }
        }
        if reordered < highest {
            self.linux.reordered(highest - reordered, self.mss.into());
        }
    }

    /// Something arrived twice: was it sent again for nothing? False if it tells nothing.
    fn take_twice(&mut self, from: u64, to: u64, before: u64, news: &mut News) -> bool {
        let copies = (to - from).div_ceil(self.mss.into()).max(1) as u32;
        if self.linux.probed_upto == to && to > 0 {
            news.twice_probe = true;
        }
        self.linux.copies += copies;
        if to - from > self.peer_window_max || self.linux.copies > self.linux.repeats {
            return false;
        }
        news.twice = true;
        self.linux.rack.twice |= self.linux.reordering_seen && !news.twice_probe;
        self.linux.delivered += copies;
        if self.linux.undo_from > 0 && self.linux.undo_left > 0 && to <= before && to > self.linux.undo_from {
            self.linux.undo_left = (self.linux.undo_left - copies as i32).max(0);
        }
        true
    }

    /// Takes away what is acknowledged, and measures how long it took.
    #[expect(clippy::too_many_arguments, reason = "what one acknowledgement says in one place")]
    fn take_away(
        &mut self,
        now: Instant,
        ack: u64,
        before: u64,
        had_arrived: u32,
        segment: &Segment,
        news: &mut News,
        times: &mut Times,
    ) {
        let highest = if self.sack { self.linux.board.highest_arrived(before) } else { before };
        let (mut taken, mut reordered, mut whole) = (0, u64::MAX, true);
        while let Some(&first) = self.linux.board.first() {
            if first.end > ack {
                whole = first.seq >= ack;
                self.linux.board.trim(ack);
                break;
            }
            self.linux.board.pop();
            taken += 1;
            if first.again || first.repeated {
                news.repeated = true;
            } else if !first.arrived {
                times.first.get_or_insert(first.at);
                times.last = Some(first.at);
                reordered = reordered.min(first.seq);
                news.original |= first.end <= self.linux.high;
            }
            if self.sack && !first.arrived {
                self.linux.delivered += 1;
                let spurious = first.repeated && self.echoes_before(segment, super::timestamp(first.at));
                if !spurious {
                    self.linux.rack.advance(now, &first, self.round_trip.shortest());
                }
            }
        }
        news.reneged = self.linux.board.first().is_some_and(|first| first.arrived);
        let maybe_delayed = taken == 1 && whole && had_arrived == 0 && ack - before < u64::from(self.mss);
        self.measure(now, segment, maybe_delayed && !news.arrived && !news.twice, news, times);
        if taken > 0 {
            news.set_timer = true;
            if self.sack {
                if reordered < highest {
                    self.linux.reordered(highest - reordered, self.mss.into());
                }
            } else {
                self.linux.remove_duplicates(taken);
                news.original &= !news.repeated;
            }
        } else if let (Some(arrived), Some(first)) = (times.first_arrived, self.linux.board.first()) {
            // What was told of left before the oldest was sent again: the timer begins anew.
            news.set_timer |= arrived < first.at;
        }
    }

    /// A sample for each acknowledgement, but not from what was sent twice (Karn's rule, RFC 6298 §3), unless
    /// timestamps tell which copy it was.
    fn measure(&mut self, now: Instant, segment: &Segment, maybe_delayed: bool, news: &News, times: &Times) {
        let since = |moment: Option<Instant>| moment.map(|at| micros(at, now));
        let (mut whole, mut newest) = (None, None);
        if !news.repeated {
            (whole, newest) = (since(times.first), since(times.last));
        }
        if times.first_arrived.is_some() {
            newest = since(times.last_arrived);
            whole = whole.or_else(|| since(times.first_arrived));
        }
        if whole.is_none() && self.timestamps && segment.echo != 0 && (news.advanced) {
            let millis = u64::from(super::timestamp(now).saturating_sub(segment.echo)).max(1);
            (whole, newest) = (Some(millis * 1_000), Some(millis * 1_000));
        }
        let Some(sample) = whole else { return };
        let newest = newest.unwrap_or(sample);
        if !(maybe_delayed && self.round_trip.shortest().is_some_and(|shortest| newest > shortest)) {
            self.round_trip.note_shortest(newest);
        }
        self.round_trip.sample(sample, self.unacknowledged, self.next);
        self.linux.backoff = 0;
        self.linux.congestion.sample(now, newest, (self.unacknowledged, self.next));
    }

    /// True if a segment echoes a clock from before `stamp`.
    pub(super) const fn echoes_before(&self, segment: &Segment, stamp: u32) -> bool {
        self.timestamps && segment.echo != 0 && segment.echo < stamp
    }
}
