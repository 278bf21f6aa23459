//! c15: what does it cost to carry IP over a serial line by SLIP or PPP?

use super::say;
use crate::chart::{Column, Table, Unit};
use crate::claims::bench::{Runs, comparison, run as run_all};
use crate::claims::{Failure, Findings, Verdict, Workers};
use crate::compare::Options;
use crate::lesson::Lesson;
use crate::link::tcp::{BSD_1990, LINUX, Profile};
use crate::scenario;

const STRATEGIES: [&str; 2] = ["pop3-fetch-all-delete", "imap-fetch-all"];

/// How packets are framed on the same asynchronous line, and what to call it. The first is no framing at all.
const FRAMINGS: [(&str, &str); 5] = [
    ("frame=0", "IP alone"),
    ("framing=slip", "SLIP"),
    ("framing=ppp", "PPP"),
    ("framing=cslip", "SLIP with VJ"),
    ("framing=ppp-vj", "PPP with VJ"),
];

const MTUS: [u32; 2] = [296, 1500];
const STACKS: [&Profile; 2] = [&BSD_1990, &LINUX];

pub fn run(workers: &dyn Workers) -> Result<Findings, Failure> {
    let built_in = scenario::built_in("faq-two-calls")?;
    let mail = built_in.mail()?;
    let links: Vec<String> = MTUS
        .iter()
        .flat_map(|mtu| {
            FRAMINGS.map(|(framing, _)| format!("rate=9600,bits=10,delay=25ms,mtu={mtu},{framing}"))
        })
        .collect();
    let links: Vec<&str> = links.iter().map(String::as_str).collect();
    let plans = STACKS.iter().map(|stack| {
        let mut plan = comparison(&built_in, &mail, &STRATEGIES, &links, &[])?;
        plan.options = Options { stack, ..plan.options };
        Ok(plan)
    });
    let sweep = run_all(workers, plans.collect::<Result<_, Lesson>>()?)?;

    let cells: Vec<Place<'_>> = places(&sweep);
    let costs = |names: [&str; 2]| -> Vec<f64> {
        cells.iter().filter(|cell| names.contains(&cell.framing)).map(|cell| cell.more_line).collect()
    };
    let plain = costs(["SLIP", "PPP"]);
    let with_vj = costs(["SLIP with VJ", "PPP with VJ"]);
    let mean = |all: &[f64]| all.iter().sum::<f64>() / all.len().max(1) as f64;
    let range = |all: &[f64]| {
        let ends =
            [all.iter().copied().fold(f64::INFINITY, f64::min), all.iter().copied().fold(-1.0, f64::max)];
        ends.map(say::percent)
    };
    let verdict = if mean(&plain) <= 0.0 {
        Verdict::Fails
    } else if mean(&with_vj) < 0.0 {
        Verdict::DependsOn("whether headers are compressed".to_owned())
    } else {
        Verdict::Holds
    };
    let ([least, most], [vj_least, vj_most]) = (range(&plain), range(&with_vj));
    let headers: Vec<f64> =
        cells.iter().filter(|cell| cell.framing == FRAMINGS[0].1).map(|cell| cell.not_mail).collect();
    let [fewest, largest] = range(&headers);
    let region = vec![
        format!(
            "SLIP and PPP put {} on top of the IP packets that they carry, on average ({least} to {most}; a little less than \
             nothing where the other timing happens to spare acknowledgements): marks, a check of two bytes, and two bytes \
             for one where a mark occurs in the mail.",
            say::percent(mean(&plain)),
        ),
        format!(
            "With VJ, which leaves out what both ends of the line know of the headers, the line carries less than the bare \
             packets have: {} on average ({vj_least} to {vj_most}). What the serial line costs is then paid back.",
            say::percent(mean(&with_vj)),
        ),
        format!(
            "The larger cost is below neither name: TCP, IP and the protocol's own talk make {fewest} to {largest} of all \
             bytes on the line even without any framing."
        ),
    ];
    Ok(Findings { verdict, region, tables: vec![table(&cells, &sweep)], charts: charts(&cells, &sweep) })
}

/// One line of the table.
struct Place<'a> {
    stack: &'a str,
    mtu: u32,
    framing: &'a str,
    strategy: &'a str,
    line_bytes: u64,
    seconds: crate::time::Duration,
    /// How much more is on the line than without framing, as a share.
    more_line: f64,
    /// Which share of the line's bytes is not mail.
    not_mail: f64,
}

fn places(sweep: &[Runs]) -> Vec<Place<'_>> {
    let mut places = Vec::new();
    for (runs, stack) in sweep.iter().zip(STACKS) {
        for (nth, mtu) in MTUS.iter().enumerate() {
            for (strategy, name) in STRATEGIES.iter().enumerate() {
                let on_line = |framing: usize| {
                    let metrics = &runs.of(strategy, nth * FRAMINGS.len() + framing).metrics;
                    (metrics.line_bytes.sum(), metrics.connected, metrics.content_bytes.sum())
                };
                let (bare, ..) = on_line(0);
                for (framing, (_, words)) in FRAMINGS.iter().enumerate() {
                    let (line_bytes, seconds, content) = on_line(framing);
                    places.push(Place {
                        stack: stack.title,
                        mtu: *mtu,
                        framing: words,
                        strategy: name,
                        line_bytes,
                        seconds,
                        more_line: say::ratio(line_bytes.into(), bare.into()) - 1.0,
                        not_mail: 1.0 - say::ratio(content.into(), line_bytes.into()),
                    });
                }
            }
        }
    }
    places
}

fn table(places: &[Place<'_>], sweep: &[Runs]) -> Table {
    let mut table = Table::results(
        "c15: twenty messages over 9600 bit/s, framed in five ways",
        vec![
            Column::text("stack"),
            Column::integer("mtu", "bytes"),
            Column::text("strategy"),
            Column::text("framing"),
            Column::integer("line_bytes", "bytes"),
            Column::decimal("more_than_ip", "%", 1),
            Column::decimal("not_mail", "%", 1),
            Column::decimal("connected_s", "s", 1),
        ],
    );
    for place in places {
        table.push(vec![
            place.stack.into(),
            place.mtu.into(),
            place.strategy.into(),
            place.framing.into(),
            place.line_bytes.into(),
            say::cell(100.0 * place.more_line),
            say::cell(100.0 * place.not_mail),
            place.seconds.into(),
        ]);
    }
    table.note(
        "line_bytes: both directions, everything. more_than_ip: against the same packets without any frame. not_mail: what \
         is not the messages' own content.",
    );
    say::rest(&mut table, say::rests_on(sweep));
    table
}

fn charts(places: &[Place<'_>], sweep: &[Runs]) -> Vec<(String, String)> {
    let rows: Vec<String> = FRAMINGS.iter().map(|(_, words)| (*words).to_owned()).collect();
    let panels = places
        .chunks(FRAMINGS.len())
        .filter(|chunk| chunk.first().is_some_and(|place| place.strategy == STRATEGIES[0]))
        .map(|chunk| {
            let name = chunk.first().map(|place| format!("{}, MTU {}", place.stack, place.mtu));
            (name.unwrap_or_default(), chunk.iter().map(|place| Some(place.more_line)).collect())
        })
        .collect();
    let svg = say::dots(
        "c15: what framing adds",
        "Bytes on the line beyond those of the same IP packets without any frame; POP3, twenty messages.",
        Unit::Share,
        "more on the line",
        rows,
        panels,
        say::rests_on(sweep),
    );
    vec![("framing".to_owned(), svg)]
}
