//! Named stacks: the knobs of TCP as systems of their time set them, each with its source.

use super::ack::AckPolicy;
use crate::time::Duration;

/// How the congestion window grows in slow start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Growth {
    /// By at most one MSS for each acknowledgement (RFC 2001 §1).
    ByAcknowledgement,
    /// By the octets acknowledged (RFC 3465), as Linux does.
    ByOctets,
}

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

/// The habits of a program towards its connection: settings of the program, not of TCP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Habit {
    /// It turns Nagle's rule off (`TCP_NODELAY`).
    pub no_delay: bool,
    /// It asks for acknowledgements at once after each reply (`TCP_QUICKACK`), so that each command is
    /// answered by a pure ACK ahead of its reply.
    pub acknowledges_at_once: bool,
}

/// One system's TCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it stands for.
    pub title: &'static str,
    /// Initial congestion window in segments.
    pub initial_window_segments: u32,
    /// How it grows in slow start.
    pub growth: Growth,
    /// Acknowledgement rules.
    pub ack_policy: AckPolicy,
    /// Segments that the sender hands to its device as one; the last of such a train carries PSH if they leave
    /// together, and a receiver acknowledges sooner for it. 1 where there are no trains. Linux makes trains of two
    /// where the round trip is longer than 8 ms; below that they are longer, which is not built.
    pub segments_a_train: u32,
    /// Nagle's rule unless the program says otherwise.
    pub nagle: Nagle,
    /// Timestamps, SACK permitted and window scale on the SYN, timestamps on every segment (RFC 7323). Used
    /// only if both ends have them.
    pub modern_options: bool,
    /// The window offered at first, in octets.
    pub receive_window_first: u32,
    /// The widest window offered, in octets.
    pub receive_window_max: u32,
    /// Shift of the window field, if both ends have the option.
    pub window_scale: u8,
    /// Retransmission timeout before the first round trip is measured (RFC 6298 §2.1).
    pub timeout_initial: Duration,
    /// Least retransmission timeout.
    pub timeout_min: Duration,
    /// Where the values come from.
    pub source: &'static str,
}

/// Linux today (6.x), as its defaults are.
pub static LINUX: Profile = Profile {
    name: "linux",
    title: "Linux today (6.x)",
    initial_window_segments: 10,
    growth: Growth::ByOctets,
    ack_policy: AckPolicy::Adaptive,
    segments_a_train: 2,
    nagle: Nagle::Minshall,
    modern_options: true,
    receive_window_first: 65_535,
    receive_window_max: 3_145_728,
    window_scale: 7,
    timeout_initial: Duration::from_secs(1),
    timeout_min: Duration::from_millis(200),
    source: "RFC 6928 (initial window), RFC 6298 (timer), linux include/net/tcp.h (200 ms, 16 quick ACKs, 40-200 ms delay), net/ipv4/tcp_output.c (trains and their PSH)",
};

/// Linux as it was set to stand in for an early stack in the measurements that the model is checked against: its
/// own rules of acknowledging and sending, but no options, an 8 kB window and an initial window of two segments.
pub static LINUX_PERIOD_2: Profile = Profile {
    name: "linux-period2",
    title: "Linux 6.x without options, 8 kB window, initial window 2",
    initial_window_segments: 2,
    modern_options: false,
    // A receive buffer of 16 kB, of which Linux offers half, rounded down to whole segments of 536 octets.
    receive_window_first: 8_040,
    receive_window_max: 8_040,
    window_scale: 0,
    source: "sysctl tcp_timestamps, tcp_sack, tcp_window_scaling 0, tcp_rmem 4096 16384 16384; route initcwnd 2",
    ..LINUX
};

/// As [`LINUX_PERIOD_2`], with an initial window of one segment.
pub static LINUX_PERIOD_1: Profile = Profile {
    name: "linux-period1",
    title: "Linux 6.x without options, 8 kB window, initial window 1",
    initial_window_segments: 1,
    source: "as linux-period2, but route initcwnd 1",
    ..LINUX_PERIOD_2
};

/// The 4.3BSD-Reno and Net/2 line, 1990.
pub static BSD_1990: Profile = Profile {
    name: "bsd-1990",
    title: "BSD Reno, 1990",
    initial_window_segments: 1,
    growth: Growth::ByAcknowledgement,
    ack_policy: AckPolicy::Heartbeat { period: Duration::from_millis(200) },
    segments_a_train: 1,
    nagle: Nagle::Classic,
    modern_options: false,
    receive_window_first: 8_192,
    receive_window_max: 8_192,
    window_scale: 0,
    timeout_initial: Duration::from_secs(6),
    timeout_min: Duration::from_secs(1),
    source: "RFC 1122 §4.2, RFC 2001, 4.4BSD-Lite2 tcp_timer.h and tcp_usrreq.c (buffers, 200 ms fast timer, 6 s first timeout)",
};

/// All profiles, newest first.
pub static PROFILES: [&Profile; 4] = [&LINUX, &LINUX_PERIOD_2, &LINUX_PERIOD_1, &BSD_1990];

impl Profile {
    /// The profile of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        PROFILES.into_iter().find(|profile| profile.name == name)
    }

    /// The initial congestion window in octets, for segments of `mss` octets.
    #[must_use]
    pub const fn initial_window(&self, mss: u32) -> u64 {
        self.initial_window_segments as u64 * mss as u64
    }
}
