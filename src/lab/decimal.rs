//! Numbers of labs: decimals with nine places, exact, as everywhere where something is decided.

use std::fmt;

use crate::units::Money;

/// A number in billionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal(pub i128);

/// Nothing a lab counts is larger than this; so no sum or product of two overflows before it is checked.
const MAX: i128 = 1_000_000_000_000_000_000 * Decimal::ONE;

impl Decimal {
    /// Billionths in one.
    pub const ONE: i128 = Money::NANOS;

    /// A whole number.
    #[must_use]
    pub fn whole(number: u64) -> Self {
        Self(i128::from(number) * Self::ONE)
    }

    /// Reads plain decimals with or without a sign: `-12.5`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix('-') {
            Some(digits) => Money::parse(digits).map(|number| Self(-number.as_nanos())),
            None => Money::parse(text).map(|number| Self(number.as_nanos())),
        }
        .filter(|number| number.0.abs() <= MAX)
    }

    /// The sum, if it is a number of a lab.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        in_range(self.0.checked_add(other.0))
    }

    /// The difference.
    #[must_use]
    pub fn minus(self, other: Self) -> Option<Self> {
        in_range(self.0.checked_sub(other.0))
    }

    /// The product, what is below a billionth cut off.
    #[must_use]
    pub fn times(self, other: Self) -> Option<Self> {
        // Split, so that large numbers times small ones stay in range.
        let (whole, rest) = (self.0 / Self::ONE, self.0 % Self::ONE);
        let large = whole.checked_mul(other.0)?;
        let small = rest.checked_mul(other.0)? / Self::ONE;
        in_range(large.checked_add(small))
    }

    /// The quotient, what is below a billionth cut off; none by zero.
    #[must_use]
    pub fn over(self, other: Self) -> Option<Self> {
        in_range(self.0.checked_mul(Self::ONE)?.checked_div(other.0))
    }

    /// The nearest whole number, halves away from zero.
    #[must_use]
    pub fn rounded(self) -> Self {
        self.to_places(0)
    }

    /// The nearest number with so many places behind the point.
    #[must_use]
    pub fn to_places(self, places: u32) -> Self {
        let unit = 10_i128.pow(9 - places.min(9));
        let half = if self.0 < 0 { -unit / 2 } else { unit / 2 };
        Self((self.0 + half) / unit * unit)
    }

    /// The whole number that it is, if it is one and fits.
    #[must_use]
    pub fn as_u64(self) -> Option<u64> {
        (self.0 % Self::ONE == 0).then(|| u64::try_from(self.0 / Self::ONE).ok()).flatten()
    }

    /// With exactly so many places behind the point.
    #[must_use]
    pub fn with_places(self, places: u32) -> String {
        let number = self.to_places(places);
        let (sign, size) = (if number.0 < 0 { "-" } else { "" }, number.0.abs());
        let (whole, rest) = (size / Self::ONE, size % Self::ONE);
        let digits = format!("{rest:09}");
        match digits.get(..places.min(9) as usize) {
            Some("") | None => format!("{sign}{whole}"),
            Some(shown) => format!("{sign}{whole}.{shown}"),
        }
    }
}

fn in_range(number: Option<i128>) -> Option<Decimal> {
    number.filter(|number| number.abs() <= MAX).map(Decimal)
}

/// A whole number as it is; every other one to three places at least as exact as anybody measures.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.with_places(3);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn numbers_are_shown_without_digits_that_say_nothing() {
        for (text, shown) in
            [("100", "100"), ("12.5", "12.5"), ("-0.12345", "-0.123"), ("0.0004", "0"), ("7.9996", "8")]
        {
            assert_eq!(number(text).to_string(), shown);
        }
        assert_eq!(
            (number("54.6135").with_places(1), number("2").with_places(2)),
            ("54.6".into(), "2.00".into())
        );
    }

    #[test]
    fn arithmetic_is_exact_and_ends_where_numbers_do() {
        assert_eq!(number("0.1").plus(number("0.2")), Some(number("0.3")));
        assert_eq!(number("2048").times(number("0.0333")), Some(number("68.1984")));
        assert_eq!(number("10").over(number("4")), Some(number("2.5")));
        assert_eq!(number("1").over(Decimal(0)), None);
        let large = Decimal(MAX);
        assert_eq!((large.plus(large), large.times(large), large.over(Decimal(1))), (None, None, None));
    }
}
