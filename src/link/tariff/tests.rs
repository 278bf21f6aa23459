//! Golden prices, properties, and tariffs that make no sense.

use jiff::civil;
use proptest::prelude::*;

use super::*;

mod language;

/// A clock that shows `hour`:00 on `day` March 1998 at the start; the 2nd was a Monday.
fn march_1998(day: i8, hour: i8) -> Timestamp {
    Timestamp::from_civil(civil::date(1998, 3, day).at(hour, 0, 0, 0), 0)
}

fn call(seconds: u64) -> CallRecord {
    let ended = Instant::START + Duration::from_secs(seconds);
    CallRecord { answered: Instant::START, ended, bytes_up: 0, bytes_down: 0, segments: 0, channels: 1 }
}

fn price(name: &str, epoch: Timestamp, seconds: u64) -> Money {
    Tariff::named(name).unwrap().bill(epoch, &call(seconds)).total()
}

fn money(text: &str) -> Money {
    Money::parse(text).unwrap()
}

/// As printed with two digits, half a cent rounded up.
fn cents(amount: Money) -> Money {
    let cent = Money::NANOS / 100;
    Money::from_nanos((amount.as_nanos() + cent / 2) / cent * cent)
}

/// On a Monday: two calls of one minute at 10:00, one of 30 minutes; the same at 22:00.
const TWO_SHORT_OR_ONE_LONG: [(&str, [&str; 4]); 27] = [
    ("de-dbp-1987-local", ["0.46", "0.92", "0.46", "0.69"]),
    ("de-dbp-1987-far", ["2.76", "34.73", "2.76", "34.73"]),
    ("de-dtag-1995-local", ["0.46", "1.38", "0.46", "0.69"]),
    ("de-dtag-1996-city", ["0.24", "2.52", "0.24", "0.96"]),
    ("de-dtag-1996-far", ["1.44", "18.84", "0.72", "8.76"]),
    ("bt-unit-1992-local", ["0.20", "1.58", "0.10", "0.44"]),
    ("bt-unit-1992-b", ["0.39", "4.64", "0.20", "2.37"]),
    ("bt-local-1997", ["0.09", "1.20", "0.09", "0.51"]),
    ("ntl-local-1999", ["0.13", "0.88", "0.09", "0.40"]),
    ("us-local-flat", ["0.00", "0.00", "0.00", "0.00"]),
    ("us-hotel-local", ["1.62", "0.81", "1.62", "0.81"]),
    ("us-hotel-ld", ["2.25", "12.00", "2.25", "12.00"]),
    ("us-att-1989-0926", ["0.50", "7.50", "0.34", "5.03"]),
    ("cis-1986-1200", ["0.40", "6.00", "0.40", "6.00"]),
    ("jp-ntt-local", ["20.00", "110.00", "20.00", "110.00"]),
    ("au-local-1999", ["0.50", "0.25", "0.50", "0.25"]),
    ("be-zonal-1998", ["12.00", "60.00", "12.00", "33.00"]),
    ("no-local-1998", ["1.34", "7.05", "1.18", "4.65"]),
    ("es-local-1998", ["22.80", "135.06", "22.80", "56.34"]),
    ("pl-tpsa-2002", ["0.62", "3.41", "0.62", "1.86"]),
    ("br-sp-2000", ["0.34", "0.77", "0.34", "0.77"]),
    ("pe-public-1996", ["0.50", "2.50", "0.50", "2.50"]),
    ("pe-public-1998", ["1.00", "3.20", "1.00", "3.20"]),
    ("ru-mgts-2007-time", ["0.56", "8.40", "0.56", "8.40"]),
    ("ru-mtu-2001", ["0.03", "0.38", "0.03", "0.45"]),
    ("sat-minim-1997", ["6.00", "90.00", "6.00", "90.00"]),
    ("sat-iridium-2013", ["2.88", "43.20", "2.88", "43.20"]),
];

#[test]
fn two_short_calls_or_one_long_cost_what_the_price_lists_say() {
    for (name, expected) in TWO_SHORT_OR_ONE_LONG {
        let at = |hour, seconds| price(name, march_1998(2, hour), seconds);
        let found = [at(10, 60).times(2), at(10, 1800), at(22, 60).times(2), at(22, 1800)].map(cents);
        assert_eq!(found, expected.map(money), "{name}");
    }
}

#[test]
fn totals_quoted_at_the_time_come_out_again() {
    for (name, hour, seconds, total) in [
        ("de-dtag-1995-local", 10, 3600, "2.53"),
        ("de-dtag-1995-local", 19, 3600, "1.38"),
        ("de-dtag-1995-far", 10, 600, "6.67"),
        ("de-dtag-1995-far", 19, 600, "3.45"),
        ("de-dtag-1996-city", 10, 3600, "4.92"),
        ("de-dtag-1996-city", 18, 3600, "3.00"),
        ("de-dtag-1996-city", 22, 3600, "1.92"),
        ("de-dtag-1996-far", 10, 600, "6.36"),
        ("us-att-1984-day", 10, 300, "2.70"),
        ("us-att-1984-day", 23, 300, "1.08"),
        ("us-intl-japan-1990", 10, 600, "8.07"),
        ("us-intl-warsaw-1990", 10, 60, "1.44"),
        ("us-intl-warsaw-1990", 10, 61, "2.25"),
        ("sat-iridium-2013", 10, 20, "0.48"),
        ("sat-iridium-2013", 10, 21, "0.96"),
    ] {
        assert_eq!(
            price(name, march_1998(2, hour), seconds),
            money(total),
            "{name} at {hour} for {seconds} s"
        );
    }
}

#[test]
fn a_pulse_is_counted_when_its_interval_begins() {
    let tariff = Tariff::named("de-dtag-1996-city").unwrap();
    let units = |nanos| {
        let ended = Instant::from_nanos(nanos);
        tariff.bill(march_1998(2, 10), &CallRecord { ended, ..call(0) }).units
    };
    assert_eq!((units(0), units(89_999_999_999), units(90_000_000_000)), (1, 1, 2));
}

#[test]
fn each_unit_costs_what_holds_when_it_begins() {
    // City call at 17:59: pulses at 0 s (day, 90 s), then at 18:00:30 and each 150 s.
    let just_before_six = Timestamp::from_civil(civil::date(1998, 3, 2).at(17, 59, 0, 0), 0);
    let bill = Tariff::named("de-dtag-1996-city").unwrap().bill(just_before_six, &call(90 + 300));
    assert_eq!((bill.units, bill.total(), bill.billed), (4, money("0.48"), Duration::from_secs(90 + 450)));
    // AT&T at 22:59:30: one minute of the evening, one of the night.
    let late = Timestamp::from_civil(civil::date(1998, 3, 2).at(22, 59, 30, 0), 0);
    assert_eq!(price("us-att-1989-0926", late, 61), money("0.1675") + money("0.13"));
}

#[test]
fn the_clock_on_the_wall_decides_and_not_the_zone_of_the_scenario() {
    let evening = |offset| Timestamp::from_civil(civil::date(1998, 3, 2).at(22, 0, 0, 0), offset);
    for offset in [-480, 0, 60, 330] {
        assert_eq!(price("bt-local-1997", evening(offset), 1800), money("0.51"), "{offset}");
    }
}

#[test]
fn a_pulse_at_night_in_sao_paulo_costs_only_the_answer() {
    // Saturday after 14:00 until Monday 06:00 time is free; then the pulses begin.
    let saturday = march_1998(7, 15);
    let free = 33 * 3600 + 6 * 3600;
    assert_eq!(price("br-sp-2000", saturday, free - 1), money("0.08571"));
    assert_eq!(price("br-sp-2000", saturday, free), money("0.08571").times(2));
}

#[test]
fn volume_is_rounded_up_to_the_block_once_a_call() {
    let session = |name: &str, bytes: u64| {
        let call = CallRecord { bytes_up: 1, bytes_down: bytes - 1, ..call(10) };
        Tariff::named(name).unwrap().bill(march_1998(2, 10), &call)
    };
    assert_eq!(session("de-vodafone-gprs-2003", 500).total(), money("2.90"));
    assert_eq!(session("de-eplus-gprs-2002", 203 * 1024).total(), money("0.812"));
    let day = session("de-d1-gprs-2001a", 20 * 1024);
    assert_eq!((day.volume, day.volume_rounding, day.per_day), (money("1.38"), Money::ZERO, money("0.49")));
    assert_eq!(session("de-d1-gprs-2001a", 20 * 1024 + 1).volume_rounding, money("0.69") - day_part());
    fn day_part() -> Money {
        Tariff::named("de-d1-gprs-2001a").unwrap().cumulative_volume(20 * 1024 + 1) - money("1.38")
    }
}

#[test]
fn time_by_the_second_is_sold_as_it_is_used() {
    let answered = Instant::from_nanos(250_000_000);
    let record = CallRecord { answered, ended: Instant::from_nanos(90_750_000_000), ..call(0) };
    let bill = Tariff::named("bt-local-1997").unwrap().bill(march_1998(2, 10), &record);
    assert_eq!((bill.total(), bill.rounding), (money("0.060333333"), Money::ZERO));
    assert_eq!((bill.units, bill.billed), (91, Duration::from_millis(90_500)));
}

#[test]
fn a_day_of_use_is_charged_once_and_a_night_call_uses_two_days() {
    let tariff = Tariff::named("de-d1-gprs-2001a").unwrap();
    let at = |from_hour: u64, to_hour: u64| {
        let hour = |h| Instant::START + Duration::from_secs(h * 3600);
        CallRecord { answered: hour(from_hour), ended: hour(to_hour), ..call(0) }
    };
    let mut meter = Meter::default();
    let days: Vec<Money> = [(0, 1), (2, 3), (12, 14), (14, 15), (15, 48 + 14), (62, 62)]
        .map(|(from, to)| meter.bill(tariff, march_1998(2, 10), &at(from, to)).per_day)
        .to_vec();
    let fee = money("0.49");
    assert_eq!(days, [fee, Money::ZERO, Money::ZERO, fee, fee, fee]);
}

#[test]
fn two_channels_are_two_calls() {
    let tariff = Tariff::named("bt-local-1997").unwrap();
    let one = tariff.bill(march_1998(2, 10), &call(30));
    let two = tariff.bill(march_1998(2, 10), &CallRecord { channels: 2, ..call(30) });
    assert_eq!((one.total(), two.total()), (money("0.04256"), money("0.08512")));
    assert_eq!((two.minimum, two.time), (one.minimum.times(2), one.time.times(2)));
}

#[test]
fn the_built_in_tariffs_are_read_and_each_has_its_sources() {
    assert_eq!(Tariff::all().len(), 87);
    for tariff in Tariff::all() {
        assert!(
            !tariff.sources.is_empty() && tariff.sources.iter().all(|s| s.contains('|')),
            "{}",
            tariff.name
        );
        let unsourced = tariff.sources.iter().any(|s| s.starts_with("illustrative"));
        assert!(!unsourced || tariff.confidence >= Confidence::Medium, "{}", tariff.name);
    }
    let refused: Vec<&str> =
        Tariff::all().iter().filter(|t| t.check_calls().is_err()).map(|t| t.name.as_str()).collect();
    assert_eq!(refused, ["cis-1994-mail", "mcimail-1983"]);
}

#[test]
fn an_unknown_tariff_gets_the_nearest() {
    let lesson = Tariff::named("bt-locl-1997").unwrap_err();
    assert!(lesson.to_string().contains("did you mean `bt-local-1997`?"), "{lesson}");
}

#[test]
fn a_tariff_says_its_prices_in_a_line() {
    for (name, said) in [
        ("de-dtag-1996-city", "DEM: 0.12 per pulse of 90 s; other prices at other hours"),
        (
            "es-local-1998",
            "ESP: 11.40 for the first 160 s, 4.524 a minute, by the second; other prices at other hours",
        ),
        ("de-vodafone-gprs-2003", "EUR: 0.029 per kB in blocks of 100 kB"),
        ("us-hotel-local", "USD: 0.81 a call"),
        ("bt-unit-1992-b", "GBP: 0.04935 per pulse of 25.6 s; other prices at other hours"),
        ("de-dtag-1995-local", "DEM: 0.23 per pulse of 6 min; other prices at other hours"),
        ("hf-sailmail", "USD: no charge for use, 22.92 a month besides"),
        ("free", "USD: no charge for use"),
    ] {
        assert_eq!(Tariff::named(name).unwrap().to_string(), said);
    }
}

/// The lesson for a file with one tariff of these lines.
fn refused(lines: &str) -> String {
    let text = format!("format = \"maillab-tariffs/1\"\n[[tariff]]\nname = \"mine\"\n{lines}\n");
    Tariff::from_toml(&text, "mine.toml").unwrap_err().to_string()
}

#[test]
fn a_tariff_without_units_or_sense_is_refused_at_its_place() {
    let money_and = |rest: &str| format!("currency = \"EUR\"\nrounding = \"ceil\"\n{rest}");
    for (lines, says) in [
        ("rounding = \"ceil\"".to_owned(), "the key `currency` is missing"),
        ("currency = \"EUR\"".to_owned(), "the key `rounding` is missing"),
        (money_and("unit_price = 0.1"), "no unit of time"),
        (money_and("increment_s = 0\nunit_price = 0.1"), "mine.toml:6"),
        (money_and("per_minute = 0.1"), "no unit of time"),
        (money_and("increment_s = 0.0001\nunit_price = 0.1"), "too short"),
        (money_and("increment_s = -60"), "cannot be used"),
        (money_and("increment_s = \"60 s\""), "a number, without quotes"),
        (money_and("unit_pirce = 0.1"), "did you mean `unit_price`?"),
        (money_and("setup_fee = 1e-3"), "plain decimals"),
        (money_and("increment_s = 1000000000\nper_minute = 1000000000"), "a unit would cost"),
        (money_and("first_block_price = 1"), "no length"),
        (
            money_and("windows = [{ days = \"mon-fry\", from = \"08:00\", to = \"09:00\" }]"),
            "no days of the week",
        ),
        (money_and("windows = [{ days = \"mon\", from = \"8:00\", to = \"09:00\" }]"), "no time of day"),
        (money_and("windows = [{ days = \"mon\", from = \"24:00\", to = \"09:00\" }]"), "00:00 to 23:59"),
        (money_and("windows = [{ days = \"mon\", from = \"+8:00\", to = \"09:00\" }]"), "no time of day"),
        (money_and("windows = [{ days = \"mon\", from = \"09:00\", to = \"09:00\" }]"), "no length"),
        (
            money_and("windows = [{ days = \"mon\", from = \"08:00\", to = \"09:00\", unit_price = 1 }]"),
            "no unit of time",
        ),
        ("currency = \"\"\nrounding = \"ceil\"".to_owned(), "cannot be a currency"),
        ("currency = \"EUR\"\nrounding = \"pluse\"".to_owned(), "did you mean `pulse`?"),
        ("currency = \"EUR\"\nrounding = \"pulse\"\nminimum_s = 3\nincrement_s = 1".to_owned(), "goes with"),
    ] {
        let shown = refused(&lines);
        assert!(shown.contains(says) && shown.contains("mine.toml"), "{lines}\n{shown}");
    }
    let twice = "format = \"maillab-tariffs/1\"\n[[tariff]]\nname = \"a\"\ncurrency = \"EUR\"\nrounding = \"ceil\"\n\
                 [[tariff]]\nname = \"a\"\ncurrency = \"EUR\"\nrounding = \"ceil\"\n";
    assert!(Tariff::from_toml(twice, "t.toml").unwrap_err().to_string().contains("two tariffs `a`"));
}

#[test]
fn a_users_tariff_may_give_the_price_of_a_minute() {
    let text = "format = \"maillab-tariffs/1\"\n[[tariff]]\nname = \"mine\"\ncurrency = \"EUR\"\nrounding = \"ceil\"\n\
                increment_s = 6\nper_minute = 0.30\nminimum_s = 30\nwindows = [{ days = \"sat-sun\", from = \"00:00\", \
                to = \"24:00\", per_minute = 0.10 }]\n";
    let tariff = &Tariff::from_toml(text, "mine.toml").unwrap()[0];
    let total = |day, seconds| tariff.bill(march_1998(day, 10), &call(seconds)).total();
    assert_eq!((total(2, 1), total(2, 31), total(8, 31)), (money("0.15"), money("0.18"), money("0.06")));
    assert_eq!(total(2, 0), money("0.15"));
}

#[test]
fn a_call_as_long_as_time_itself_is_billed_and_soon() {
    let forever = CallRecord { ended: Instant::NEVER, bytes_up: u64::MAX, bytes_down: u64::MAX, ..call(0) };
    for tariff in Tariff::all() {
        let bill = tariff.bill(march_1998(2, 10), &forever);
        assert_eq!(bill.total(), bill.lines().map(|(_, amount)| amount).sum(), "{}", tariff.name);
        assert!(
            bill.total() >= Money::ZERO && bill.billed >= Duration::from_nanos(u64::MAX),
            "{}",
            tariff.name
        );
    }
}

proptest! {
    #[test]
    fn a_longer_or_bigger_call_never_costs_less(
        nth in 0..87_usize, hour in 0..168_u64, a in 0..200_000_u64, b in 0..200_000_u64, up in 0..3_000_000_u64, more in 0..3_000_000_u64,
    ) {
        let tariff = &Tariff::all()[nth];
        let answered = Instant::START + Duration::from_secs(hour * 3600);
        let bill = |ms: u64, bytes_up| tariff.bill(march_1998(2, 0), &CallRecord {
            answered, ended: answered + Duration::from_millis(ms), bytes_up, ..call(0)
        });
        let (short, long) = (bill(a.min(b), up), bill(a.max(b), up));
        prop_assert!(long.total() >= short.total() && long.units >= short.units && long.billed >= short.billed);
        prop_assert!(bill(a, up + more).total() >= bill(a, up).total());
        for (line, amount) in short.lines() {
            prop_assert!(amount >= Money::ZERO, "{line}: {amount}");
        }
        prop_assert!(short.billed >= Duration::from_millis(a.min(b)));
    }

    #[test]
    fn the_parts_of_a_call_add_up_to_its_time(
        nth in 0..87_usize, hour in 0..168_u64, mut cuts in proptest::collection::vec(0..20_000_000_000_000_u64, 1..20),
    ) {
        let tariff = &Tariff::all()[nth];
        let (epoch, answered) = (march_1998(2, 0), Instant::START + Duration::from_secs(hour * 3600));
        let c = |nanos| tariff.cumulative(epoch, answered, Duration::from_nanos(nanos));
        cuts.sort_unstable();
        let (mut sum, mut last) = (Money::ZERO, 0);
        for &cut in &cuts {
            let item = c(cut) - c(last);
            prop_assert!(item >= Money::ZERO);
            (sum, last) = (sum + item, cut);
        }
        let bill = tariff.bill(epoch, &CallRecord { answered, ended: answered + Duration::from_nanos(last), ..call(0) });
        prop_assert_eq!(sum, bill.time);
        prop_assert_eq!(bill.total(), bill.setup + sum + bill.rounding + bill.minimum + bill.per_day);
    }

    #[test]
    fn units_counted_one_by_one_agree_with_the_runs(nth in 0..87_usize, hour in 0..168_u64, seconds in 0..400_000_u64) {
        let tariff = &Tariff::all()[nth];
        let answered = Instant::START + Duration::from_secs(hour * 3600);
        let record = CallRecord { answered, ended: answered + Duration::from_secs(seconds), ..call(0) };
        let bill = tariff.bill(march_1998(2, 0), &record);
        prop_assert_eq!((bill.units, bill.time + bill.rounding), one_by_one(tariff, hour * 3600, seconds));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,200}", line in 0..60_usize) {
        let _ = Tariff::from_toml(&text, "any.toml");
        let built_in: Vec<&str> = include_str!("../../../data/tariffs.toml").lines().take(50).collect();
        let mut lines = built_in.clone();
        lines.insert(line.min(built_in.len()), &text);
        let _ = Tariff::from_toml(&lines.join("\n"), "any.toml");
    }
}

/// The slow way, by the words of the data file: from unit to unit, asking the clock each time. In thousandths of
/// a second, which suffices for every unit in the data; the week begins on Monday.
fn one_by_one(tariff: &Tariff, answered_s: u64, seconds: u64) -> (u64, Money) {
    let (week_ms, end) = (7 * 86_400_000, seconds * 1000);
    let block = tariff.first_block.as_nanos() / 1_000_000;
    let (mut at, mut units, mut price, mut minutes) = (block, 0, tariff.first_block_price, 0_i128);
    let by_second = tariff.rounding == Rounding::PerSecond;
    while at < end.max(block) || (tariff.rounding == Rounding::Pulse && at == end.max(block)) {
        let moment = (answered_s * 1000 + at) % week_ms;
        let mut clock = tariff.clock(march_1998(2, 0), Instant::from_nanos(answered_s * 1_000_000_000));
        let (rate, _) = tariff.schedule.rate_at(&mut clock, at * 1_000_000).unwrap();
        if rate.unit == 0 {
            at += 60_000 - moment % 60_000;
            continue;
        }
        units += 1;
        if by_second {
            minutes += rate.price.as_nanos();
        } else {
            price += rate.price;
        }
        at += rate.unit / 1_000_000;
    }
    (units, price + Money::from_nanos(minutes / 60))
}
