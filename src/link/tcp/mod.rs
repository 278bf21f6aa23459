//! TCP in virtual time: one end of a connection as a value that turns segments into segments (RFC 793).
//!
//! ```text
//!            open          SYN ->            <- SYN, ACK           ACK ->
//!  Closed ────────> SynSent ───────────────────────────────> Established ──┐ close
//!            listen        <- SYN            SYN, ACK ->      <- ACK       v
//!  Closed ────────> Listen ───────> SynReceived ──────────> Established  FIN out and
//!                                                                        FIN in: Finished
//! ```
//!
//! Numbers are 64-bit and count from zero: the SYN is 0, the stream's octet n is 1 + n, the FIN follows the last
//! octet. An [`End`] holds no octets: what was written and what was received are offsets into the stream.
//!
//! | file | what |
//! |---|---|
//! | `segment` | what crosses the line |
//! | `profile` | the knobs of named stacks, with their sources |
//! | `sending`, `acknowledged`, `scoreboard` | how Linux sends, and what an acknowledgement tells it |
//! | `recovery`, `timers` | what it does about loss |
//! | `congestion`, `cubic` | its congestion window |
//! | `bsd` | how the stacks of the 1980s and 1990s do all of that |
//! | `receiving`, `reassembly`, `window`, `ack` | how data is taken in and acknowledged |
//! | `rtt`, `clock` | round trips, ticks, timers that fire on them |

mod ack;
mod acknowledged;
mod bsd;
mod clock;
mod congestion;
mod cubic;
mod linux;
mod profile;
mod reassembly;
mod receiving;
mod recovery;
mod rtt;
mod scoreboard;
mod segment;
mod sending;
mod timers;
mod window;

pub use ack::AckPolicy;
pub use congestion::{Growth, Phase};
pub use profile::{
    BSD_1988, BSD_1990, Family, GiveUp, Habit, KeepAlive, LINUX, LINUX_PERIOD_1, LINUX_PERIOD_2, Nagle,
    PROFILES, Profile, WINDOWS_95,
};
pub use segment::{Options, Sack, Segment, Side};
pub use window::ReceiveBuffer;

use self::ack::AckState;
use self::bsd::Bsd;
use self::linux::Linux;
use self::reassembly::Reassembly;
use self::rtt::RoundTrip;
use self::sending::Push;
use self::window::Window;
use crate::time::{Duration, Instant};

/// The states of RFC 793 §3.2, as far as the two ends of our connections can reach them. The halves of the close
/// are told by whether a FIN was sent, acknowledged and received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No connection yet, or none any more: it was reset or given up.
    Closed,
    /// The server's end waits for a SYN.
    Listen,
    /// The client's end has sent its SYN.
    SynSent,
    /// The server's end has answered the SYN.
    SynReceived,
    /// Octets flow; also while either half is being closed.
    Established,
    /// Both FINs are sent and acknowledged. In TIME-WAIT a FIN that comes again is still acknowledged.
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
    /// The connection is over without having been closed: reset by the peer, or given up after too many tries.
    pub broken: bool,
}

/// One end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    profile: &'static Profile,
    state: State,
    habit: Habit,
    mss: u32,
    offered_mss: u16,
    timestamps: bool,
    sack: bool,

    /// First number not acknowledged, next number to send, end of what the application has written.
    unacknowledged: u64,
    next: u64,
    written: u64,
    close_asked: bool,
    peer_window: u64,
    peer_window_max: u64,
    /// The number of the segment that set the peer's window.
    window_seq: u64,
    /// End of the newest short segment, for Minshall's rule.
    small_end: u64,
    last_sent: Instant,
    round_trip: RoundTrip,
    linux: Linux,
    bsd: Option<Bsd>,

    expected: u64,
    fin_number: Option<u64>,
    fin_received: bool,
    held: Reassembly,
    window: Window,
    ack: AckState,
    echo: u32,
    /// When a segment from outside the window was last answered.
    answered: Option<Instant>,
}

/// The clock of timestamps: milliseconds (RFC 7323 §5.4), never zero.
const fn timestamp(now: Instant) -> u32 {
    (now.as_nanos() / 1_000_000) as u32 + 1
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
            habit: Habit::default(),
            mss,
            offered_mss: mss as u16,
            timestamps: profile.modern_options,
            sack: false,
            unacknowledged: 0,
            next: 0,
            written: 1,
            close_asked: false,
            peer_window: 0,
            peer_window_max: 0,
            window_seq: 0,
            small_end: 0,
            last_sent: Instant::START,
            round_trip: RoundTrip::new(profile.timeout_min.as_nanos() / 1_000),
            linux: Linux::new(profile.growth),
            bsd: (profile.family == Family::Bsd).then(|| Bsd::new(profile)),
            expected: 0,
            fin_number: None,
            fin_received: false,
            held: Reassembly::default(),
            window: Window::new(profile.receive_buffer),
            ack: AckState::new(profile.ack_policy),
            echo: 0,
            answered: None,
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
    pub fn acknowledged(&self) -> u64 {
        self.unacknowledged.saturating_sub(1).min(self.written - 1)
    }

    /// True if nothing written here waits for transmission or acknowledgement.
    #[must_use]
    pub const fn is_drained(&self) -> bool {
        self.unacknowledged >= self.stream_end()
    }

    /// True once the peer's FIN has arrived.
    #[must_use]
    pub const fn peer_closed(&self) -> bool {
        self.fin_received
    }

    /// The congestion window in octets.
    #[must_use]
    pub fn congestion_window(&self) -> u64 {
        match &self.bsd {
            Some(bsd) => bsd.window,
            None => u64::from(self.linux.congestion.window) * u64::from(self.mss),
        }
    }

    /// How it stands towards loss.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        self.linux.congestion.phase
    }

    /// The retransmission timeout that the round trips so far would set (RFC 6298 §2).
    #[must_use]
    pub fn retransmission_timeout(&self) -> Duration {
        Duration::from_micros(self.plain_timeout_micros())
    }

    /// When [`End::timer`] must be called, if at all.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Closed | State::Listen | State::Finished => None,
            _ => self.next_timer(),
        }
    }

    /// Opens the connection: OPEN in CLOSED sends a SYN and enters SYN-SENT. RFC 793 §3.9.
    pub fn open(&mut self, now: Instant) -> Actions {
        self.state = State::SynSent;
        let mut actions = Actions::default();
        self.send_syn(now, false, &mut actions);
        actions
    }

    /// The application has written up to stream offset `end`.
    pub fn write(&mut self, now: Instant, end: u64, habit: Habit) -> Actions {
        self.habit = habit;
        let mut actions = Actions::default();
        if end + 1 > self.written && !self.close_asked {
            if self.next >= self.stream_end() && self.bsd.is_none() && self.state == State::Established {
                self.restart_after_idle(now);
            }
            self.written = end + 1;
        }
        self.transmit(now, Push::Pending, &mut actions);
        if habit.acknowledges_at_once && self.ack.leave_pingpong() {
            self.acknowledge(now, &mut actions);
        }
        actions
    }

    /// The application writes its last octets and closes at once, so that the FIN leaves with them.
    pub fn write_and_close(&mut self, now: Instant, end: u64, habit: Habit) -> Actions {
        if end + 1 > self.written && !self.close_asked {
            self.written = end + 1;
        }
        self.close(now, habit)
    }

    /// The application closes its stream: CLOSE sends a FIN after what was written. RFC 793 §3.5.
    pub fn close(&mut self, now: Instant, habit: Habit) -> Actions {
        self.habit = habit;
        self.close_asked = true;
        let mut actions = Actions::default();
        self.transmit(now, Push::AtOnce, &mut actions);
        actions
    }

    /// The application gives the connection up: ABORT sends a reset. RFC 793 §3.9.
    pub fn abort(&mut self, now: Instant) -> Actions {
        let mut actions = Actions::default();
        if matches!(self.state, State::SynReceived | State::Established) {
            self.abort_with(now, &mut actions);
        }
        self.state = State::Closed;
        actions
    }

    fn abort_with(&mut self, now: Instant, actions: &mut Actions) {
        let segment = Segment { reset: true, ..self.bare(now) };
        self.leave(now, segment, actions);
        self.give_up(actions);
    }

    /// A segment has arrived. The application reads at once whatever becomes readable.
    pub fn receive(&mut self, now: Instant, segment: &Segment, habit: Habit) -> Actions {
        self.habit = habit;
        let mut actions = Actions::default();
        if segment.reset {
            self.take_reset(segment, &mut actions);
            return actions;
        }
        self.linux.last_echo = segment.echo;
        match (self.state, segment.syn) {
            (State::Closed, _) | (State::Listen, false) => {}
            (State::Listen, true) => {
                // SYN in LISTEN: answer SYN, ACK and enter SYN-RECEIVED. RFC 793 §3.4.
                self.accept_syn(segment);
                self.state = State::SynReceived;
                self.send_syn(now, false, &mut actions);
            }
            // The SYN came again: so does its answer.
            (State::SynReceived, true) => self.send_syn(now, true, &mut actions),
            (State::SynSent, _) => self.take_syn_ack(now, segment, &mut actions),
            (State::SynReceived, false) => {
                // ACK of our SYN in SYN-RECEIVED: ESTABLISHED. RFC 793 §3.4.
                if segment.ack.is_some_and(|ack| ack > 0 && ack <= self.next.max(1)) {
                    self.establish(now, segment);
                    actions.established = true;
                    self.take(now, segment, &mut actions);
                }
            }
            // The answer to our SYN came again: our ACK was lost (RFC 5961 §4.2).
            (State::Established | State::Finished, true) => self.acknowledge(now, &mut actions),
            (State::Established, false) => self.take(now, segment, &mut actions),
            (State::Finished, false) => {
                // TIME-WAIT: the last ACK was lost, or something old wanders about. RFC 793 §3.9.
                if segment.end() > segment.seq {
                    self.acknowledge(now, &mut actions);
                }
            }
        }
        self.finish_if_done();
        actions
    }

    /// The deadline has come.
    pub fn timer(&mut self, now: Instant) -> Actions {
        let mut actions = Actions::default();
        if !matches!(self.state, State::Closed | State::Listen | State::Finished) {
            self.fire(now, &mut actions);
            self.finish_if_done();
        }
        actions
    }

    fn send_syn(&mut self, now: Instant, again: bool, actions: &mut Actions) {
        let ack = (self.state == State::SynReceived).then_some(self.expected);
        let options = if self.timestamps {
            Options::Modern { mss: self.offered_mss, scale: self.profile.window_scale }
        } else {
            Options::Mss(self.offered_mss)
        };
        let clamp = if self.timestamps && ack.is_some() { 12 } else { 0 };
        let window = self.window.first(u32::from(self.offered_mss) - clamp);
        let segment = Segment { seq: 0, syn: true, again, ack, options, window, scale: 0, ..self.bare(now) };
        self.next = 1;
        self.last_sent = now;
        actions.segments.push(segment);
        if again {
            return;
        }
        if self.bsd.is_some() {
            self.bsd_syn_sent(now);
        } else {
            self.set_resend_timer(now);
        }
    }

    fn accept_syn(&mut self, segment: &Segment) {
        let (peer_mss, modern) = match segment.options {
            Options::Mss(mss) => (mss, false),
            Options::Modern { mss, .. } => (mss, true),
            // No MSS option: 536 (RFC 1122 §4.2.2.6).
            Options::Bare | Options::Timestamps => (536, false),
        };
        self.timestamps &= modern;
        self.sack = self.timestamps;
        self.mss =
            u32::from(peer_mss.min(self.offered_mss)).saturating_sub(self.plain_options().octets()).max(1);
        self.expected = 1;
        self.echo = segment.timestamp;
        self.peer_window = u64::from(segment.window);
        self.peer_window_max = self.peer_window;
    }

    fn take_syn_ack(&mut self, now: Instant, segment: &Segment, actions: &mut Actions) {
        if !segment.syn || segment.ack != Some(1) {
            return;
        }
        // SYN, ACK in SYN-SENT: acknowledge and enter ESTABLISHED. RFC 793 §3.4.
        self.accept_syn(segment);
        self.establish(now, segment);
        actions.established = true;
        self.acknowledge(now, actions);
        self.transmit(now, Push::Pending, actions);
    }

    /// The handshake is done: the round trip of the SYN is the first sample (RFC 6298 §2.2).
    fn establish(&mut self, now: Instant, segment: &Segment) {
        self.state = State::Established;
        self.unacknowledged = 1;
        self.window_seq = segment.seq;
        self.peer_window = segment.window_read();
        self.peer_window_max = self.peer_window_max.max(self.peer_window);
        let repeated = self.linux.repeats;
        let sample = match repeated {
            0 => Some(clock::micros(self.last_sent, now)),
            _ if self.timestamps && segment.echo != 0 => {
                Some(u64::from(timestamp(now).saturating_sub(segment.echo)).max(1) * 1_000)
            }
            _ => None,
        };
        if let Some(sample) = sample {
            self.round_trip.sample(sample, 1, self.next);
            self.round_trip.note_shortest(sample);
        } else {
            self.round_trip.assume(3_000_000);
        }
        self.linux.backoff = 0;
        self.linux.timer = linux::Timer::Off;
        self.linux.alive(now);
        let initial = if repeated > 1 { 1 } else { self.profile.initial_window_segments };
        self.linux.congestion.begin(now, initial);
        self.linux.high = self.next;
        self.bsd_begin(now, repeated > 0);
        let scale = if self.timestamps { self.profile.window_scale } else { 0 };
        self.ack.peer_known(self.mss, self.window.left(self.expected));
        self.window.established(now, self.mss, scale, self.expected);
        self.last_sent = now;
    }

    /// A reset ends the connection, if it stands where the next octet would (RFC 5961 §3.2).
    fn take_reset(&mut self, segment: &Segment, actions: &mut Actions) {
        let fits = match self.state {
            State::SynSent => segment.ack == Some(1),
            State::SynReceived | State::Established => segment.seq == self.expected,
            State::Closed | State::Listen | State::Finished => false,
        };
        if fits {
            self.give_up(actions);
        }
    }

    /// The number after the last that is to be sent: a FIN counts.
    const fn stream_end(&self) -> u64 {
        self.written + self.close_asked as u64
    }

    /// The number after the last that the peer takes.
    const fn window_end(&self) -> u64 {
        self.unacknowledged + self.peer_window
    }

    const fn plain_options(&self) -> Options {
        if self.timestamps { Options::Timestamps } else { Options::Bare }
    }

    /// Sends `seq..end` again, with the FIN if that is its end.
    fn repeat(&mut self, now: Instant, seq: u64, end: u64, push: bool, actions: &mut Actions) {
        let fin = self.close_asked && end == self.stream_end();
        let len = (end - seq - u64::from(fin)) as u32;
        let segment = Segment { seq, len, fin, push: push && len > 0, again: true, ..self.bare(now) };
        self.leave(now, segment, actions);
    }

    /// Sends `len` octets, less than a segment, though there may be more.
    fn send_partly(&mut self, now: Instant, len: u64, actions: &mut Actions) {
        let (written, closes) = (self.written, self.close_asked);
        self.written = self.next + len;
        self.close_asked = closes && self.written == written && self.written < self.window_end();
        self.transmit(now, Push::AtOnce, actions);
        (self.written, self.close_asked) = (written, closes);
    }

    fn finish_if_done(&mut self) {
        if self.close_asked && self.fin_received && self.is_drained() && self.state == State::Established {
            self.state = State::Finished;
        }
    }
}

#[cfg(test)]
mod tests;
