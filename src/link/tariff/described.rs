//! A tariff said in a line.

use std::fmt;

use super::week::MINUTE;
use super::{Included, Rounding, Tariff};
use crate::time::{Duration, NANOS_PER_SECOND};
use crate::units::Money;

impl fmt::Display for Tariff {
    /// The prices in a line: `DEM: 0.12 per pulse of 90 s; other prices at other hours`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (price, unit) = (self.base.price, length(Duration::from_nanos(self.base.unit)));
        let mut parts = Vec::new();
        if self.setup_fee > Money::ZERO {
            parts.push(format!("{} a call", self.setup_fee));
        }
        if self.first_block > Duration::ZERO {
            parts.push(format!("{} for the first {}", self.first_block_price, length(self.first_block)));
        }
        match self.rounding {
            _ if price == Money::ZERO => {}
            Rounding::Ceil => parts.push(format!("{price} per started {unit}")),
            Rounding::Completed => parts.push(format!("{price} per completed {unit}")),
            Rounding::Pulse => parts.push(format!("{price} per pulse of {unit}")),
            Rounding::PerSecond => parts.push(format!("{price} a minute, by the second")),
        }
        if self.minimum_charge > Money::ZERO {
            parts.push(format!("at least {}", self.minimum_charge));
        }
        if self.per_kb > Money::ZERO {
            parts.push(match self.kb_block {
                0 => format!("{} per kB", self.per_kb),
                block => format!("{} per kB in blocks of {block} kB", self.per_kb),
            });
        }
        if let Some(segment) = self.segment {
            parts.push(format!("{} per segment of {} bytes", segment.price, segment.bytes));
        }
        if self.per_day > Money::ZERO {
            parts.push(format!("{} a day of use", self.per_day));
        }
        if let Some(message) = self.message {
            parts.push(format!("{} a message", message.price));
        }
        if parts.is_empty() {
            parts.push("no charge for use".to_owned());
        }
        if let Some(included) = self.included {
            parts.push(included.to_string());
        }
        if self.surcharge_percent > Money::ZERO {
            parts.push(format!("{} % on top", percent(self.surcharge_percent)));
        }
        if self.monthly > Money::ZERO {
            parts.push(format!("{} a month besides", self.monthly));
        }
        write!(f, "{}: {}", self.currency, parts.join(", "))?;
        if self.schedule.is_constant() { Ok(()) } else { f.write_str("; other prices at other hours") }
    }
}

/// The length of a unit as a price list has it: `90 s`, `25.6 s`, `6 min`.
fn length(span: Duration) -> String {
    let (nanos, minutes) = (span.as_nanos(), span.as_nanos() / MINUTE);
    if minutes > 2 && nanos.is_multiple_of(MINUTE) {
        return format!("{minutes} min");
    }
    format!("{} s", decimal(u128::from(nanos)))
}

/// A number of 10⁻⁹ parts without zeros at its end: `25.6`.
fn decimal(nanos: u128) -> String {
    let one = u128::from(NANOS_PER_SECOND);
    let (whole, fraction) = (nanos / one, format!("{:09}", nanos % one));
    match fraction.trim_end_matches('0') {
        "" => whole.to_string(),
        digits => format!("{whole}.{digits}"),
    }
}

fn percent(amount: Money) -> String {
    decimal(amount.as_nanos().unsigned_abs())
}

impl fmt::Display for Included {
    /// `120 units and 15 kB a month included`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if self.units > 0 {
            parts.push(format!("{} units", self.units));
        }
        if self.bytes > 0 {
            parts.push(format!("{} kB", decimal(u128::from(self.bytes) * 1_000_000_000 / 1024)));
        }
        if self.money > Money::ZERO {
            parts.push(format!("{} of charges", self.money));
        }
        write!(f, "{} {} included", parts.join(" and "), self.per.name())
    }
}
