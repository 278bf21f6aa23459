//! What Linux does about loss: when it takes segments to be lost, how it repairs that, and when it finds out that
//! nothing was lost (linux net/ipv4/tcp_input.c, `tcp_fastretrans_alert`; fast retransmit and recovery RFC 5681 §3.2,
//! RFC 6582, RFC 6675; F-RTO RFC 5682; undoing by timestamps, Eifel, RFC 3522 and RFC 4015).

use super::acknowledged::News;
use super::congestion::Phase;
use super::sending::Push;
use super::{Actions, End};
use crate::time::Instant;

/// What is to be sent because of an acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resend {
    /// Nothing special.
    Nothing,
    /// What is lost.
    Lost,
    /// Something new, to see whether it gets through (F-RTO).
    New,
}

impl End {
    /// As [`End::fast_retransmit_alert`], and sends what it says.
    pub(super) fn recover(
        &mut self,
        now: Instant,
        before: u64,
        duplicates: u32,
        news: &mut News,
        actions: &mut Actions,
    ) {
        let resend = self.fast_retransmit_alert(now, before, duplicates, news);
        self.resend(now, resend, actions);
    }

    /// Something is unusual about an acknowledgement, or trouble is under way.
    pub(super) fn fast_retransmit_alert(
        &mut self,
        now: Instant,
        before: u64,
        duplicates: u32,
        news: &mut News,
    ) -> Resend {
        if self.linux.board.is_empty() {
            self.linux.board.arrived = 0;
        }
        if news.reneged && news.advanced {
            // The receiver has thrown away what it had: after half a round trip of grace all is sent again.
            self.grant_grace(now);
            news.set_timer = false;
            return Resend::Nothing;
        }
        if self.linux.congestion.phase == Phase::Open {
            self.linux.resent_at = None;
        } else if self.unacknowledged >= self.linux.high && self.leave_phase(now) {
            return Resend::Nothing;
        }
        match self.linux.congestion.phase {
            Phase::Recovery => {
                if !news.advanced {
                    self.count_duplicates(duplicates);
                } else if self.undo_partly(now, before) {
                    return Resend::Nothing;
                }
                if self.undo_by_copies(now) {
                    self.try_to_open();
                }
                self.identify_losses(now, news);
                if self.linux.congestion.phase != Phase::Recovery {
                    if self.linux.board.lost == 0 {
                        return Resend::Nothing;
                    }
                    self.enter_recovery();
                }
                Resend::Lost
            }
            Phase::Loss => {
                let resend = self.process_loss(now, duplicates, news);
                self.identify_losses(now, news);
                if self.linux.congestion.phase != Phase::Open && !news.lost_again {
                    return resend;
                }
                self.open_or_recover(now, duplicates, news)
            }
            Phase::Open | Phase::Disorder | Phase::Reduced => self.open_or_recover(now, duplicates, news),
        }
    }

    fn open_or_recover(&mut self, now: Instant, duplicates: u32, news: &mut News) -> Resend {
        if !self.sack {
            if news.advanced {
                self.linux.board.arrived = 0;
            }
            self.count_duplicates(duplicates);
        }
        if self.linux.congestion.phase <= Phase::Disorder {
            self.undo_by_copies(now);
        }
        self.identify_losses(now, news);
        if self.linux.board.lost == 0 {
            self.try_to_open();
            return Resend::Nothing;
        }
        self.enter_recovery();
        Resend::Lost
    }

    fn count_duplicates(&mut self, duplicates: u32) {
        if !self.sack && duplicates > 0 {
            self.linux.add_duplicate();
        }
    }

    /// All that was sent when the trouble began is acknowledged. True if nothing more is to be done.
    fn leave_phase(&mut self, now: Instant) -> bool {
        match self.linux.congestion.phase {
            Phase::Reduced if self.unacknowledged != self.linux.high => {
                self.linux.congestion.end_reduction(now, self.linux.undo_from == 0);
                self.linux.congestion.phase = Phase::Open;
            }
            Phase::Recovery => {
                if !self.sack {
                    self.linux.board.arrived = 0;
                }
                if self.undo_recovery(now) {
                    return true;
                }
                self.linux.congestion.end_reduction(now, self.linux.undo_from == 0);
            }
            _ => {}
        }
        false
    }

    /// What is lost, as far as can be told: by time with SACK (RFC 8985), by duplicates without (RFC 6582).
    fn identify_losses(&mut self, now: Instant, news: &mut News) {
        if self.linux.board.is_empty() {
            return;
        }
        if self.sack {
            let again = self.linux.board.again;
            if self.mark_overtaken(now) {
                news.set_timer = false;
            }
            news.lost_again |= again > self.linux.board.again;
            return;
        }
        let phase = self.linux.congestion.phase;
        let enough = phase < Phase::Recovery && self.linux.board.arrived >= self.linux.reordering;
        if (enough || (phase == Phase::Recovery && news.advanced))
            && self.linux.board.first().is_some_and(|first| !first.lost)
        {
            self.linux.mark_lost(0);
        }
    }

    fn enter_recovery(&mut self) {
        if !self.linux.any_repeated() {
            self.linux.resent_at = None;
        }
        self.linux.congestion.prior_threshold = 0;
        self.begin_undo();
        if !self.linux.congestion.in_reduction() {
            self.linux.congestion.prior_threshold = self.linux.congestion.current_threshold();
            self.linux.high = self.next;
            self.linux.probed_upto = 0;
            self.linux.congestion.reduce();
        }
        self.linux.congestion.phase = Phase::Recovery;
    }

    /// [`End::enter_recovery`] because a timer says so.
    pub(super) fn enter_recovery_by_timer(&mut self) {
        if self.linux.congestion.phase != Phase::Recovery {
            self.enter_recovery();
            let in_flight = self.linux.board.in_flight();
            self.linux.congestion.step_down(1, in_flight, false, false);
        }
    }

    fn begin_undo(&mut self) {
        self.linux.undo_from = self.unacknowledged;
        let probe = i32::from(self.linux.probed_upto > 0 && self.linux.probe_repeats);
        self.linux.undo_left = match self.linux.board.again as i32 + probe {
            0 => -1,
            left => left,
        };
    }

    /// A timeout: everything sent long enough ago is lost, and slow start begins again (RFC 5681 §3.1).
    pub(super) fn enter_loss(&mut self, now: Instant) {
        let was = self.linux.congestion.phase;
        if self.linux.board.first().is_some_and(|first| first.arrived) {
            self.linux.board.forget_arrivals();
        } else if !self.sack {
            self.linux.board.arrived = 0;
        }
        let recent = self.linux.rack.clone();
        for index in 0..self.linux.board.count() as usize {
            let is_recent = index > 0
                && self.linux.board.get(index).is_some_and(|sent| recent.left(now, sent, 0).is_some());
            if !is_recent {
                self.linux.mark_lost(index);
            }
        }
        let first = was <= Phase::Disorder
            || self.linux.high <= self.unacknowledged
            || (was == Phase::Loss && self.linux.timeouts == 0);
        self.linux.congestion.time_out(now, first, self.next);
        if first {
            self.begin_undo();
        }
        self.linux.congestion.window = self.linux.board.in_flight() + 1;
        if was <= Phase::Disorder && self.linux.board.arrived >= 3 {
            self.linux.reordering = self.linux.reordering.min(3);
        }
        self.linux.congestion.phase = Phase::Loss;
        self.linux.high = self.next;
        self.linux.probed_upto = 0;
        self.linux.may_be_spurious =
            self.profile.detects_spurious && (was < Phase::Recovery || self.linux.timeouts > 0);
    }

    /// In Loss: was the timeout spurious, is all repaired, or is there more to send again?
    fn process_loss(&mut self, now: Instant, duplicates: u32, news: &News) -> Resend {
        let recovered = self.unacknowledged >= self.linux.high;
        if news.advanced && self.undo_loss(now, false) {
            return Resend::Nothing;
        }
        if self.linux.may_be_spurious {
            // What was sent once has arrived: the first copy was only late (RFC 5682 §3.1 step 3b).
            if news.original && self.undo_loss(now, true) {
                return Resend::Nothing;
            }
            if self.next > self.linux.high {
                if news.arrived || duplicates > 0 {
                    self.linux.may_be_spurious = false;
                }
            } else if news.advanced && !recovered {
                self.linux.high = self.next;
                // Something new is sent first (step 2b).
                if self.next < self.stream_end() && self.window_end() > self.next {
                    return Resend::New;
                }
                self.linux.may_be_spurious = false;
            }
        }
        if recovered {
            self.undo_recovery(now);
            return Resend::Nothing;
        }
        if !self.sack {
            if self.next > self.linux.high && duplicates > 0 {
                self.linux.add_duplicate();
            } else if news.advanced {
                self.linux.board.arrived = 0;
            }
        }
        Resend::Lost
    }

    /// True if the first copy arrived: the peer echoes a clock from before anything was sent again (RFC 3522).
    fn was_only_late(&self) -> bool {
        match self.linux.resent_at {
            Some(stamp) => self.timestamps && self.linux.last_echo != 0 && self.linux.last_echo < stamp,
            None => self.sack || self.unacknowledged < self.linux.high,
        }
    }

    fn may_undo(&self) -> bool {
        self.linux.undo_from > 0 && (self.linux.undo_left == 0 || self.was_only_late())
    }

    fn undo(&mut self, now: Instant, nothing_lost: bool) {
        if nothing_lost {
            self.linux.board.forget_losses();
        }
        self.linux.congestion.undo(now);
        self.linux.undo_from = 0;
        self.linux.rack.advanced = true;
    }

    /// Without SACK the phase lasts until something beyond `high` is acknowledged (RFC 6582 §3.2 step 4).
    fn holds_phase(&mut self) -> bool {
        if self.unacknowledged != self.linux.high || self.sack {
            return false;
        }
        if !self.linux.any_repeated() {
            self.linux.resent_at = None;
        }
        true
    }

    /// The trouble is over. True if the phase lasts all the same.
    fn undo_recovery(&mut self, now: Instant) -> bool {
        if self.may_undo() {
            self.undo(now, false);
        } else {
            self.linux.rack.recovered(false);
        }
        if self.holds_phase() {
            return true;
        }
        self.linux.congestion.phase = Phase::Open;
        false
    }

    /// Copies arrived for everything that was sent again.
    fn undo_by_copies(&mut self, now: Instant) -> bool {
        let undone = self.linux.undo_from > 0 && self.linux.undo_left == 0;
        if undone {
            self.linux.rack.recovered(true);
            self.undo(now, false);
        }
        undone
    }

    fn undo_loss(&mut self, now: Instant, proven: bool) -> bool {
        if !proven && !self.may_undo() {
            return false;
        }
        self.undo(now, true);
        self.linux.timeouts = 0;
        if !self.holds_phase() && (proven || self.sack) {
            self.linux.congestion.phase = Phase::Open;
        }
        true
    }

    /// A hole in Recovery was filled by the first copy. True if nothing more should be sent again.
    fn undo_partly(&mut self, now: Instant, before: u64) -> bool {
        if self.linux.undo_from == 0 || !self.was_only_late() {
            return false;
        }
        let highest = self.linux.board.highest_arrived(self.unacknowledged);
        if before < highest {
            self.linux.reordered(highest - before, self.mss.into());
        }
        if self.linux.board.again > 0 {
            return true;
        }
        if !self.linux.any_repeated() {
            self.linux.resent_at = None;
        }
        self.undo(now, true);
        self.keep_open();
        false
    }

    fn keep_open(&mut self) {
        let open = self.linux.board.left() == 0 && !self.linux.any_repeated();
        let phase = if open { Phase::Open } else { Phase::Disorder };
        if self.linux.congestion.phase != phase {
            self.linux.congestion.phase = phase;
            self.linux.high = self.next;
        }
    }

    fn try_to_open(&mut self) {
        if !self.linux.any_repeated() {
            self.linux.resent_at = None;
        }
        if self.linux.congestion.phase != Phase::Reduced {
            self.keep_open();
        }
    }

    /// An acknowledgement while a probe of the tail is out: did the probe repair a loss? (RFC 8985 §7.4)
    pub(super) fn end_probe(&mut self, now: Instant, ack: u64, news: &News) {
        if self.linux.probed_upto == 0 || ack < self.linux.probed_upto {
            return;
        }
        if !self.linux.probe_repeats || news.twice_probe {
            self.linux.probed_upto = 0;
        } else if ack > self.linux.probed_upto {
            self.linux.high = self.next;
            self.linux.probed_upto = 0;
            self.linux.congestion.reduce();
            self.linux.congestion.phase = Phase::Reduced;
            self.linux.congestion.end_reduction(now, self.linux.undo_from == 0);
            self.keep_open();
        } else if !news.is_no_duplicate() && !news.arrived {
            self.linux.probed_upto = 0;
        }
    }

    /// Sends what an acknowledgement has shown to be due.
    pub(super) fn resend(&mut self, now: Instant, resend: Resend, actions: &mut Actions) {
        match resend {
            Resend::Nothing => return,
            Resend::New => {
                self.transmit(now, Push::AtOnce, actions);
                if self.next > self.linux.high {
                    return;
                }
                self.linux.may_be_spurious = false;
            }
            Resend::Lost => {}
        }
        self.resend_lost(now, actions);
    }

    /// Sends lost segments again, as many as the window allows.
    pub(super) fn resend_lost(&mut self, now: Instant, actions: &mut Actions) {
        let mut rearm = false;
        let mut index = 0;
        while let Some(sent) = self.linux.board.get(index).copied() {
            if self.linux.board.in_flight() >= self.linux.congestion.window
                || self.linux.board.again >= self.linux.board.lost
            {
                break;
            }
            if sent.lost && !sent.arrived && !sent.again {
                if !self.send_again(now, index, true, actions) {
                    break;
                }
                if self.linux.congestion.in_reduction() {
                    self.linux.congestion.sent += 1;
                }
                rearm |= index == 0 && !matches!(self.linux.timer, super::linux::Timer::Reorder(..));
            }
            index += 1;
        }
        if rearm {
            self.set_resend_timer(now);
        }
    }

    /// Sends one segment again. False if the window forbids it. A probe counts for no repair.
    pub(super) fn send_again(
        &mut self,
        now: Instant,
        index: usize,
        repairs: bool,
        actions: &mut Actions,
    ) -> bool {
        let Some(sent) = self.linux.board.get(index).copied() else { return false };
        let mut room = self.window_end().saturating_sub(sent.seq);
        if room == 0 {
            if sent.seq != self.unacknowledged {
                return false;
            }
            // The oldest probes a window that was closed (RFC 1122 §4.2.2.17).
            room = self.mss.into();
        }
        let room = room.min(self.mss_now().into());
        let Some(sent) = self.linux.board.send_again(index, now, room, repairs) else { return false };
        self.linux.repeats += 1;
        if repairs {
            self.linux.resent_at.get_or_insert(super::timestamp(now));
            self.linux.undo_left = self.linux.undo_left.max(0) + 1;
        }
        self.repeat(now, sent.seq, sent.end, sent.push, actions);
        true
    }
}
