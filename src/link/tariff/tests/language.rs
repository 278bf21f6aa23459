//! What the rule language can say, each by a bill worked out by hand; and what holds for whatever it says.

use super::*;

/// The tariff of these lines.
fn tariff(lines: &str) -> Tariff {
    let text =
        format!("format = \"maillab-tariffs/1\"\n[[tariff]]\nname = \"mine\"\ncurrency = \"EUR\"\n{lines}\n");
    Tariff::from_toml(&text, "mine.toml").unwrap_or_else(|lesson| panic!("{lesson}")).remove(0)
}

/// A clock that shows this date and hour at the start.
fn clock(month: i8, day: i8, hour: i8, minute: i8) -> Timestamp {
    Timestamp::from_civil(civil::date(1998, month, day).at(hour, minute, 0, 0), 0)
}

fn total(tariff: &Tariff, epoch: Timestamp, seconds: u64) -> String {
    tariff.bill(epoch, &call(seconds)).total().to_string()
}

const MINUTES: &str = "rounding = \"ceil\"\nincrement_s = 60\nunit_price = 0.10\n";

#[test]
fn units_of_twenty_seconds_double_the_charge_at_the_twenty_first() {
    for count in ["ceil", "pulse", "completed"] {
        let tariff = tariff(&format!("rounding = \"{count}\"\nincrement_s = 20\nunit_price = 0.48"));
        let totals = [19, 20, 21, 39, 40, 41].map(|seconds| total(&tariff, clock(3, 2, 10, 0), seconds));
        let expected = match count {
            "ceil" => ["0.48", "0.48", "0.96", "0.96", "0.96", "1.44"],
            "pulse" => ["0.48", "0.96", "0.96", "0.96", "1.44", "1.44"],
            _ => ["0.00", "0.48", "0.48", "0.48", "0.96", "0.96"],
        };
        assert_eq!(totals, expected, "{count}");
    }
}

#[test]
fn a_unit_that_is_not_over_is_taken_off_as_rounding() {
    let tariff = tariff("rounding = \"completed\"\nincrement_s = 60\nunit_price = 0.60");
    let bill = tariff.bill(clock(3, 2, 10, 0), &call(90));
    assert_eq!((bill.time, bill.rounding, bill.units), (money("0.90"), money("-0.30"), 1));
    assert_eq!(bill.billed, Duration::from_secs(60));
}

#[test]
fn the_rate_changes_after_so_many_seconds_of_a_call() {
    let tariff = tariff(&format!("{MINUTES}rules = [{{ after_s = 600, unit_price = 0.02 }}]"));
    assert_eq!([600, 601, 1200].map(|s| total(&tariff, clock(3, 2, 10, 0), s)), ["1.00", "1.02", "1.20"]);
}

#[test]
fn of_the_rules_that_match_the_last_wins() {
    let rules = "rules = [{ days = \"mon-sun\", unit_price = 0.05 }, { from = \"18:00\", to = \"08:00\", unit_price = 0.02 }, \
                 { days = \"sat,sun\", unit_price = 0.01 }]";
    let tariff = tariff(&format!("{MINUTES}{rules}"));
    let at = |day, hour| total(&tariff, clock(3, day, hour, 0), 60);
    assert_eq!(
        [at(2, 10), at(2, 19), at(7, 19), at(8, 7), at(9, 7)],
        ["0.05", "0.02", "0.01", "0.01", "0.02"]
    );
}

#[test]
fn a_call_over_midnight_goes_from_one_days_rates_to_the_others() {
    let tariff =
        tariff(&format!("{MINUTES}per_day = 0.49\nrules = [{{ days = \"sun\", unit_price = 0.01 }}]"));
    let bill = tariff.bill(clock(3, 7, 23, 58), &call(300));
    assert_eq!((bill.time, bill.per_day), (money("0.23"), money("0.98")));
}

#[test]
fn holidays_have_rates_of_their_own_on_whatever_day_they_fall() {
    let tariff = tariff(&format!(
        "{MINUTES}holidays = [\"12-25\", \"easter+1\", \"1998-06-11\"]\nrules = [{{ days = \"sun,hol\", unit_price = 0.03 }}]"
    ));
    let at = |month, day| total(&tariff, clock(month, day, 10, 0), 60);
    assert_eq!(
        [at(4, 12), at(4, 13), at(4, 14), at(6, 11), at(12, 25), at(12, 26)],
        ["0.03", "0.03", "0.10", "0.03", "0.03", "0.10"]
    );
    // The holiday ends at midnight: two minutes of it, and three of an ordinary day.
    assert_eq!(total(&tariff, clock(4, 13, 23, 58), 300), "0.36");
}

#[test]
fn summer_time_takes_an_hour_from_a_call_and_gives_it_back() {
    let tariff = tariff(&format!(
        "{MINUTES}time_zone = \"CET-1CEST,M3.5.0,M10.5.0/3\"\n\
         rules = [{{ from = \"02:00\", to = \"03:00\", unit_price = 0.03 }}, {{ from = \"03:00\", to = \"08:00\", unit_price = 0.01 }}]"
    ));
    // On 29 March 1998 there was no time from 2 to 3: half an hour at the day's rate, then that of the morning.
    assert_eq!(total(&tariff, clock(3, 29, 1, 30), 3600), "3.30");
    // On 25 October it was there twice.
    assert_eq!(total(&tariff, clock(10, 25, 1, 30), 4 * 3600), "7.50");
    // On any other day once.
    assert_eq!(total(&tariff, clock(3, 28, 1, 30), 3 * 3600), "5.70");
    // A clock that shows two o'clock on 25 October is taken to show it for the first time.
    assert_eq!(total(&tariff, clock(10, 25, 2, 0), 2 * 3600), "3.60");
}

#[test]
fn a_day_of_use_is_a_day_of_the_clock_on_the_wall() {
    let tariff = tariff(&format!("{MINUTES}per_day = 1\ntime_zone = \"CET-1CEST,M3.5.0,M10.5.0/3\""));
    let per_day = |seconds| tariff.bill(clock(3, 29, 1, 0), &call(seconds)).per_day;
    // From 1:00 to midnight it is 22 hours, since one was left out.
    assert_eq!((per_day(22 * 3600), per_day(22 * 3600 + 1)), (money("1"), money("2")));
}

#[test]
fn the_rate_of_the_answer_may_hold_for_the_whole_call() {
    let rules = "rules = [{ from = \"18:00\", to = \"08:00\", unit_price = 0.02 }]";
    let each = tariff(&format!("{MINUTES}{rules}"));
    let first = tariff(&format!("{MINUTES}rated = \"at_answer\"\n{rules}"));
    let over_six = |tariff: &Tariff| total(tariff, clock(3, 2, 17, 58), 240);
    assert_eq!((over_six(&each), over_six(&first)), ("0.24".to_owned(), "0.40".to_owned()));
}

#[test]
fn the_first_units_of_a_call_may_be_included() {
    let tariff = tariff(&format!("{MINUTES}included_units = 2"));
    let bill = tariff.bill(clock(3, 2, 10, 0), &call(150));
    assert_eq!((bill.units, bill.included, bill.total()), (3, money("-0.20"), money("0.10")));
    let twice = tariff.bill(clock(3, 2, 10, 0), &CallRecord { channels: 2, ..call(150) });
    assert_eq!(twice.total(), money("0.20"), "each channel is a call");
}

#[test]
fn a_bundle_lasts_for_its_month_and_what_goes_beyond_is_charged() {
    let tariff = tariff(&format!("{MINUTES}included_units = 30\nincluded_per = \"month\"\nmonthly = 3"));
    let mut meter = Meter::default();
    let mut bill = |after_days: u64, seconds| {
        let answered = Instant::START + Duration::from_secs(after_days * 86_400);
        let ended = answered + Duration::from_secs(seconds);
        meter
            .bill(&tariff, clock(3, 2, 10, 0), &CallRecord { answered, ended, ..call(0) })
            .total()
            .to_string()
    };
    // 20 minutes; 15 more, of which 10 were left; in April all are there again.
    assert_eq!([bill(0, 1200), bill(1, 900), bill(2, 60), bill(30, 1800)], ["0.00", "0.50", "0.10", "0.00"]);
}

#[test]
fn kilobytes_and_money_may_be_included_too() {
    let mut meter = Meter::default();
    let by_volume = tariff(
        "rounding = \"ceil\"\nper_kb = 0.02\nkb_block = 10\nincluded_kb = 25\nincluded_per = \"month\"\nincluded_money = 0.30",
    );
    let mut bill = |bytes_down| {
        let bill = meter.bill(&by_volume, clock(3, 2, 10, 0), &CallRecord { bytes_down, ..call(10) });
        assert_eq!(bill.total(), bill.lines().map(|(_, amount)| amount).sum());
        (bill.volume + bill.volume_rounding, bill.included, bill.total())
    };
    assert_eq!(bill(20 * 1024), (money("0.40"), money("-0.40"), Money::ZERO));
    assert_eq!(bill(1), (money("0.20"), money("-0.20"), Money::ZERO), "5 kB by volume, the rest by money");
    assert_eq!(bill(30 * 1024), (money("0.60"), money("-0.20"), money("0.40")));
    assert_eq!(bill(10), (money("0.20"), Money::ZERO, money("0.20")));
}

#[test]
fn a_call_whose_units_are_all_included_owes_no_minimum() {
    let tariff =
        tariff("rounding = \"per_second\"\nper_minute = 0.03\nminimum_charge = 0.05\nincluded_units = 60");
    assert_eq!(
        [0, 30, 60, 61, 300].map(|s| total(&tariff, clock(3, 2, 10, 0), s)),
        ["0.00", "0.00", "0.00", "0.05", "0.12"]
    );
}

#[test]
fn the_last_segment_of_each_packet_is_paid_whole() {
    let x25 = tariff("rounding = \"ceil\"\nper_segment = 0.0033\nsegment_bytes = 64\nsegment_block = 10");
    // Three packets of 40, 65 and 128 bytes: 1 + 2 + 2 segments, sold by ten.
    let record = CallRecord { bytes_up: 40, bytes_down: 193, segments: 5, ..call(10) };
    let bill = x25.bill(clock(3, 2, 10, 0), &record);
    assert_eq!(bill.volume + bill.volume_rounding, money("0.033"));
    assert_eq!(bill.volume, money("0.012014062"), "233 of 64 bytes");
}

#[test]
fn surcharges_come_by_the_minute_or_in_per_cent() {
    let hotel = tariff(&format!("{MINUTES}setup_fee = 0.75\nsurcharge_percent = 17.5"));
    let bill = hotel.bill(clock(3, 2, 10, 0), &call(60));
    assert_eq!((bill.surcharge, bill.total()), (money("0.14875"), money("0.99875")));
    let rules = "rules = [{ days = \"sat-sun\", surcharge_per_minute = 0.01 }, { from = \"18:00\", to = \"08:00\", unit_price = 0.05 }]";
    let gateway = tariff(&format!("{MINUTES}surcharge_per_minute = 0.20\n{rules}"));
    assert_eq!(
        [(2, 10), (2, 19), (7, 19)].map(|(day, hour)| total(&gateway, clock(3, day, hour, 0), 61)),
        ["0.60", "0.50", "0.52"]
    );
}

#[test]
fn what_makes_no_sense_is_refused_where_it_stands() {
    for (lines, says) in [
        ("rules = [{ days = \"sun\" }]", "this rule changes nothing"),
        ("rules = [{ days = \"hol\", unit_price = 1 }]", "the tariff names none"),
        ("rules = [{ days = \"sun;hol\", unit_price = 1 }]", "no days of the week"),
        ("holidays = [\"25-12\"]", "this is no holiday"),
        ("time_zone = \"Europe/Berlin\"", "the form is that of TZ"),
        ("included_per = \"month\"", "and nothing is"),
        ("included_per = \"yearly\"\nincluded_units = 1", "known values: call, day, week, month"),
        ("per_segment = 0.01", "`segment_bytes`"),
        ("segment_bytes = 64", "`per_segment`"),
        ("per_segment = 1\nsegment_bytes = 0", "1 to 65535"),
        ("surcharge_percent = 1001", "0 to 1000 per cent"),
        ("rated = \"at_anser\"", "did you mean `at_answer`?"),
        ("rules = [{ after = 600, unit_price = 1 }]", "known keys: days, from, to, after_s"),
        ("windows = [{ from = \"10:00\", to = \"10:00\", unit_price = 1 }]", "no length"),
    ] {
        let shown = refused(&format!("currency = \"EUR\"\n{MINUTES}{lines}"));
        assert!(
            shown.contains(says) && shown.contains("mine.toml:") && shown.contains('^'),
            "{lines}\n{shown}"
        );
    }
    let shown = refused("currency = \"EUR\"\nrounding = \"ceil\"\nsurcharge_per_minute = 0.01");
    assert!(shown.contains("no unit of time"), "{shown}");
}

/// Made-up tariffs in the rule language.
fn made_up() -> impl Strategy<Value = String> {
    let price = || (0..200_u32).prop_map(|price| format!("0.{price:03}"));
    let count = proptest::sample::select(vec!["ceil", "pulse", "completed", "per_second"]);
    let days = proptest::sample::select(vec!["mon-fri", "sat-sun", "hol", "sun,hol", "fri-mon", "mon-sun"]);
    let rule = (days, 0..24_u32, 1..=24_u32, 0..3_u32, price(), 1..200_u32, 0..3_u8).prop_map(
        |(days, from, to, after, price, unit, kind)| {
            let to = if from == to { 24 } else { to };
            let what = match kind {
                0 => format!("unit_price = {price}, increment_s = {unit}"),
                1 => format!("per_minute = {price}"),
                _ => format!("surcharge_per_minute = {price}"),
            };
            format!(
                "{{ days = \"{days}\", from = \"{from:02}:00\", to = \"{to:02}:00\", after_s = {}, {what} }}",
                after * 700
            )
        },
    );
    let rules = proptest::collection::vec(rule, 0..5);
    let sums = (price(), price(), price(), price(), 0..3_u32, 0..40_u32);
    let extras =
        (1..20_u32, 0..30_u32, proptest::sample::select(vec!["call", "day", "week", "month"]), any::<bool>());
    (count, 1..200_u32, price(), rules, sums, extras).prop_map(
        |(count, unit, unit_price, rules, (fee, minimum, kb, segment, block, percent), (units, kbs, per, summer))| {
            let zone = if summer { "time_zone = \"CET-1CEST,M3.5.0,M10.5.0/3\"\n" } else { "" };
            format!(
                "rounding = \"{count}\"\nincrement_s = {unit}\nunit_price = {unit_price}\nsetup_fee = {fee}\n\
                 minimum_charge = {minimum}\nper_kb = {kb}\nkb_block = {block}\nper_segment = {segment}\n\
                 segment_bytes = 64\nsurcharge_percent = {percent}.5\nper_day = {fee}\nincluded_units = {units}\n\
                 included_kb = {kbs}\nincluded_money = 0.{units:02}\nincluded_per = \"{per}\"\n{zone}\
                 holidays = [\"easter+1\", \"03-29\"]\nrules = [{}]",
                rules.join(", ")
            )
        },
    )
}

proptest! {
    #[test]
    fn whatever_the_rules_a_longer_call_never_costs_less_and_the_lines_add_up(
        lines in made_up(), hour in 0..5000_u64, a in 0..20_000_000_u64, b in 0..20_000_000_u64, bytes in 0..90_000_u64,
    ) {
        let tariff = tariff(&lines);
        let answered = Instant::START + Duration::from_secs(hour * 3600);
        let bill = |ms: u64, bytes_down| tariff.bill(clock(3, 2, 0, 0), &CallRecord {
            answered, ended: answered + Duration::from_millis(ms), bytes_down, ..call(0)
        });
        let (short, long) = (bill(a.min(b), bytes), bill(a.max(b), bytes));
        prop_assert!(long.total() >= short.total(), "{:?}\n{:?}", short, long);
        prop_assert!(long.time >= short.time && long.units >= short.units);
        prop_assert!(bill(a, bytes + 1000).total() >= bill(a, bytes).total());
        prop_assert_eq!(short.total(), short.lines().map(|(_, amount)| amount).sum::<Money>());
        prop_assert!(short.total() >= Money::ZERO && short.included <= Money::ZERO);
        if tariff.rounding != Rounding::Completed {
            prop_assert!(short.rounding >= Money::ZERO && short.billed >= Duration::from_millis(a.min(b)));
        }
    }

    #[test]
    fn whatever_the_rules_the_parts_of_a_call_add_up_to_its_time(
        lines in made_up(), hour in 0..5000_u64, mut cuts in proptest::collection::vec(0..20_000_000_000_000_u64, 1..20),
    ) {
        let tariff = tariff(&lines);
        let (epoch, answered) = (clock(3, 2, 0, 0), Instant::START + Duration::from_secs(hour * 3600));
        cuts.sort_unstable();
        let last = *cuts.last().unwrap();
        let mut prices = Prices::new(&tariff, epoch, answered, Duration::from_nanos(last));
        let mut before = Money::ZERO;
        for cut in cuts {
            let price = prices.upto(Duration::from_nanos(cut));
            prop_assert!(price >= before);
            prop_assert_eq!(price, tariff.cumulative(epoch, answered, Duration::from_nanos(cut)));
            before = price;
        }
        let record = CallRecord { answered, ended: answered + Duration::from_nanos(last), ..call(0) };
        prop_assert_eq!(before, tariff.bill(epoch, &record).time);
    }
}
