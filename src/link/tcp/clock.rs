//! The clocks of kernels: ticks, and timers that fire on them.

use crate::time::{Duration, Instant};

/// A tick of Linux at 250 Hz, in nanoseconds.
const JIFFY: u64 = 4_000_000;

/// How many ticks of Linux have passed.
pub const fn jiffies(now: Instant) -> u64 {
    now.as_nanos() / JIFFY
}

/// Microseconds as ticks, rounded up.
pub const fn jiffies_of_micros(micros: u64) -> u64 {
    micros.div_ceil(JIFFY / 1_000)
}

/// Ticks as microseconds.
pub const fn micros_of_jiffies(jiffies: u64) -> u64 {
    jiffies * (JIFFY / 1_000)
}

/// A span as ticks, rounded up.
pub const fn jiffies_of(span: Duration) -> u64 {
    span.as_nanos().div_ceil(JIFFY)
}

/// Microseconds between two moments.
pub const fn micros(from: Instant, to: Instant) -> u64 {
    to.since(from).as_nanos() / 1_000
}

/// When a timer of Linux fires that was set at `now` for the tick `due`. The timer wheel keeps far timers in coarse
/// buckets and rounds up, so that none fires early: by up to a tick within 0.25 s, 32 ms within 2 s, 0.26 s within
/// 16 s and 2 s beyond (linux kernel/time/timer.c).
pub fn wheel(now: Instant, due: u64) -> Instant {
    const BUCKETS: u64 = 63;
    let ahead = due.saturating_sub(jiffies(now));
    let mut shift = 0;
    while ahead >= BUCKETS << shift && shift < 24 {
        shift += 3;
    }
    Instant::from_nanos((((due >> shift) + 1) << shift).saturating_mul(JIFFY))
}

/// When a timer of BSD fires that was set at `now` for so many beats: beats are counted, so the first is short.
pub fn beats(now: Instant, period: Duration, count: u64) -> Instant {
    let period = period.as_nanos().max(1);
    Instant::from_nanos((now.as_nanos() / period + count).saturating_mul(period))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_timers_fire_late_and_never_early() {
        let now = Instant::from_nanos(1_001_000_000);
        for (ahead, late) in [(10, 1), (62, 1), (63, 8), (503, 8), (504, 64), (4000, 64), (5000, 512)] {
            let due = jiffies(now) + ahead;
            let fires = jiffies(wheel(now, due));
            assert!(fires > due && fires <= due + late, "{ahead} ticks ahead: {}", fires - due);
        }
        assert_eq!(wheel(now, 260).as_nanos(), 261 * JIFFY);
    }

    #[test]
    fn beats_are_counted_from_the_last_one() {
        let now = Instant::from_nanos(1_400_000_000);
        assert_eq!(beats(now, Duration::from_millis(500), 1).as_nanos(), 1_500_000_000);
        assert_eq!(beats(now, Duration::from_millis(500), 12).as_nanos(), 7_000_000_000);
    }
}
