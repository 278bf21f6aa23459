//! From values to pixels: linear and logarithmic scales, and the ticks on them.

use super::unit::Unit;

/// How values spread along an axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spread {
    /// Equal differences are equally far apart.
    #[default]
    Linear,
    /// Equal ratios are equally far apart; values are above zero.
    Log,
}

/// A stretch of values laid along a stretch of pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    spread: Spread,
    low: f64,
    high: f64,
    from_px: f64,
    to_px: f64,
}

impl Scale {
    /// Lays the values `low..=high` along the pixels from `from_px` to `to_px`; pixels may run backwards.
    /// A stretch without length is widened, and a logarithmic one is kept above zero, so that every value
    /// has a place.
    #[must_use]
    pub fn new(spread: Spread, (low, high): (f64, f64), (from_px, to_px): (f64, f64)) -> Self {
        let finite = |v: f64, instead: f64| if v.is_finite() { v } else { instead };
        let (mut low, mut high) = (finite(low, 0.0), finite(high, 1.0));
        if spread == Spread::Log {
            low = low.max(1e-12);
            high = high.max(low * 1.000_001);
        }
        if high <= low {
            high = low + low.abs().max(1.0);
        }
        Self { spread, low, high, from_px, to_px }
    }

    /// The pixel of a value. Values outside the stretch lie outside the pixels, in proportion.
    #[must_use]
    pub fn at(&self, value: f64) -> f64 {
        let part = match self.spread {
            Spread::Linear => (value - self.low) / (self.high - self.low),
            Spread::Log => {
                let log = libm::log10;
                (log(value.max(1e-12)) - log(self.low)) / (log(self.high) - log(self.low))
            }
        };
        self.from_px + part * (self.to_px - self.from_px)
    }

    /// Good places for ticks, ascending, so that labels as wide as `label_px` stand apart.
    #[must_use]
    pub fn ticks(&self, unit: &Unit, label_px: f64) -> Vec<f64> {
        let length = (self.to_px - self.from_px).abs();
        let most = libm::floor(length / label_px.max(1.0)).clamp(1.0, 20.0);
        match self.spread {
            Spread::Linear => self.linear_ticks(unit, most),
            Spread::Log => self.log_ticks(unit, label_px),
        }
    }

    fn linear_ticks(&self, unit: &Unit, most: f64) -> Vec<f64> {
        let step = unit.step((self.high - self.low) / most);
        let first = libm::ceil(self.low / step - 1e-6);
        (0..40).map(|n| (first + f64::from(n)) * step).take_while(|v| *v <= self.high + step * 1e-6).collect()
    }

    /// The finest ladder whose labels stand apart; the coarsest thinned out if none does.
    fn log_ticks(&self, unit: &Unit, label_px: f64) -> Vec<f64> {
        let apart = |ticks: &[f64]| {
            ticks
                .windows(2)
                .all(|pair| matches!(pair, [a, b] if (self.at(*b) - self.at(*a)).abs() >= label_px))
        };
        let ladders = unit.log_ladders(self.low, self.high);
        if let Some(good) = ladders.iter().find(|ticks| ticks.len() >= 2 && apart(ticks)) {
            return good.clone();
        }
        let mut kept: Vec<f64> = Vec::new();
        for tick in ladders.last().into_iter().flatten() {
            if kept.last().is_none_or(|last| (self.at(*tick) - self.at(*last)).abs() >= label_px) {
                kept.push(*tick);
            }
        }
        if kept.is_empty() { vec![self.low] } else { kept }
    }
}

/// The stretch that holds all `values` on a logarithmic axis with a little air at both ends; values that are
/// not above zero have no place there and are left out.
#[must_use]
pub fn log_extent(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values
        .into_iter()
        .filter(|v| v.is_finite() && *v > 0.0)
        .fold((f64::INFINITY, 0.0_f64), |(low, high), v| (low.min(v), high.max(v)));
    // Values that lie close together get enough air for a round tick between 1, 2 and 5.
    let air = if high < low * 1.5 { 2.0 } else { 1.3 };
    if high <= 0.0 { (0.1, 10.0) } else { (low / air, high * air) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logarithmic_scale_puts_equal_ratios_equally_far_apart() {
        let scale = Scale::new(Spread::Log, (1.0, 1000.0), (0.0, 300.0));
        for (value, px) in [(1.0, 0.0), (10.0, 100.0), (100.0, 200.0), (1000.0, 300.0)] {
            assert!((scale.at(value) - px).abs() < 1e-9);
        }
    }

    #[test]
    fn ticks_are_round_values_that_leave_room_for_their_labels() {
        let scale = Scale::new(Spread::Linear, (0.0, 1_234_567.0), (0.0, 500.0));
        assert_eq!(scale.ticks(&Unit::Bytes, 100.0), [0.0, 500_000.0, 1_000_000.0]);
        let scale = Scale::new(Spread::Log, (5.0, 5000.0), (0.0, 300.0));
        let ticks = scale.ticks(&Unit::Seconds, 40.0);
        assert_eq!(ticks, [10.0, 60.0, 600.0, 3600.0]);
    }

    #[test]
    fn a_scale_without_length_or_with_odd_values_still_has_places() {
        for (low, high) in [(3.0, 3.0), (0.0, 0.0), (f64::NAN, f64::INFINITY), (5.0, 1.0)] {
            for spread in [Spread::Linear, Spread::Log] {
                let scale = Scale::new(spread, (low, high), (0.0, 100.0));
                assert!(scale.at(3.0).is_finite());
                assert!(!scale.ticks(&Unit::Seconds, 50.0).is_empty() || spread == Spread::Linear);
            }
        }
    }
}
