//! What Linux knows as a sender, beside the numbers that every TCP has.

use super::clock::micros;
use super::congestion::{Congestion, Growth};
use super::scoreboard::{Scoreboard, Sent};
use crate::time::Instant;

/// How many segments may come out of order before a loss is taken for granted (RFC 5681 §3.2).
const REORDERING: u32 = 3;
/// No more reordering than this is believed.
const REORDERING_MAX: u32 = 300;
/// How many recoveries a wider reordering window lasts.
const WIDE_FOR: u32 = 16;

/// A sender's knowledge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linux {
    pub board: Scoreboard,
    pub congestion: Congestion,
    pub rack: Rack,
    pub timer: Timer,
    /// The numbers sent when the trouble began: it is over when they are acknowledged.
    pub high: u64,
    /// From where a reduction can be undone, and how many repetitions are not known to have been for nothing.
    pub undo_from: u64,
    pub undo_left: i32,
    /// The clock when something was first sent again in this trouble.
    pub resent_at: Option<u32>,
    /// When the first of the timeouts came that nothing has been acknowledged since.
    pub trying_since: Instant,
    /// Timeouts since something was acknowledged; the timeout's doublings; timeouts of this handshake.
    pub timeouts: u32,
    pub backoff: u32,
    pub handshake_timeouts: u32,
    /// A timeout may prove spurious (F-RTO, RFC 5682).
    pub may_be_spurious: bool,
    /// A probe of the tail is out, up to this number; it repeated something (RFC 8985 §7).
    pub probed_upto: u64,
    pub probe_repeats: bool,
    /// How far segments overtake each other, and whether any did.
    pub reordering: u32,
    pub reordering_seen: bool,
    /// Segments that came twice, that were sent again, that arrived, that were lost.
    pub copies: u32,
    pub repeats: u32,
    pub delivered: u32,
    pub losses: u32,
    /// The clock that the peer echoed last, and when it was last heard.
    pub last_echo: u32,
    pub heard: Instant,
    /// When anything was last sent.
    pub touched: Instant,
    /// Probes of a closed window or a silent peer without an answer.
    pub unanswered: u32,
}

impl Linux {
    pub fn new(growth: Growth) -> Self {
        Self {
            board: Scoreboard::default(),
            congestion: Congestion::new(growth),
            rack: Rack::default(),
            timer: Timer::Off,
            high: 0,
            undo_from: 0,
            undo_left: 0,
            resent_at: None,
            trying_since: Instant::START,
            timeouts: 0,
            backoff: 0,
            handshake_timeouts: 0,
            may_be_spurious: false,
            probed_upto: 0,
            probe_repeats: false,
            reordering: REORDERING,
            reordering_seen: false,
            copies: 0,
            repeats: 0,
            delivered: 0,
            losses: 0,
            last_echo: 0,
            heard: Instant::START,
            touched: Instant::START,
            unanswered: 0,
        }
    }

    /// The peer was heard.
    pub const fn alive(&mut self, now: Instant) {
        self.heard = now;
        self.unanswered = 0;
    }

    /// Segments overtook each other by so many octets.
    pub fn reordered(&mut self, octets: u64, mss: u64) {
        let segments = octets.div_ceil(mss.max(1)).min(REORDERING_MAX.into()) as u32;
        self.reordering = self.reordering.max(segments);
        self.reordering_seen = true;
    }

    /// Without SACK a duplicate acknowledgement means that something arrived (RFC 6582).
    pub fn add_duplicate(&mut self) {
        self.board.arrived += 1;
        self.delivered += 1;
        self.limit_duplicates(0);
    }

    /// Without SACK an acknowledgement of `taken` segments covers those that arrived before.
    pub fn remove_duplicates(&mut self, taken: u32) {
        self.delivered += taken.saturating_sub(self.board.arrived).max(1);
        self.board.arrived = self.board.arrived.saturating_sub(taken.saturating_sub(1));
        self.limit_duplicates(taken);
    }

    /// More duplicates than segments: they overtook each other.
    fn limit_duplicates(&mut self, taken: u32) {
        let count = self.board.count();
        let holes = self.board.lost.max(1).min(count);
        if self.board.arrived + holes > count {
            self.board.arrived = count - holes;
            self.reordering = (count + taken).clamp(1, REORDERING_MAX);
            self.reordering_seen = true;
        }
    }

    /// Takes a segment to be lost.
    pub fn mark_lost(&mut self, index: usize) {
        self.losses += u32::from(self.board.mark_lost(index));
    }

    /// True if anything in the window was sent again.
    pub fn any_repeated(&self) -> bool {
        self.board.again > 0 || self.board.first().is_some_and(|first| first.repeated)
    }
}

/// The timer of a sender: one at a time, each with the tick at which it is due and the moment at which it fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// Nothing is waited for.
    Off,
    /// For an acknowledgement; then what is not acknowledged is sent again (RFC 6298).
    Resend(u64, Instant),
    /// For one of the last segments; then a probe draws it (tail-loss probe, RFC 8985 §7).
    Probe(u64, Instant),
    /// For segments that were overtaken; then they are lost (RACK, RFC 8985 §6).
    Reorder(u64, Instant),
    /// For a closed window to open (RFC 1122 §4.2.2.17).
    Window(u64, Instant),
}

impl Timer {
    pub const fn fires(self) -> Option<Instant> {
        match self {
            Self::Off => None,
            Self::Resend(_, at) | Self::Probe(_, at) | Self::Reorder(_, at) | Self::Window(_, at) => Some(at),
        }
    }

    pub const fn is_probe(self) -> bool {
        matches!(self, Self::Probe(..))
    }
}

/// Recent acknowledgement: what was sent before something that arrived is late, and soon lost (RFC 8985 §6).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rack {
    /// When the newest segment that arrived was sent, and its end.
    sent: Instant,
    end: u64,
    /// How long that took, in microseconds.
    round_trip: u64,
    /// Something arrived since losses were last looked for.
    pub advanced: bool,
    /// Something arrived twice, in this round.
    pub twice: bool,
    /// How many quarters of a round trip late is not lost, and for how many recoveries that holds.
    steps: u64,
    wide_for: u32,
    round_end: u64,
}

impl Rack {
    /// A segment arrived.
    pub fn advance(&mut self, now: Instant, sent: &Sent, shortest: Option<u64>) {
        let round_trip = micros(sent.at, now);
        if (sent.again || sent.repeated) && shortest.is_some_and(|shortest| round_trip < shortest) {
            // Which copy it was cannot be told.
            return;
        }
        self.advanced = true;
        self.round_trip = round_trip;
        if sent.at > self.sent || (sent.at == self.sent && sent.end > self.end) {
            (self.sent, self.end) = (sent.at, sent.end);
        }
    }

    /// True if `sent` left before something that arrived.
    pub fn is_overtaken(&self, sent: &Sent) -> bool {
        self.sent > sent.at || (self.sent == sent.at && self.end > sent.end)
    }

    /// How many microseconds more a segment has, if the order may be off by `window`.
    pub const fn left(&self, now: Instant, sent: &Sent, window: u64) -> Option<u64> {
        match (self.round_trip + window).saturating_sub(micros(sent.at, now)) {
            0 => None,
            left => Some(left),
        }
    }

    /// Copies that arrived for nothing widen the reordering window, once a round trip (RFC 8985 §6.2 step 4).
    pub const fn widen(&mut self, ack: u64, next: u64) {
        if self.twice && ack >= self.round_end {
            self.steps += 1;
            self.wide_for = WIDE_FOR;
            self.round_end = next;
        } else if self.wide_for == 0 {
            self.steps = 1;
        }
        self.twice = false;
    }

    /// A recovery ended well.
    pub const fn recovered(&mut self, was_undone: bool) {
        self.wide_for = if was_undone { self.wide_for + 1 } else { self.wide_for.saturating_sub(1) };
        if self.wide_for > WIDE_FOR {
            self.wide_for = WIDE_FOR;
        }
    }

    /// By how much the order may be off, in microseconds.
    pub fn window(&self, shortest: u64, smoothed: u64) -> u64 {
        (shortest / 4 * self.steps.max(1)).min(smoothed)
    }
}
