//! What an axis counts, how a value of it is said, and which values make good ticks.

/// What the numbers of an axis or a bar count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes; 1 kB is 1000 bytes.
    Bytes,
    /// Seconds, said as ms, s, min, h or days.
    Seconds,
    /// An amount of the named currency, an ISO 4217 code such as `GBP`.
    Money(String),
    /// A share from 0 to 1, said in percent.
    Share,
    /// Bits per second; 1 kbit/s is 1000 bit/s.
    BitRate,
    /// Anything else, with the word that follows the number (`messages`); may be empty.
    Count(String),
}

/// Good ticks in seconds, from a millisecond to a hundred days.
const SECONDS: [f64; 33] = [
    0.001,
    0.002,
    0.005,
    0.01,
    0.02,
    0.05,
    0.1,
    0.2,
    0.5,
    1.0,
    2.0,
    5.0,
    10.0,
    20.0,
    30.0,
    60.0,
    120.0,
    300.0,
    600.0,
    1200.0,
    1800.0,
    3600.0,
    7200.0,
    18_000.0,
    36_000.0,
    86_400.0,
    172_800.0,
    432_000.0,
    864_000.0,
    1_728_000.0,
    4_320_000.0,
    8_640_000.0,
    17_280_000.0,
];

/// Those of [`SECONDS`] that stay when the axis is long.
const ROUND_SECONDS: [f64; 11] =
    [0.001, 0.01, 0.1, 1.0, 10.0, 60.0, 600.0, 3600.0, 36_000.0, 864_000.0, 8_640_000.0];

impl Unit {
    /// The value as a person says it, without digits that do not matter: `1.5 MB`, `2 min`, `0.46 GBP`, `30 %`.
    #[must_use]
    pub fn say(&self, value: f64) -> String {
        match self {
            Self::Bytes => scaled(value, &[(1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")]),
            Self::BitRate => {
                scaled(value, &[(1e9, "Gbit/s"), (1e6, "Mbit/s"), (1e3, "kbit/s"), (1.0, "bit/s")])
            }
            Self::Seconds => seconds(value),
            Self::Money(currency) => format!("{} {currency}", money(value)),
            Self::Share => format!("{} %", digits(value * 100.0)),
            Self::Count(word) if word.is_empty() => digits(value),
            Self::Count(word) => format!("{} {word}", digits(value)),
        }
    }

    /// The value as it stands at a tick: the currency is said once elsewhere.
    pub(super) fn tick(&self, value: f64) -> String {
        match self {
            Self::Money(_) => money(value),
            _ if value == 0.0 => "0".to_owned(),
            _ => self.say(value),
        }
    }

    /// All good ticks for a logarithmic axis from `low` to `high`, finest ladder first.
    pub(super) fn log_ladders(&self, low: f64, high: f64) -> Vec<Vec<f64>> {
        let inside = |v: &f64| *v >= low * 0.999 && *v <= high * 1.001;
        if *self == Self::Seconds {
            let ladders = [SECONDS.to_vec(), ROUND_SECONDS.to_vec()];
            return ladders.into_iter().map(|l| l.into_iter().filter(inside).collect()).collect();
        }
        [&[1.0, 2.0, 5.0][..], &[1.0, 3.0], &[1.0]]
            .into_iter()
            .map(|steps| {
                decades(low, high).flat_map(|ten| steps.iter().map(move |s| s * ten)).filter(inside).collect()
            })
            .collect()
    }

    /// The smallest good step that is at least `step`, for a linear axis.
    pub(super) fn step(&self, step: f64) -> f64 {
        if *self == Self::Seconds
            && let Some(found) = SECONDS.iter().find(|s| **s >= step * 0.999)
        {
            return *found;
        }
        decades(step / 10.0, step * 10.0)
            .flat_map(|ten| [ten, 2.0 * ten, 5.0 * ten])
            .find(|good| *good >= step * 0.999)
            .unwrap_or(step)
    }
}

/// The powers of ten from the last one below `low` to the first one above `high`; at most 40.
fn decades(low: f64, high: f64) -> impl Iterator<Item = f64> {
    let first = libm::floor(libm::log10(low.max(1e-12)) + 1e-9);
    (0..40).map(move |n| libm::exp10(first + f64::from(n))).take_while(move |ten| *ten <= high * 1.001)
}

/// A value in the largest unit of `units` that leaves at least 1 before the point.
fn scaled(value: f64, units: &[(f64, &str)]) -> String {
    let size = value.abs();
    let (factor, name) = units
        .iter()
        .copied()
        .find(|(factor, _)| size >= factor * 0.9995)
        .unwrap_or(*units.last().unwrap_or(&(1.0, "")));
    format!("{} {name}", digits(value / factor))
}

/// Like the display of [`crate::time::Duration`], but for whole minutes and hours without zeros behind them,
/// so that ticks are short.
fn seconds(value: f64) -> String {
    let size = value.abs();
    let parts = |whole: f64, per: f64| {
        let high = libm::floor(whole / per);
        (high, whole - high * per)
    };
    match size {
        _ if size < 1e-9 => "0 s".to_owned(),
        _ if size < 0.000_999_5 => format!("{} µs", digits(value * 1e6)),
        _ if size < 0.9995 => format!("{} ms", digits(value * 1e3)),
        _ if size < 59.95 => format!("{} s", digits(value)),
        _ if size < 3599.5 => match parts(libm::round(value), 60.0) {
            (minutes, 0.0) => format!("{minutes} min"),
            (minutes, seconds) => format!("{minutes} min {seconds:02} s"),
        },
        _ if size < 86_370.0 => match parts(libm::round(value / 60.0), 60.0) {
            (hours, 0.0) => format!("{hours} h"),
            (hours, minutes) => format!("{hours} h {minutes:02} min"),
        },
        _ => format!("{} d", digits(value / 86_400.0)),
    }
}

/// An amount with two decimals, with more when it is small and none when it is large.
fn money(value: f64) -> String {
    let size = value.abs();
    match size {
        _ if size < 1e-9 => "0".to_owned(),
        _ if size < 0.00995 => format!("{value:.4}"),
        _ if size < 0.0995 && !whole(size * 100.0) => format!("{value:.3}"),
        _ if size >= 99.95 || whole(size) => format!("{value:.0}"),
        _ => format!("{value:.2}"),
    }
}

/// Whether a number is whole but for the last bits.
fn whole(value: f64) -> bool {
    (libm::round(value) - value).abs() < 1e-9
}

/// Three digits that matter, without zeros behind the point.
pub(super) fn digits(value: f64) -> String {
    let size = value.abs();
    let text = match size {
        _ if size >= 99.95 => format!("{value:.0}"),
        _ if size >= 9.995 => format!("{value:.1}"),
        _ if size >= 0.9995 => format!("{value:.2}"),
        _ if size >= 0.0005 => format!("{value:.3}"),
        _ => "0".to_owned(),
    };
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_said_in_the_unit_that_suits() {
        for (value, said) in
            [(0.0, "0 B"), (999.0, "999 B"), (1000.0, "1 kB"), (1_500_000.0, "1.5 MB"), (123_456.0, "123 kB")]
        {
            assert_eq!(Unit::Bytes.say(value), said);
        }
        for (value, said) in [
            (0.0, "0 s"),
            (0.25, "250 ms"),
            (1.0, "1 s"),
            (12.34, "12.3 s"),
            (60.0, "1 min"),
            (95.0, "1 min 35 s"),
            (600.0, "10 min"),
            (240.6, "4 min 01 s"),
            (59.97, "1 min"),
            (1234.0, "20 min 34 s"),
            (3904.0, "1 h 05 min"),
            (3600.0, "1 h"),
            (172_800.0, "2 d"),
        ] {
            assert_eq!(Unit::Seconds.say(value), said);
        }
        let pounds = Unit::Money("GBP".into());
        for (value, said) in
            [(0.0, "0 GBP"), (0.05, "0.05 GBP"), (0.0493, "0.049 GBP"), (1.5, "1.50 GBP"), (12.0, "12 GBP")]
        {
            assert_eq!(pounds.say(value), said);
        }
        assert_eq!(Unit::Share.say(0.3), "30 %");
        assert_eq!(Unit::BitRate.say(28_800.0), "28.8 kbit/s");
        assert_eq!(Unit::Count("messages".into()).say(60.0), "60 messages");
    }

    #[test]
    fn a_linear_step_is_one_two_or_five_and_for_seconds_a_clock_s_own() {
        for (unit, least, step) in [
            (Unit::Bytes, 130_000.0, 200_000.0),
            (Unit::Bytes, 5.0, 5.0),
            (Unit::Seconds, 45.0, 60.0),
            (Unit::Share, 0.15, 0.2),
        ] {
            assert!(whole(unit.step(least) / step) && unit.step(least) < 2.0 * step);
        }
    }
}
