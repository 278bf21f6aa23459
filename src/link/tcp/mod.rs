//! TCP in virtual time: one end of a connection as a value that turns segments into segments (RFC 793).
//!
//! ```text
//!            open          SYN ->            <- SYN, ACK           ACK ->
//!  Closed ────────> SynSent ───────────────────────────────> Established ──┐ close
//!            listen        <- SYN            SYN, ACK ->      <- ACK       v
//!  Closed ────────> Listen ───────> SynReceived ──────────> Established  FIN out and
//!                                                                        FIN in: Closed
//! ```
//!
//! Numbers are 64-bit and count from zero: the SYN is 0, the stream's octet n is 1 + n, the FIN follows the last
//! octet. An [`End`] holds no octets: what was written and what was received are offsets into the stream.
//!
//! Built here: handshake with MSS and option sizes, slow start, delayed and quick acknowledgement, Nagle's rule,
//! the round-trip estimate, restart after idle time, close. **Not built: recovery from loss.** A link that loses
//! packets is refused before it reaches this module.

mod ack;
mod profile;
mod rtt;

pub use ack::AckPolicy;
pub use profile::{BSD_1990, Growth, Habit, LINUX, LINUX_PERIOD_1, LINUX_PERIOD_2, Nagle, PROFILES, Profile};

use std::collections::VecDeque;

use self::ack::AckState;
use self::rtt::RoundTrip;
use crate::time::Instant;

/// Which end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The end that opened it; its octets go up.
    Client,
    /// The end that was called; its octets go down.
    Server,
}

impl Side {
    /// The other end.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }

    /// 0 for the client, 1 for the server.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// The options of a segment, as far as they take octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Options {
    /// None: 0 octets.
    Bare,
    /// Two NOPs and timestamps (RFC 7323 §3): 12 octets.
    Timestamps,
    /// On a SYN: the MSS alone (RFC 793 §3.1): 4 octets.
    Mss(u16),
    /// On a SYN: MSS, SACK permitted, timestamps, NOP, window scale, as Linux orders them: 20 octets.
    Modern {
        /// The MSS offered.
        mss: u16,
        /// The shift of the window field (RFC 7323 §2).
        scale: u8,
    },
}

impl Options {
    /// How many octets they take in the header.
    #[must_use]
    pub const fn octets(self) -> u32 {
        match self {
            Self::Bare => 0,
            Self::Timestamps => 12,
            Self::Mss(_) => 4,
            Self::Modern { .. } => 20,
        }
    }

    /// Writes them into a header, and gives how many octets they took.
    pub fn write(self, timestamp: u32, echo: u32, into: &mut [u8]) -> usize {
        let (t, e) = (timestamp.to_be_bytes(), echo.to_be_bytes());
        let mut octets = [0_u8; 20];
        match self {
            Self::Bare => {}
            Self::Timestamps => {
                octets[..4].copy_from_slice(&[1, 1, 8, 10]);
                octets[4..8].copy_from_slice(&t);
                octets[8..12].copy_from_slice(&e);
            }
            Self::Mss(mss) => {
                octets[..2].copy_from_slice(&[2, 4]);
                octets[2..4].copy_from_slice(&mss.to_be_bytes());
            }
            Self::Modern { mss, scale } => {
                octets[..2].copy_from_slice(&[2, 4]);
                octets[2..4].copy_from_slice(&mss.to_be_bytes());
                octets[4..8].copy_from_slice(&[4, 2, 8, 10]);
                octets[8..12].copy_from_slice(&t);
                octets[12..16].copy_from_slice(&e);
                octets[16..20].copy_from_slice(&[1, 3, 3, scale]);
            }
        }
        let len = self.octets() as usize;
        into[..len].copy_from_slice(&octets[..len]);
        len
    }
}

/// A TCP segment, without its octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The number of its first octet (of the SYN, if it has one).
    pub seq: u64,
    /// Octets of payload.
    pub len: u32,
    /// It opens the sender's stream.
    pub syn: bool,
    /// It ends the sender's stream, after its payload.
    pub fin: bool,
    /// The sender has nothing more to send for now, or a train of segments ends here.
    pub push: bool,
    /// The next number that the sender expects; absent only on the first SYN.
    pub ack: Option<u64>,
    /// How many octets beyond `ack` the sender will take.
    pub window: u32,
    /// The shift of the window field.
    pub scale: u8,
    /// Its options.
    pub options: Options,
    /// The sender's clock in milliseconds (RFC 7323 §3).
    pub timestamp: u32,
    /// The newest clock that the sender has seen from its peer.
    pub echo: u32,
}

impl Segment {
    /// The number after its last octet, SYN or FIN.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.seq + self.len as u64 + self.syn as u64 + self.fin as u64
    }

    /// The window as the header's 16 bits show it.
    #[must_use]
    pub const fn window_field(&self) -> u16 {
        let shown = if self.syn { self.window } else { self.window >> self.scale };
        if shown > 0xFFFF { 0xFFFF } else { shown as u16 }
    }

    /// True if it carries nothing but an acknowledgement.
    #[must_use]
    pub const fn is_pure_ack(&self) -> bool {
        self.len == 0 && !self.syn && !self.fin
    }
}

/// The states of RFC 793 §3.2, as far as the two ends of our connections can reach them. The halves of the close
/// are told by whether a FIN was sent, acknowledged and received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No connection yet.
    Closed,
    /// The server's end waits for a SYN.
    Listen,
    /// The client's end has sent its SYN.
    SynSent,
    /// The server's end has answered the SYN.
    SynReceived,
    /// Octets flow; also while either half is being closed.
    Established,
    /// Both FINs are sent and acknowledged (TIME-WAIT counts as finished: nothing more crosses the line).
    Finished,
}

/// What an end did when something happened to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Actions {
    /// Segments to put on the line, in order.
    pub segments: Vec<Segment>,
    /// The end has just become established.
    pub established: bool,
    /// The peer has closed its stream, and all of it is here.
    pub ended: bool,
}

/// A segment that is not acknowledged yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Outstanding {
    end: u64,
    sent: Instant,
}

/// One end of a connection.
#[derive(Clone, Debug, PartialEq)]
pub struct End {
    profile: &'static Profile,
    state: State,
    mss: u32,
    offered_mss: u16,
    timestamps: bool,

    /// First number not acknowledged, next number to send, end of what the application has written.
    unacknowledged: u64,
    next: u64,
    written: u64,
    close_asked: bool,
    peer_window: u64,
    congestion_window: u64,
    slow_start_threshold: u64,
    /// Sending stopped because of the congestion window: only then may it grow (RFC 7661 in spirit).
    window_limited: bool,
    /// End of the newest short segment, for Minshall's rule.
    small_end: u64,
    /// Segments of the newest train that have left.
    train_sent: u32,
    outstanding: VecDeque<Outstanding>,
    last_sent: Instant,
    round_trip: RoundTrip,

    expected: u64,
    fin_received: bool,
    echo: u32,
    ack: AckState,
}

impl End {
    /// A client's end: nothing happens before [`End::open`].
    #[must_use]
    pub fn client(profile: &'static Profile, mtu: u32) -> Self {
        Self::new(profile, mtu, State::Closed)
    }

    /// A server's end, listening.
    #[must_use]
    pub fn server(profile: &'static Profile, mtu: u32) -> Self {
        Self::new(profile, mtu, State::Listen)
    }

    fn new(profile: &'static Profile, mtu: u32, state: State) -> Self {
        let mss = mtu.saturating_sub(40).clamp(1, 65_495);
        Self {
            profile,
            state,
            mss,
            offered_mss: mss as u16,
            timestamps: profile.modern_options,
            unacknowledged: 0,
            next: 0,
            written: 1,
            close_asked: false,
            peer_window: 0,
            congestion_window: 0,
            slow_start_threshold: u64::MAX,
            window_limited: false,
            small_end: 0,
            train_sent: 0,
            outstanding: VecDeque::new(),
            last_sent: Instant::START,
            round_trip: RoundTrip::new(profile),
            expected: 0,
            fin_received: false,
            echo: 0,
            ack: AckState::new(profile.ack_policy),
        }
    }

    /// The state that RFC 793 names.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// The stream offset up to which everything has arrived here.
    #[must_use]
    pub const fn received(&self) -> u64 {
        self.expected.saturating_sub(1 + self.fin_received as u64)
    }

    /// The stream offset up to which the peer has acknowledged everything.
    #[must_use]
    pub const fn acknowledged(&self) -> u64 {
        self.unacknowledged.saturating_sub(1)
    }

    /// True if nothing written here waits for transmission or acknowledgement.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.outstanding.is_empty() && self.next >= self.written + u64::from(self.close_asked)
    }

    /// True once the peer's FIN has arrived.
    #[must_use]
    pub const fn peer_closed(&self) -> bool {
        self.fin_received
    }

    /// The congestion window in octets.
    #[must_use]
    pub const fn congestion_window(&self) -> u64 {
        self.congestion_window
    }

    /// The retransmission timeout that the round trips so far would set (RFC 6298 §2).
    #[must_use]
    pub fn retransmission_timeout(&self) -> crate::time::Duration {
        self.round_trip.timeout()
    }

    /// When [`End::timer`] must be called, if at all.
    #[must_use]
    pub const fn deadline(&self) -> Option<Instant> {
        self.ack.deadline()
    }

    /// Opens the connection: OPEN in CLOSED sends a SYN and enters SYN-SENT. RFC 793 §3.9.
    pub fn open(&mut self, now: Instant) -> Actions {
        self.state = State::SynSent;
        let mut actions = Actions::default();
        let syn = self.syn(now, None);
        self.send(now, syn, &mut actions);
        actions
    }

    /// The application has written up to stream offset `end`.
    pub fn write(&mut self, now: Instant, end: u64, habit: Habit) -> Actions {
        self.written = self.written.max(end + 1);
        let mut actions = Actions::default();
        self.transmit(now, habit, &mut actions);
        if habit.acknowledges_at_once {
            self.ack.leave_pingpong();
        }
        actions
    }

    /// The application closes its stream: CLOSE sends a FIN after what was written. RFC 793 §3.5.
    pub fn close(&mut self, now: Instant, habit: Habit) -> Actions {
        self.close_asked = true;
        let mut actions = Actions::default();
        self.transmit(now, habit, &mut actions);
        actions
    }

    /// A segment has arrived. The application reads at once whatever becomes readable.
    pub fn receive(&mut self, now: Instant, segment: &Segment, habit: Habit) -> Actions {
        let mut actions = Actions::default();
        match (self.state, segment.syn) {
            (State::Closed | State::Finished, _) | (State::Listen, false) => return actions,
            (State::Listen, true) => {
                // SYN in LISTEN: answer SYN, ACK and enter SYN-RECEIVED. RFC 793 §3.4.
                self.accept_syn(segment);
                self.state = State::SynReceived;
                let syn = self.syn(now, Some(self.expected));
                self.send(now, syn, &mut actions);
                return actions;
            }
            (State::SynSent, true) => {
                // SYN, ACK in SYN-SENT: acknowledge and enter ESTABLISHED. RFC 793 §3.4.
                self.accept_syn(segment);
                self.take_ack(now, segment);
                self.establish();
                actions.established = true;
                let ack = self.pure_ack(now);
                self.send(now, ack, &mut actions);
                self.transmit(now, habit, &mut actions);
                return actions;
            }
            _ => {}
        }
        self.take_ack(now, segment);
        if self.state == State::SynReceived && self.unacknowledged > 0 {
            // ACK of our SYN in SYN-RECEIVED: ESTABLISHED. RFC 793 §3.4.
            self.establish();
            actions.established = true;
        }
        if self.take_data(now, segment) {
            let ack = self.pure_ack(now);
            self.send(now, ack, &mut actions);
        }
        if segment.fin && !actions.ended && self.fin_received {
            actions.ended = true;
        }
        self.transmit(now, habit, &mut actions);
        self.finish_if_done();
        actions
    }

    /// The deadline has come: a delayed acknowledgement leaves.
    pub fn timer(&mut self, now: Instant) -> Actions {
        let mut actions = Actions::default();
        if self.ack.deadline().is_some_and(|deadline| deadline <= now) {
            self.ack.timer_expired(self.round_trip.timeout());
            let ack = self.pure_ack(now);
            self.send(now, ack, &mut actions);
        }
        actions
    }

    fn accept_syn(&mut self, segment: &Segment) {
        let (peer_mss, modern) = match segment.options {
            Options::Mss(mss) => (mss, false),
            Options::Modern { mss, .. } => (mss, true),
            // No MSS option: 536 (RFC 1122 §4.2.2.6).
            Options::Bare | Options::Timestamps => (536, false),
        };
        self.timestamps &= modern;
        let options = if self.timestamps { Options::Timestamps } else { Options::Bare };
        self.mss = u32::from(peer_mss.min(self.offered_mss)).saturating_sub(options.octets()).max(1);
        self.expected = 1;
        self.echo = segment.timestamp;
        self.peer_window = u64::from(segment.window);
        self.congestion_window = self.profile.initial_window(self.mss);
        self.ack.peer_known(self.mss, self.profile.receive_window_first);
    }

    fn establish(&mut self) {
        self.state = State::Established;
    }

    fn take_ack(&mut self, now: Instant, segment: &Segment) {
        let Some(ack) = segment.ack else { return };
        self.echo = segment.timestamp.max(self.echo);
        self.peer_window = u64::from(segment.window);
        if ack <= self.unacknowledged || ack > self.next {
            return;
        }
        let in_flight = self.next - self.unacknowledged;
        let acknowledged = ack - self.unacknowledged;
        let syn_only = self.unacknowledged == 0;
        self.unacknowledged = ack;
        while let Some(first) = self.outstanding.front().copied().filter(|first| first.end <= ack) {
            self.round_trip.acknowledged(first.sent, first.end, ack, now, self.next);
            self.outstanding.pop_front();
        }
        if !syn_only {
            self.grow_window(acknowledged, in_flight);
        }
    }

    /// Slow start and congestion avoidance (RFC 5681 §3.1); only a window that was used grows.
    fn grow_window(&mut self, acknowledged: u64, in_flight: u64) {
        let slow_start = self.congestion_window < self.slow_start_threshold;
        let used =
            self.window_limited || (slow_start && self.congestion_window < in_flight.saturating_mul(2));
        if !used {
            return;
        }
        let mss = u64::from(self.mss);
        let step = match (slow_start, self.profile.growth) {
            (true, Growth::ByAcknowledgement) => acknowledged.min(mss),
            (true, Growth::ByOctets) => acknowledged,
            (false, _) => (mss * mss / self.congestion_window.max(1)).max(1),
        };
        self.congestion_window = self.congestion_window.saturating_add(step);
    }

    /// Takes in payload and FIN. True if an acknowledgement must leave at once.
    fn take_data(&mut self, now: Instant, segment: &Segment) -> bool {
        if segment.is_pure_ack() {
            return false;
        }
        if segment.end() <= self.expected || segment.seq > self.expected || segment.syn {
            // Nothing new, or a hole: say again what is expected (RFC 793 §3.9).
            return true;
        }
        self.expected = segment.end();
        self.fin_received |= segment.fin;
        let at_once = segment.len > 0
            && self.ack.data_arrived(
                now,
                segment,
                self.expected,
                self.round_trip.timeout(),
                self.round_trip.smoothed(),
            );
        match segment.fin {
            false => at_once,
            true => self.close_asked || self.ack.fin_arrived(now),
        }
    }

    fn transmit(&mut self, now: Instant, habit: Habit, actions: &mut Actions) {
        if self.state != State::Established {
            return;
        }
        self.restart_after_idle(now);
        let fin_end = self.written + u64::from(self.close_asked);
        let mut together = 0;
        while self.next < fin_end {
            let in_flight = self.next - self.unacknowledged;
            let waiting = self.written - self.next.min(self.written);
            let room = self.congestion_window.min(self.peer_window).saturating_sub(in_flight);
            let len = waiting.min(u64::from(self.mss));
            if room < len || (len > 0 && room == 0) {
                // Silly window avoidance (RFC 1122 §4.2.3.4): wait until the whole segment fits.
                self.window_limited |= self.congestion_window <= self.peer_window;
                return;
            }
            let last = len == waiting;
            let fin = self.close_asked && last;
            if len < u64::from(self.mss) && !fin && self.nagle_holds(habit) {
                return;
            }
            self.train_sent += 1;
            together += 1;
            let train_ends = last || self.train_sent >= self.profile.segments_a_train;
            let push = len > 0 && (last || (train_ends && together > 1));
            if train_ends {
                (self.train_sent, together) = (0, 0);
            }
            let segment = Segment { len: len as u32, fin, push, ..self.pure_ack(now) };
            if len > 0 && len < u64::from(self.mss) {
                self.small_end = segment.end();
            }
            self.ack.data_sent(now);
            self.send(now, segment, actions);
        }
        self.window_limited = false;
    }

    /// Nagle's rule (RFC 896): a short segment waits while something is not acknowledged.
    fn nagle_holds(&self, habit: Habit) -> bool {
        match if habit.no_delay { Nagle::Off } else { self.profile.nagle } {
            Nagle::Off => false,
            Nagle::Classic => self.next > self.unacknowledged,
            Nagle::Minshall => self.small_end > self.unacknowledged,
        }
    }

    /// After an idle time longer than the retransmission timeout the window starts again (RFC 5681 §4.1).
    fn restart_after_idle(&mut self, now: Instant) {
        if self.next != self.unacknowledged || self.next >= self.written || self.last_sent == Instant::START {
            return;
        }
        let timeout = self.round_trip.timeout();
        let mut idle = now.since(self.last_sent);
        let restart = self.profile.initial_window(self.mss).min(self.congestion_window);
        if self.profile.growth == Growth::ByAcknowledgement && idle > timeout {
            self.congestion_window = restart;
        }
        // Linux halves once for each timeout that passed, and not below the initial window.
        while idle > timeout && self.congestion_window > restart {
            self.congestion_window = (self.congestion_window / 2).max(restart);
            idle = idle.saturating_sub(timeout);
        }
    }

    fn syn(&self, now: Instant, ack: Option<u64>) -> Segment {
        let options = if self.timestamps {
            Options::Modern { mss: self.offered_mss, scale: self.profile.window_scale }
        } else {
            Options::Mss(self.offered_mss)
        };
        Segment { syn: true, ack, options, scale: 0, ..self.pure_ack(now) }
    }

    fn pure_ack(&self, now: Instant) -> Segment {
        Segment {
            seq: self.next,
            len: 0,
            syn: false,
            fin: false,
            push: false,
            ack: Some(self.expected),
            window: self.window_offered(),
            scale: if self.timestamps { self.profile.window_scale } else { 0 },
            options: if self.timestamps { Options::Timestamps } else { Options::Bare },
            timestamp: (now.as_nanos() / 1_000_000) as u32,
            echo: self.echo,
        }
    }

    /// The window offered: what the application has read is free again at once; a tuned window opens to twice
    /// what has come so far, within the profile's limit.
    fn window_offered(&self) -> u32 {
        let tuned =
            self.received().saturating_mul(2).saturating_add(u64::from(self.profile.receive_window_first));
        tuned.min(u64::from(self.profile.receive_window_max)) as u32
    }

    fn send(&mut self, now: Instant, segment: Segment, actions: &mut Actions) {
        if segment.end() > segment.seq {
            self.outstanding.push_back(Outstanding { end: segment.end(), sent: now });
            self.round_trip.sent(segment.end(), now);
            self.last_sent = now;
        }
        self.next = self.next.max(segment.end());
        if segment.ack.is_some() {
            self.ack.acknowledged(self.expected);
        }
        actions.segments.push(segment);
    }

    fn finish_if_done(&mut self) {
        if self.close_asked && self.fin_received && self.is_drained() {
            self.state = State::Finished;
        }
    }
}

#[cfg(test)]
mod tests;
