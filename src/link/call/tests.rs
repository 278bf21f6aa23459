//! Windows, phases, and drops as people write them.

use jiff::civil;

use super::*;
use crate::link::spec::CallSetup;

fn at(day: i8, hour: i8, minute: i8) -> Timestamp {
    Timestamp::from_civil(civil::date(1998, 3, day).at(hour, minute, 0, 0), 0)
}

fn after(seconds: u64) -> Instant {
    Instant::START + Duration::from_secs(seconds)
}

#[test]
fn cheap_hours_open_and_close_by_the_clock_on_the_wall() {
    let evenings = Hours { days: [true, true, true, true, true, false, false], from: 18 * 60, to: 8 * 60 };
    let plan = CallPlan { windows: Some(Windows::Hours(vec![evenings])), ..CallPlan::default() };
    // The 2nd was a Monday; the 7th a Saturday.
    assert_eq!(plan.opening(at(2, 17, 59), after(1)), Opening::Closed { until: Some(after(60)) });
    assert_eq!(plan.opening(at(2, 18, 0), after(0)), Opening::Open { until: Some(after(14 * 3600)) });
    assert_eq!(plan.opening(at(7, 10, 0), after(0)), Opening::Closed { until: Some(after(38 * 3600)) });
    let always = Hours { days: [true; 7], from: 0, to: 1440 };
    let plan = CallPlan { windows: Some(Windows::Hours(vec![always])), ..CallPlan::default() };
    assert_eq!(plan.opening(at(2, 18, 0), after(0)), Opening::Open { until: None });
}

#[test]
fn a_satellite_rises_and_sets_again_and_again() {
    let passes = Passes {
        first: Duration::from_secs(100),
        every: Duration::from_secs(6000),
        lasts: Duration::from_secs(600),
    };
    let plan = CallPlan { windows: Some(Windows::Passes(passes)), ..CallPlan::default() };
    let opening = |seconds| plan.opening(at(2, 0, 0), after(seconds));
    assert_eq!(opening(0), Opening::Closed { until: Some(after(100)) });
    assert_eq!(opening(100), Opening::Open { until: Some(after(700)) });
    assert_eq!(opening(700), Opening::Closed { until: Some(after(6100)) });
    assert_eq!(opening(12_200), Opening::Open { until: Some(after(12_700)) });
}

#[test]
fn the_phases_of_a_call_take_as_long_as_its_set_up() {
    for (unbilled, billed) in [(12_000, 12_000), (0, 15_000), (12_000, 3_000), (0, 0), (500, 1)] {
        let setup = CallSetup {
            unbilled: Duration::from_millis(unbilled),
            billed: Duration::from_millis(billed),
            ..CallSetup::NONE
        };
        let spans = phases(&setup, None);
        let sum = |of: &[CallPhase]| {
            let nanos = spans.iter().filter(|(phase, _)| of.contains(phase)).map(|(_, span)| span.as_nanos());
            Duration::from_nanos(nanos.sum())
        };
        assert_eq!(sum(&[CallPhase::Dial, CallPhase::Ring]), setup.unbilled);
        assert_eq!(sum(&[CallPhase::Train, CallPhase::Negotiate, CallPhase::LogIn]), setup.billed);
    }
}

#[test]
fn a_drop_is_given_by_its_moment_its_byte_or_its_rate() {
    let plan = ["at=90s", "byte=10000,call=2", "at=1.5min,call=every", "rate=0.5"]
        .iter()
        .try_fold(CallPlan::default(), |plan, text| plan.with_drop(text, "--drop"))
        .unwrap();
    assert_eq!(plan.drops_per_million_hours, Some(500_000));
    let ninety = DropWhen::After(Duration::from_secs(90));
    assert_eq!(plan.drops_in(1).collect::<Vec<_>>(), [ninety, ninety]);
    assert_eq!(plan.drops_in(2).collect::<Vec<_>>(), [DropWhen::Byte(10_000), ninety]);
}

#[test]
fn a_slip_in_a_drop_is_shown_at_its_place() {
    for (text, says, column) in [
        ("at=90", "a number with ms, s, min or h", 3),
        ("byte=0", "a whole number from 1", 5),
        ("at=9s,call=0", "or `every`", 11),
        ("rate=-1", "drops in an hour", 5),
        ("bite=100", "did you mean `byte`?", 0),
        ("", "a drop has no ``", 0),
    ] {
        let lesson = CallPlan::default().with_drop(text, "--drop").unwrap_err();
        let shown = lesson.to_string();
        assert!(shown.contains(says) && shown.contains("byte=10000"), "{shown}");
        assert_eq!(lesson.place().unwrap().column, column, "{shown}");
    }
}

#[test]
fn a_weeks_budget_begins_on_monday() {
    let budget = Budget { connected: Duration::from_secs(5400), per: BudgetPeriod::Week, over: Over::Cut };
    let period = |day, hour| budget.period(at(day, hour, 0), after(0));
    assert_eq!((period(2, 0), period(8, 23)), (period(5, 12), period(2, 0)));
    assert_eq!(period(9, 0), period(2, 0) + 1);
}
