//! The map: two strategies, two properties of the mail or of the link, and who wins where.
//!
//! Each point is two real runs. Along an axis time is monotone, so a change of winner between two grid lines is
//! bisected until both sides are within 1 % of each other. Money is a staircase: between two grid lines a tie
//! may come and go, so bisection goes on on both sides of what it finds, and every crossing found is listed.

mod drawn;

use std::sync::Arc;

use super::{Comparison, Options};
use crate::lesson::Lesson;
use crate::link::by_numbers;
use crate::link::spec::LinkSpec;
use crate::link::tariff::Tariff;
use crate::scenario::{Choice, MailSource, NewMail, Scenario, Size};
use crate::strategy::StrategyRow;
use crate::time::Duration;

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
                    attached: None,
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
