//! Named stacks: the knobs of TCP as systems of their time set them, each with its source.

use super::ack::AckPolicy;
use super::congestion::Growth;
use super::window::ReceiveBuffer;
use crate::lesson::{Lesson, nearest};
use crate::time::Duration;

/// When a short segment waits for an acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nagle {
    /// Never: the program has set `TCP_NODELAY`.
    Off,
    /// While anything is not acknowledged (RFC 896).
    Classic,
    /// While another short segment is not acknowledged (Minshall's rule, as Linux has it).
    Minshall,
}

/// Which sender a stack has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Octets are counted, one segment a window is timed, timers count beats, and a timeout goes back to the first
    /// octet that is not acknowledged.
    Bsd,
    /// Segments are counted and each is remembered.
    Linux,
}

/// When a stack gives a connection up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GiveUp {
    /// After so many timeouts in a row.
    Times(u32),
    /// When so much time has passed since the first repetition.
    After(Duration),
}

/// How a silent peer is asked whether it is still there (RFC 1122 §4.2.3.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeepAlive {
    /// After so much silence.
    pub idle: Duration,
    /// Again after so much more.
    pub pause: Duration,
    /// So many times.
    pub probes: u32,
}

/// The habits of a program towards its connection: settings of the program, not of TCP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Habit {
    /// It turns Nagle's rule off (`TCP_NODELAY`).
    pub no_delay: bool,
    /// It asks for acknowledgements at once after each reply (`TCP_QUICKACK`), so that each command is
    /// answered by a pure ACK ahead of its reply.
    pub acknowledges_at_once: bool,
    /// It holds back what does not fill a segment until its reply is complete (`TCP_CORK`).
    pub corks: bool,
    /// It closes while its last reply is still held back, so that the two leave in one segment.
    pub closes_corked: bool,
    /// It wants to know when its peer is gone (`SO_KEEPALIVE`).
    pub keep_alive: bool,
}

/// One system's TCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it stands for.
    pub title: &'static str,
    /// Its way of sending.
    pub family: Family,
    /// Initial congestion window in segments.
    pub initial_window_segments: u32,
    /// How its window grows and shrinks.
    pub growth: Growth,
    /// Acknowledgement rules.
    pub ack_policy: AckPolicy,
    /// Segments that the sender hands to its device as one at least, if there are so many; the last of such a train
    /// carries PSH, and a receiver acknowledges sooner for it. 1 where there are no trains.
    pub segments_a_train: u32,
    /// Nagle's rule unless the program says otherwise.
    pub nagle: Nagle,
    /// Timestamps, SACK permitted and window scale on the SYN, timestamps on every segment (RFC 7323, RFC 2018). Used
    /// only if both ends have them.
    pub modern_options: bool,
    /// The receive buffer.
    pub receive_buffer: ReceiveBuffer,
    /// Shift of the window field, if both ends have the option.
    pub window_scale: u8,
    /// Retransmission timeout before the first round trip is measured (RFC 6298 §2.1).
    pub timeout_initial: Duration,
    /// Least retransmission timeout; with Linux the least that four deviations count.
    pub timeout_min: Duration,
    /// Greatest retransmission timeout.
    pub timeout_max: Duration,
    /// The beat by which timers count (BSD), or the tick of the kernel's clock (Linux).
    pub timer_tick: Duration,
    /// The last segments are probed for before the timeout (tail-loss probe, RFC 8985 §7).
    pub probes_tail: bool,
    /// A timeout that was for nothing is found out (F-RTO, RFC 5682).
    pub detects_spurious: bool,
    /// Sending begins with a small window again after a pause (RFC 2861; 4.3BSD-Reno).
    pub restarts_idle: bool,
    /// How often a SYN is sent again, and how often of these without doubling the wait.
    pub syn_retries: u32,
    /// See [`Profile::syn_retries`].
    pub syn_retries_linear: u32,
    /// How often the answer to a SYN is sent again.
    pub syn_ack_retries: u32,
    /// When it gives up.
    pub gives_up: GiveUp,
    /// How a silent peer is asked, if the program wants that.
    pub keep_alive: KeepAlive,
    /// Where the values come from.
    pub source: &'static str,
}

/// Linux today (6.x), as its defaults are.
pub static LINUX: Profile = Profile {
    name: "linux",
    title: "Linux today (6.x)",
    family: Family::Linux,
    initial_window_segments: 10,
    growth: Growth::Cubic,
    ack_policy: AckPolicy::Adaptive,
    segments_a_train: 2,
    nagle: Nagle::Minshall,
    modern_options: true,
    receive_buffer: ReceiveBuffer::Memory { octets: 131_072, octets_max: 6_291_456, tuned: true },
    window_scale: 7,
    timeout_initial: Duration::from_secs(1),
    timeout_min: Duration::from_millis(200),
    timeout_max: Duration::from_secs(120),
    timer_tick: Duration::from_millis(4),
    probes_tail: true,
    detects_spurious: true,
    restarts_idle: true,
    syn_retries: 10,
    syn_retries_linear: 4,
    syn_ack_retries: 5,
    // The kernel adds up 15 doublings of 0.2 s, none above 120 s (Documentation/networking/ip-sysctl.rst, tcp_retries2).
    gives_up: GiveUp::After(Duration::from_millis(924_600)),
    keep_alive: KeepAlive { idle: Duration::from_secs(7200), pause: Duration::from_secs(75), probes: 9 },
    source: "RFC 6928 (initial window), RFC 9438 (CUBIC), RFC 8985 (RACK, tail-loss probe), RFC 6298 (timer), linux include/net/tcp.h (200 ms, 16 quick ACKs, 40-200 ms delay), net/ipv4/tcp_output.c (trains and their PSH), Documentation/networking/ip-sysctl.rst (buffers, retries)",
};

/// Linux as it was set to stand in for an early stack in the measurements that the model is checked against: its
/// own rules of acknowledging and sending, but no options, an 8 kB window, Reno, no probes of the tail and an initial
/// window of two segments.
pub static LINUX_PERIOD_2: Profile = Profile {
    name: "linux-period2",
    title: "Linux 6.x without options, 8 kB window, Reno, initial window 2",
    initial_window_segments: 2,
    growth: Growth::Reno,
    modern_options: false,
    // A receive buffer of 16 kB, of which Linux offers half, rounded down to whole segments.
    receive_buffer: ReceiveBuffer::Memory { octets: 16_384, octets_max: 16_384, tuned: false },
    window_scale: 0,
    probes_tail: false,
    detects_spurious: false,
    source: "sysctl tcp_timestamps, tcp_sack, tcp_window_scaling, tcp_early_retrans, tcp_frto 0, tcp_rmem 4096 16384 16384, tcp_congestion_control reno; route initcwnd 2",
    ..LINUX
};

/// As [`LINUX_PERIOD_2`], with an initial window of one segment.
pub static LINUX_PERIOD_1: Profile = Profile {
    name: "linux-period1",
    title: "Linux 6.x without options, 8 kB window, Reno, initial window 1",
    initial_window_segments: 1,
    source: "as linux-period2, but route initcwnd 1",
    ..LINUX_PERIOD_2
};

/// Windows 95.
pub static WINDOWS_95: Profile = Profile {
    name: "windows-95",
    title: "Windows 95",
    timer_tick: Duration::from_millis(100),
    timeout_initial: Duration::from_secs(3),
    timeout_min: Duration::from_millis(300),
    syn_retries: 3,
    gives_up: GiveUp::Times(5),
    keep_alive: KeepAlive { idle: Duration::from_secs(7200), pause: Duration::from_secs(1), probes: 5 },
    source: "Microsoft KB Q158474 (8192 octets of window, 5 retries), tuning pages of the time (MTU 1500); timers and initial window are not documented in anything at hand: 100 ms and 3 s are the usual account",
    ..BSD_1990
};

/// The 4.3BSD-Reno and Net/2 line, 1990.
pub static BSD_1990: Profile = Profile {
    name: "bsd-1990",
    title: "BSD Reno, 1990",
    family: Family::Bsd,
    initial_window_segments: 1,
    growth: Growth::Reno,
    ack_policy: AckPolicy::Heartbeat { period: Duration::from_millis(200) },
    segments_a_train: 1,
    nagle: Nagle::Classic,
    modern_options: false,
    receive_buffer: ReceiveBuffer::Fixed(8_192),
    window_scale: 0,
    timeout_initial: Duration::from_secs(6),
    timeout_min: Duration::from_secs(1),
    timeout_max: Duration::from_secs(64),
    timer_tick: Duration::from_millis(500),
    probes_tail: false,
    detects_spurious: false,
    restarts_idle: true,
    syn_retries: 3,
    syn_retries_linear: 0,
    syn_ack_retries: 3,
    gives_up: GiveUp::Times(12),
    keep_alive: KeepAlive { idle: Duration::from_secs(7200), pause: Duration::from_secs(75), probes: 8 },
    source: "RFC 1122 §4.2, RFC 2001, 4.4BSD-Lite2 tcp_timer.h and tcp_usrreq.c (buffers, 200 ms fast timer, 500 ms slow timer, 6 s first timeout, 12 retries)",
};

/// 4.3BSD-Tahoe, 1988: slow start and fast retransmit, but after a loss the window begins at one segment again.
pub static BSD_1988: Profile = Profile {
    name: "bsd-1988",
    title: "BSD Tahoe, 1988",
    growth: Growth::Tahoe,
    receive_buffer: ReceiveBuffer::Fixed(4_096),
    restarts_idle: false,
    source: "Jacobson 1988 (SIGCOMM), 4.3BSD-Tahoe tcp_timer.h, tcp_input.c, tcp_usrreq.c (buffers of 4096 octets, 500 ms slow timer, 6 s first timeout, 12 retries)",
    ..BSD_1990
};

/// All profiles, newest first.
pub static PROFILES: [&Profile; 6] =
    [&LINUX, &LINUX_PERIOD_2, &LINUX_PERIOD_1, &WINDOWS_95, &BSD_1990, &BSD_1988];

impl Profile {
    /// The profile of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        PROFILES.into_iter().find(|profile| profile.name == name)
    }

    /// The profile that a person has named.
    ///
    /// # Errors
    /// An unknown name, with the nearest known one.
    pub fn resolve(name: &str) -> Result<&'static Self, Lesson> {
        Self::named(name).ok_or_else(|| {
            let known = PROFILES.map(|profile| profile.name);
            let lesson = Lesson::new(format!("there is no TCP stack `{name}`"))
                .note(format!("known are {}", known.join(", ")));
            match nearest(name, known) {
                Some(near) => lesson.hint(format!("did you mean `{near}`?")),
                None => lesson.hint("leave the stack away to use the one of today"),
            }
        })
    }
}
