//! What happens between the first digit and the first packet.

use crate::link::negotiated::Negotiated;
use crate::link::spec::CallSetup;
use crate::time::Duration;

/// A phase of a call before packets can flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallPhase {
    /// Digits go out, and the exchanges find a way.
    Dial,
    /// It rings at the other end.
    Ring,
    /// The modems find each other, or a channel is set up.
    Train,
    /// The ends of the line agree on how packets are carried (RFC 1661 §2).
    Negotiate,
    /// The provider wants to know who calls, and gives an address.
    LogIn,
}

impl CallPhase {
    /// All of them, in order.
    pub const ALL: [Self; 5] = [Self::Dial, Self::Ring, Self::Train, Self::Negotiate, Self::LogIn];

    /// Its name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dial => "dial",
            Self::Ring => "ring",
            Self::Train => "train",
            Self::Negotiate => "negotiate",
            Self::LogIn => "log in",
        }
    }
}

/// Dialling seven digits by tones takes about a second.
const DIAL: Duration = Duration::from_secs(1);
/// Logging in by a script of two to four turns, where PPP does not do it.
const LOG_IN: Duration = Duration::from_secs(1);

/// How the set-up of a call divides into phases, each with its length; phases that take no time are left out.
///
/// A preset's sources say how long it is to the answer and from there to the first packet. Of the first part a second
/// is for the digits and the rest for ringing: our estimate. At the end of the second lies what PPP's ends say to each
/// other, in its own time: up to the first frame of PAP or CHAP they negotiate, from there on the caller logs in. Where
/// it needs longer than the sources say, the second part grows. Without PPP a second, but no more than half of
/// that part, is for logging in: again our estimate. The rest is training.
#[must_use]
pub fn phases(setup: &CallSetup, negotiated: Option<&Negotiated>) -> Vec<(CallPhase, Duration)> {
    let dial = DIAL.min(setup.unbilled);
    let half = Duration::from_nanos(setup.billed.as_nanos() / 2);
    let (negotiate, log_in) = match negotiated {
        Some(what) => {
            let login = what
                .frames
                .iter()
                .find(|frame| is_login(&frame.content))
                .map_or(what.took, |frame| frame.sent);
            (login, what.took.saturating_sub(login))
        }
        None => (Duration::ZERO, LOG_IN.min(half)),
    };
    let spans = [
        (CallPhase::Dial, dial),
        (CallPhase::Ring, setup.unbilled.saturating_sub(dial)),
        (CallPhase::Train, setup.billed.saturating_sub(negotiate + log_in)),
        (CallPhase::Negotiate, negotiate),
        (CallPhase::LogIn, log_in),
    ];
    spans.into_iter().filter(|(_, span)| *span > Duration::ZERO).collect()
}

/// Whether a frame is of PAP (RFC 1334 §2) or CHAP (RFC 1994 §4), with or without address and control before it.
fn is_login(content: &[u8]) -> bool {
    let content = content.strip_prefix(&[0xFF, 0x03]).unwrap_or(content);
    matches!(content, [0xC0, 0x23, ..] | [0xC2, 0x23, ..])
}
