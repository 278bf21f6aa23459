//! The `[call]` table of a scenario: when calls can be made, what ends them, and whether others follow.

use serde::Deserialize;
use toml::Spanned;

use super::Habits;
use crate::config::{Document, Number};
use crate::lesson::Lesson;
use crate::link::call::{Budget, BudgetPeriod, CallPlan, Hours, Outside, Over, Passes, Windows};
use crate::link::weekdays;
use crate::time::{Duration, NANOS_PER_SECOND};

/// More windows than this are a mistake.
const WINDOWS_MAX: usize = 64;
/// More drops than this are a mistake.
const DROPS_MAX: usize = 1000;
/// The most redials.
const REDIALS_MAX: u32 = 10_000;
/// The most drops in an hour.
const DROPS_PER_HOUR_MAX: u64 = 3600;
/// Minutes of a day.
const DAY: u32 = 24 * 60;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CallTable {
    idle_hang_up_s: Option<Number>,
    #[serde(default)]
    drops: Vec<Spanned<String>>,
    drops_per_hour: Option<Number>,
    fails: Option<Number>,
    fails_by_hour: Option<Spanned<Vec<Number>>>,
    windows: Option<Spanned<Vec<HoursTable>>>,
    passes: Option<Spanned<PassesTable>>,
    outside: Option<OutsideWord>,
    ends_with_window: Option<Spanned<bool>>,
    budget_s: Option<Number>,
    budget_per: Option<Spanned<Period>>,
    over: Option<Spanned<OverWord>>,
    redials: Option<Spanned<u32>>,
    pause_s: Option<Number>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HoursTable {
    days: Option<Spanned<String>>,
    from: Spanned<String>,
    to: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PassesTable {
    first_s: Option<Number>,
    every_s: Number,
    lasts_s: Number,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OutsideWord {
    Wait,
    Fail,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Period {
    Run,
    Day,
    Week,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OverWord {
    Cut,
    Mark,
}

/// The plan of calls, and the reader's habits with what the table says of redialling.
pub(super) fn read(
    document: &Document<'_>,
    table: &CallTable,
    habits: Habits,
) -> Result<(CallPlan, Habits), Lesson> {
    let windows = windows(document, table)?;
    if let Some(ends) = table.ends_with_window.as_ref().filter(|ends| *ends.get_ref() && windows.is_none()) {
        let what = "there is no window with which a call could end";
        return Err(document.lesson(ends.span(), what, "with `windows` or `passes`"));
    }
    let plan = CallPlan {
        idle: table.idle_hang_up_s.as_ref().map(|span| some_time(document, span)).transpose()?,
        drops_per_million_hours: table
            .drops_per_hour
            .as_ref()
            .map(|rate| per_million(document, rate))
            .transpose()?,
        fails_per_million: fails(document, table)?,
        windows,
        outside: match table.outside {
            Some(OutsideWord::Fail) => Outside::Fail,
            Some(OutsideWord::Wait) | None => Outside::Wait,
        },
        ends_with_window: table.ends_with_window.as_ref().is_some_and(|ends| *ends.get_ref()),
        budget: budget(document, table)?,
        drops: Vec::new(),
    };
    let redials = match &table.redials {
        Some(redials) if *redials.get_ref() > REDIALS_MAX => {
            let allowed = format!("0 to {REDIALS_MAX}");
            return Err(document.lesson(redials.span(), "nobody calls so often", allowed));
        }
        Some(redials) => *redials.get_ref(),
        None => habits.redials,
    };
    let redial_pause =
        table.pause_s.as_ref().map_or(Ok(habits.redial_pause), |span| document.seconds(span))?;
    Ok((with_drops(document, table, plan)?, Habits { redials, redial_pause, ..habits }))
}

fn with_drops(document: &Document<'_>, table: &CallTable, plan: CallPlan) -> Result<CallPlan, Lesson> {
    if let Some(drop) = table.drops.get(DROPS_MAX) {
        let what = format!("a scenario has at most {DROPS_MAX} drops");
        return Err(document.lesson(drop.span(), what, "one drop too many"));
    }
    table.drops.iter().try_fold(plan, |plan, drop| {
        plan.with_drop(drop.get_ref(), "drops").map_err(|lesson| lesson.at(document.place(drop.span())))
    })
}

/// A span above zero.
fn some_time(document: &Document<'_>, number: &Number) -> Result<Duration, Lesson> {
    let span = document.seconds(number)?;
    if span > Duration::ZERO {
        return Ok(span);
    }
    Err(document.lesson(number.span(), "this takes no time", "seconds above 0"))
}

/// Drops an hour as drops in a million hours.
fn per_million(document: &Document<'_>, number: &Number) -> Result<u64, Lesson> {
    Ok(document.decimal(number, DROPS_PER_HOUR_MAX)? / 1000)
}

/// Which of a million attempts fail, for each hour of the day.
fn fails(document: &Document<'_>, table: &CallTable) -> Result<Option<[u32; 24]>, Lesson> {
    let share = |number: &Number| {
        let nanos = document.decimal(number, 1)?;
        Ok(u32::try_from(nanos / (NANOS_PER_SECOND / 1_000_000)).unwrap_or(1_000_000))
    };
    match (&table.fails, &table.fails_by_hour) {
        (Some(_), Some(hours)) => {
            let what = "calls fail alike at all hours, or each hour has its share";
            Err(document.lesson(hours.span(), what, "`fails` or `fails_by_hour`"))
        }
        (Some(all), None) => Ok(Some([share(all)?; 24])),
        (None, Some(hours)) => {
            let shares: Vec<u32> = hours.get_ref().iter().map(share).collect::<Result<_, Lesson>>()?;
            let count = shares.len();
            let shares = <[u32; 24]>::try_from(shares).map_err(|_| {
                let what = format!("a day has 24 hours, and here are {count}");
                document.lesson(hours.span(), what, "24 shares from 0 to 1, from midnight on")
            })?;
            Ok(Some(shares))
        }
        (None, None) => Ok(None),
    }
}

fn windows(document: &Document<'_>, table: &CallTable) -> Result<Option<Windows>, Lesson> {
    match (&table.windows, &table.passes) {
        (Some(_), Some(passes)) => {
            let what = "calls can be made at hours or during passes, not both";
            Err(document.lesson(passes.span(), what, "`windows` or `passes`"))
        }
        (Some(windows), None) => {
            let count = windows.get_ref().len();
            if count == 0 || count > WINDOWS_MAX {
                let what = format!("here are {count} windows");
                return Err(document.lesson(windows.span(), what, format!("1 to {WINDOWS_MAX}")));
            }
            let hours = windows.get_ref().iter().map(|hours| one_window(document, hours));
            Ok(Some(Windows::Hours(hours.collect::<Result<_, _>>()?)))
        }
        (None, Some(passes)) => {
            let table = passes.get_ref();
            let every = some_time(document, &table.every_s)?;
            let lasts = some_time(document, &table.lasts_s)?;
            if lasts >= every {
                let what = "this pass is not over when the next begins";
                return Err(document.lesson(table.lasts_s.span(), what, "less than `every_s`"));
            }
            let first = table.first_s.as_ref().map_or(Ok(Duration::ZERO), |first| document.seconds(first))?;
            Ok(Some(Windows::Passes(Passes { first, every, lasts })))
        }
        (None, None) => Ok(None),
    }
}

fn one_window(document: &Document<'_>, hours: &HoursTable) -> Result<Hours, Lesson> {
    let days = hours
        .days
        .as_ref()
        .map_or(Ok([true; 7]), |days| weekdays::days(document, days, None).map(|(days, _)| days))?;
    let from = weekdays::minute(document, &hours.from, DAY - 1)?;
    let to = weekdays::minute(document, &hours.to, DAY)?;
    if from == to {
        return Err(document.lesson(hours.to.span(), "this window has no length", "00:00 to 24:00 is a day"));
    }
    Ok(Hours { days, from, to })
}

fn budget(document: &Document<'_>, table: &CallTable) -> Result<Option<Budget>, Lesson> {
    let Some(connected) = &table.budget_s else {
        let place = table.budget_per.as_ref().map(Spanned::span).or(table.over.as_ref().map(Spanned::span));
        return match place {
            Some(place) => Err(document.lesson(place, "there is no budget here", "with `budget_s`")),
            None => Ok(None),
        };
    };
    Ok(Some(Budget {
        connected: some_time(document, connected)?,
        per: match table.budget_per.as_ref().map(|per| *per.get_ref()) {
            Some(Period::Day) => BudgetPeriod::Day,
            Some(Period::Week) => BudgetPeriod::Week,
            Some(Period::Run) | None => BudgetPeriod::Run,
        },
        over: match table.over.as_ref().map(|over| *over.get_ref()) {
            Some(OverWord::Mark) => Over::Mark,
            Some(OverWord::Cut) | None => Over::Cut,
        },
    }))
}

#[cfg(test)]
mod tests {
    use super::super::Scenario;
    use super::*;
    use crate::link::call::DropWhen;

    fn scenario(lines: &str) -> Result<Scenario, Lesson> {
        let text = format!("format = \"maillab-scenario/1\"\n[call]\n{lines}\n");
        Scenario::read("s.toml", text.as_bytes())
    }

    #[test]
    fn the_table_says_what_becomes_of_calls() {
        let found = scenario(
            "idle_hang_up_s = 600\ndrops = [\"at=90s\", \"byte=10000,call=2\"]\ndrops_per_hour = 0.5\nfails = 0.045\n\
             windows = [{ days = \"mon-fri\", from = \"18:00\", to = \"08:00\" }]\noutside = \"fail\"\n\
             ends_with_window = true\nbudget_s = 5400\nbudget_per = \"week\"\nover = \"mark\"\nredials = 2\npause_s = 15",
        )
        .unwrap();
        let plan = &found.calls;
        assert_eq!(plan.idle, Some(Duration::from_secs(600)));
        assert_eq!(plan.drops_in(2).collect::<Vec<_>>(), [DropWhen::Byte(10_000)]);
        assert_eq!(
            (plan.drops_per_million_hours, plan.fails_per_million),
            (Some(500_000), Some([45_000; 24]))
        );
        assert_eq!((plan.outside, plan.ends_with_window), (Outside::Fail, true));
        let budget = plan.budget.unwrap();
        assert_eq!(
            (budget.connected, budget.per, budget.over),
            (Duration::from_secs(5400), BudgetPeriod::Week, Over::Mark)
        );
        assert_eq!((found.habits.redials, found.habits.redial_pause), (2, Duration::from_secs(15)));
        let passes = scenario("passes = { every_s = 6000, lasts_s = 600 }").unwrap().calls.windows;
        assert!(matches!(passes, Some(Windows::Passes(_))));
    }

    #[test]
    fn a_slip_is_refused_at_its_place() {
        for (lines, says) in [
            ("idle_hang_up_s = 0", "this takes no time"),
            ("drops = [\"at=90\"]", "is no span of time"),
            ("fails = 1.5", "0 to 1"),
            ("fails = 0.1\nfails_by_hour = [0.1]", "`fails` or `fails_by_hour`"),
            ("fails_by_hour = [0.1]", "a day has 24 hours, and here are 1"),
            ("windows = []", "1 to 64"),
            ("windows = [{ from = \"18:00\", to = \"18:00\" }]", "no length"),
            ("windows = [{ from = \"18:00\", to = \"19:00\", days = \"hol\" }]", "no days of the week"),
            ("passes = { every_s = 600, lasts_s = 600 }", "not over when the next begins"),
            ("outside = \"wiat\"", "did you mean `wait`?"),
            ("ends_with_window = true", "with `windows` or `passes`"),
            ("over = \"cut\"", "with `budget_s`"),
            ("redials = 10001", "0 to 10000"),
            ("idle = 10", "known keys"),
        ] {
            let shown = scenario(lines).unwrap_err().to_string();
            assert!(
                shown.contains(says) && shown.contains("s.toml:") && shown.contains('^'),
                "{lines}\n{shown}"
            );
        }
    }
}
