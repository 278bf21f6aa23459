//! Each kind of chart, drawn from made-up figures and compared with the drawing that was looked at and found
//! good: `tests/snapshots/chart-*.svg`. The bytes must be the same on every platform.
//!
//! After a change to the drawing run with `UPDATE_GOLDEN=1` and look at the files before committing them.
#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

use std::path::Path;

use maillab::chart::scale::Spread;
use maillab::chart::{
    Axis, Bar, BarGroup, Bars, Crossing, Dot, DotPanel, Dots, Heading, Map, Marker, Stack, Stair, Stairs,
    Unit, Verdict,
};

#[track_caller]
fn check(name: &str, drawing: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, drawing).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    assert!(
        drawing == expected.replace("\r\n", "\n"),
        "{name} is drawn differently: look at it with UPDATE_GOLDEN=1"
    );
}

fn heading(title: &str, subtitle: &str) -> Heading {
    Heading::new(title, subtitle)
        .note("Made-up figures for the test of the drawing. maillab 0.1.0, seed 1998, embedded mailbox of 60 messages.")
        .note("Model: TCP of the Linux profile, 8N1 on the line, no compression, no errors on the line.")
}

const STRATEGIES: [&str; 8] = [
    "POP3 fetch all and delete",
    "POP3 leave on server, UIDL",
    "POP3 TOP, then RETR",
    "IMAP online, one at a time",
    "IMAP headers first",
    "IMAP text parts only",
    "IMAP fetch all at once",
    "lower bound",
];
const LINKS: [&str; 4] = ["v34-28800:plain", "v22bis-2400", "gsm-csd-9600:plain", "vsat-geo:plain"];

#[test]
fn bars_show_what_the_bytes_are_made_of() {
    let bar = |name: &str, content: f64, turns: f64| {
        let sum = content * 1.03 + turns * 60.0;
        let down = vec![content, content * 0.03 + turns * 60.0, sum * 0.075, sum * 0.012, sum * 0.27];
        let up = vec![0.0, turns * 22.0, turns * 180.0, turns * 12.0, turns * 50.0];
        Bar {
            name: name.into(),
            left: Stack { parts: up, lower_bound: None },
            right: Stack { parts: down, lower_bound: Some(520_000.0) },
        }
    };
    let group = |name: &str| BarGroup {
        name: name.into(),
        bars: vec![
            bar(STRATEGIES[0], 1_150_000.0, 125.0),
            bar(STRATEGIES[1], 1_150_000.0, 65.0),
            bar(STRATEGIES[2], 730_000.0, 145.0),
            bar(STRATEGIES[3], 660_000.0, 260.0),
            bar(STRATEGIES[4], 610_000.0, 40.0),
            bar(STRATEGIES[5], 540_000.0, 48.0),
        ],
    };
    let chart = Bars {
        heading: heading(
            "Where the bytes go",
            "Bytes on the line until all wanted mail is read, by layer. Reading 20 of 60 messages, one with a large attachment.",
        ),
        unit: Unit::Bytes,
        layers: ["content", "protocol", "TCP/IP headers", "framing", "start and stop bits"]
            .map(str::to_owned)
            .to_vec(),
        left: "up, to the server".into(),
        right: "down, to the reader".into(),
        groups: vec![group(LINKS[0]), group(LINKS[1])],
    };
    check("chart-bars.svg", &chart.svg());
}

#[test]
fn dots_show_who_is_done_when() {
    let panel = |name: &str, rate: f64, wait: f64| DotPanel {
        name: name.into(),
        dots: STRATEGIES[..7]
            .iter()
            .zip([1150.0, 1160.0, 730.0, 660.0, 610.0, 540.0, 1140.0])
            .enumerate()
            .map(|(nth, (_, kilobytes))| {
                let dot = Dot {
                    from: Some(30.0 + wait * 9.0),
                    value: 45.0 + kilobytes * 8000.0 / rate + wait * 60.0,
                };
                (nth != 5 || wait > 0.2).then_some(dot)
            })
            .collect(),
        lower_bound: Some(40.0 + 520.0 * 8000.0 / rate),
    };
    let chart = Dots {
        heading: heading(
            "When is the mail read?",
            "From the first dialling to the first, and to the last wanted message read.",
        ),
        unit: Unit::Seconds,
        value_name: "all wanted mail read".into(),
        from_name: "first message read".into(),
        rows: STRATEGIES[..7].iter().map(|s| (*s).to_owned()).collect(),
        panels: vec![
            panel(LINKS[0], 28_800.0, 0.2),
            panel(LINKS[1], 2400.0, 0.3),
            panel(LINKS[2], 9600.0, 0.7),
            panel(LINKS[3], 512_000.0, 0.6),
        ],
    };
    check("chart-dots.svg", &chart.svg());
}

#[test]
fn dots_on_a_money_axis_show_what_is_free() {
    let chart = Dots {
        heading: heading("What does the call cost?", "British local calls of 1997."),
        unit: Unit::Money("GBP".into()),
        value_name: "billed".into(),
        from_name: String::new(),
        rows: STRATEGIES[..3].iter().map(|s| (*s).to_owned()).collect(),
        panels: vec![DotPanel {
            name: "v34-28800:plain, bt-local-1997".into(),
            dots: [0.0493, 1.18, 0.0].map(|value| Some(Dot { from: None, value })).to_vec(),
            lower_bound: Some(0.05),
        }],
    };
    check("chart-dots-money.svg", &chart.svg());
}

#[test]
fn the_map_shows_who_wins_where() {
    let xs: Vec<f64> = (0..=32).map(|n| f64::from(n) / 32.0).collect();
    let ys: Vec<f64> = (0..=24).map(|n| 1000.0 * libm::exp10(f64::from(n) / 8.0)).collect();
    // Fetching all costs the size; choosing costs the share of the size and a turn each.
    let verdict = |share: f64, size: f64| {
        let (all, chosen) = (size, share * size * 1.02 + 1800.0 * (0.3 + share));
        let text = share * size * 0.6 + 2500.0 * (0.8 + share);
        if (all - chosen).abs() < all * 0.02 && text > all {
            Verdict::Tie
        } else if all < chosen.min(text) {
            Verdict::Winner(0)
        } else if chosen < text {
            Verdict::Winner(1)
        } else {
            Verdict::Winner(2)
        }
    };
    let bisect = |at: &dyn Fn(f64) -> Verdict, (mut low, mut high): (f64, f64)| {
        let first = at(low);
        (at(high) != first).then(|| {
            for _ in 0..12 {
                let middle = (low + high) / 2.0;
                if at(middle) == first { low = middle } else { high = middle }
            }
            low
        })
    };
    let mut crossings = Vec::new();
    for size in &ys {
        let on_row = xs.windows(2).filter_map(|pair| bisect(&|x| verdict(x, *size), (pair[0], pair[1])));
        crossings.extend(on_row.map(|share| (share, *size)));
    }
    for share in &xs {
        let on_column = ys.windows(2).filter_map(|pair| bisect(&|y| verdict(*share, y), (pair[0], pair[1])));
        crossings.extend(on_column.map(|size| (*share, size)));
    }
    let chart = Map {
        heading: heading(
            "Who reads the mail sooner?",
            "The winner by time until all wanted mail is read, over v34-28800:plain. Each border was found by bisection to 1 %.",
        ),
        x: Axis {
            name: "share of the mail that is read".into(),
            unit: Unit::Share,
            spread: Spread::Linear,
            values: xs.clone(),
        },
        y: Axis {
            name: "mean size of a message".into(),
            unit: Unit::Bytes,
            spread: Spread::Log,
            values: ys.clone(),
        },
        winners: vec![STRATEGIES[0].into(), STRATEGIES[4].into(), STRATEGIES[5].into()],
        verdicts: ys.iter().map(|y| xs.iter().map(|x| verdict(*x, *y)).collect()).collect(),
        crossings,
        markers: vec![
            Marker { x: 0.33, y: 26_000.0, name: "the embedded mailbox".into() },
            Marker { x: 0.9, y: 4000.0, name: "a mailing list of 1994".into() },
        ],
        tie_name: "within 2 %".into(),
    };
    check("chart-map.svg", &chart.svg());
}

#[test]
fn stairs_show_how_a_tariff_counts() {
    let stair = |name: &str, first: f64, pulse: f64, price: f64| Stair {
        name: name.into(),
        steps: (0..40)
            .map(|n| f64::from(n) * pulse)
            .map(|at| (at, first + price * (at / pulse + 1.0)))
            .collect(),
    };
    let chart = Stairs {
        heading: heading(
            "What a local call costs",
            "Each step is a unit bought; a call that ends just behind a step has paid for it all.",
        ),
        x_name: "length of the call".into(),
        x_unit: Unit::Seconds,
        unit: Unit::Money("GBP".into()),
        x_end: 900.0,
        stairs: vec![
            stair("by the minute", 0.0, 60.0, 0.04),
            stair("long pulses", 0.05, 240.0, 0.12),
            Stair { name: "a flat fee a call".into(), steps: vec![(0.0, 0.25)] },
        ],
        crossings: vec![
            Crossing { x: 300.0, y: 0.24, label: "from 5 min: long pulses cost more than minutes".into() },
            Crossing { x: 360.0, y: 0.25, label: "from 6 min: the flat fee is the cheapest".into() },
        ],
        moments: vec![(75.0, "POP3 fetch all".into()), (540.0, "IMAP online".into())],
    };
    check("chart-stairs.svg", &chart.svg());
}

#[test]
fn empty_charts_are_drawn_and_not_refused() {
    let heading = || heading("Nothing", "");
    let axis = || Axis { name: String::new(), unit: Unit::Share, spread: Spread::Log, values: Vec::new() };
    let drawings = [
        Bars {
            heading: heading(),
            unit: Unit::Bytes,
            layers: vec![],
            left: String::new(),
            right: String::new(),
            groups: vec![],
        }
        .svg(),
        Dots {
            heading: heading(),
            unit: Unit::Seconds,
            value_name: String::new(),
            from_name: String::new(),
            rows: vec![],
            panels: vec![DotPanel::default()],
        }
        .svg(),
        Map {
            heading: heading(),
            x: axis(),
            y: axis(),
            winners: vec![],
            verdicts: vec![],
            crossings: vec![(f64::NAN, f64::INFINITY)],
            markers: vec![],
            tie_name: String::new(),
        }
        .svg(),
        Stairs {
            heading: heading(),
            x_name: String::new(),
            x_unit: Unit::Seconds,
            unit: Unit::Count(String::new()),
            x_end: f64::NAN,
            stairs: vec![Stair::default()],
            crossings: vec![],
            moments: vec![],
        }
        .svg(),
    ];
    for drawing in drawings {
        assert!(
            drawing.ends_with("</svg>\n") && !drawing.contains("NaN") && !drawing.contains("inf"),
            "{drawing}"
        );
    }
}
