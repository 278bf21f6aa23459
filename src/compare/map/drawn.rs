//! The map as a chart, and its borders as a table.

use super::{Crossing, Field, Judge, MapPlan, MapResult, Point, Verdict};
use crate::chart::map::Verdict as Shown;
use crate::chart::scale::Spread;
use crate::chart::{Axis, Cell, Column, Heading, Map, Marker, Table, Unit};
use crate::link::preset::Preset;
use crate::strategy::StrategyRow;
use crate::units::Money;

impl MapPlan {
    fn names(&self) -> (&'static str, &'static str) {
        match self.ask.field {
            Field::ShareSize { .. } => ("read", "mean_size"),
            Field::TripRate { .. } => ("round_trip", "rate"),
        }
    }

    /// The judge in words.
    fn measure(&self) -> String {
        match self.ask.judge {
            Judge::Done => "time until all wanted mail is read".to_owned(),
            Judge::FirstRead => "time until the first message is read".to_owned(),
            Judge::Connected => "time on line".to_owned(),
            Judge::Money => format!("money by {}", self.ask.tariff.name),
        }
    }

    /// The map as a chart.
    #[must_use]
    pub fn chart(&self, result: &MapResult) -> Map {
        let [first, second] = self.ask.strategies;
        let (x, y, subtitle, markers) = self.axes();
        let shown = |point: &Point| match point.verdict() {
            Verdict::First => Shown::Winner(0),
            Verdict::Second => Shown::Winner(1),
            Verdict::Tie => Shown::Tie,
            Verdict::Unknown => Shown::Unknown,
        };
        let place = |crossing: &Crossing| {
            let middle = |a: u64, b: u64| (a as f64 + b as f64) / 2.0;
            (
                self.shown_x(middle(crossing.before.x, crossing.after.x)),
                middle(crossing.before.y, crossing.after.y),
            )
        };
        let heading = Heading::new(
            format!("{} or {}: who wins by {}?", first.name, second.name, self.measure()),
            subtitle,
        )
        .note(self.rests_on());
        Map {
            heading,
            x,
            y,
            winners: vec![first.name.to_owned(), second.name.to_owned()],
            verdicts: result.grid.iter().map(|row| row.iter().map(shown).collect()).collect(),
            crossings: result.crossings.iter().map(place).collect(),
            markers,
            tie_name: if self.ask.judge == Judge::Money { "the same bill" } else { "the same time" }
                .to_owned(),
        }
    }

    /// A place on the horizontal axis in the axis's own unit.
    fn shown_x(&self, x: f64) -> f64 {
        match &self.ask.field {
            Field::ShareSize { messages, .. } => x / f64::from((*messages).max(2)),
            Field::TripRate { .. } => x / 1e6,
        }
    }

    fn axes(&self) -> (Axis, Axis, String, Vec<Marker>) {
        let xs = self.xs.iter().map(|x| self.shown_x(*x as f64)).collect();
        let ys: Vec<f64> = self.ys.iter().map(|y| *y as f64).collect();
        match &self.ask.field {
            Field::ShareSize { messages, link } => (
                Axis {
                    name: "share of the mail that is read".to_owned(),
                    unit: Unit::Share,
                    spread: Spread::Linear,
                    values: xs,
                },
                Axis {
                    name: "mean size of a message".to_owned(),
                    unit: Unit::Bytes,
                    spread: Spread::Log,
                    values: ys,
                },
                format!("{messages} messages over {link}."),
                Vec::new(),
            ),
            Field::TripRate { mail } => {
                let markers =
                    ["v22bis-2400", "v34-28800", "isdn-64k", "gsm-csd-9600", "iridium-2400", "vsat-geo"]
                        .into_iter()
                        .filter_map(|name| marker(name, self.xs.last()?, self.ys.last()?))
                        .collect();
                (
                    Axis {
                        name: "round trip of the link".to_owned(),
                        unit: Unit::Seconds,
                        spread: Spread::Log,
                        values: xs,
                    },
                    Axis { name: "rate".to_owned(), unit: Unit::BitRate, spread: Spread::Log, values: ys },
                    format!(
                        "{} messages over a line of 8 bits a byte, 8 bytes of framing, MTU 576.",
                        mail.len()
                    ),
                    markers,
                )
            }
        }
    }

    /// Every crossing as a record: where, and what both took on either side.
    #[must_use]
    pub fn table(&self, result: &MapResult) -> Table {
        let (x, y) = self.names();
        let money = self.ask.judge == Judge::Money;
        let unit = if money { self.ask.tariff.currency.as_str() } else { "s" };
        let [first, second] = self.ask.strategies;
        let took = |strategy: &StrategyRow, side: &str| {
            Column::decimal(format!("{}_{side}", strategy.name), unit, 3)
        };
        let title =
            format!("{} or {}: where the winner by {} changes", first.name, second.name, self.measure());
        let mut table = Table::results(
            title,
            vec![
                Column::integer(format!("{x}_before"), self.units().0),
                Column::integer(format!("{x}_after"), self.units().0),
                Column::integer(format!("{y}_before"), self.units().1),
                Column::integer(format!("{y}_after"), self.units().1),
                Column::text("winner_before"),
                Column::text("winner_after"),
                took(first, "before"),
                took(second, "before"),
                took(first, "after"),
                took(second, "after"),
            ],
        );
        for Crossing { before, after } in &result.crossings {
            let [first_before, second_before] = cells(before);
            let [first_after, second_after] = cells(after);
            table.push(vec![
                before.x.into(),
                after.x.into(),
                before.y.into(),
                after.y.into(),
                self.winner(before).into(),
                self.winner(after).into(),
                first_before,
                second_before,
                first_after,
                second_after,
            ]);
        }
        table.note(self.tally(result));
        table.note(self.axes().2);
        if money {
            table.note("Money is a staircase: what comes and goes between two grid lines without changing them is not seen.");
        }
        table.note(self.rests_on());
        table
    }

    /// How the grid's points are shared out.
    fn tally(&self, result: &MapResult) -> String {
        let [first, second] = self.ask.strategies;
        let points: Vec<Verdict> = result.grid.iter().flatten().map(Point::verdict).collect();
        let count = |verdict| points.iter().filter(|point| **point == verdict).count();
        let parts: Vec<String> = [
            (Verdict::First, format!("won by {}", first.name)),
            (Verdict::Second, format!("won by {}", second.name)),
            (Verdict::Tie, "ties".to_owned()),
            (Verdict::Unknown, "without a result, because a run failed".to_owned()),
        ]
        .into_iter()
        .filter(|(verdict, _)| count(*verdict) > 0)
        .map(|(verdict, name)| format!("{} {name}", count(verdict)))
        .collect();
        let nowhere =
            if result.crossings.is_empty() { " The winner changes nowhere that was looked at." } else { "" };
        format!("Of {} grid points: {}.{nowhere}", points.len(), parts.join(", "))
    }

    fn rests_on(&self) -> String {
        format!(
            "maillab {}, seed {}; each point is a run of both, each border is bisected to 1 % and checked by runs on both \
             sides; both ends run TCP as {}.{}",
            env!("CARGO_PKG_VERSION"),
            self.ask.scenario.seed,
            self.ask.options.stack.title,
            if self.ask.options.chance {
                " Calls that fail, drops and jitter come from the seed."
            } else {
                ""
            }
        )
    }

    fn units(&self) -> (&'static str, &'static str) {
        match self.ask.field {
            Field::ShareSize { .. } => ("messages", "bytes"),
            Field::TripRate { .. } => ("µs", "bit/s"),
        }
    }

    fn winner(&self, point: &Point) -> String {
        match point.verdict() {
            Verdict::First => self.ask.strategies[0].name,
            Verdict::Second => self.ask.strategies[1].name,
            Verdict::Tie => "tie",
            Verdict::Unknown => "did not finish",
        }
        .to_owned()
    }
}

fn cells(point: &Point) -> [Cell; 2] {
    point
        .took
        .map_or([Cell::Empty, Cell::Empty], |took| took.map(|nanos| Cell::from(Money::from_nanos(nanos))))
}

/// A preset's place on the map of round trip × rate, if it lies on it.
fn marker(name: &str, longest: &u64, fastest: &u64) -> Option<Marker> {
    let link = Preset::named(name).ok()?;
    let spec = link.as_sourced().or_else(|_| link.plain()).ok()?;
    let micros = (spec.delay_up + spec.delay_down).as_nanos() / 1_000;
    let rate = spec.rate_down.bits_per_second();
    (micros <= *longest && rate <= *fastest).then(|| Marker {
        x: micros as f64 / 1e6,
        y: rate as f64,
        name: name.to_owned(),
    })
}
