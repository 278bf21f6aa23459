//! The map: two strategies, two properties of the mail or of the link, and who wins where.
//!
//! Each point is two real runs. Along an axis time is monotone, so a change of winner between two grid lines is
//! bisected until both sides are within 1 % of each other. Money is a staircase: between two grid lines a tie
//! may come and go, so bisection goes on on both sides of what it finds, and every crossing found is listed.

use std::sync::Arc;

use super::{Comparison, Options};
use crate::chart::map::Verdict as Shown;
use crate::chart::scale::Spread;
use crate::chart::{Axis, Heading, Map, Marker, Unit};
use crate::chart::{Cell, Column, Table};
use crate::lesson::Lesson;
use crate::link::by_numbers;
use crate::link::spec::LinkSpec;
use crate::link::tariff::Tariff;
use crate::scenario::{Choice, MailSource, NewMail, Scenario, Size};
use crate::strategy::StrategyRow;
use crate::time::Duration;
use crate::units::Money;

/// By what one strategy is better than another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judge {
    /// Until the last wanted message is read.
    Done,
    /// Until the first wanted message is read.
    FirstRead,
    /// Time on line.
    Connected,
    /// The calls' price.
    Money,
}

/// The two axes.
#[derive(Clone, Debug)]
pub enum Field {
    /// How many of the messages are read × their mean size in bytes, over one link.
    ShareSize {
        /// How many messages there are.
        messages: u32,
        /// The link.
        link: Box<LinkSpec>,
    },
    /// Round trip × rate, with the scenario's own mail.
    TripRate {
        /// The scenario's mail.
        mail: Vec<NewMail>,
    },
}

/// What is asked of a map.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The two strategies.
    pub strategies: [&'static StrategyRow; 2],
    /// The axes.
    pub field: Field,
    /// Who is better.
    pub judge: Judge,
    /// The tariff, for [`Judge::Money`] and for the caption.
    pub tariff: Tariff,
    /// The scenario: period, seed, start and the reader's habits.
    pub scenario: Scenario,
    /// What else the runs depend on.
    pub options: Options,
    /// Grid lines each way, at least 2.
    pub samples: u32,
}

/// A map that can be worked out: grid lines, and what each point means.
#[derive(Clone, Debug)]
pub struct MapPlan {
    ask: Ask,
    xs: Vec<u64>,
    ys: Vec<u64>,
    /// The mail for each row, where it depends on the row.
    row_mail: Vec<Arc<Vec<NewMail>>>,
}

/// One point: what each strategy took there, in nanoseconds or in 10⁻⁹ of the currency; `None` if a run did not
/// end well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// Place on the horizontal axis.
    pub x: u64,
    /// Place on the vertical axis.
    pub y: u64,
    /// What the two took.
    pub took: Option<[i128; 2]>,
}

/// Who is better at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The first strategy.
    First,
    /// The second strategy.
    Second,
    /// Neither.
    Tie,
    /// A run did not end well.
    Unknown,
}

/// A change of verdict along a grid line, checked by runs on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crossing {
    /// The last point before the change.
    pub before: Point,
    /// The first point after it.
    pub after: Point,
}

/// What a map shows.
#[derive(Clone, Debug)]
pub struct MapResult {
    /// The grid: a row for each horizontal grid line, lowest first.
    pub grid: Vec<Vec<Point>>,
    /// All changes found along grid lines.
    pub crossings: Vec<Crossing>,
}

impl Point {
    /// Who is better.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self.took {
            None => Verdict::Unknown,
            Some([first, second]) if first < second => Verdict::First,
            Some([first, second]) if first > second => Verdict::Second,
            Some(_) => Verdict::Tie,
        }
    }
}

/// A stretch of a grid line to be searched for changes.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    from: Point,
    to: Point,
}

impl MapPlan {
    /// Plans a map.
    ///
    /// # Errors
    /// A lesson if the mail cannot be made.
    pub fn new(ask: Ask) -> Result<Self, Lesson> {
        let samples = u64::from(ask.samples.max(2));
        let (xs, ys) = match &ask.field {
            Field::ShareSize { messages, .. } => {
                let all = u64::from((*messages).max(2));
                let mut xs: Vec<u64> = (0..samples).map(|nth| 1 + (all - 1) * nth / (samples - 1)).collect();
                xs.dedup();
                (xs, geometric(1_000, 100_000, samples))
            }
            // Round trips from 1 ms to 2 s, in microseconds; rates from 300 bit/s to 1 Mbit/s.
            Field::TripRate { .. } => {
                (geometric(1_000, 2_000_000, samples), geometric(300, 1_000_000, samples))
            }
        };
        let mut plan = Self { ask, xs, ys, row_mail: Vec::new() };
        plan.row_mail = plan.ys.iter().map(|y| plan.mail(*y).map(Arc::new)).collect::<Result<_, _>>()?;
        Ok(plan)
    }

    /// How many points the grid has.
    #[must_use]
    pub fn points(&self) -> usize {
        self.xs.len() * self.ys.len()
    }

    /// Works out one point of the grid.
    #[must_use]
    pub fn point(&self, nth: usize) -> Point {
        let (row, column) = (nth / self.xs.len().max(1), nth % self.xs.len().max(1));
        self.evaluate(self.xs[column], self.ys[row], Some(row))
    }

    /// Puts the grid's points together, and says how many stretches between them hold a change.
    #[must_use]
    pub fn grid(&self, points: Vec<Point>) -> MapResult {
        let grid = points.chunks(self.xs.len().max(1)).map(<[Point]>::to_vec).collect();
        MapResult { grid, crossings: Vec::new() }
    }

    /// How many stretches between neighbouring grid points change their verdict.
    #[must_use]
    pub fn stretches(&self, result: &MapResult) -> usize {
        stretches(&result.grid).len()
    }

    /// Finds all changes along one such stretch.
    #[must_use]
    pub fn search(&self, result: &MapResult, nth: usize) -> Vec<Crossing> {
        let mut crossings = Vec::new();
        if let Some(stretch) = stretches(&result.grid).get(nth) {
            self.bisect(stretch.from, stretch.to, &mut crossings);
        }
        crossings
    }

    fn bisect(&self, from: Point, to: Point, crossings: &mut Vec<Crossing>) {
        if from.verdict() == to.verdict() {
            return;
        }
        let along_x = from.y == to.y;
        let (low, high) = if along_x { (from.x, to.x) } else { (from.y, to.y) };
        if high - low <= (low / 100).max(1) {
            crossings.push(Crossing { before: from, after: to });
            return;
        }
        let middle = match &self.ask.field {
            Field::ShareSize { .. } if along_x => low + (high - low) / 2,
            _ => libm::round(libm::sqrt(low as f64 * high as f64)) as u64,
        }
        .clamp(low + 1, high - 1);
        let row = self.ys.iter().position(|y| *y == from.y).filter(|_| along_x);
        let point =
            if along_x { self.evaluate(middle, from.y, row) } else { self.evaluate(from.x, middle, None) };
        self.bisect(from, point, crossings);
        self.bisect(point, to, crossings);
    }

    /// Runs both strategies at a point.
    fn evaluate(&self, x: u64, y: u64, row: Option<usize>) -> Point {
        let mail = match row.and_then(|row| self.row_mail.get(row)) {
            Some(mail) => Ok(mail.to_vec()),
            None => self.mail(y),
        };
        let took = mail.ok().and_then(|mail| self.run(x, y, mail));
        Point { x, y, took }
    }

    fn mail(&self, y: u64) -> Result<Vec<NewMail>, Lesson> {
        match &self.ask.field {
            Field::ShareSize { messages, .. } => {
                let period = match &self.ask.scenario.mailbox {
                    MailSource::Generated { period, .. } => period.clone(),
                    MailSource::Path(_) | MailSource::Embedded => "1998".to_owned(),
                };
                let mailbox = MailSource::Generated {
                    period,
                    messages: *messages,
                    attachments: None,
                    size: Size::Mean(u32::try_from(y).unwrap_or(u32::MAX)),
                };
                Scenario { mailbox, ..self.ask.scenario.clone() }.mail()
            }
            Field::TripRate { mail } => Ok(mail.clone()),
        }
    }

    fn run(&self, x: u64, y: u64, mail: Vec<NewMail>) -> Option<[i128; 2]> {
        let mut scenario = self.ask.scenario.clone();
        let link = match &self.ask.field {
            Field::ShareSize { link, .. } => {
                scenario.habits.reads = Choice::Count(u32::try_from(x).ok()?);
                (**link).clone()
            }
            Field::TripRate { .. } => {
                by_numbers::parse(&format!("rate={y},bits=8,frame=8,delay={}ns,mtu=576", x * 500)).ok()?
            }
        };
        let strategies = self.ask.strategies.to_vec();
        let tariffs = vec![self.ask.tariff.clone()];
        let comparison =
            Comparison::new(&scenario, mail, strategies, vec![link], tariffs, self.ask.options).ok()?;
        let mut took = [0; 2];
        for (job, took) in took.iter_mut().enumerate() {
            let run = comparison.run(job).ok().filter(|run| run.outcome.is_ok())?;
            let nanos = |span: Duration| i128::from(span.as_nanos());
            *took = match self.ask.judge {
                Judge::Done => nanos(run.metrics.done?),
                Judge::FirstRead => nanos(run.metrics.first_read?),
                Judge::Connected => nanos(run.metrics.connected),
                Judge::Money => run.bills.first()?.total().as_nanos(),
            };
        }
        Some(took)
    }

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
            format!("{} or {}: who wins by {}", first.name, second.name, self.measure()),
            subtitle,
        )
        .note(format!(
            "maillab {}, seed {}; each point is a run of both, each border is bisected to 1 % and checked by \
                 runs on both sides. TCP as {}.",
            env!("CARGO_PKG_VERSION"),
            self.ask.scenario.seed,
            self.ask.options.stack.title
        ));
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
                format!("{messages} messages over {}.", link.name),
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
        let mut table = Table::results(
            format!("{} or {}: where the winner by {} changes", first.name, second.name, self.measure()),
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
        let points: Vec<&Point> = result.grid.iter().flatten().collect();
        let count = |verdict| points.iter().filter(|point| point.verdict() == verdict).count();
        table.note(format!(
            "Of {} grid points {} go to {}, {} to {}, {} are ties, {} did not finish.",
            points.len(),
            count(Verdict::First),
            first.name,
            count(Verdict::Second),
            second.name,
            count(Verdict::Tie),
            count(Verdict::Unknown)
        ));
        table.note(self.axes().2);
        if money {
            table.note("Money is a staircase: what comes and goes between two grid lines without changing them is not seen.");
        }
        table
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
    let link = crate::link::preset::Preset::named(name).ok()?;
    let spec = link.as_sourced().or_else(|_| link.plain()).ok()?;
    let micros = (spec.delay_up + spec.delay_down).as_nanos() / 1_000;
    let rate = spec.rate_down.bits_per_second();
    (micros <= *longest && rate <= *fastest).then(|| Marker {
        x: micros as f64 / 1e6,
        y: rate as f64,
        name: name.to_owned(),
    })
}

/// `samples` values from `low` to `high` at equal ratios, rounded to whole numbers.
fn geometric(low: u64, high: u64, samples: u64) -> Vec<u64> {
    let step = libm::log(high as f64 / low as f64) / (samples - 1) as f64;
    let mut values: Vec<u64> =
        (0..samples).map(|nth| libm::round(low as f64 * libm::exp(step * nth as f64)) as u64).collect();
    values.dedup();
    values
}

/// Neighbouring grid points with different verdicts, along rows and along columns.
fn stretches(grid: &[Vec<Point>]) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    for (row, points) in grid.iter().enumerate() {
        for (column, point) in points.iter().enumerate() {
            let right = points.get(column + 1);
            let above = grid.get(row + 1).and_then(|points| points.get(column));
            for to in [right, above].into_iter().flatten() {
                if to.verdict() != point.verdict() {
                    stretches.push(Stretch { from: *point, to: *to });
                }
            }
        }
    }
    stretches
}
