//! Worked numbers: a formula as it stands in the book is computed as it stands there, and compared with what the
//! program counted.

use std::iter::Peekable;

use maillab::time::Duration;

/// A worked number: what it is, how to get it by hand, and what the program counted.
pub struct Worked {
    pub what: String,
    /// In octets or milliseconds: `(60 + 8) × 8 ÷ 28.8 + 100`.
    pub by_hand: String,
    pub counted: Counted,
}

/// What the program counted.
pub enum Counted {
    Octets(u64),
    Time(Duration),
}

/// How far hand and program may be apart, in nanoseconds: each packet's end is rounded down to a nanosecond.
const ROUNDING_NS: f64 = 50.0;

/// The worked numbers as a table. Panics if hand and program disagree, refreshed or not.
pub fn table(rows: &[Worked]) -> String {
    let mut text = String::from("| what | by hand | counted |\n|---|---|---:|\n");
    for Worked { what, by_hand, counted } in rows {
        let hand = Hand::of(by_hand);
        let shown = match counted {
            Counted::Octets(octets) => {
                assert!((hand - *octets as f64).abs() < 0.5, "{what}: {by_hand} = {hand}, counted {octets}");
                format!("{octets} bytes")
            }
            Counted::Time(span) => {
                let apart = (hand * 1e6 - span.as_nanos() as f64).abs();
                assert!(apart <= ROUNDING_NS, "{what}: {by_hand} = {hand} ms, counted {span:?}");
                milliseconds(*span)
            }
        };
        text.push_str(&format!("| {what} | {by_hand} | {shown} |\n"));
    }
    text
}

/// To the microsecond: `2783.333 ms`.
pub fn milliseconds(span: Duration) -> String {
    let micros = (span.as_nanos() + 500) / 1_000;
    format!("{}.{:03} ms", micros / 1_000, micros % 1_000)
}

/// Reads and computes a formula of decimal numbers, `+ − × ÷` and parentheses.
struct Hand<'a> {
    text: &'a str,
    rest: Peekable<Box<dyn Iterator<Item = char> + 'a>>,
}

impl<'a> Hand<'a> {
    fn of(text: &'a str) -> f64 {
        let spaceless: Box<dyn Iterator<Item = char>> = Box::new(text.chars().filter(|c| !c.is_whitespace()));
        let mut hand = Hand { text, rest: spaceless.peekable() };
        let value = hand.sum();
        assert!(hand.rest.peek().is_none(), "{text}: what is `{}`?", hand.rest.collect::<String>());
        value
    }

    fn sum(&mut self) -> f64 {
        let mut value = self.product();
        while let Some(sign) = self.rest.next_if(|c| "+−".contains(*c)) {
            let next = self.product();
            value += if sign == '+' { next } else { -next };
        }
        value
    }

    fn product(&mut self) -> f64 {
        let mut value = self.number();
        while let Some(sign) = self.rest.next_if(|c| "×÷".contains(*c)) {
            let next = self.number();
            value = if sign == '×' { value * next } else { value / next };
        }
        value
    }

    fn number(&mut self) -> f64 {
        if self.rest.next_if_eq(&'(').is_some() {
            let value = self.sum();
            assert_eq!(self.rest.next(), Some(')'), "{}: a parenthesis is open", self.text);
            return value;
        }
        let mut digits = String::new();
        while let Some(c) = self.rest.next_if(|c| c.is_ascii_digit() || *c == '.') {
            digits.push(c);
        }
        digits.parse().unwrap_or_else(|_| panic!("{}: a number is missing", self.text))
    }
}

#[test]
fn formulas_mean_what_school_taught() {
    for (text, value) in
        [("2 + 3 × 4", 14.0), ("(2 + 3) × 4 ÷ 10 − 1", 1.0), ("7", 7.0), ("1 000 + 0.5", 1000.5)]
    {
        assert!((Hand::of(text) - value).abs() < 1e-12, "{text}");
    }
}
